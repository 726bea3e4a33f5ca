package cm

import (
	"strings"
	"unicode/utf8"

	"gont/cm/regf"
	"gont/nt"
)

// maximumLinks is how many symbolic links a path may lead through.
const maximumLinks = 32

// place is a key, while mu is held.
type place struct {
	h *hive
	c regf.Cell
}

func (p place) isLink() bool { return p.h.r.Flags(p.c)&regf.FlagSymLink != 0 }

// CreateOptions are those of NtCreateKey.
type CreateOptions struct {
	Class    []uint16
	Volatile bool // REG_OPTION_VOLATILE
	Link     bool // REG_OPTION_CREATE_LINK: the key is to be a symbolic link
	// Created says afterwards whether the key was made: else it was there.
	Created bool
}

// open finds the key that a path leads to from a place, and makes the last one if there
// is none and create is not nil. Empty names are skipped. A symbolic link is followed, the
// last key's only without openLink. The node has a reference for the caller. posts are
// those whose notification is due; the caller completes them without mu. mu is held, and
// may be given up meanwhile.
func open(start *node, path string, openLink bool, create *CreateOptions) (n *node, posts *Post, s nt.Status) {
	known := create == nil && !openLink && start.hive == master && start.cell == master.r.Root()
	for {
		if start.deleted {
			return nil, nil, nt.StatusKeyDeleted
		}
		if known {
			if n := paths.find(path); n != nil {
				return n, nil, nt.StatusSuccess
			}
		}
		at, rest, links := place{start.hive, start.cell}, path, 0
		for {
			if b := at.h.busy; b != nil && (b.exclusive || create != nil) {
				waitFor(b)
				break // from the beginning
			}
			var name string
			name, rest = nextName(rest)
			if (name != "" || !openLink) && at.isLink() {
				if name == "" && create != nil && create.Link {
					return nil, nil, nt.StatusObjectNameCollision
				}
				if links++; links > maximumLinks {
					return nil, nil, nt.StatusObjectNameInvalid
				}
				target, ok := linkTarget(at)
				if !ok {
					return nil, nil, nt.StatusObjectNameNotFound
				}
				if name != "" {
					target += `\` + name
				}
				if rest != "" {
					target += `\` + rest
				}
				at, rest = place{master, master.r.Root()}, target
				continue
			}
			if name == "" {
				if create != nil && create.Link {
					return nil, nil, nt.StatusObjectNameCollision
				}
				n := at.h.node(at.c)
				if known {
					paths.add(path, at, n)
				}
				return n, nil, nt.StatusSuccess
			}
			var few [64]uint16
			u := appendUnits(few[:0], name)
			if len(u) > regf.MaxKeyName {
				return nil, nil, nt.StatusInvalidParameter
			}
			c := at.h.r.Find(at.c, u)
			if c == regf.NoCell {
				if create == nil || strings.Trim(rest, `\`) != "" {
					return nil, nil, nt.StatusObjectNameNotFound
				}
				return make1(at, u, create)
			}
			at.h, at.c = inside(at.h, c)
		}
	}
}

// make1 makes a subkey. mu is held.
func make1(at place, name []uint16, o *CreateOptions) (*node, *Post, nt.Status) {
	switch {
	case at.h == master && at.c == master.r.Root():
		return nil, nil, nt.StatusAccessDenied
	case fixed(at.h, at.c) && !o.Volatile:
		return nil, nil, nt.StatusInvalidParameter
	case at.h.volatile && !o.Volatile:
		return nil, nil, nt.StatusChildMustBeVolatile
	case at.h.r.Flags(at.c)&regf.FlagPredef != 0:
		return nil, nil, nt.StatusAccessDenied
	}
	c, err := at.h.r.Create(at.c, name, regf.KeyOptions{Class: o.Class, Volatile: o.Volatile && !at.h.volatile, Link: o.Link}, now())
	if err != nil {
		return nil, nil, status(err)
	}
	o.Created = true
	return at.h.node(c), changed(at.h, at.c, NotifyName), nt.StatusSuccess
}

// linkTarget reads where a link leads, without \Registry. mu is held.
func linkTarget(p place) (string, bool) {
	v, ok := p.h.r.Value(p.c, linkValueName)
	if !ok || v.Type != regf.Link || v.Size > 65534 {
		return "", false
	}
	var few [256]byte
	b := p.h.r.AppendData(few[:0], v)
	s := regf.Decode(units(b))
	return belowRegistry(strings.TrimRight(s, "\x00"))
}

var linkValueName = regf.Encode("SymbolicLinkValue")

// registryName is the name of the registry's root in ob.
const registryName = `\Registry`

// belowRegistry cuts \Registry off a full path.
func belowRegistry(path string) (string, bool) {
	if len(path) < len(registryName) || !strings.EqualFold(path[:len(registryName)], registryName) {
		return "", false
	}
	path = path[len(registryName):]
	if path != "" && path[0] != '\\' {
		return "", false
	}
	return path, true
}

// nextName takes the first name off a path; backslashes before it are skipped.
func nextName(path string) (name, rest string) {
	for path != "" && path[0] == '\\' {
		path = path[1:]
	}
	if i := strings.IndexByte(path, '\\'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return path, ""
}

// appendUnits is regf.Encode for names, which are mostly ASCII.
func appendUnits(u []uint16, s string) []uint16 {
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return append(u, regf.Encode(s[i:])...)
		}
		u = append(u, uint16(c))
	}
	return u
}
