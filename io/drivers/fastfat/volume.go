package fastfat

import (
	"fmt"
	"sync/atomic"

	"gont/cc"
	"gont/ex"
	"gont/fs/fat"
	"gont/fsrtl"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// volume is the extension of a volume's device (VCB).
type volume struct {
	device, target *io.Device
	vpb            *io.Vpb
	disk           *storage.Disk
	fs             *fat.Volume

	opens   *ex.FastMutex
	files   map[*fcb]struct{} // that are open or kept
	kept    []*fcb            // that nobody has open, the oldest first
	transit transit
	share   io.ShareAccess // of opens of the volume as a whole
	handles int            // file objects that have handles
	locked  *io.File       // that has locked the volume
	written bool           // its sectors were, by who has locked it
	opener  opener
	spare   atomic.Pointer[ccb] // of a file object that is gone, for the next one
	// breaking is what the open that holds opens has broken; nil: nothing.
	breaking *opBreak
	gone     bool // dismounted, or the disk is not there any more

	notify fsrtl.NotifySync
	lazy   lazyWriter
	counts counts // of overlapped requests
}

// fcb is a file or directory that somebody has open. handles and share are guarded by the
// volume's opens.
type fcb struct {
	node     *fat.Node
	resource *ex.Resource
	share    io.ShareAccess
	handles  int
	locks    fsrtl.FileLock
	oplocks  atomic.Pointer[oplocks]

	volume  *volume
	mapping *ex.FastMutex // of who makes the map
	cache   atomic.Pointer[cc.Map]
	state   *cacheState // of cache
	// modified: bytes were written, and the entry does not say when.
	modified atomic.Bool
}

// add makes x the fcb of its node. opens is held.
func (v *volume) add(x *fcb) {
	v.files[x] = struct{}{}
	x.node.Context = x
}

// remove takes it back. opens is held.
func (v *volume) remove(x *fcb) {
	delete(v.files, x)
	if fcbOf(x.node) == x { // else the node has got another one
		x.node.Context = nil
	}
}

// fcbOf is the fcb of a node, nil when it has none. opens is held.
func fcbOf(n *fat.Node) *fcb {
	x, _ := n.Context.(*fcb)
	return x
}

// ccb is an open of a file, a directory, or, where fcb is nil, of the volume.
type ccb struct {
	fcb           *fcb
	cleaned       bool // the last handle has gone; fcb.resource, or the volume's opens
	deleteOnClose bool
	access        nt.AccessMask // that count for sharing
	ahead         cc.ReadAhead  // of a synchronous file
	share         uint32

	// Of a list of a directory; the fcb's resource, exclusive.
	pattern string
	listed  bool
	cursor  uint32
}

// newCcb makes a ccb, mostly of one whose file object is gone.
func (v *volume) newCcb() *ccb {
	if c := v.spare.Swap(nil); c != nil {
		return c
	}
	return new(ccb)
}

// status is an error's, without its words.
func status(err error) nt.Status { return fat.StatusOf(err) }

// done completes a request.
func done(irp *io.IRP, s nt.Status, information uint64) nt.Status {
	return io.Complete(irp, s, information)
}

// enter takes a file for a request, exclusively or not: STATUS_FILE_CLOSED when its last handle
// has gone. The caller leaves it.
func (c *ccb) enter(exclusive bool) nt.Status {
	if exclusive {
		c.fcb.resource.AcquireExclusive(true)
	} else {
		c.fcb.resource.AcquireShared(true)
	}
	if c.cleaned {
		c.fcb.resource.Release()
		return nt.StatusFileClosed
	}
	return nt.StatusSuccess
}

func (c *ccb) leave() { c.fcb.resource.Release() }

// of is the open that a request is about.
func of(irp *io.IRP) *ccb {
	c, _ := irp.Location().File.Context2.(*ccb)
	return c
}

// report tells those that watch a directory of the volume of a change of a node.
func (v *volume) report(n *fat.Node, filter, action uint32) {
	if v.notify.Watched() {
		v.notify.Report(n.Path(), filter, action)
	}
}

// dismount closes the volume; files that are open fail from then on. opens is held.
func (v *volume) dismount() nt.Status {
	if v.gone {
		return nt.StatusVolumeDismounted
	}
	v.drain() // and for ever
	v.lazy.stop()
	s := nt.Status(nt.StatusSuccess)
	for x := range v.files {
		if st := x.flush(); s.OK() {
			s = st
		}
	}
	v.gone = true
	if st := status(v.fs.Unmount()); s.OK() {
		s = st
	}
	for _, x := range v.kept {
		v.remove(x)
		x.dropCache()
	}
	v.kept = nil
	for x := range v.files { // nobody can write what is left
		if m := x.cache.Load(); m != nil {
			m.Area.Purge()
		}
	}
	v.forget()
	return s
}

// forget takes the volume out of the system. opens is held.
func (v *volume) forget() {
	driver.lock.Lock()
	for i, o := range driver.volumes {
		if o == v {
			driver.volumes = append(driver.volumes[:i:i], driver.volumes[i+1:]...)
			break
		}
	}
	driver.lock.Unlock()
	v.vpb.Dismount(v.device)
	io.DeleteDevice(v.device)
}

// pnp: the disk is not there any more.
func (v *volume) pnp(irp *io.IRP) nt.Status {
	if irp.Location().Minor != io.SurpriseRemoval {
		return v.pass(irp)
	}
	v.opens.Lock()
	if !v.gone {
		if v.handles > 0 {
			Say(fmt.Sprintf("FAT: a volume is gone on which %d files were open.", v.handles))
		}
		v.dismount()
	}
	v.opens.Unlock()
	return done(irp, nt.StatusSuccess, 0)
}

// pass gives a request to the disk.
func (v *volume) pass(irp *io.IRP) nt.Status {
	irp.SkipLocation()
	return io.CallDriver(v.target, irp)
}

// deviceControl: codes of disks are the disk's, for who has opened the volume.
func (v *volume) deviceControl(irp *io.IRP) nt.Status {
	if c := of(irp); c == nil || c.fcb != nil {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	return v.pass(irp)
}

// A volume is written, and marked as closed, when nothing was changed for quiet, and at least
// after so many periods.
const (
	quiet       = 10_000_000 // 100 ns: a second
	mostPeriods = 5
)

// lazyWriter writes what has been changed, a while later.
type lazyWriter struct {
	changed atomic.Bool // since the timer went off
	periods atomic.Int32
	armed   atomic.Bool
	timer   *ke.Timer
	dpc     *ke.Dpc
	item    *ex.WorkItem
	stopped atomic.Bool
}

func (w *lazyWriter) start(v *volume) {
	w.timer = ke.NewTimer(nt.SynchronizationTimer)
	w.item = ex.NewWorkItem(func(any) { w.run(v) }, nil)
	w.dpc = ke.NewDpc(func(any) { ex.QueueWorkItem(w.item, ex.DelayedWorkQueue) })
}

// note says that something was changed.
func (w *lazyWriter) note() {
	w.changed.Store(true)
	if !w.stopped.Load() && w.armed.CompareAndSwap(false, true) {
		w.periods.Store(0)
		w.timer.SetDpc(-quiet, 0, w.dpc)
	}
}

// run looks whether it is time. A volume whose disk fails is tried again with the next change.
func (w *lazyWriter) run(v *volume) {
	if w.stopped.Load() {
		return
	}
	busy := w.changed.Swap(false)
	if busy && w.periods.Add(1) < mostPeriods {
		w.timer.SetDpc(-quiet, 0, w.dpc)
		return
	}
	w.armed.Store(false)
	ke.EnterCriticalRegion()
	defer ke.LeaveCriticalRegion()
	s := v.flushData()
	if v.fs.Changed() && s.OK() {
		s = status(v.fs.Clean())
	}
	if !s.OK() && s != nt.StatusVolumeDismounted {
		Say(fmt.Sprintf("FAT: a volume cannot be written: %v.", s))
	}
}

// stop ends it; a run that has begun may still be there.
func (w *lazyWriter) stop() {
	w.stopped.Store(true)
	w.timer.Cancel()
}
