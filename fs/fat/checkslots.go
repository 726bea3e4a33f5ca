package fat

import (
	"bytes"
	"fmt"

	"gont/nt"
)

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
