package ob

import "gont/nt"

// Opening is what the caller of OpenByName tells the Parse procedure that the path leads to
// (ACCESS_STATE, attributes and parse context in NT).
type Opening struct {
	Type        *Type // the type that is wanted, nil: any
	Insensitive bool
	Attributes  uint32        // Obj...
	Access      nt.AccessMask // what the handle is to have
	// Context is the business of the caller and the type, as options of a create.
	Context any
}

// Parse is a ParseProcedure: it finds or makes what rest names below o, an object of the
// type. rest has no backslash at its start and is "" when the path ends at o. It returns
// an object with a reference for the caller; or STATUS_REPARSE and a full path with
// which the lookup begins again. It is called without locks.
type Parse func(o *Object, rest string, p *Opening) (result *Object, path string, s nt.Status)

// parse calls the Parse procedure that a lookup has come to, and follows what it says.
// It takes over the reference to the parser.
func parse(f found, p *Opening) (*Object, nt.Status) {
	for links := 0; ; links++ {
		o, path, s := f.parser.Type.Parse(f.parser, f.rest, p)
		f.parser.Dereference()
		if s == nt.StatusReparse {
			if links >= MaximumLinks {
				return nil, nt.StatusObjectNameInvalid
			}
			if o, f, s = lookup(nil, path, p.Insensitive, p.Type); f.parser != nil {
				continue
			}
			return o, s
		}
		if !s.OK() {
			return nil, s
		}
		if p.Type != nil && o.Type != p.Type {
			o.Dereference()
			return nil, nt.StatusObjectTypeMismatch
		}
		return o, s
	}
}
