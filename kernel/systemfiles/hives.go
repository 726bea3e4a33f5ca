package systemfiles

import (
	"fmt"
	"strings"
	"sync/atomic"

	"gont/cm"
	"gont/ex"
	"gont/io/kfile"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// hiveFile is a file of a hive. Nobody else can open it meanwhile.
type hiveFile struct {
	*kfile.File
	system *hiveSystem
	path   string // upper case; lock
}

// hiveSystem implements cm.FileSystem. open are the files that hives have open, by their
// names: a hive's file is renamed by its own open, because nobody else can open it.
type hiveSystem struct {
	lock ke.FastMutex
	open map[string]*hiveFile
}

const hiveAccess = nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.FileWriteAttributes | nt.Delete | nt.Synchronize

// Open implements cm.FileSystem.
func (h *hiveSystem) Open(path string, create bool) (cm.File, nt.Status) {
	o := kfile.Options{Access: hiveAccess, Disposition: nt.FileOpen}
	if create {
		o.Disposition = nt.FileOpenIf
	}
	f, s := kfile.Open(path, o)
	if !s.OK() {
		return nil, s
	}
	x := &hiveFile{f, h, strings.ToUpper(path)}
	h.lock.Lock()
	h.open[x.path] = x
	h.lock.Unlock()
	return x, s
}

// Close lets go of a hive's file.
func (x *hiveFile) Close() {
	x.system.lock.Lock()
	if x.system.open[x.path] == x {
		delete(x.system.open, x.path)
	}
	x.system.lock.Unlock()
	x.File.Close()
}

// Rename implements cm.FileSystem.
func (h *hiveSystem) Rename(from, to string) nt.Status {
	h.lock.Lock()
	x := h.open[strings.ToUpper(from)]
	h.lock.Unlock()
	if x == nil {
		return kfile.Rename(from, to)
	}
	s := x.Object().RenameKernel(to, true)
	if s.OK() {
		h.lock.Lock()
		delete(h.open, x.path)
		x.path = strings.ToUpper(to)
		h.open[x.path] = x
		h.lock.Unlock()
	}
	return s
}

// programFile makes a cm.File of what a program has opened to save a key to, or to restore
// one from.
func programFile(o *ob.Object, write bool) (cm.File, nt.Status) {
	access := nt.AccessMask(nt.FileReadData)
	if write {
		access = nt.FileWriteData
	}
	f, s := kfile.FromObject(o, access)
	if !s.OK() {
		return nil, s
	}
	return f, s
}

// flushDelay is how long after a change the registry is written, 100 ns: five seconds
// (NT's lazy flush).
const flushDelay = 50_000_000

// flusher writes the registry a while after a change. Its timer goes off once a second, because who
// changes a key holds the registry's lock and can set none.
var flusher struct {
	timer   *ke.Timer
	dpc     *ke.Dpc
	item    *ex.WorkItem
	since   atomic.Uint64 // interrupt time of the first change that is not written yet, 0 for none
	queued  atomic.Bool   // the work item is
	stopped atomic.Bool
	failed  bool // the last flush did, and that was said; the work item's
}

// flushPeriod is how often the flusher looks, 100 ns.
const flushPeriod = 10_000_000

// connectHives gives cm the boot volume, and has written what was changed before.
func connectHives() nt.Status {
	f := &flusher
	f.timer = ke.NewTimer(nt.SynchronizationTimer)
	f.item = ex.NewWorkItem(func(any) { flush() }, nil)
	f.dpc = ke.NewDpc(func(any) { flushNow(f.item) })
	f.since.Store(0)
	f.queued.Store(false)
	f.stopped.Store(false)
	f.failed = false
	s := cm.ConnectFiles(&hiveSystem{open: map[string]*hiveFile{}}, programFile)
	if s.OK() {
		cm.OnChange(flushSoon)
		flushSoon()
		f.timer.SetDpc(-flushPeriod, flushPeriod, f.dpc)
	}
	return s
}

// flushSoon starts the time until the next flush, if it does not run. Any IRQL.
func flushSoon() {
	if f := &flusher; f.since.Load() == 0 && !f.stopped.Load() {
		f.since.CompareAndSwap(0, max(ke.InterruptTime(), 1))
	}
}

// flushNow queues the flush if it is time. It is the timer's DPC.
func flushNow(item *ex.WorkItem) {
	f := &flusher
	if since := f.since.Load(); since != 0 && ke.InterruptTime() >= since+flushDelay && f.queued.CompareAndSwap(false, true) {
		ex.QueueWorkItem(item, ex.DelayedWorkQueue)
	}
}

// flush writes all hives. That they cannot be written is said once; it is tried again after
// the next change.
func flush() {
	f := &flusher
	f.queued.Store(false)
	f.since.Store(0) // what is changed from now on is the next flush's
	if f.stopped.Load() {
		return
	}
	s := cm.FlushAll()
	if !s.OK() && !f.failed {
		Say(fmt.Sprintf("The registry cannot be written: %v; what is changed is in memory alone.", s))
	}
	f.failed = !s.OK()
}

// stopFlushing ends it; a flush that has begun may still be under way.
func stopFlushing() {
	flusher.stopped.Store(true)
	flusher.timer.Cancel()
}
