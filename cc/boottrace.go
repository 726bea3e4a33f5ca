package cc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"gont/cm"
	"gont/ke"
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
	tracing.on.Store(prefetching)
	return problem
}

// Prefetching reports whether the registry wants starts of the system to be traced, and what the last one
// has used to be read ahead.
func Prefetching() bool { return prefetching }

// tracing is the trace that is being made.
var tracing struct {
	on   atomic.Bool
	lock ke.FastMutex
	maps []*Map
}

// Tracing reports whether files that are opened are to be traced (Map.Trace).
func Tracing() bool { return tracing.on.Load() }

// Trace has the use of the file's pages traced until EndTrace. name is what the file can be opened by, with
// its volume's device first. PASSIVE_LEVEL; the caller may hold locks of the file's.
func (m *Map) Trace(name string) {
	tracing.lock.Lock()
	defer tracing.lock.Unlock()
	if tracing.on.Load() && len(tracing.maps) < maximumFiles {
		m.name = name
		m.Area.TraceUse(true)
		tracing.maps = append(tracing.maps, m)
	}
}

// TraceBoot returns what the files that are traced have been used for so far; nil when nothing is traced. Files
// whose names end with except, in upper case, are left out. PASSIVE_LEVEL.
func TraceBoot(except string) *Trace {
	if !Tracing() {
		return nil
	}
	tracing.lock.Lock()
	defer tracing.lock.Unlock()
	used := map[string][]Range{} // a file that was forgotten and opened again has several maps
	for _, m := range tracing.maps {
		if !strings.HasSuffix(strings.ToUpper(m.name), except) {
			m.Area.Used(func(first, count int) {
				used[m.name] = append(used[m.name], Range{uint32(first), uint32(count)})
			})
		}
	}
	t := &Trace{}
	for name, ranges := range used {
		t.Files = append(t.Files, Used{name, union(ranges)})
	}
	return t
}

// union sorts ranges and joins those that overlap or touch.
func union(list []Range) (joined []Range) {
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.Page, b.Page) })
	for _, r := range list {
		if k := len(joined) - 1; k >= 0 && r.Page <= joined[k].Page+joined[k].Count {
			joined[k].Count = max(joined[k].Count, r.Page+r.Count-joined[k].Page)
		} else {
			joined = append(joined, r)
		}
	}
	return joined
}

// EndTrace ends it. It does nothing when nothing is traced. PASSIVE_LEVEL.
func EndTrace() {
	tracing.lock.Lock()
	defer tracing.lock.Unlock()
	tracing.on.Store(false)
	for _, m := range tracing.maps {
		m.Area.TraceUse(false)
	}
	tracing.maps = nil
}
