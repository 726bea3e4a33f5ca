package fat

import (
	"cmp"
	"slices"
)

// SectorRun is sectors behind each other of the volume's first (or active) FAT; the first one of the FAT is number 0.
type SectorRun struct{ Sector, Count uint32 }

// ManyReader is what a Device may be besides: it fills p[i], whole sectors of its own, from sectors[i] on, all reads being
// under way at a time, and returns the error of each.
type ManyReader interface {
	ReadMany(p [][]byte, sectors []uint64) []error
}

// TableUsed lists the sectors of the FAT that have been used and are still in memory, ascending, for
// FetchTable at the next start.
func (v *Volume) TableUsed() (runs []SectorRun) {
	v.lock.Lock()
	defer v.lock.Unlock()
	var list []uint64
	for s, b := range v.cache.buffers {
		if b.table && b.used {
			list = append(list, s-v.table)
		}
	}
	slices.Sort(list)
	for _, s := range list {
		if k := len(runs) - 1; k >= 0 && uint64(runs[k].Sector+runs[k].Count) == s {
			runs[k].Count++
		} else {
			runs = append(runs, SectorRun{uint32(s), 1})
		}
	}
	return runs
}

// Limits of FetchTable: what one read has at most, the largest gap of sectors that are read as well because one read is
// cheaper than two, and how much of the cache may be filled.
const (
	fetchBytes = 128 << 10
	gapBytes   = 16 << 10
	fetchMost  = cacheBytes / 2
)

// FetchTable reads sectors of the FAT that will be needed, in few reads, as far as they are not in memory. runs
// may be what another volume, or this one long ago, has used: what lies outside of the FAT is left out, and
// a sector of the FAT is never wrong to have. It returns how many sectors were read, and in how many reads; errors are met again by
// who needs the sector. The volume's lock is held over the reads.
func (v *Volume) FetchTable(runs []SectorRun) (sectors, reads int) {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return 0, 0
	}
	c := v.cache
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b SectorRun) int { return cmp.Compare(a.Sector, b.Sector) })
	size := uint64(v.sectorSize)
	var at []uint64 // of the volume
	var p [][]byte
	begin, end, total := uint64(0), uint64(0), uint64(0)
	add := func() {
		for begin < end && total < fetchMost {
			n := min(end-begin, fetchBytes/size)
			at, p = append(at, v.table+begin), append(p, make([]byte, n*size))
			begin += n
			total += n * size
		}
	}
	for _, r := range runs {
		first, last := uint64(r.Sector), min(uint64(r.Sector)+uint64(r.Count), v.g.fatSectors)
		for first < last && c.buffers[v.table+first] != nil {
			first++
		}
		if first >= last || last <= end {
			continue
		}
		if end == 0 || first > end+gapBytes/size {
			add()
			begin = first
		}
		end = last
	}
	add()
	c.trim()
	for i, err := range v.readMany(p, at) {
		if err != nil {
			continue
		}
		reads++
		for k := range uint64(len(p[i])) / size {
			if s := at[i] + k; c.buffers[s] == nil {
				c.insert(s, p[i][k*size:][:size:size]).used = false
				sectors++
			}
		}
	}
	return sectors, reads
}

// readMany reads volume sectors; those in several pieces at a time, if the device can.
func (v *Volume) readMany(p [][]byte, at []uint64) []error {
	if m, ok := v.dev.(ManyReader); ok {
		for i := range at {
			at[i] *= v.ratio
		}
		errs := m.ReadMany(p, at)
		for i := range at {
			at[i] /= v.ratio
		}
		return errs
	}
	errs := make([]error, len(p))
	for i := range p {
		errs[i] = v.readSectors(p[i], at[i])
	}
	return errs
}
