package options

// Options are the boot options that are in force.
type Options struct {
	values   []Option // each name once
	Problems []string // what was unknown, out of range or does nothing, a sentence each
}

// Parse reads a line of options and checks it against Table. Nothing is dropped in
// silence: see Problems.
func Parse(line string) *Options {
	o := &Options{}
	for w, rest, more := Next(line); more; w, rest, more = Next(rest) {
		if problem := o.add(w); problem != "" {
			o.Problems = append(o.Problems, problem)
		}
	}
	return o
}

// add puts an option in force, or says why not.
func (o *Options) add(w Option) (problem string) {
	e := Find(w.Name)
	needs := e != nil && (e.Form == Numeric || e.Form == Text || e.Form == Word)
	switch {
	case w.Name == "":
		return "boot option " + w.String() + " has no name"
	case e == nil:
		return "unknown boot option " + w.Name
	case e.Form == Flag && w.HasValue:
		return "boot option " + w.Name + " takes no value"
	case needs && w.Value == "":
		if a := e.Accepted(); a != "" {
			return "boot option " + w.Name + " needs a value, " + a
		}
		return "boot option " + w.Name + " needs a value"
	case !e.takes(w.Value):
		return "boot option " + w.Name + "=" + w.Value + " is not " + e.Accepted()
	case e.Nothing != "":
		return "boot option " + w.Name + " does nothing: " + e.Nothing
	}
	if e.Form == Word || e.Form == OptionalWord {
		w.Value = upper(w.Value)
	}
	for i := range o.values {
		if v := &o.values[i]; v.Name == w.Name {
			if w.Name == "FAIL" {
				w.Value = v.Value + "," + w.Value
			}
			*v = w
			return ""
		}
	}
	o.values = append(o.values, w)
	return ""
}

func (o *Options) find(name string) *Option {
	for i := range o.values {
		if o.values[i].Name == name {
			return &o.values[i]
		}
	}
	return nil
}

// Has reports whether the option was given. name is in upper case.
func (o *Options) Has(name string) bool { return o.find(name) != nil }

// Text returns an option's value, "" if it has none.
func (o *Options) Text(name string) string {
	if v := o.find(name); v != nil {
		return v.Value
	}
	return ""
}

// Number returns a numeric option's value, or def.
func (o *Options) Number(name string, def uint64) uint64 {
	n, ok := ParseNumber(o.Text(name))
	if !ok {
		return def
	}
	return n
}

// List returns what is in force, in the order of the line.
func (o *Options) List() []Option { return append([]Option(nil), o.values...) }

// fails calls f for every step that FAIL= names, in upper case, until f returns false.
func (o *Options) fails(f func(id string) bool) {
	list := o.Text("FAIL")
	for list != "" {
		end := 0
		for end < len(list) && list[end] != ',' {
			end++
		}
		if id := list[:end]; id != "" && !f(upper(id)) {
			return
		}
		list = list[min(end+1, len(list)):]
	}
}

// Fails reports whether step id is to fail (FAIL=).
func (o *Options) Fails(id string) (yes bool) {
	if len(o.values) == 0 {
		return false
	}
	id = upper(id)
	o.fails(func(f string) bool { yes = f == id; return !yes })
	return yes
}

// CheckFails adds a problem for every step that FAIL= names and known does not
// have.
func (o *Options) CheckFails(known func(id string) bool) {
	o.fails(func(id string) bool {
		if !known(id) {
			o.Problems = append(o.Problems, "boot option FAIL="+id+" names no step")
		}
		return true
	})
}

// String lists what is in force, by name.
func (o *Options) String() string {
	list := o.List()
	for i := range list {
		for j := i; j > 0 && list[j].Name < list[j-1].Name; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	s := ""
	for i, w := range list {
		if i > 0 {
			s += " "
		}
		s += w.Name
		if w.Value != "" {
			s += "=" + w.Value
		}
	}
	return s
}

// SafeMode says which kind of safe mode SAFEBOOT asks for: 1 minimal, 2 network,
// 3 directory services repair, 0 none; and whether the alternate shell is wanted.
func (o *Options) SafeMode() (option uint32, alternateShell bool) {
	value := o.Text("SAFEBOOT")
	const shell = "(ALTERNATESHELL)"
	if n := len(value) - len(shell); n > 0 && value[n:] == shell {
		value, alternateShell = value[:n], true
	}
	for i, name := range []string{"MINIMAL", "NETWORK", "DSREPAIR"} {
		if value == name {
			return uint32(i + 1), alternateShell
		}
	}
	return 0, false
}
