package fat

import "gont/nt"

// run is clusters one behind the other.
type run struct{ cluster, count uint32 }

// noFree is a summary of the FAT: bit n says that its sector n was seen to have no free
// entry.
type noFree []uint64

func (f noFree) has(n uint64) bool { return f[n/64]>>(n%64)&1 != 0 }
func (f noFree) set(n uint64)      { f[n/64] |= 1 << (n % 64) }
func (f noFree) clear(n uint64)    { f[n/64] &^= 1 << (n % 64) }

// summarySector is the FAT's sector that cluster c's entry begins in.
func (v *Volume) summarySector(c uint32) uint64 {
	return uint64(c) * uint64(v.g.kind) / 8 / uint64(v.sectorSize)
}

// findFree returns the first free run at or behind from, of at most n clusters, going on
// at the volume's start; count is 0 when there is none.
func (v *Volume) findFree(from, n uint32) (run, error) {
	if !v.g.valid(from) {
		from = firstCluster
	}
	c, wrapped := from, false
	whole := uint32(0) // the sector's first cluster, where all of it has been looked at
	for seen := uint32(0); seen <= v.g.clusters; {
		s := v.summarySector(c)
		if v.noFree.has(s) {
			for ; v.g.valid(c) && v.summarySector(c) == s; c++ {
				seen++
			}
		} else {
			x, err := v.raw(c)
			if err != nil {
				return run{}, err
			}
			if x == free {
				return v.freeRun(c, n)
			}
			if c == firstCluster || v.summarySector(c-1) != s {
				whole = c
			}
			seen++
			c++
			if whole != 0 && (!v.g.valid(c) || v.summarySector(c) != s) {
				v.noFree.set(s)
			}
		}
		if !v.g.valid(c) {
			if wrapped {
				break
			}
			c, wrapped, whole = firstCluster, true, 0
		}
		if c == firstCluster || v.summarySector(c) != s {
			whole = 0
			v.cache.trim()
		}
	}
	return run{}, nil
}

func (v *Volume) freeRun(c, n uint32) (run, error) {
	r := run{c, 1}
	for r.count < n && v.g.valid(c+r.count) {
		x, err := v.raw(c + r.count)
		if err != nil || x != free {
			return r, err
		}
		r.count++
	}
	return r, nil
}

// allocate finds n clusters and links them into a chain in the cache, nearest to near. It
// takes all or none; STATUS_DISK_FULL.
func (v *Volume) allocate(n, near uint32) ([]run, error) {
	runs, err := v.allocateOnce(n, near)
	if StatusOf(err) == nt.StatusDiskFull && len(v.pending)+len(v.cuts) > 0 {
		// Clusters of what was deleted wait for the directories.
		if err := v.flush(); err != nil {
			return nil, err
		}
		return v.allocateOnce(n, near)
	}
	return runs, err
}

func (v *Volume) allocateOnce(n, near uint32) (runs []run, err error) {
	if n == 0 {
		return nil, nil
	}
	if v.freeKnown && v.free < n {
		return nil, fail(nt.StatusDiskFull, "%d clusters wanted, %d free", n, v.free)
	}
	if !v.g.valid(near) {
		near = v.hint
	}
	last, taken := uint32(0), uint32(0)
	defer func() {
		if err != nil {
			v.give(runs)
		}
	}()
	for taken < n {
		r, err := v.findFree(near, n-taken)
		if err != nil {
			return runs, err
		}
		if r.count == 0 {
			return runs, fail(nt.StatusDiskFull, "%d clusters wanted, %d free", n, taken)
		}
		for i := range r.count {
			c := r.cluster + i
			if err := v.set(c, endOfChain); err != nil {
				return append(runs, run{r.cluster, i}), err
			}
			if v.freeKnown && v.free > 0 {
				v.free--
			}
			if last != 0 {
				if err := v.set(last, c); err != nil {
					return append(runs, run{r.cluster, i + 1}), err
				}
			}
			last = c
		}
		taken += r.count
		near = last + 1
		if k := len(runs) - 1; k >= 0 && runs[k].cluster+runs[k].count == r.cluster {
			runs[k].count += r.count
		} else {
			runs = append(runs, r)
		}
	}
	v.hint = near
	return runs, nil
}

// give makes clusters free at once, which were allocated and are not used.
func (v *Volume) give(runs []run) {
	for _, r := range runs {
		for i := range r.count {
			if v.set(r.cluster+i, free) == nil {
				v.freed(r.cluster + i)
			}
		}
	}
}

func (v *Volume) freed(c uint32) {
	if v.freeKnown {
		v.free++
	}
	v.noFree.clear(v.summarySector(c))
	if c < v.hint {
		v.hint = c
	}
}

// release gives up the chain from cluster head on, once the directories have been written.
func (v *Volume) release(head uint32) {
	if v.g.valid(head) {
		v.pending = append(v.pending, head)
	}
}

// cut makes tail the last cluster of its chain, and gives up what is behind.
func (v *Volume) cut(tail, behind uint32) {
	v.cuts[tail] = struct{}{}
	v.release(behind)
}

// applyReleases changes the FAT for what has been given up. The links of a chain are there
// until then, so that it needs no memory; an entry that is free ends a chain with a loop.
func (v *Volume) applyReleases() error {
	for tail := range v.cuts {
		if err := v.set(tail, endOfChain); err != nil {
			return err
		}
		delete(v.cuts, tail)
	}
	for len(v.pending) > 0 {
		head := v.pending[len(v.pending)-1]
		for v.g.valid(head) {
			x, err := v.raw(head)
			if err != nil {
				return err
			}
			if x == free || x == bad {
				break
			}
			if err := v.set(head, free); err != nil {
				return err
			}
			v.freed(head)
			if head = x; len(v.cache.table) > v.cache.most/2 {
				v.pending[len(v.pending)-1] = head
				if err := v.cache.writeTable(); err != nil {
					return err
				}
				v.cache.trim()
			}
		}
		v.pending = v.pending[:len(v.pending)-1]
	}
	return nil
}

// countFree makes the number of free clusters known.
func (v *Volume) countFree() error {
	if v.freeKnown {
		return nil
	}
	n := uint32(0)
	for c := uint32(firstCluster); v.g.valid(c); c++ {
		x, err := v.raw(c)
		if err != nil {
			return err
		}
		if x == free {
			n++
		}
		if c&0xFFF == 0 {
			v.cache.trim()
		}
	}
	v.free, v.freeKnown = n, true
	return nil
}
