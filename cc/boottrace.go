package cc

import (
	"fmt"

	"gont/cm"
	"gont/mm"
)

// prefetching reports whether the pages that the start uses are traced.
var prefetching bool

const prefetchKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`

// InitPrefetcher is SPEC P1.24: the registry decides whether this start is traced
// (EnablePrefetcher, bit 1: starts of the system); in safe mode none is. problem names a
// value that is none.
func InitPrefetcher(safeMode bool) (problem string) {
	k, s := cm.OpenKey(prefetchKey)
	if !s.OK() {
		return "" // nobody asks for it
	}
	defer k.Close()
	n, ok := k.Uint32("EnablePrefetcher")
	if ok && n > 3 {
		problem = fmt.Sprintf("the registry: EnablePrefetcher is %d, not 0 to 3; nothing is traced", n)
		n = 0
	}
	prefetching = n&2 != 0 && !safeMode
	return problem
}

// Prefetching reports whether the registry wants starts of the system to be traced.
func Prefetching() bool { return prefetching }

// TraceBoot makes and keeps the trace of a start, at the end of phase 1; folder is that of
// the boot images. It returns a line about the trace, "" where none was asked for.
func TraceBoot(folder string) string {
	if !prefetching {
		return ""
	}
	var t Trace
	mm.EachBootImage(func(s *mm.Section) { t.Add(folder+s.Name, s.Touched()) })
	SetBootTrace(&t)
	return fmt.Sprintf("the start has used %d pages of %d images; the trace has %d bytes", t.Pages(), len(t.Files), len(t.Encode()))
}
