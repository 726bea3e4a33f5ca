// Package order says which drivers start, and in which order (SPEC I3 to I7), what of
// them has to be there first, and what follows when one fails. It knows nothing of
// registries and machines and imports nothing: OSLDR, the I/O manager and tools share
// it. Names are compared without regard to the case of ASCII letters.
package order

// Values of Start and Type in a service's key.
const (
	BootStart   = 0 // loaded by OSLDR
	SystemStart = 1 // loaded by the I/O manager
	AutoStart   = 2 // by the service control manager
	DemandStart = 3
	Disabled    = 4

	KernelDriver     = 1
	FileSystemDriver = 2
	Recognizer       = 8
)

// Driver is what a service's key says, as far as the order goes.
type Driver struct {
	Name            string // of the key
	Type, Start     uint32
	ErrorControl    uint32
	Group           string // "" for none
	Tag             uint32
	HasTag          bool
	DependOnGroup   []string
	DependOnService []string
	ImagePath       string // as the key has it, "" for none
	Expand          bool   // ImagePath is REG_EXPAND_SZ
}

// IsDriver reports whether the key is a driver's, and not that of a program.
func (d *Driver) IsDriver() bool {
	return d.Type == KernelDriver || d.Type == FileSystemDriver || d.Type == Recognizer
}

// Rules are what the control set says about the order.
type Rules struct {
	// Groups is Control\ServiceGroupOrder\List.
	Groups []string
	// Tags returns the tags of a group in their order: Control\GroupOrderList, without
	// the count in front. nil is no list.
	Tags func(group string) []uint32
}

// place is what drivers are compared by: the smaller one starts first.
type place struct {
	group int // in Groups; a group that is not listed comes behind, none last
	name  string
	tag   int // in the group's list; a tag that is not listed comes behind, none last
}

func (r *Rules) place(d *Driver) (p place) {
	if d.Group == "" {
		return place{group: len(r.Groups) + 1}
	}
	p.group = len(r.Groups)
	for i, g := range r.Groups {
		if Same(g, d.Group) {
			p.group = i
			break
		}
	}
	if p.group == len(r.Groups) {
		return p // in the order of the registry
	}
	var tags []uint32
	if r.Tags != nil {
		tags = r.Tags(d.Group)
	}
	p.tag = len(tags) + 1
	if d.HasTag {
		p.tag = len(tags)
		for i, t := range tags {
			if t == d.Tag {
				p.tag = i
				break
			}
		}
	}
	return p
}

// Sort returns the indices of drivers, which are in the order of the registry, in the
// order in which they start: by group as listed, groups that are not listed then, no
// group last; in a group by the rank of its tag, tags without a rank then, no tag last.
// What is equal stays in the order of the registry.
func (r *Rules) Sort(drivers []Driver) []int {
	places := make([]place, len(drivers))
	sorted := make([]int, 0, len(drivers))
	for i := range drivers {
		places[i] = r.place(&drivers[i])
		sorted = append(sorted, i)
		for k := i; k > 0; k-- { // there are tens of them, mostly in order
			a, b := places[sorted[k-1]], places[sorted[k]]
			if a.group < b.group || a.group == b.group && a.tag <= b.tag {
				break
			}
			sorted[k-1], sorted[k] = sorted[k], sorted[k-1]
		}
	}
	return sorted
}

// Safe reports whether a driver starts in safe mode: list has the names of the subkeys
// of Control\SafeBoot\Minimal or Network. Its group may be listed, its key, or its file.
func (d *Driver) Safe(list []string) bool {
	file := d.ImagePath
	for i := len(file) - 1; i >= 0; i-- {
		if file[i] == '\\' {
			file = file[i+1:]
			break
		}
	}
	if file == "" {
		file = d.Name + ".sys"
	}
	for _, n := range list {
		if n != "" && (Same(n, d.Group) || Same(n, d.Name) || Same(n, file)) {
			return true
		}
	}
	return false
}

// Same reports whether two names are the same.
func Same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if upper(a[i]) != upper(b[i]) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}
