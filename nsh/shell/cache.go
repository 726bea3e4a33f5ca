package shell

import (
	"fmt"

	"gont/nt"
)

// Cache is what the command cache shows.
type Cache struct {
	Size        nt.SystemFileCacheInformation
	Performance nt.SystemPerformanceInformation
	Kernel      nt.SystemKernelInformation
}

// Caches tells of the page cache.
type Caches interface {
	Cache() (Cache, nt.Status)
}

// cache shows what memory has of files, and what has become of reads and writes.
func cache(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	c, st := s.sys.Cache()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	row := func(name string, n uint64) []string { return []string{name, fmt.Sprint(n)} }
	p := &c.Performance
	current := c.Size.CurrentSize / nt.PageSize
	reads, misses := uint64(p.CcFastReadWait)+uint64(p.CcCopyReadWait), uint64(p.CcCopyReadWaitMiss)
	hits := reads - min(misses, reads)
	percent := "-"
	if reads > 0 {
		percent = fmt.Sprintf("%.1f", float64(hits)*100/float64(reads))
	}
	s.table([]string{"<Page cache", "Pages"}, [][]string{
		row("in use or mapped", current),
		row("  the most so far", c.Size.PeakSize/nt.PageSize),
		row("kept, free at once", c.Size.CurrentSizeIncludingTransitionInPages-min(current, c.Size.CurrentSizeIncludingTransitionInPages)),
		row("dirty", c.Kernel.DirtyFilePages),
		row("read from files", uint64(p.CacheReadCount)),
		row("written by the lazy writer", uint64(p.CcLazyWritePages)),
		row("written by flushes", uint64(p.CcDataPages)),
		row("written in all", uint64(p.MappedPagesWrite)),
	})
	s.table([]string{"<Reads and writes", "Count"}, [][]string{
		row("reads of files", reads),
		row("  without a request", uint64(p.CcFastReadWait)),
		row("  hits", hits),
		row("  misses", misses),
		{"  hits of a hundred", percent},
		row("read ahead", uint64(p.CcReadAheadIos)),
		row("lazy writes", uint64(p.CcLazyWriteIos)),
		row("flushes", uint64(p.CcDataFlushes)),
	})
	return nil
}
