package fat

import (
	"gont/fsrtl"
	"gont/nt"
)

// Entry is what a directory says of a file.
type Entry struct {
	Name, Short string // Short is empty where Name is an 8.3 name
	Attributes  uint32
	Times       Times
	Size        uint64
	Allocation  uint64 // bytes
	ID          uint64 // as Info has it
}

// ReadDir calls f for the directory's entries from cursor on whose long or short names the
// pattern stands for (fsrtl.IsNameInExpression; "": all), until it returns false, and returns
// the cursor of the next entry; the one for which f returned false comes again. . and .. are
// entries, but not in the root. The cursor begins at 0. f is called with the lock held, and the
// Entry is another one's when f has returned.
func (n *Node) ReadDir(cursor uint32, pattern string, f func(e *Entry) bool) (next uint32, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return cursor, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case !n.IsDirectory():
		return cursor, fail(nt.StatusInvalidParameter, "%s is no directory", n.name)
	case n.removed || n.doomed:
		return cursor, fail(nt.StatusDeletePending, "directory %s is deleted", n.name)
	}
	if pattern == "*" {
		pattern = ""
	}
	zone := v.zone()
	var created, accessed, written timeDecoder
	var x Entry // one for all: f keeps none
	next = cursor
	_, err = n.scan(cursor, func(e *entry) bool {
		if e.raw[11]&attrVolume != 0 || n.parent == nil && e.dots() {
			next = e.slot + 1
			return true
		}
		short := shortName(e.raw[:])
		name := short
		if e.long != "" {
			name = e.long
		}
		if pattern != "" && !fsrtl.IsNameInExpression(pattern, name, true) && (e.long == "" || !fsrtl.IsNameInExpression(pattern, short, true)) {
			next = e.slot + 1
			return true
		}
		x = Entry{Name: name, Attributes: uint32(e.raw[11] & attrMask), Size: uint64(le.Uint32(e.raw[28:])), Times: Times{
			Created:  created.decode(le.Uint16(e.raw[16:]), le.Uint16(e.raw[14:]), e.raw[13], zone),
			Accessed: accessed.decode(le.Uint16(e.raw[18:]), 0, 0, zone),
			Written:  written.decode(le.Uint16(e.raw[24:]), le.Uint16(e.raw[22:]), 0, zone),
		}}
		if e.long != "" {
			x.Short = short
		}
		if o := v.nodes[nodeKey{n.first, e.slot}]; o != nil {
			x.Size = o.size
		}
		if x.Attributes&nt.FileAttributeDirectory != 0 {
			x.Size = 0
		}
		x.ID = uint64(n.first)<<32 | uint64(e.slot)
		size := uint64(v.clusterSize())
		x.Allocation = (x.Size + size - 1) / size * size
		if !f(&x) {
			return false
		}
		next = e.slot + 1
		return true
	})
	return next, err
}
