package cm

import "gont/cm/regf"

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done.

// DebugValue is a value of a key.
type DebugValue struct {
	Name string
	Type uint32
	Data []byte
}

// DebugKey reads a key by its path, `\Registry\Machine\SYSTEM` for example; links are
// followed. ok is false where there is none. most bounds the subkeys, and the values.
func DebugKey(path string, most int) (subkeys []string, values []DebugValue, ok bool) {
	at, ok := debugFind(path, 0)
	if !ok {
		return nil, nil, false
	}
	info := at.h.r.Key(at.c)
	for i := range min(info.Subkeys+info.VolatileSubkeys, uint32(most)) {
		c := at.h.r.Subkey(at.c, i)
		if c == regf.NoCell {
			break
		}
		subkeys = append(subkeys, at.h.r.Name(c))
	}
	for i := range min(info.Values, uint32(most)) {
		v, ok := at.h.r.ValueAt(at.c, i)
		if !ok {
			break
		}
		values = append(values, DebugValue{at.h.r.ValueName(v), v.Type, at.h.r.AppendData(nil, v)})
	}
	return subkeys, values, true
}

// debugFind finds a key; links counts the symbolic links on the way.
func debugFind(path string, links int) (at place, ok bool) {
	if master == nil {
		return at, false
	}
	rest, ok := belowRegistry(path)
	if !ok {
		return at, false
	}
	at = place{master, master.r.Root()}
	for {
		if at.isLink() {
			target, ok := linkTarget(at)
			if !ok || links >= maximumLinks {
				return at, false
			}
			return debugFind(registryName+target+`\`+rest, links+1)
		}
		var name string
		if name, rest = nextName(rest); name == "" {
			return at, true
		}
		c := at.h.r.Find(at.c, appendUnits(nil, name))
		if c == regf.NoCell {
			return at, false
		}
		at.h, at.c = inside(at.h, c)
	}
}

// DebugLocks reports which of the package's locks are held.
func DebugLocks(yield func(name string, held bool)) { yield("cm: the registry", mu.Held()) }
