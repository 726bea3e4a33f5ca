package fat

// For those who move a file's data between the disk and memory themselves: this package says where the bytes lie.

// Stored returns where a part of a file lies: the runs of [offset, offset+length), a multiple of a
// sector each, and the file's size. ok is false where the part cannot be read by sectors as it lies: the file ends before
// offset, some of it has not been written yet, or the file's data cannot be read at all.
func (n *Node) Stored(offset, length uint64) (runs []Run, size uint64, ok bool) {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	return n.stored(offset, length)
}

// StoredNow is Stored for who may not wait: ok is false also where somebody has the volume's lock, or where the clusters
// are not known without a look at the FAT.
func (n *Node) StoredNow(offset, length uint64) (runs []Run, size uint64, ok bool) {
	l, can := n.v.lock.(interface{ TryLock() bool })
	if !can || !l.TryLock() {
		return nil, 0, false
	}
	defer n.v.lock.Unlock()
	end := min(offset+length, n.size)
	k := len(n.runs)
	if end == 0 || k == 0 || uint32((end-1)/uint64(n.v.clusterSize())) >= n.runs[k-1].index+n.runs[k-1].count {
		return nil, 0, false
	}
	return n.stored(offset, length)
}

// InPlace is for who writes a part of a file that has been written before by sectors: f is called with where it lies, and with
// the volume's lock held. ok is false where Stored's is. The volume is marked dirty first.
func (n *Node) InPlace(offset, length uint64, f func(runs []Run) error) (ok bool, err error) {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	runs, size, ok := n.stored(offset, length)
	if !ok || offset+length > size {
		return false, nil
	}
	if err := n.v.touch(); err != nil {
		return true, err
	}
	return true, f(runs)
}

// WriteStored is WriteData for who writes a part of a file himself: f is called with where the part lies, as far as the file goes, and with the
// volume's lock held. ok is false, and nothing is done, where the part cannot be written by sectors as it lies: it begins behind what
// the file has on the disk, or the file ends in it and not at a sector's end.
func (n *Node) WriteStored(offset, length uint64, f func(runs []Run) error) (ok bool, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	sector := uint64(v.sectorSize)
	if n.usable() != nil || offset >= n.size || offset > n.valid {
		return false, nil
	}
	end := min(offset+length, n.size)
	if offset%sector != 0 || end%sector != 0 {
		return false, nil
	}
	runs, ok := n.place(offset, end)
	if !ok {
		return false, nil
	}
	if err := v.touch(); err != nil {
		return true, err
	}
	if err := f(runs); err != nil || end <= n.valid {
		return true, err
	}
	n.valid = end
	n.settled()
	return true, n.store()
}

func (n *Node) stored(offset, length uint64) (runs []Run, size uint64, ok bool) {
	sector := uint64(n.v.sectorSize)
	if n.usable() != nil || offset%sector != 0 || offset >= n.size {
		return nil, 0, false
	}
	end := min(offset+length, n.size)
	if end > n.valid {
		return nil, 0, false
	}
	runs, ok = n.place(offset, (end+sector-1)/sector*sector)
	return runs, n.size, ok
}

// place is where the clusters of [offset, end) lie, whole sectors. ok is false where the chain ends before, or cannot be followed.
func (n *Node) place(offset, end uint64) (runs []Run, ok bool) {
	v := n.v
	sector, cluster := uint64(v.sectorSize), uint64(v.clusterSize())
	for offset < end {
		c, count, err := n.at(uint32(offset / cluster))
		if err != nil || c == 0 {
			return nil, false
		}
		in := offset % cluster
		r := Run{offset, v.g.sectorOf(c) + in/sector, min(uint64(count)*cluster-in, end-offset)}
		if k := len(runs) - 1; k >= 0 && runs[k].Sector+runs[k].Length/sector == r.Sector {
			runs[k].Length += r.Length
		} else {
			runs = append(runs, r)
		}
		offset += r.Length
	}
	return runs, true
}
