package fat

import "gont/nt"

// For a cache above the volume, which writes data by and by: sizes change when somebody
// writes, data come later, in any order, and change nothing but data.

// Share makes one more open of the node, which Close takes back.
func (n *Node) Share() {
	n.v.lock.Lock()
	n.reference()
	n.v.lock.Unlock()
}

// Extend is for somebody who has written up to end: the file is at least as long, its
// clusters are there, and it was changed now. It returns the size. STATUS_DISK_FULL, and nothing
// is changed, when the volume or the format has no room.
func (n *Node) Extend(end uint64) (size uint64, err error) {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if err := n.usable(); err != nil {
		return n.size, err
	}
	if end > maxFile {
		return n.size, fail(nt.StatusDiskFull, "%s would have more than 4 GiB - 1", n.name)
	}
	if end > n.size {
		if err := n.setSize(end); err != nil {
			return n.size, err
		}
	} else if err := v.touch(); err != nil {
		return n.size, err
	}
	n.changedNow()
	n.attr |= nt.FileAttributeArchive
	return n.size, n.store()
}

// WriteData writes what lies below the file's size of p, at offset. Times and attributes stay
// as they are.
func (n *Node) WriteData(p []byte, offset uint64) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if err := n.usable(); err != nil {
		return err
	}
	if offset >= n.size {
		return nil
	}
	p = p[:min(uint64(len(p)), n.size-offset)]
	if err := v.touch(); err != nil {
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
	if end := offset + uint64(len(p)); end > n.valid {
		n.valid = end
		n.settled()
		return n.store()
	}
	return nil
}

// Trim gives up clusters behind the file's end, as the last Close does.
func (n *Node) Trim() error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone || n.removed || n.IsDirectory() || !n.whole || n.length <= n.needs(n.size) {
		return nil
	}
	if err := v.touch(); err != nil {
		return err
	}
	if err := n.shrink(n.needs(n.size)); err != nil {
		return err
	}
	return n.store()
}

// Doomed reports whether the file goes with its last Close.
func (n *Node) Doomed() bool {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	return n.doomed
}

// Unlink deletes the entry of a file that is doomed and that others have open: who has its pages
// mapped may go on reading and writing them, and its name is free. The last Close gives
// its clusters up; until then the volume is not marked as closed, so that a cut leaves them to the check.
// Of a file that nobody else has open, and of a directory, nothing is done: Close deletes them.
func (n *Node) Unlink() error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone || !n.doomed || n.refs == 1 || n.removed || n.unlinked || n.IsDirectory() {
		return nil
	}
	if err := v.touch(); err != nil {
		return err
	}
	if err := n.removeEntry(); err != nil {
		return err
	}
	n.unlinked = true
	v.unlinked[n] = struct{}{}
	directory := n.parent // may be deleted before
	v.root.reference()
	n.parent = v.root
	directory.dereference()
	return nil
}

// giveUp is the last Close of a file that was unlinked.
func (n *Node) giveUp() error {
	delete(n.v.unlinked, n)
	if err := n.v.touch(); err != nil {
		return err
	}
	n.forgetChain()
	return nil
}

// Size is the file's size in bytes.
func (n *Node) Size() uint64 {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	return n.size
}
