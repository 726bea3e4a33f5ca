package fat

import "sort"

// extent is a run of clusters and the number of its first cluster in the file.
type extent struct{ index, cluster, count uint32 }

// at returns the cluster that is the file's i-th, and how many follow it without a gap,
// itself included; 0 when the chain is shorter. A chain longer than the volume is
// STATUS_FILE_CORRUPT_ERROR.
func (n *Node) at(i uint32) (cluster, count uint32, err error) {
	v := n.v
	for {
		if k := len(n.runs); k > 0 {
			if last := n.runs[k-1]; i < last.index+last.count {
				j := sort.Search(k, func(j int) bool { return n.runs[j].index > i }) - 1
				r := n.runs[j]
				return r.cluster + (i - r.index), r.count - (i - r.index), nil
			}
		}
		if n.whole {
			return 0, 0, nil
		}
		if len(n.runs) >= mostRuns {
			return n.far(i)
		}
		if err := n.learn(); err != nil {
			return 0, 0, err
		}
		v.cache.trim()
	}
}

// learn adds the next cluster of the chain, and all that follow it without a gap, to runs.
func (n *Node) learn() error {
	v := n.v
	if len(n.runs) == 0 {
		if n.first == 0 {
			n.whole, n.length = true, 0
			return nil
		}
		if !v.g.valid(n.first) {
			return corrupt("%s begins at cluster %d", n.name, n.first)
		}
		n.runs = append(n.runs, extent{0, n.first, 1})
	}
	r := &n.runs[len(n.runs)-1]
	for {
		c, err := v.next(r.cluster + r.count - 1)
		if err != nil {
			return err
		}
		switch end := r.index + r.count; {
		case c == 0:
			n.whole, n.length = true, end
			return nil
		case end >= v.g.clusters:
			return corrupt("the chain of %s has a loop", n.name)
		case c != r.cluster+r.count:
			n.runs = append(n.runs, extent{end, c, 1})
			return nil
		}
		r.count++
	}
}

// far walks the chain behind what runs has.
func (n *Node) far(i uint32) (cluster, count uint32, err error) {
	at := n.cursor
	if at.cluster == 0 || at.index > i {
		r := n.runs[len(n.runs)-1]
		at = extent{r.index + r.count - 1, r.cluster + r.count - 1, 1}
	}
	for at.index < i {
		c, err := n.v.next(at.cluster)
		if err != nil || c == 0 {
			return 0, 0, err
		}
		if at.index++; at.index >= n.v.g.clusters {
			return 0, 0, corrupt("the chain of %s has a loop", n.name)
		}
		if at.cluster = c; at.index&0xFFF == 0 {
			n.v.cache.trim()
		}
	}
	n.cursor = at
	return at.cluster, 1, nil
}

// clusters is how many the chain has, and the last one.
func (n *Node) clusters() (count, tail uint32, err error) {
	for !n.whole && len(n.runs) < mostRuns {
		if err := n.learn(); err != nil {
			return 0, 0, err
		}
		n.v.cache.trim()
	}
	if n.whole {
		if k := len(n.runs); k > 0 {
			tail = n.runs[k-1].cluster + n.runs[k-1].count - 1
		}
		return n.length, tail, nil
	}
	r := n.runs[len(n.runs)-1]
	i := r.index + r.count - 1
	for {
		c, _, err := n.far(i)
		if err != nil {
			return 0, 0, err
		}
		if c == 0 {
			return i, tail, nil
		}
		tail = c
		i++
	}
}

// grow makes the chain want clusters long. Nothing is written to the new ones.
func (n *Node) grow(want uint32) error {
	have, tail, err := n.clusters()
	if err != nil || want <= have {
		return err
	}
	v := n.v
	if _, cut := v.cuts[tail]; cut {
		// The device's FAT still leads on to what was cut off.
		if err := v.flush(); err != nil {
			return err
		}
	}
	runs, err := v.allocate(want-have, tail+1)
	if err != nil {
		return err
	}
	if tail == 0 {
		n.first = runs[0].cluster
	} else if err := v.set(tail, runs[0].cluster); err != nil {
		v.give(runs)
		return err
	}
	for _, r := range runs {
		if !n.whole {
			break // runs is full
		}
		if k := len(n.runs) - 1; k >= 0 && n.runs[k].cluster+n.runs[k].count == r.cluster {
			n.runs[k].count += r.count
		} else {
			n.runs = append(n.runs, extent{n.length, r.cluster, r.count})
		}
		n.length += r.count
	}
	return nil
}

// shrink makes the chain keep clusters long. The entry that says so is the caller's to
// store.
func (n *Node) shrink(keep uint32) error {
	if keep == 0 {
		n.v.release(n.first)
		n.first = 0
		n.runs, n.whole, n.length = nil, true, 0
		n.cursor = extent{}
		return nil
	}
	tail, _, err := n.at(keep - 1)
	if err != nil || tail == 0 {
		return err
	}
	behind, err := n.v.next(tail)
	if err != nil || behind == 0 {
		return err
	}
	n.v.cut(tail, behind)
	for k := len(n.runs) - 1; k >= 0; k-- {
		r := &n.runs[k]
		if r.index < keep {
			r.count = min(r.count, keep-r.index)
			if r.index+r.count == keep {
				n.whole, n.length = true, keep
			}
			break
		}
		n.runs = n.runs[:k]
	}
	n.cursor = extent{}
	return nil
}
