package fat

import "gont/nt"

// findDirectories finds all directories, mends their chains and their slots, and notes
// chains that several entries name. A directory's clusters are its own from then on, so
// that none is found twice.
func (k *checker) findDirectories() error {
	v := k.v
	root := &Node{v: v, attr: nt.FileAttributeDirectory, first: v.g.root, dir: &directory{}, name: `\`}
	if v.g.kind == FAT32 {
		x, err := v.raw(root.first)
		if err != nil {
			return err
		}
		if x < leastEnd && !v.g.valid(x) {
			k.found(`\`, "its first cluster, %d, is free or bad", root.first)
			if err := k.set(root.first, endOfChain); err != nil {
				return err
			}
			if !k.mend {
				return fail(nt.StatusDiskCorruptError, "the root directory has no clusters")
			}
		}
		if _, err := k.claimDirectory(root, `\`); err != nil {
			return err
		}
	}
	k.dirs = []checkedDir{{root, "", 0}}
	for i := 0; i < len(k.dirs); i++ {
		d := k.dirs[i]
		if i > 0 {
			if err := k.dots(d); err != nil {
				return err
			}
		}
		if err := k.slots(d); err != nil {
			return err
		}
	}
	k.r.Directories = len(k.dirs)
	return nil
}

// claimDirectory claims the chain of a directory. It is false when there is none.
func (k *checker) claimDirectory(n *Node, path string) (bool, error) {
	most := uint32(mostSlots * entrySize / k.v.clusterSize())
	count, what, err := k.claim(n.first, max(most, 1), k.plausible)
	if what != "" {
		k.found(path, "%s", what)
	}
	if err != nil || count == 0 {
		return false, err
	}
	// With mend the chain ends there; without, it must be known to.
	n.runs, n.whole, n.length = nil, false, 0
	c := n.first
	for i := range count {
		if r := len(n.runs) - 1; r >= 0 && n.runs[r].cluster+n.runs[r].count == c {
			n.runs[r].count++
		} else {
			n.runs = append(n.runs, extent{i, c, 1})
		}
		if c, err = k.v.raw(c); err != nil {
			return false, err
		}
	}
	n.whole, n.length = true, count
	return true, nil
}

// plausible says whether a further cluster of a directory may be one: at least half of its
// slots, up to the first that was never used, look like entries, or are free: a check that mends
// frees slots, and a second one must not find fault with them. A chain may have come to lead
// into a file, whose data must not be taken for entries.
func (k *checker) plausible(c uint32) (bool, error) {
	v := k.v
	good, all := 0, 0
	for s := range uint64(v.g.perCluster) {
		b, err := v.cache.get(v.g.sectorOf(c)+s, uint64(v.g.perCluster)-s)
		if err != nil {
			return false, err
		}
		for raw := b.data; len(raw) > 0; raw = raw[entrySize:] {
			if raw[0] == slotNever {
				return 2*good >= all, nil
			}
			all++
			ok := raw[11]&^attrMask == 0
			if raw[0] == slotFree {
				ok = true
			} else if raw[11] == attrLong {
				ok = raw[0]&0x3F >= 1 && raw[0]&0x3F <= 20
			} else {
				for i, c := range raw[:11] {
					ok = ok && (shortChar(c) || c == ' ' || i == 0 && c == kanji || raw[0] == '.')
				}
			}
			if ok {
				good++
			}
		}
	}
	return 2*good >= all, nil
}

// dots puts . and .. of a directory right.
func (k *checker) dots(d checkedDir) error {
	for i, want := range []struct {
		name  string
		first uint32
	}{{".          ", d.node.first}, {"..         ", d.up}} {
		b, o, err := d.node.slotAt(uint32(i))
		if err != nil {
			return err
		}
		raw := b.data[o : o+entrySize]
		if string(raw[:11]) == want.name && raw[11]&nt.FileAttributeDirectory != 0 && k.v.firstOf(raw) == want.first {
			continue
		}
		k.found(d.path, "the entry %s leads to the wrong place", want.name[:i+1])
		if k.mend {
			clear(raw)
			d.node.dot(raw, want.name, want.first)
			k.v.cache.changed(b)
		}
	}
	return nil
}

// looksLikeDirectory says whether a cluster begins with . or ..: what does not is no
// directory, and nothing in it is changed.
func (k *checker) looksLikeDirectory(first uint32) bool {
	n := &Node{v: k.v, parent: k.v.root, first: first, runs: []extent{{0, first, 1}}, whole: true, length: 1}
	a, o, err := n.slotAt(0)
	if err != nil || a == nil {
		return false
	}
	if raw := a.data[o:]; string(raw[:11]) == ".          " && raw[11]&nt.FileAttributeDirectory != 0 {
		return true
	}
	b, o, err := n.slotAt(1)
	if err != nil || b == nil {
		return false
	}
	raw := b.data[o:]
	return string(raw[:11]) == "..         " && raw[11]&nt.FileAttributeDirectory != 0
}

// cluster0 is what .. of the children of a directory says.
func (n *Node) cluster0() uint32 {
	if n.parent == nil {
		return 0
	}
	return n.first
}
