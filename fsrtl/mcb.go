package fsrtl

import "slices"

// Mcb is LARGE_MCB: where a file's blocks lie on its volume. Blocks that it does not know
// are holes.
type Mcb struct{ runs []mcbRun }

type mcbRun struct{ block, at, length uint64 }

// Add is FsRtlAddLargeMcbEntry: length blocks of the file from block on lie at the
// volume's block at. false, and nothing is changed, when it knows another place for one
// of them, or the numbers go beyond 2^64.
func (m *Mcb) Add(block, at, length uint64) bool {
	if length == 0 || block+length < block || at+length < at {
		return length == 0
	}
	for b := block; b < block+length; {
		x, n, known := m.Lookup(b)
		if known && x != at+(b-block) {
			return false
		}
		if n == 0 || n >= block+length-b {
			break
		}
		b += n
	}
	m.Remove(block, length)
	i, _ := slices.BinarySearchFunc(m.runs, block, func(r mcbRun, b uint64) int { return compare(r.block, b) })
	m.runs = slices.Insert(m.runs, i, mcbRun{block, at, length})
	m.join(i + 1)
	m.join(i)
	return true
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// join makes one of runs i-1 and i if they touch on both sides.
func (m *Mcb) join(i int) {
	if i <= 0 || i >= len(m.runs) {
		return
	}
	if a, b := &m.runs[i-1], m.runs[i]; a.block+a.length == b.block && a.at+a.length == b.at {
		a.length += b.length
		m.runs = slices.Delete(m.runs, i, i+1)
	}
}

// Remove is FsRtlRemoveLargeMcbEntry: these blocks are not known any more.
func (m *Mcb) Remove(block, length uint64) {
	end := block + length
	if end < block {
		end = ^uint64(0)
	}
	var out []mcbRun
	for _, r := range m.runs {
		if r.block >= end || r.block+r.length <= block {
			out = append(out, r)
			continue
		}
		if r.block < block {
			out = append(out, mcbRun{r.block, r.at, block - r.block})
		}
		if r.block+r.length > end {
			out = append(out, mcbRun{end, r.at + (end - r.block), r.block + r.length - end})
		}
	}
	m.runs = out
}

// Lookup is FsRtlLookupLargeMcbEntry: where block lies, and for how many blocks from there
// on that goes on (or the hole does, up to the next run; 0: without end).
func (m *Mcb) Lookup(block uint64) (at, length uint64, known bool) {
	i, exact := slices.BinarySearchFunc(m.runs, block, func(r mcbRun, b uint64) int { return compare(r.block, b) })
	if !exact {
		i--
	}
	if i >= 0 {
		if r := m.runs[i]; block-r.block < r.length {
			return r.at + (block - r.block), r.length - (block - r.block), true
		}
	}
	if i+1 < len(m.runs) {
		return 0, m.runs[i+1].block - block, false
	}
	return 0, 0, false
}

// Runs is the number of runs (FsRtlNumberOfRunsInLargeMcb).
func (m *Mcb) Runs() int { return len(m.runs) }
