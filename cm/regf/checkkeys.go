package regf

import "slices"

// found is what a look at a key's list has found.
type found struct {
	keys  []Cell
	lists []Cell // cells of the list
	wrong string // why it must be built again; "" when it need not
	hints int    // entries with a wrong hash or hint, mended
}

// bad notes a reason, if it is the first.
func (f *found) bad(format string, args ...any) {
	if f.wrong == "" {
		f.wrong = sprintf(format, args...)
	}
}

// subkeys looks at a key's subkeys and puts them on the stack.
func (c *checker) subkeys(p pending) {
	h := c.h
	nk := h.cell(p.key)
	n, x := le.Uint32(nk[nkCount:]), Cell(le.Uint32(nk[nkList:]))
	if n == 0 && !c.isListOf(x, p.key) {
		return // what the field says means nothing then
	}
	var f found
	c.gather(p, x, &f)
	if f.wrong == "" && !c.sorted(f.keys) {
		f.bad("it is not sorted")
	}
	if f.wrong == "" && n != uint32(len(f.keys)) {
		c.r.add(p.key, "key %q counts %d subkeys and has %d", h.keyName(p.key), n, len(f.keys))
		h.setKids(p.key, false, kids{x, uint32(len(f.keys))})
	}
	if f.hints > 0 && f.wrong == "" {
		c.r.add(p.key, "%d entries in the list of subkeys of key %q have a wrong hash", f.hints, h.keyName(p.key))
	}
	if f.wrong != "" {
		c.r.add(p.key, "the list of subkeys (%v) of key %q is built again: %s", x, h.keyName(p.key), f.wrong)
		c.rebuild(p.key, &f)
	}
	if f.wrong == "" && len(f.lists) > 16+len(f.keys)/16 {
		// Enumerating goes through the parts each time.
		c.r.note(p.key, "the list of subkeys of key %q has %d parts for %d keys; it is built again", h.keyName(p.key), len(f.lists), len(f.keys))
		c.rebuild(p.key, &f)
	}
	var maxName, maxClass uint32
	for _, k := range f.keys {
		maxName = max(maxName, 2*uint32(h.keyName(k).len()))
		maxClass = max(maxClass, uint32(le.Uint16(h.cell(k)[nkClassLen:])))
	}
	for _, k := range slices.Backward(f.keys) {
		c.stack = append(c.stack, pending{k, p.level + 1}) // the first comes off first
	}
	if nk = h.cell(p.key); maxName > uint32(le.Uint16(nk[nkMaxName:])) || maxClass > le.Uint32(nk[nkMaxClass:]) {
		c.r.add(p.key, "the greatest lengths of subkeys of key %q are too small", h.keyName(p.key))
		nk = h.write(p.key)
		le.PutUint16(nk[nkMaxName:], uint16(max(maxName, uint32(le.Uint16(nk[nkMaxName:])))))
		le.PutUint32(nk[nkMaxClass:], max(maxClass, le.Uint32(nk[nkMaxClass:])))
	}
}

// isListOf reports whether a cell is a list whose first key has this parent.
func (c *checker) isListOf(x, parent Cell) bool {
	h := c.h
	for range 2 {
		if c.valid(x) != "" || c.isUsed(x) || !isList(h.cell(x)) || listCount(h.cell(x)) == 0 || len(h.cell(x)) < 8 {
			return false
		}
		b := h.cell(x)
		x = entry(b, 0)
		if sig(b) != "ri" {
			break
		}
	}
	return c.valid(x) == "" && !c.isUsed(x) && sig(h.cell(x)) == "nk" && len(h.cell(x)) > nkName &&
		Cell(le.Uint32(h.cell(x)[nkParent:])) == parent
}

func isList(b []byte) bool {
	switch sig(b) {
	case "lh", "lf", "li", "ri":
		return len(b) >= 4
	}
	return false
}

// gather collects the keys of a list, and of lists in it however deep they
// are: a cell has one owner, so there is an end.
func (c *checker) gather(p pending, x Cell, f *found) {
	type level struct {
		list Cell
		next int
	}
	var stack []level
	enter := func(x Cell) {
		why := c.claim(x, 4)
		if why == "" && !isList(c.h.cell(x)) {
			c.give(x)
			why = "there is no list"
		}
		if why != "" {
			f.bad("%v: %s", x, why)
			return
		}
		f.lists = append(f.lists, x)
		stack = append(stack, level{x, 0})
		if len(stack) > 2 || len(stack) == 2 && sig(c.h.cell(x)) == "ri" {
			f.bad("%v is a list of lists in another", x)
		}
		b := c.h.cell(x)
		if n := listCount(b); n > (len(b)-4)/entrySize(b) {
			f.bad("%v counts %d entries and has room for %d", x, n, (len(b)-4)/entrySize(b))
		} else if n == 0 {
			f.bad("%v is empty", x)
		}
	}
	enter(x)
	for len(stack) > 0 {
		t := &stack[len(stack)-1]
		b := c.h.cell(t.list)
		i := t.next
		if i >= min(listCount(b), (len(b)-4)/entrySize(b)) {
			stack = stack[:len(stack)-1]
			continue
		}
		t.next++
		if sig(b) == "ri" {
			enter(entry(b, i))
			continue
		}
		c.child(p, t.list, i, f)
	}
}

func entrySize(b []byte) int {
	if sig(b) == "ri" {
		return 4
	}
	return leafEntry(b)
}

// child looks at entry i of a leaf: the key, its parent, its hash.
func (c *checker) child(p pending, leaf Cell, i int, f *found) {
	h := c.h
	b := h.cell(leaf)
	x := entry(b, i)
	why := ""
	switch {
	case c.isUsed(x):
		why = "the cell is used by something else"
	case p.level+1 >= maxDepth:
		why = "keys are too deep"
	default:
		if why = c.node(x); why == "" && c.elsewhere(x, p.key) {
			why = "it is a subkey of another key"
		}
	}
	if why != "" {
		c.r.add(p.key, "key %q has lost a subkey (%v): %s", h.keyName(p.key), x, why)
		f.bad("an entry is gone")
		return
	}
	c.setUsed(x)
	if parent := Cell(le.Uint32(h.cell(x)[nkParent:])); parent != p.key {
		c.r.add(x, "key %q says that its parent is %v; it is %v", h.keyName(x), parent, p.key)
		le.PutUint32(h.write(x)[nkParent:], uint32(p.key))
	}
	f.keys = append(f.keys, x)
	if sig(b) == "li" {
		return
	}
	want := h.hash(h.keyName(x))
	if sig(b) == "lf" {
		// A hint may be absent; one in other case is as good.
		have := le.Uint32(b[4+8*i+4:])
		if want = hint(h.keyName(x)); have == 0 || foldHint(have) == foldHint(want) {
			want = have
		}
	}
	if le.Uint32(b[4+8*i+4:]) != want {
		le.PutUint32(h.write(leaf)[4+8*i+4:], want)
		f.hints++
	}
}

// elsewhere reports whether a key says that its parent is another than this one,
// and that one has the key in its list. How many entries are looked at for this is
// limited.
func (c *checker) elsewhere(x, parent Cell) bool {
	h := c.h
	says := Cell(le.Uint32(h.cell(x)[nkParent:]))
	if says == parent || c.valid(says) != "" || sig(h.cell(says)) != "nk" || len(h.cell(says)) <= nkName {
		return false
	}
	lists := []Cell{Cell(le.Uint32(h.cell(says)[nkList:]))}
	for i := 0; i < len(lists) && c.looks > 0; i++ {
		if c.valid(lists[i]) != "" || !isList(h.cell(lists[i])) {
			continue
		}
		b := h.cell(lists[i])
		for j := range min(listCount(b), (len(b)-4)/entrySize(b)) {
			c.looks--
			switch e := entry(b, j); {
			case sig(b) != "ri":
				if e == x {
					return true
				}
			case i == 0 && c.looks > 0:
				lists = append(lists, e)
			}
		}
	}
	return false
}

func foldHint(x uint32) uint32 {
	for i := 0; i < 32; i += 8 {
		if c := byte(x >> i); 'a' <= c && c <= 'z' {
			x -= ('a' - 'A') << i
		}
	}
	return x
}

func (c *checker) sorted(keys []Cell) bool {
	for i := 1; i < len(keys); i++ {
		if c.h.compareRaw(c.h.keyName(keys[i-1]), c.h.keyName(keys[i])) >= 0 {
			return false
		}
	}
	return true
}

// rebuild gives a key a new list. Keys whose name another has get one of their
// own later.
func (c *checker) rebuild(key Cell, f *found) {
	h := c.h
	slices.SortStableFunc(f.keys, func(a, b Cell) int { return h.compareRaw(h.keyName(a), h.keyName(b)) })
	kept := f.keys[:0:0]
	for _, k := range f.keys {
		if n := len(kept); n > 0 && h.compareRaw(h.keyName(kept[n-1]), h.keyName(k)) == 0 {
			c.twice = append(c.twice, duplicate{key, k})
			continue
		}
		kept = append(kept, k)
	}
	for _, l := range f.lists {
		h.free(l)
	}
	list, err := h.build(&h.stable, kept)
	if err != nil {
		c.err = err
		return
	}
	if list != NoCell {
		c.setUsed(list)
		if b := h.cell(list); sig(b) == "ri" {
			for i := range listCount(b) {
				c.setUsed(entry(b, i))
			}
		}
	}
	h.setKids(key, false, kids{list, uint32(len(kept))})
}

// duplicates gives each key whose name another has a name of its own.
func (c *checker) duplicates() {
	h := c.h
	for _, d := range c.twice {
		name := h.keyName(d.key).append(nil)
		var to []uint16
		for try := 0; ; try++ {
			suffix := Encode(sprintf("~%x", uint64(d.key)+uint64(try)<<32))
			to = append(name[:min(len(name), MaxKeyName-len(suffix))], suffix...)
			if h.Find(d.parent, to) == NoCell {
				break
			}
			if try == 100 {
				c.err = &Refusal{d.key, sprintf("a second key %q under key %q", h.keyName(d.key), h.keyName(d.parent))}
				return
			}
		}
		n, err := h.renamed(d.key, to)
		if err == nil {
			if err = h.insert(d.parent, n); err != nil {
				h.free(n)
			}
		}
		if err != nil {
			c.err = err
			return
		}
		c.r.add(d.key, "a second key %q under key %q; its name is %q now", h.keyName(d.key), h.keyName(d.parent), h.keyName(n))
		h.moved(d.key, n)
		h.free(d.key)
		h.grown(d.parent, len(to), 0)
	}
}
