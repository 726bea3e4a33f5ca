package fat

import (
	"fmt"
	"sort"

	"gont/nt"
)

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
