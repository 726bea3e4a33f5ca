package fastfat

import (
	"gont/ex"
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// Requests that would hold their caller although the file is not synchronous are posted, as NT's fastfat does
// (FatFsdPostRequest): they wait in a queue, where they can be cancelled, until a worker thread serves them as it would a
// synchronous one.

const (
	// mostThreads is how many worker threads serve this driver's requests at a time, mostOfVolume how many those of one
	// volume: a disk that does not answer keeps no other's requests from being served, and leaves threads of the critical
	// queue for the reset of the disk.
	mostThreads  = 8
	mostOfVolume = 4
	// mostPosted is how many requests wait at most, each with its buffer locked in memory. The next one's caller
	// serves it itself.
	mostPosted = 256
)

// posts are the requests that wait for a worker thread, of all volumes.
type posts struct {
	queue io.CancelQueue
	lock  ke.SpinLock    // free, and counts of all volumes; the queue's lock may be taken with it held
	free  []*ex.WorkItem // of threads that do not serve requests
}

// counts say what is under way of a volume; by the lock of posts.
type counts struct {
	threads int      // that serve posted requests
	running int      // overlapped requests that have begun: served by a thread, or with the disk
	closing int      // drains; no overlapped request begins
	drains  *drainer // that wait until nothing is running
}

type drainer struct {
	done *ke.Event
	next *drainer
}

func newPosts() *posts {
	p := &posts{}
	for range mostThreads {
		var w *ex.WorkItem
		w = ex.NewWorkItem(func(any) { p.work(w) }, nil)
		p.free = append(p.free, w)
	}
	return p
}

func volumeOf(irp *io.IRP) *volume { return irp.Location().Device.Extension.(*volume) }

// post has a worker thread serve a Read or Write. It is the end of a dispatch routine: STATUS_PENDING, or how the request has
// ended where the caller had to serve it, because the volume is about to be locked or to go, or too many wait. IRQL: APC_LEVEL or below; the
// caller holds nothing of the volume's.
func (v *volume) post(irp *io.IRP) nt.Status {
	p := driver.posts
	p.lock.Lock()
	here := v.counts.closing > 0 || p.queue.Len() >= mostPosted
	p.lock.Unlock()
	if here {
		return v.transfer(irp)
	}
	if !p.queue.Insert(irp) {
		return nt.StatusPending // it was cancelled before
	}
	// A thread that finds nothing to do goes with the lock held: it has seen the request, or is in free.
	p.lock.Lock()
	var w *ex.WorkItem
	if k := len(p.free) - 1; k >= 0 && v.counts.threads < mostOfVolume {
		w, p.free = p.free[k], p.free[:k]
	}
	p.lock.Unlock()
	if w != nil {
		ex.QueueWorkItem(w, ex.CriticalWorkQueue)
	}
	return nt.StatusPending
}

// work is a worker thread's: it serves requests as long as there are some whose volume has not enough threads.
func (p *posts) work(w *ex.WorkItem) {
	ke.EnterCriticalRegion()
	defer ke.LeaveCriticalRegion()
	for {
		p.lock.Lock()
		irp := p.queue.Remove(func(irp *io.IRP) bool { return volumeOf(irp).counts.threads < mostOfVolume })
		if irp == nil {
			p.free = append(p.free, w) // there is room for it
			p.lock.Unlock()
			return
		}
		v := volumeOf(irp)
		v.counts.threads++
		v.counts.running++
		p.lock.Unlock()
		v.transfer(irp)
		p.lock.Lock()
		v.counts.threads--
		p.lock.Unlock()
		v.ended()
	}
}

// begins counts an overlapped request that is about to go to the disk. false: none begins now. The caller has ended called.
func (v *volume) begins() bool {
	p := driver.posts
	p.lock.Lock()
	defer p.lock.Unlock()
	if v.counts.closing > 0 {
		return false
	}
	v.counts.running++
	return true
}

// ended counts one less. DISPATCH_LEVEL or below.
func (v *volume) ended() {
	p := driver.posts
	p.lock.Lock()
	v.counts.running--
	var wake *drainer
	if v.counts.running == 0 {
		wake, v.counts.drains = v.counts.drains, nil
	}
	p.lock.Unlock()
	for wake != nil {
		next := wake.next
		wake.done.Set()
		wake = next
	}
}

// drain finishes the overlapped requests of the volume: it serves those that wait, and waits for those that have begun. Until
// reopen no other begins; callers serve theirs themselves. PASSIVE_LEVEL or APC_LEVEL; the caller may hold opens, but no file's resource.
func (v *volume) drain() {
	p := driver.posts
	p.lock.Lock()
	v.counts.closing++
	p.lock.Unlock()
	for {
		p.lock.Lock()
		irp := p.queue.Remove(func(irp *io.IRP) bool { return volumeOf(irp) == v })
		if irp != nil {
			v.counts.running++
		}
		p.lock.Unlock()
		if irp == nil {
			break
		}
		v.transfer(irp)
		v.ended()
	}
	d := &drainer{done: ke.NewEvent(nt.NotificationEvent, false)}
	p.lock.Lock()
	some := v.counts.running > 0
	if some {
		d.next, v.counts.drains = v.counts.drains, d
	}
	p.lock.Unlock()
	if some {
		ke.WaitForSingleObject(d.done, ke.KernelMode, false, nil)
	}
}

// reopen ends what drain has begun.
func (v *volume) reopen() {
	p := driver.posts
	p.lock.Lock()
	v.counts.closing--
	p.lock.Unlock()
}
