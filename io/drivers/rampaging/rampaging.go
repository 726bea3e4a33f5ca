// Package rampaging is a paging device in memory (SPEC P1.18): what a paging file is
// written to until there are files to page to (SPEC S3). It stands before there are
// drivers, and is none of those that are loaded.
package rampaging

import (
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// Name is that of the paging file.
const Name = `\Device\RamPaging0\pagefile.sys`

// LeaveFree is how many pages a paging device in memory leaves.
const LeaveFree = 4096

// Options are for tests.
type Options struct {
	// Errors: pages that begin with one of two texts cannot be written or read.
	Errors bool
	// Wait: a thread does what is asked for, as a device takes its time.
	Wait bool
}

// Create makes a paging file of pages of memory. STATUS_NO_MEMORY when there are not as
// many. PASSIVE_LEVEL.
func Create(pages uint64, o Options) nt.Status {
	d := &ramStore{frames: make([]uint32, 0, pages), errors: o.Errors}
	for range pages {
		f, ok := mm.AllocatePage(mm.UsePageStore, false)
		if !ok {
			d.free()
			return nt.StatusNoMemory
		}
		d.frames = append(d.frames, f)
	}
	store := mm.PageStore(d)
	if o.Wait {
		store = newWaitingStore(store)
	}
	s := mm.CreatePagingFile(Name, store, uint32(pages))
	if !s.OK() {
		d.free()
	}
	return s
}

func (d *ramStore) free() {
	for _, f := range d.frames {
		mm.FreePage(f)
	}
	d.frames = nil
}

// ramStore is a paging device in RAM. With errors, pages that begin with one of
// two texts cannot be written or read: so that a program decides who fails.
type ramStore struct {
	frames []uint32
	errors bool
}

const unreadable, unwritable = "GoNT: unreadable", "GoNT: unwritable"

func (d *ramStore) ReadPages(page uint32, frames []uint32) nt.Status {
	for i, to := range frames {
		from := mm.Frame(d.frames[page+uint32(i)])
		if d.errors && string(from[:len(unreadable)]) == unreadable {
			return nt.StatusDeviceDataError
		}
		*mm.Frame(to) = *from
	}
	return nt.StatusSuccess
}

func (d *ramStore) WritePages(page uint32, frames []uint32) nt.Status {
	for i, from := range frames {
		b := mm.Frame(from)
		if d.errors && string(b[:len(unwritable)]) == unwritable {
			return nt.StatusDeviceDataError
		}
		*mm.Frame(d.frames[page+uint32(i)]) = *b
	}
	return nt.StatusSuccess
}

// waitingStore has a thread do what is asked for, as a device takes its time:
// whoever asks waits on the dispatcher. Every hundredth request takes a tick of
// the clock.
type waitingStore struct {
	store    mm.PageStore
	requests *ke.Queue
}

type pageRequest struct {
	write  bool
	page   uint32
	frames []uint32
	status nt.Status
	done   *ke.Event
}

func newWaitingStore(store mm.PageStore) *waitingStore {
	w := &waitingStore{store, ke.NewQueue(1)}
	t := ps.CreateSystemThread("RamPaging0", ke.LowRealtime, func(*ps.Thread) {
		for n := 1; ; n++ {
			e, s := w.requests.Remove(ke.KernelMode, false, nil)
			if !s.OK() {
				continue
			}
			if n%100 == 0 {
				ke.Delay(ke.KernelMode, false, -1)
			}
			r := e.Value.(*pageRequest)
			if r.write {
				r.status = store.WritePages(r.page, r.frames)
			} else {
				r.status = store.ReadPages(r.page, r.frames)
			}
			r.done.Set()
		}
	})
	ke.StartThread(t.Thread)
	return w
}

func (w *waitingStore) ask(r pageRequest) nt.Status {
	r.done = ke.NewEvent(nt.NotificationEvent, false)
	w.requests.Insert(&ke.QueueEntry{Value: &r})
	ke.WaitForSingleObject(r.done, ke.KernelMode, false, nil)
	return r.status
}

func (w *waitingStore) ReadPages(page uint32, frames []uint32) nt.Status {
	return w.ask(pageRequest{page: page, frames: frames})
}

func (w *waitingStore) WritePages(page uint32, frames []uint32) nt.Status {
	return w.ask(pageRequest{write: true, page: page, frames: frames})
}
