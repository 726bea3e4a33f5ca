package ob

import (
	"slices"
	"strings"

	"gont/ke"
	"gont/nt"
	"gont/rtl/nls"
)

// Directory is an object directory.
type Directory struct {
	object  *Object
	entries map[string]*Object // by folded name
	length  int                // of its path, 0 for the root
	recent  [8]*Object         // entries that were found before, by place
}

// SymbolicLink is a name for another name.
type SymbolicLink struct {
	Target string

	// Where the target has led before, if to an object with a Parse procedure or to a directory;
	// good while changes is stamp. loosely: found without regard to case. mu guards them.
	parser    *Object
	directory *Directory
	hops      int // over further links to there
	stamp     uint64
	loosely   bool
}

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
	changes        uint64 // of the namespace: names that came or went; mu
	typesDirectory *Directory
)

// CaseInsensitive is ObpCaseInsensitive: names are never told apart by case. It is set before
// there is a second processor (SPEC P0.7).
var CaseInsensitive bool

// fold is the form in which names are compared: upper case by the tables of NLS (SPEC
// P0.3).
func fold(s string) string {
	lower := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			return nls.UpcaseString(s)
		}
		lower = lower || 'a' <= c && c <= 'z'
	}
	if !lower {
		return s
	}
	return strings.ToUpper(s)
}

// foldShort is fold for an ASCII name that fits b's capacity.
func foldShort(b []byte, s string) ([]byte, bool) {
	if len(s) > cap(b) {
		return nil, false
	}
	b = b[:len(s)]
	for i := range b {
		c := s[i]
		if c >= 0x80 {
			return nil, false
		}
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b[i] = c
	}
	return b, true
}

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
	changes++
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
	o := New(LinkType, &SymbolicLink{Target: target})
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

// place is where a walk has ended: at the directory that holds the last component,
// or at an object whose type's Parse procedure goes on with rest.
type place struct {
	dir  *Directory
	last string

	parser *Object
	rest   string
	// direct: rest is the end of the path that was walked, and none of a link's target.
	direct bool
}

// find walks from base (nil: the root, and path starts with \) to the last
// component. mu is held.
func find(base *Object, path string, insensitive bool, links int) (at place, s nt.Status) {
	if len(path) > MaximumName {
		return at, nt.StatusObjectNameInvalid
	}
	var d *Directory
	switch {
	case base == nil:
		if !strings.HasPrefix(path, `\`) {
			return at, nt.StatusObjectPathSyntaxBad
		}
		path = path[1:]
		if rootObject == nil {
			return at, nt.StatusObjectPathNotFound
		}
		d = rootObject.Body.(*Directory)
	case strings.HasPrefix(path, `\`) && !base.Type.AnyName:
		return at, nt.StatusObjectPathSyntaxBad
	case base.Type.Parse != nil:
		return place{parser: base, rest: path}, nt.StatusSuccess
	default:
		var ok bool
		if d, ok = base.Body.(*Directory); !ok {
			return at, nt.StatusObjectTypeMismatch
		}
	}
	for {
		head, rest := split(path)
		behind := path[len(head):] // what follows, with its backslash
		if behind == "" {
			return place{dir: d, last: head}, nt.StatusSuccess
		}
		if head == "" {
			return at, nt.StatusObjectNameInvalid
		}
		o := d.lookup(head, insensitive)
		if o != nil && o.Type.Parse != nil {
			return place{parser: o, rest: behind, direct: true}, nt.StatusSuccess
		}
		if l := link(o); l != nil {
			if links++; links > MaximumLinks {
				return at, nt.StatusObjectNameInvalid
			}
			if l.stamp != changes || l.loosely && !insensitive {
				l.resolve(insensitive, links)
			}
			if links += l.hops; links > MaximumLinks {
				return at, nt.StatusObjectNameInvalid
			}
			switch {
			case l.parser != nil:
				return place{parser: l.parser, rest: behind, direct: true}, nt.StatusSuccess
			case rest == "":
				if at, s := find(nil, strings.TrimSuffix(l.Target, `\`)+`\`, insensitive, links); s.OK() && at.parser != nil {
					at.direct = false
					return at, s
				}
			case l.directory != nil:
				d, path = l.directory, rest
				continue
			default:
				at, s := find(nil, strings.TrimSuffix(l.Target, `\`)+behind, insensitive, links)
				at.direct = false
				return at, s
			}
		}
		if rest == "" {
			return at, nt.StatusObjectNameInvalid
		}
		b, ok := body(o).(*Directory)
		if !ok {
			return at, nt.StatusObjectPathNotFound
		}
		d, path = b, rest
	}
}

// link is the symbolic link that o is, nil if it is none.
func link(o *Object) *SymbolicLink {
	l, _ := body(o).(*SymbolicLink)
	return l
}

// body is o's body, nil for no object.
func body(o *Object) any {
	if o == nil {
		return nil
	}
	return o.Body
}

// resolve finds out where the link leads. A target that it comes to again on the way leads to
// neither kind. mu is held.
func (l *SymbolicLink) resolve(insensitive bool, links int) {
	l.parser, l.directory, l.hops, l.stamp, l.loosely = nil, nil, 0, changes, insensitive
	at, s := find(nil, strings.TrimSuffix(l.Target, `\`), insensitive, links)
	if !s.OK() || at.parser != nil || at.last == "" {
		return
	}
	o := at.dir.lookup(at.last, insensitive)
	if o == nil {
		return
	}
	if to := link(o); to != nil && links < MaximumLinks {
		if to.stamp != changes || to.loosely && !insensitive {
			to.resolve(insensitive, links+1)
		}
		if to.parser != nil || to.directory != nil {
			l.parser, l.directory, l.hops = to.parser, to.directory, to.hops+1
		}
		return
	}
	if o.Type.Parse != nil {
		l.parser = o
	} else {
		l.directory, _ = o.Body.(*Directory)
	}
}

// lookup finds an entry, nil if there is none. mu is held.
func (d *Directory) lookup(name string, insensitive bool) *Object {
	r := d.slot(name)
	o := *r
	if o == nil || o.name != name {
		var few [64]byte
		if b, ok := foldShort(few[:0], name); ok {
			o = d.entries[string(b)] // no string is made for this
		} else {
			o = d.entries[fold(name)]
		}
		if o == nil || !insensitive && !CaseInsensitive && o.name != name {
			return nil
		}
		if o.name == name {
			*r = o
		}
	}
	return o
}

// slot is the place of a name in recent.
func (d *Directory) slot(name string) **Object {
	i := len(name)
	if i > 0 {
		i += int(name[i-1])
	}
	return &d.recent[i%len(d.recent)]
}

// forget takes an entry out of recent. mu is held.
func (d *Directory) forget(o *Object) {
	if r := d.slot(o.name); *r == o {
		*r = nil
	}
}

// Parse is a name on its way through an object that has names inside it.
type Parse struct {
	// Name is what is left of the name: "", or from a backslash on; without one when
	// the object is the root directory of the name.
	Name        string
	Insensitive bool
	Type        *Type // that is wanted, nil for any
	Context     any   // what the caller of OpenByName has handed in; nil for Lookup

	// Object is what the procedure has found or made, with a reference for the caller;
	// Path, with STATUS_REPARSE, the name from the root that is to be followed instead.
	Object *Object
	Path   string
}

// Lookup finds an object by name and takes a reference for the caller. Links
// are followed, the last one too unless typ is LinkType. typ nil is any type.
// base nil starts at the root.
func Lookup(base *Object, path string, insensitive bool, typ *Type) (*Object, nt.Status) {
	return OpenByName(base, path, insensitive, typ, nil)
}

// OpenByName is Lookup with a context for the Parse procedure that the name leads to
// (ObOpenObjectByName). IRQL: PASSIVE_LEVEL, no locks; that procedure may wait.
func OpenByName(base *Object, path string, insensitive bool, typ *Type, context any) (*Object, nt.Status) {
	p := &Parse{Insensitive: insensitive, Type: typ, Context: context}
	return p.Open(base, path)
}

// Open is OpenByName for a caller that has the memory of the Parse: Insensitive, Type and Context
// are set in it, and it is used once.
func (p *Parse) Open(base *Object, path string) (*Object, nt.Status) {
	p.Insensitive = p.Insensitive || CaseInsensitive
	typ := p.Type
	for links := 0; ; links++ {
		o, parser, s := lookup(base, path, links, p)
		if parser == nil {
			return o, s
		}
		s = parser.Type.Parse(parser, p)
		parser.Dereference()
		if s == nt.StatusReparse {
			if links >= MaximumLinks {
				return nil, nt.StatusObjectNameInvalid
			}
			base, path = nil, p.Path
			continue
		}
		if !s.OK() {
			return nil, s
		}
		if typ != nil && p.Object.Type != typ {
			p.Object.Dereference()
			return nil, nt.StatusObjectTypeMismatch
		}
		return p.Object, s
	}
}

// FindParser is the first half of OpenByName, for callers that call what the Parse procedure
// of the type does themselves: the object, referenced, and what is left of the name there.
// STATUS_OBJECT_TYPE_MISMATCH when the name leads to no object of the type.
func FindParser(base *Object, path string, insensitive bool, typ *Type) (parser *Object, rest string, s nt.Status) {
	if base == nil {
		if parser, rest = firstParser(path, insensitive, typ); parser != nil {
			return parser, rest, nt.StatusSuccess
		}
	}
	p := Parse{Insensitive: insensitive || CaseInsensitive, Type: typ}
	o, parser, s := lookup(base, path, 0, &p)
	if !s.OK() {
		return nil, "", s
	}
	if parser == nil {
		o.Dereference()
		return nil, "", nt.StatusObjectTypeMismatch
	}
	if parser.Type != typ {
		parser.Dereference()
		return nil, "", nt.StatusObjectTypeMismatch
	}
	return parser, p.Name, s
}

// firstParser is FindParser for the case that the first name of a path from the root, which
// is not the last, leads to an object of the type; else it returns nil.
func firstParser(path string, insensitive bool, typ *Type) (parser *Object, rest string) {
	if len(path) > MaximumName || len(path) < 2 || path[0] != '\\' || path[1] == '?' { // `\??` is none
		return nil, ""
	}
	end := 1
	for end < len(path) && path[end] != '\\' {
		end++
	}
	if end == 1 || end == len(path) {
		return nil, ""
	}
	mu.Lock()
	if root := rootObject; root != nil {
		if o := root.Body.(*Directory).lookup(path[1:end], insensitive); o != nil && o.Type == typ && typ.Parse != nil {
			parser, rest = o.Reference(), path[end:]
		}
	}
	mu.Unlock()
	return parser, rest
}

// lookup walks as far as directories and links lead: to the object, or to one whose
// Parse procedure goes on with p.Name. Either has a reference for the caller.
func lookup(base *Object, path string, links int, p *Parse) (o, parser *Object, s nt.Status) {
	mu.Lock()
	if base == nil {
		if parser, p.Name = latelyFound(path, p.Insensitive); parser != nil {
			parser.Reference()
			mu.Unlock()
			return nil, parser, nt.StatusSuccess
		}
	}
	defer mu.Unlock()
	for ; ; links++ {
		if path == `\` && base == nil && rootObject != nil {
			o, s = reference(rootObject, p.Type)
			return o, nil, s
		}
		at, s := find(base, path, p.Insensitive, links)
		if !s.OK() {
			return nil, nil, s
		}
		if at.parser != nil {
			if p.Name = at.rest; at.direct && base == nil {
				keepFound(path[:len(path)-len(at.rest)], at.parser, p.Insensitive)
			}
			return nil, at.parser.Reference(), s
		}
		if at.last == "" {
			return nil, nil, nt.StatusObjectNameInvalid
		}
		o := at.dir.lookup(at.last, p.Insensitive)
		if o == nil {
			return nil, nil, nt.StatusObjectNameNotFound
		}
		if o.Type.Parse != nil {
			p.Name = ""
			return nil, o.Reference(), s
		}
		l := link(o)
		if l == nil || p.Type == LinkType {
			o, s = reference(o, p.Type)
			return o, nil, s
		}
		if links >= MaximumLinks {
			return nil, nil, nt.StatusObjectNameInvalid
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
	if ke.AllocationFails("name") {
		return nt.StatusInsufficientResources
	}
	mu.Lock()
	defer mu.Unlock()
	at, s := find(base, path, insensitive, 0)
	if !s.OK() {
		return s
	}
	d, last := at.dir, at.last
	if d == nil { // only the type's own procedure makes what is inside an object
		return nt.StatusObjectPathNotFound
	}
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
	changes++
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
