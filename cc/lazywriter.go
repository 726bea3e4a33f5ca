package cc

import (
	"slices"

	"gont/ex"
	"gont/ke"
	"gont/nt"
)

// File is what the lazy writer needs of a cached file.
type File interface {
	// DirtyPages is how many pages wait to be written.
	DirtyPages() int
	// WriteDirty writes at most n of them, the oldest first, and returns how many it has
	// written. It runs in a worker thread, at PASSIVE_LEVEL.
	WriteDirty(n int) (written int, s nt.Status)
}

// The lazy writer looks once a second, and writes an eighth of what is dirty, so that
// what changes all the time is not written all the time; at least a few pages, so that
// it comes to an end.
const (
	lazyPeriod = 10_000_000 // 100 ns
	lazyShare  = 8
	lazyLeast  = 16
)

var lazy struct {
	mu     ke.FastMutex
	files  []File
	timer  *ke.Timer
	active bool // the timer is set, or the scan is under way
	work   *ex.WorkItem

	written, writes, errors uint64
}

// InitSystem is CcInitializeCacheManager (SPEC P1.21): the lazy writer is ready, with a timer
// and a work item that have run once, for nothing.
func InitSystem() nt.Status {
	lazy.mu.Lock()
	lazy.files, lazy.active, lazy.written, lazy.writes, lazy.errors = nil, false, 0, 0, 0
	lazy.mu.Unlock()
	lazy.timer = ke.NewTimer(nt.SynchronizationTimer)
	done := ke.NewEvent(nt.NotificationEvent, false)
	ex.QueueWorkItem(ex.NewWorkItem(func(any) { lazyScan(); done.Set() }, nil), ex.CriticalWorkQueue)
	limit := int64(-10 * 10_000_000)
	if s := ke.WaitForSingleObject(done, ke.KernelMode, false, &limit); s != nt.StatusSuccess {
		return nt.StatusUnsuccessful
	}
	lazy.work = ex.NewWorkItem(func(any) { lazyScan() }, nil)
	startWriter()
	return nt.StatusSuccess
}

// Dirty tells that a file has pages to write. They are written a second later, or after
// more seconds. APC_LEVEL or below.
func Dirty(f File) {
	lazy.mu.Lock()
	if !slices.Contains(lazy.files, f) {
		lazy.files = append(lazy.files, f)
	}
	start := !lazy.active
	lazy.active = true
	lazy.mu.Unlock()
	if start {
		arm()
	}
}

// arm lets the scan run a second from now. The DPC only queues it.
func arm() {
	lazy.timer.SetDpc(-lazyPeriod, 0, ke.NewDpc(func(any) { ex.QueueWorkItem(lazy.work, ex.DelayedWorkQueue) }))
}

// lazyScan is CcLazyWriteScan and CcWriteBehind: every file's share is written.
func lazyScan() {
	lazy.mu.Lock()
	files := slices.Clone(lazy.files)
	lazy.mu.Unlock()
	var clean []File
	for _, f := range files {
		n := f.DirtyPages()
		written, s := f.WriteDirty(max(n/lazyShare, min(n, lazyLeast)))
		lazy.mu.Lock()
		lazy.written += uint64(written)
		if written > 0 {
			lazy.writes++
		}
		if !s.OK() {
			lazy.errors++
		}
		lazy.mu.Unlock()
		if f.DirtyPages() == 0 {
			clean = append(clean, f)
		}
	}
	lazy.mu.Lock()
	lazy.files = slices.DeleteFunc(lazy.files, func(f File) bool { return slices.Contains(clean, f) && f.DirtyPages() == 0 })
	again := len(lazy.files) > 0
	lazy.active = again
	lazy.mu.Unlock()
	if again {
		arm()
	}
}

// Flush writes all that is dirty in a file now; the first error, if there was one.
func Flush(f File) nt.Status {
	for n := f.DirtyPages(); n > 0; n = f.DirtyPages() {
		written, s := f.WriteDirty(n)
		if !s.OK() {
			return s
		}
		if written == 0 {
			return nt.StatusUnsuccessful
		}
	}
	return nt.StatusSuccess
}

// LazyCounts are pages that the lazy writer has written, the times that it has written some of a file, and those that
// failed.
func LazyCounts() (pages, writes, errors uint64) {
	lazy.mu.Lock()
	defer lazy.mu.Unlock()
	return lazy.written, lazy.writes, lazy.errors
}
