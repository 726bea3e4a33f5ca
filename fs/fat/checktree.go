package fat

import (
	"bytes"
	"fmt"
	"sort"

	"gont/nt"
)

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
// slots, up to the first that was never used, look like entries. A chain may have come to
// lead into a file, whose data must not be taken for entries.
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
			if raw[11] == attrLong {
				ok = raw[0] == slotFree || raw[0]&0x3F >= 1 && raw[0]&0x3F <= 20
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

// free marks slots as free.
func (k *checker) freeSlots(d *Node, from, to uint32) error {
	if !k.mend {
		return nil
	}
	for i := from; i <= to; i++ {
		b, o, err := d.slotAt(i)
		if err != nil || b == nil {
			return err
		}
		b.data[o] = slotFree
		k.v.cache.changed(b)
	}
	return k.relieve()
}

// relieve writes what the check has changed when that is much.
func (k *checker) relieve() error {
	if k.v.cache.dirtyCount() > k.v.cache.most/2 {
		return k.v.flush()
	}
	return nil
}

// slots looks at every slot of a directory.
func (k *checker) slots(d checkedDir) error {
	v := k.v
	var long longName
	names := map[string]bool{}
	parts := uint32(0) // long name slots before this one
	label := d.path != ""
	for i := uint32(0); ; i++ {
		v.cache.trim()
		b, o, err := d.node.slotAt(i)
		if err != nil {
			return err
		}
		var raw []byte
		if b != nil {
			raw = b.data[o : o+entrySize]
		}
		if raw != nil && raw[0] != slotNever && raw[0] != slotFree && raw[11]&attrMask == attrLong {
			long.add(raw, i)
			parts++
			if le.Uint16(raw[26:]) != 0 || raw[12] != 0 {
				k.found(d.path, "a part of a long name with a cluster or a kind")
				if k.mend {
					raw[12], raw[26], raw[27] = 0, 0, 0
					v.cache.changed(b)
				}
			}
			continue
		}
		first := i
		var e entry
		isEntry := raw != nil && raw[0] != slotNever && raw[0] != slotFree
		if isEntry {
			copy(e.raw[:], raw)
			e.slot = i
			e.long, e.first = long.of(raw, i)
			first = e.first
		}
		if orphans := parts - (i - first); orphans > 0 {
			k.found(d.path, "%d parts of a long name without a file", orphans)
			if err := k.freeSlots(d.node, i-parts, first-1); err != nil {
				return err
			}
		}
		long.reset()
		parts = 0
		if raw == nil {
			return nil
		}
		if raw[0] == slotNever {
			return k.behindEnd(d, i)
		}
		if !isEntry || d.path != "" && i < 2 {
			continue
		}
		if err := k.slot(d, &e, names, &label); err != nil {
			return err
		}
	}
}

// behindEnd clears what is behind a directory's end, slot end: other systems would read it.
// Further clusters that are not empty are cut off, and not written to: they may be a file's.
func (k *checker) behindEnd(d checkedDir, end uint32) error {
	v, n := k.v, d.node
	per := v.clusterSize() / entrySize
	found := false
	for i := end + 1; ; i++ {
		v.cache.trim()
		b, o, err := n.slotAt(i)
		if err != nil || b == nil {
			return err
		}
		if b.data[o] == slotNever {
			continue
		}
		if !found {
			found = true
			k.found(d.path, "there are entries behind the directory's end")
		}
		if !n.fixed() && i/per > end/per {
			return k.cutDirectory(n, end/per+1)
		}
		if k.mend {
			b.data[o] = slotNever
			v.cache.changed(b)
			if err := k.relieve(); err != nil {
				return err
			}
		}
	}
}

// cutDirectory leaves keep clusters to a directory; the others are nobody's.
func (k *checker) cutDirectory(n *Node, keep uint32) error {
	tail := uint32(0)
	for i := range n.length {
		c, _, err := n.at(i)
		if err != nil {
			return err
		}
		if i < keep {
			tail = c
		} else {
			k.claimed.clear(c)
		}
	}
	for r := len(n.runs) - 1; r >= 0 && n.runs[r].index+n.runs[r].count > keep; r-- {
		if n.runs[r].index >= keep {
			n.runs = n.runs[:r]
			continue
		}
		n.runs[r].count = keep - n.runs[r].index
	}
	n.length = min(n.length, keep)
	return k.set(tail, endOfChain)
}

// slot looks at an entry. label says whether the directory may have no (further) label.
func (k *checker) slot(d checkedDir, e *entry, names map[string]bool, label *bool) error {
	v := k.v
	drop := func(format string, a ...any) error {
		k.found(d.path+`\`+e.name(), format, a...)
		k.ignored[nodeKey{d.node.first, e.slot}] = true
		return k.freeSlots(d.node, e.first, e.slot)
	}
	if e.raw[11]&attrVolume != 0 {
		if *label || e.raw[11]&nt.FileAttributeDirectory != 0 {
			return drop("a label where none can be")
		}
		for _, c := range e.raw[:11] {
			if c != ' ' && !shortChar(c) {
				return drop("a label that cannot be")
			}
		}
		*label = true
		if lowerASCII(e.raw[:11]) {
			k.found("", "a label in lower case")
			if err := k.change(d, e, func(raw []byte) { upperASCII(raw[:11]) }); err != nil {
				return err
			}
		}
		if e.raw[11]&attrMask != attrVolume || v.firstOf(e.raw[:]) != 0 || le.Uint32(e.raw[28:]) != 0 {
			k.found("", "a label with a cluster, a size or attributes")
			return k.change(d, e, func(raw []byte) {
				raw[11] = attrVolume
				clear(raw[20:22])
				clear(raw[26:32])
			})
		}
		return nil
	}
	if e.dots() {
		return drop("an entry . or .. where none can be")
	}
	if err := k.name(d, e, names); err != nil {
		return err
	}
	path := d.path + `\` + e.name()
	first := v.firstOf(e.raw[:])
	if e.raw[11]&nt.FileAttributeDirectory == 0 {
		if v.g.valid(first) {
			k.start(first)
		}
		return nil
	}
	if le.Uint32(e.raw[28:]) != 0 {
		k.found(path, "a directory with a size")
		if err := k.change(d, e, func(raw []byte) { le.PutUint32(raw[28:], 0) }); err != nil {
			return err
		}
	}
	switch {
	case !v.g.valid(first):
		return drop("a directory at cluster %d, which does not exist", first)
	case k.claimed.has(first) && k.starts.has(first):
		k.start(first) // the same directory has another name, too
		return nil
	case k.claimed.has(first):
		return drop("cluster %d belongs to another directory", first)
	case !k.looksLikeDirectory(first):
		return drop("it is no directory")
	}
	n := &Node{v: v, parent: v.root, attr: nt.FileAttributeDirectory, first: first, dir: &directory{}, name: e.name()}
	k.start(first)
	ok, err := k.claimDirectory(n, path)
	if err != nil {
		return err
	}
	if !ok {
		return drop("a directory without clusters")
	}
	k.dirs = append(k.dirs, checkedDir{n, path, d.node.cluster0()})
	return nil
}

// cluster0 is what .. of the children of a directory says.
func (n *Node) cluster0() uint32 {
	if n.parent == nil {
		return 0
	}
	return n.first
}

// start notes that an entry names a chain.
func (k *checker) start(first uint32) {
	if k.starts.has(first) && len(k.twice) < mostTwice && !k.twice[first] {
		k.twice[first] = true
	}
	k.starts.set(first)
}

// change changes an entry, with mend.
func (k *checker) change(d checkedDir, e *entry, f func(raw []byte)) error {
	f(e.raw[:])
	if !k.mend {
		return nil
	}
	b, o, err := d.node.slotAt(e.slot)
	if err != nil || b == nil {
		return err
	}
	f(b.data[o : o+entrySize])
	k.v.cache.changed(b)
	return k.relieve()
}

// name puts the names of an entry right: characters that cannot be, and names that another
// entry of the directory has.
func (k *checker) name(d checkedDir, e *entry, names map[string]bool) error {
	path := d.path + `\` + e.name()
	if e.long == "" && e.raw[12]&noShortName != 0 {
		k.found(path, "a short name that is said to be none, without a long one")
		if err := k.change(d, e, func(raw []byte) { raw[12] &^= noShortName }); err != nil {
			return err
		}
	}
	short := string(e.raw[:11])
	good := e.raw[0] != ' '
	for i, c := range e.raw[:11] {
		good = good && (shortChar(c) || c == ' ' || i == 0 && c == kanji)
	}
	folded := upcased(e.long)
	longTaken := e.long != "" && names["L"+folded]
	if good && !names[short] && !longTaken && (e.long == "" || checkName(e.long) == nil) {
		names[short] = true
		if e.long != "" {
			names["L"+folded] = true
		} else {
			names["L"+upcased(shortName(e.raw[:]))] = true
		}
		return nil
	}
	if longTaken || names[short] {
		k.found(path, "another file of the directory has the name")
	} else {
		k.found(path, "a name that cannot be")
	}
	for {
		copy(e.raw[:11], fmt.Sprintf("FSCK%04d%03d", k.renamed/1000%10000, k.renamed%1000))
		k.renamed++
		if !names[string(e.raw[:11])] {
			break
		}
	}
	names[string(e.raw[:11])] = true
	names["L"+shortName(e.raw[:])] = true
	if e.first < e.slot {
		if err := k.freeSlots(d.node, e.first, e.slot-1); err != nil {
			return err
		}
	}
	e.long, e.first = "", e.slot
	fixed := append([]byte(nil), e.raw[:11]...)
	return k.change(d, e, func(raw []byte) { copy(raw, fixed); raw[12] = 0 })
}

// each calls f for the entries of all directories that are files or directories.
func (k *checker) each(f func(d checkedDir, e *entry) error) error {
	for _, d := range k.dirs {
		var list []entry
		if _, err := d.node.scan(0, func(e *entry) bool {
			if e.raw[11]&attrVolume == 0 && !e.dots() && !k.ignored[nodeKey{d.node.first, e.slot}] {
				list = append(list, *e)
			}
			return true
		}); err != nil {
			return err
		}
		for i := range list {
			if err := f(d, &list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleTwice leaves one of several names of a chain: the newer one of a replacement, else
// the larger one, else the first. The chain is the same, so that nothing is lost.
func (k *checker) settleTwice() error {
	if len(k.twice) == 0 {
		return nil
	}
	var losers []struct {
		d checkedDir
		e entry
	}
	type place struct {
		d checkedDir
		e entry
	}
	best := map[uint32]place{}
	err := k.each(func(d checkedDir, e *entry) error {
		first := k.v.firstOf(e.raw[:])
		if !k.twice[first] {
			return nil
		}
		old, ok := best[first]
		if !ok {
			best[first] = place{d, *e}
			return nil
		}
		dirOld, dirNew := old.e.raw[11]&nt.FileAttributeDirectory != 0, e.raw[11]&nt.FileAttributeDirectory != 0
		wins := newer(e.raw[12], old.e.raw[12])
		if !wins && !newer(old.e.raw[12], e.raw[12]) {
			wins = dirNew && !dirOld || dirNew == dirOld && le.Uint32(e.raw[28:]) > le.Uint32(old.e.raw[28:])
		}
		loser := place{d, *e}
		if wins {
			loser = old
			best[first] = place{d, *e}
		}
		losers = append(losers, loser)
		return nil
	})
	if err != nil {
		return err
	}
	sort.SliceStable(losers, func(a, b int) bool { return losers[a].d.path < losers[b].d.path })
	for _, l := range losers {
		first := k.v.firstOf(l.e.raw[:])
		w := best[first]
		k.found(l.d.path+`\`+l.e.name(), "the file is %s, too, and keeps that name", w.d.path+`\`+w.e.name())
		k.ignored[nodeKey{l.d.node.first, l.e.slot}] = true
		if err := k.freeSlots(l.d.node, l.e.first, l.e.slot); err != nil {
			return err
		}
		if w.e.raw[11]&nt.FileAttributeDirectory != 0 {
			for i := range k.dirs {
				if d := &k.dirs[i]; i > 0 && d.node.first == first && d.up != w.d.node.cluster0() {
					d.up = w.d.node.cluster0()
					if err := k.dots(*d); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// files claims the chains of files: first of those that are whole, so that none of them
// loses a cluster to one that is not.
func (k *checker) files() error {
	v := k.v
	isDamaged := map[nodeKey]bool{}
	var damaged []nodeKey
	err := k.eachFile(func(d checkedDir, e *entry, first, need uint32) error {
		k.r.Files++
		ok := first == 0 && need == 0
		if !ok && first != 0 && need != 0 {
			var err error
			if ok, err = k.isWhole(first, need); err != nil {
				return err
			}
			if ok {
				_, _, err = k.claim(first, need, nil)
			}
			if err != nil {
				return err
			}
		}
		if !ok {
			damaged = append(damaged, nodeKey{d.node.first, e.slot})
		}
		return nil
	})
	if err != nil || len(damaged) == 0 {
		return err
	}
	for _, key := range damaged {
		isDamaged[key] = true
	}
	return k.eachFile(func(d checkedDir, e *entry, first, need uint32) error {
		if !isDamaged[nodeKey{d.node.first, e.slot}] {
			return nil
		}
		count, what := uint32(0), ""
		if first != 0 {
			var err error
			if count, what, err = k.claim(first, need, nil); err != nil {
				return err
			}
		}
		if what == "" {
			what = "the chain is too short"
		}
		size := le.Uint32(e.raw[28:])
		if count < need {
			size = count * v.clusterSize()
			what += fmt.Sprintf("; its size is %d now, it was %d", size, le.Uint32(e.raw[28:]))
		}
		k.found(d.path+`\`+e.name(), "%s", what)
		return k.change(d, e, func(raw []byte) {
			le.PutUint32(raw[28:], size)
			if count == 0 {
				le.PutUint16(raw[26:], 0)
				if v.g.kind == FAT32 {
					le.PutUint16(raw[20:], 0)
				}
			}
		})
	})
}

// eachFile calls f for the files, with the first cluster and how many the size takes.
func (k *checker) eachFile(f func(d checkedDir, e *entry, first, need uint32) error) error {
	size := uint64(k.v.clusterSize())
	return k.each(func(d checkedDir, e *entry) error {
		if e.raw[11]&nt.FileAttributeDirectory != 0 {
			return nil
		}
		return f(d, e, k.v.firstOf(e.raw[:]), uint32((uint64(le.Uint32(e.raw[28:]))+size-1)/size))
	})
}

// isWhole says whether a chain has exactly need clusters, none of which is another's.
func (k *checker) isWhole(first, need uint32) (bool, error) {
	for c, n := first, uint32(0); ; n++ {
		if c >= leastEnd || n == need {
			return c >= leastEnd && n == need, nil
		}
		if !k.v.g.valid(c) || k.claimed.has(c) {
			return false, nil
		}
		var err error
		if c, err = k.v.raw(c); err != nil {
			return false, err
		}
		if n&0xFFF == 0 {
			k.v.cache.trim()
		}
	}
}

// lowerASCII says whether there is a letter in lower case.
func lowerASCII(b []byte) bool {
	return bytes.ContainsAny(b, "abcdefghijklmnopqrstuvwxyz")
}

func upperASCII(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
}
