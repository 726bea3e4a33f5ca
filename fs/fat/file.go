package fat

import "gont/nt"

// needs is how many clusters so many bytes take.
func (n *Node) needs(size uint64) uint32 {
	c := uint64(n.v.clusterSize())
	return uint32((size + c - 1) / c)
}

// usable says whether a node's data can be moved.
func (n *Node) usable() error {
	switch {
	case n.v.gone:
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case n.removed:
		return fail(nt.StatusFileClosed, "%s is deleted", n.name)
	case n.IsDirectory():
		return fail(nt.StatusInvalidDeviceRequest, "%s is a directory", n.name)
	}
	return nil
}

// ReadAt reads from offset on and returns how many bytes that were: fewer than p has at the
// file's end, STATUS_END_OF_FILE where there are none.
func (n *Node) ReadAt(p []byte, offset uint64) (int, error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if err := n.usable(); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if offset >= n.size {
		return 0, fail(nt.StatusEndOfFile, "%s ends at %d", n.name, n.size)
	}
	p = p[:min(uint64(len(p)), n.size-offset)]
	stored := p
	if offset >= n.valid {
		stored = nil
	} else if uint64(len(p)) > n.valid-offset {
		stored = p[:n.valid-offset]
	}
	clear(p[len(stored):])
	if err := n.move(stored, offset, false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteAt writes at offset; what lies between the file's end and there becomes zeros.
// STATUS_DISK_FULL, and nothing is changed, when the volume or the format has no room.
func (n *Node) WriteAt(p []byte, offset uint64) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	return n.write(p, offset)
}

// Append writes at the file's end, and returns where that was.
func (n *Node) Append(p []byte) (offset uint64, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	offset = n.size
	return offset, n.write(p, offset)
}

func (n *Node) write(p []byte, offset uint64) error {
	if err := n.usable(); err != nil {
		return err
	}
	if len(p) == 0 {
		return nil
	}
	end := offset + uint64(len(p))
	if end < offset || end > maxFile {
		return fail(nt.StatusDiskFull, "%s would have more than 4 GiB - 1", n.name)
	}
	if err := n.v.touch(); err != nil {
		return err
	}
	if err := n.extend(end); err != nil {
		return err
	}
	if offset > n.valid {
		if err := n.zero(n.valid, offset); err != nil {
			return err
		}
		n.valid = offset
	}
	if err := n.move(p, offset, true); err != nil {
		return err
	}
	n.valid = max(n.valid, end)
	n.size = max(n.size, end)
	n.settled()
	n.changedNow()
	n.attr |= nt.FileAttributeArchive
	return n.store()
}

// extend makes the chain long enough for size bytes.
func (n *Node) extend(size uint64) error {
	if want := n.needs(size); !n.whole || want > n.length {
		return n.grow(want)
	}
	return nil
}

// settled keeps the list of files whose entry does not have the whole size.
func (n *Node) settled() {
	if n.valid < n.size {
		n.v.unsettled[n] = struct{}{}
	} else {
		delete(n.v.unsettled, n)
	}
}

// settle writes the zeros that a file's end has been moved over.
func (n *Node) settle() error {
	if n.valid >= n.size || n.removed || n.unlinked {
		delete(n.v.unsettled, n)
		return nil
	}
	if err := n.zero(n.valid, n.size); err != nil {
		return err
	}
	n.valid = n.size
	n.settled()
	return n.store()
}

// zero writes zeros from one offset to another; the clusters are there.
func (n *Node) zero(from, to uint64) error {
	z := make([]byte, min(to-from, writeBytes))
	for from < to {
		p := z
		// Whole pieces are aligned.
		if o := from % writeBytes; uint64(len(p)) > writeBytes-o {
			p = p[:writeBytes-o]
		}
		if uint64(len(p)) > to-from {
			p = p[:to-from]
		}
		if err := n.move(p, from, true); err != nil {
			return err
		}
		from += uint64(len(p))
	}
	return nil
}

// move reads or writes bytes that have clusters: whole sectors directly, parts of one by
// way of a copy.
func (n *Node) move(p []byte, offset uint64, write bool) error {
	v := n.v
	size, sector := uint64(v.clusterSize()), uint64(v.sectorSize)
	for len(p) > 0 {
		c, count, err := n.at(uint32(offset / size))
		if err != nil {
			return err
		}
		if c == 0 {
			return corrupt("the chain of %s ends before %d bytes", n.name, offset)
		}
		in := offset % size
		piece := p[:min(uint64(len(p)), uint64(count)*size-in)]
		s := v.g.sectorOf(c) + in/sector
		if o := in % sector; o != 0 || uint64(len(piece)) < sector {
			piece = piece[:min(uint64(len(piece)), sector-o)]
			if err := v.movePart(piece, s, int(o), write); err != nil {
				return err
			}
		} else {
			piece = piece[:uint64(len(piece))/sector*sector]
			if write {
				err = v.writeSectors(piece, s)
			} else {
				err = v.readSectors(piece, s)
			}
			if err != nil {
				return err
			}
		}
		p = p[len(piece):]
		offset += uint64(len(piece))
	}
	return nil
}

func (v *Volume) movePart(p []byte, sector uint64, o int, write bool) error {
	if v.part == nil {
		v.part = make([]byte, v.sectorSize)
	}
	if err := v.readSectors(v.part, sector); err != nil {
		return err
	}
	if !write {
		copy(p, v.part[o:])
		return nil
	}
	copy(v.part[o:], p)
	return v.writeSectors(v.part, sector)
}

// SetSize moves the file's end. What is new are zeros, which are written at the next flush
// or the last close; what is cut off is gone.
func (n *Node) SetSize(size uint64) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if err := n.usable(); err != nil {
		return err
	}
	if size > maxFile {
		return fail(nt.StatusDiskFull, "%s would have more than 4 GiB - 1", n.name)
	}
	if size == n.size {
		return nil
	}
	if err := v.touch(); err != nil {
		return err
	}
	n.changedNow()
	n.attr |= nt.FileAttributeArchive
	return n.setSize(size)
}

func (n *Node) setSize(size uint64) error {
	if size >= n.size {
		if err := n.extend(size); err != nil {
			return err
		}
		n.size = size
		n.settled()
		return n.store()
	}
	n.size, n.valid = size, min(n.valid, size)
	n.settled()
	// Learn the chain's end first: a chain that cannot be followed is left as it is.
	if err := n.shrink(n.needs(size)); err != nil {
		return err
	}
	return n.store()
}

// SetAllocation gives the file room for size bytes: fewer than it has cut it off, more stay
// its own until the last close.
func (n *Node) SetAllocation(size uint64) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if err := n.usable(); err != nil {
		return err
	}
	if size > maxFile {
		return fail(nt.StatusDiskFull, "%s would have more than 4 GiB - 1", n.name)
	}
	if err := v.touch(); err != nil {
		return err
	}
	if size < n.size {
		n.changedNow()
		return n.setSize(size)
	}
	if err := n.extend(size); err != nil {
		return err
	}
	return n.store()
}
