package fat

import "gont/nt"

// Info is what is known of a file.
type Info struct {
	Name       string
	Short      string // the 8.3 name
	Attributes uint32
	Times      Times
	Size       uint64
	Allocation uint64 // bytes
	ID         uint64 // where its entry is (byid.go)
	Deleted    bool   // it goes with the last close
}

// Info returns what is known of the file.
func (n *Node) Info() (Info, error) {
	i, err := n.Brief()
	if err == nil {
		n.v.lock.Lock()
		i.Short = shortName(n.short[:])
		n.v.lock.Unlock()
	}
	return i, err
}

// Brief is Info without the short name.
func (n *Node) Brief() (Info, error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return Info{}, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	i := Info{Name: n.name, Attributes: n.attr, Times: n.times, Size: n.size, ID: n.id(), Deleted: n.doomed || n.removed}
	if n.fixed() {
		i.Allocation = v.g.rootSectors * uint64(v.sectorSize)
		return i, nil
	}
	count, _, err := n.clusters()
	i.Allocation = uint64(count) * uint64(v.clusterSize())
	return i, err
}

// SetInfo changes attributes and times. A time that is zero stays; attributes 0 stay, and
// nt.FileAttributeNormal takes all away.
func (n *Node) SetInfo(attributes uint32, t Times) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case n.parent == nil || n.removed:
		return fail(nt.StatusInvalidParameter, "the root has no entry")
	}
	if err := v.touch(); err != nil {
		return err
	}
	if attributes != 0 {
		n.attr = n.attr&nt.FileAttributeDirectory | attributes&attrUser
	}
	zone := v.zone()
	if !t.Created.IsZero() {
		n.times.Created = t.Created.In(zone)
	}
	if !t.Written.IsZero() {
		n.times.Written = t.Written.In(zone)
	}
	if !t.Accessed.IsZero() {
		n.times.Accessed = day(t.Accessed.In(zone))
	}
	return n.store()
}

// Run is where a part of a file lies (FSCTL_GET_RETRIEVAL_POINTERS; a paging file).
type Run struct {
	Offset uint64 // in the file, bytes
	Sector uint64 // of the volume
	Length uint64 // bytes; the last run may lie beyond the file's end
}

// Runs returns the parts of a file that lie in one piece each, from offset on, at most most of
// them.
func (n *Node) Runs(offset uint64, most int) (runs []Run, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return nil, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	size := uint64(v.clusterSize())
	for i := offset / size; i <= uint64(v.g.clusters) && len(runs) < most; {
		c, count, err := n.at(uint32(i))
		if err != nil || c == 0 {
			return runs, err
		}
		r := Run{i * size, v.g.sectorOf(c), uint64(count) * size}
		// A chain's run may be known in two parts.
		if k := len(runs) - 1; k >= 0 && runs[k].Sector+runs[k].Length/uint64(v.sectorSize) == r.Sector {
			runs[k].Length += r.Length
		} else {
			runs = append(runs, r)
		}
		i += uint64(count)
	}
	return runs, nil
}
