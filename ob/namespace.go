package ob

import (
	"slices"
	"strings"

	"gont/nt"
)

// Directory is an object directory.
type Directory struct {
	object  *Object
	entries map[string]*Object // by folded name
	length  int                // of its path, 0 for the root
}

// SymbolicLink is a name for another name.
type SymbolicLink struct{ Target string }

// Limits of names: NT's UNICODE_STRING can hold no more, and a chain of links
// that is longer goes in a circle. A directory in a directory makes the path
// longer, so that they do not nest without end. A list of a directory is a slice.
const (
	MaximumName    = 32766 // characters of a path
	MaximumLinks   = 32
	MaximumEntries = 1 << 16 // of a directory
)

var (
	// DirectoryType and LinkType exist from phase 0 on.
	DirectoryType, LinkType, TypeType *Type

	rootObject     *Object
	typesDirectory *Directory
)

func fold(s string) string { return strings.ToUpper(s) }

// InitSystem0 is phase 0 (SPEC P0.14): the types that the namespace is made of.
func InitSystem0() nt.Status {
	mu.Lock()
	types, rootObject, typesDirectory = nil, nil, nil
	mu.Unlock()
	var s nt.Status
	all := nt.StandardAll &^ nt.Synchronize
	if TypeType, s = CreateType(Type{Name: "Type", Valid: all | 1, Generic: [4]nt.AccessMask{nt.ReadControl, nt.ReadControl, nt.ReadControl, all | 1}}); !s.OK() {
		return s
	}
	if DirectoryType, s = CreateType(Type{Name: "Directory", Valid: all | 0xF, Generic: [4]nt.AccessMask{
		nt.ReadControl | 3, nt.ReadControl | 0xC, nt.ReadControl | 3, all | 0xF}}); !s.OK() {
		return s
	}
	LinkType, s = CreateType(Type{Name: "SymbolicLink", Valid: all | 1, Generic: [4]nt.AccessMask{
		nt.ReadControl | 1, nt.ReadControl, nt.ReadControl | 1, all | 1}})
	return s
}

// InitSystem1 is phase 1 (SPEC P1.9): \, \ObjectTypes with the types so far,
// \KernelObjects, \GLOBAL??, \?? and \DosDevices → \??.
func InitSystem1() nt.Status {
	mu.Lock()
	rootObject = newObject(DirectoryType, nil)
	root := &Directory{object: rootObject, entries: map[string]*Object{}}
	rootObject.Body, rootObject.permanent = root, true
	mu.Unlock()
	for _, n := range []string{`\ObjectTypes`, `\KernelObjects`, `\GLOBAL??`} {
		if _, s := CreateDirectory(n); !s.OK() {
			return s
		}
	}
	for _, l := range [][2]string{{`\??`, `\GLOBAL??`}, {`\DosDevices`, `\??`}} {
		if s := CreateSymbolicLink(l[0], l[1]); !s.OK() {
			return s
		}
	}
	o, s := Lookup(nil, `\ObjectTypes`, true, DirectoryType)
	if !s.OK() {
		return s
	}
	mu.Lock()
	defer mu.Unlock()
	typesDirectory = o.Body.(*Directory)
	for _, t := range types {
		insertType(t)
	}
	return nt.StatusSuccess
}

// insertType puts a type into \ObjectTypes. mu is held.
func insertType(t *Type) {
	o := newObject(TypeType, t)
	o.name, o.key, o.parent, o.permanent = t.Name, fold(t.Name), typesDirectory, true
	typesDirectory.entries[o.key] = o
	typesDirectory.object.pointers.Add(1)
}

// CreateDirectory makes a permanent directory.
func CreateDirectory(path string) (*Object, nt.Status) {
	o := NewDirectory()
	s := Insert(nil, o, path, true, true)
	o.Dereference()
	return o, s
}

// NewDirectory makes an unnamed directory object.
func NewDirectory() *Object {
	o := New(DirectoryType, nil)
	o.Body = &Directory{object: o, entries: map[string]*Object{}}
	return o
}

// CreateSymbolicLink makes a permanent link.
func CreateSymbolicLink(path, target string) nt.Status {
	o := New(LinkType, &SymbolicLink{target})
	s := Insert(nil, o, path, true, true)
	o.Dereference()
	return s
}

// split takes a path's first component off.
func split(path string) (head, rest string) {
	if i := strings.IndexByte(path, '\\'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return path, ""
}

// found is where a name leads: a name in a directory, or an object whose type parses
// the rest of the path.
type found struct {
	dir    *Directory
	last   string // the name in dir
	parser *Object
	rest   string // what parser's type is to parse
}

// find walks from base (nil: the root, and path starts with \) to the directory
// that holds the last component, or to the first object whose type has a Parse
// procedure and behind which the path goes on. mu is held.
func find(base *Object, path string, insensitive bool, links int) (f found, s nt.Status) {
	if len(path) > MaximumName {
		return f, nt.StatusObjectNameInvalid
	}
	var d *Directory
	if base == nil {
		if !strings.HasPrefix(path, `\`) {
			return f, nt.StatusObjectPathSyntaxBad
		}
		path = path[1:]
		if rootObject == nil {
			return f, nt.StatusObjectPathNotFound
		}
		d = rootObject.Body.(*Directory)
	} else {
		if strings.HasPrefix(path, `\`) {
			return f, nt.StatusObjectPathSyntaxBad
		}
		var ok bool
		if d, ok = base.Body.(*Directory); !ok {
			if base.Type.Parse != nil {
				return found{parser: base, rest: path}, nt.StatusSuccess
			}
			return f, nt.StatusObjectTypeMismatch
		}
	}
	for {
		head, rest := split(path)
		if rest == "" {
			if strings.HasSuffix(path, `\`) {
				if o := d.lookup(head, insensitive); o != nil && o.Type.Parse != nil {
					return found{parser: o}, nt.StatusSuccess
				}
				return f, nt.StatusObjectNameInvalid
			}
			return found{dir: d, last: head}, nt.StatusSuccess
		}
		if head == "" {
			return f, nt.StatusObjectNameInvalid
		}
		o := d.lookup(head, insensitive)
		if o == nil {
			return f, nt.StatusObjectPathNotFound
		}
		switch b := o.Body.(type) {
		case *Directory:
			d, path = b, rest
		case *SymbolicLink:
			if links++; links > MaximumLinks {
				return f, nt.StatusObjectNameInvalid
			}
			return find(nil, strings.TrimSuffix(b.Target, `\`)+`\`+rest, insensitive, links)
		default:
			if o.Type.Parse != nil {
				return found{parser: o, rest: rest}, nt.StatusSuccess
			}
			return f, nt.StatusObjectPathNotFound
		}
	}
}

func (d *Directory) lookup(name string, insensitive bool) *Object {
	o := d.entries[fold(name)]
	if o != nil && !insensitive && o.name != name {
		return nil
	}
	return o
}

// Lookup finds an object by name and takes a reference for the caller. Links
// are followed, the last one too unless typ is LinkType. typ nil is any type.
// base nil starts at the root.
func Lookup(base *Object, path string, insensitive bool, typ *Type) (*Object, nt.Status) {
	o, f, s := lookup(base, path, insensitive, typ)
	if f.parser == nil {
		return o, s
	}
	return parse(f, &Opening{Type: typ, Insensitive: insensitive})
}

// OpenByName is Lookup (ObOpenObjectByName) for callers that have something to tell the Parse
// procedure on the way.
func OpenByName(base *Object, path string, p *Opening) (*Object, nt.Status) {
	o, f, s := lookup(base, path, p.Insensitive, p.Type)
	if f.parser == nil {
		return o, s
	}
	return parse(f, p)
}

// lookup returns the object, referenced, or what is to be parsed, with parser
// referenced.
func lookup(base *Object, path string, insensitive bool, typ *Type) (*Object, found, nt.Status) {
	mu.Lock()
	defer mu.Unlock()
	for links := 0; ; links++ {
		if path == `\` && base == nil && rootObject != nil {
			o, s := reference(rootObject, typ)
			return o, found{}, s
		}
		f, s := find(base, path, insensitive, links)
		if !s.OK() {
			return nil, found{}, s
		}
		if f.parser != nil {
			f.parser.pointers.Add(1)
			return nil, f, nt.StatusSuccess
		}
		if f.last == "" {
			return nil, found{}, nt.StatusObjectNameInvalid
		}
		o := f.dir.lookup(f.last, insensitive)
		if o == nil {
			return nil, found{}, nt.StatusObjectNameNotFound
		}
		if o.Type.Parse != nil {
			o.pointers.Add(1)
			return nil, found{parser: o}, nt.StatusSuccess
		}
		l, ok := o.Body.(*SymbolicLink)
		if !ok || typ == LinkType {
			o, s := reference(o, typ)
			return o, found{}, s
		}
		if links >= MaximumLinks {
			return nil, found{}, nt.StatusObjectNameInvalid
		}
		base, path = nil, l.Target
	}
}

func reference(o *Object, typ *Type) (*Object, nt.Status) {
	if typ != nil && o.Type != typ {
		return nil, nt.StatusObjectTypeMismatch
	}
	o.pointers.Add(1)
	return o, nt.StatusSuccess
}

// Insert names an object. A permanent name stays without handles. The
// directory takes a reference of its own. STATUS_INVALID_PARAMETER when the
// object has a name already, STATUS_NAME_TOO_LONG when its path would have more
// than MaximumName characters, STATUS_INSUFFICIENT_RESOURCES when the directory has
// MaximumEntries.
func Insert(base, o *Object, path string, insensitive, permanent bool) nt.Status {
	mu.Lock()
	defer mu.Unlock()
	f, s := find(base, path, insensitive, 0)
	if !s.OK() {
		return s
	}
	if f.parser != nil { // its type makes objects of its own kind there, by Open
		return nt.StatusObjectTypeMismatch
	}
	d, last := f.dir, f.last
	if last == "" {
		return nt.StatusObjectNameInvalid
	}
	key, length := fold(last), d.length+1+len(last)
	switch {
	case d.entries[key] != nil:
		return nt.StatusObjectNameCollision
	case length > MaximumName:
		return nt.StatusNameTooLong
	case len(d.entries) >= MaximumEntries:
		return nt.StatusInsufficientResources
	}
	if o.parent != nil || o == rootObject { // it has a name: it would be in two directories
		return nt.StatusInvalidParameter
	}
	d.entries[key] = o
	d.object.pointers.Add(1)
	o.pointers.Add(1)
	o.name, o.key, o.parent, o.permanent = last, key, d, permanent
	if b, ok := o.Body.(*Directory); ok {
		b.length = length
	}
	return nt.StatusSuccess
}

// Entry is one row of a directory.
type Entry struct{ Name, Type string }

// Entries lists a directory in the order of names.
func (d *Directory) Entries() []Entry {
	list, _ := d.List(0, MaximumEntries)
	return list
}

// List is up to most of the directory's entries, in the order of names, from the
// one with index from on, and how many there are in all.
func (d *Directory) List(from, most int) (list []Entry, total int) {
	mu.Lock()
	defer mu.Unlock()
	all := make([]*Object, 0, len(d.entries))
	for _, o := range d.entries {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *Object) int { return strings.Compare(a.key, b.key) })
	total = len(all)
	all = all[min(from, total):]
	all = all[:min(most, len(all))]
	list = make([]Entry, len(all))
	for i, o := range all {
		list[i] = Entry{o.name, o.Type.Name}
	}
	return list, total
}
