//go:build kernel

package main

import (
	"fmt"
	"strings"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// Paging (SPEC P1.18): the modified-page writer's thread, and, until the I/O
// system has files to page to (SPEC S3), a paging device in RAM.

// writerPriority is NT's.
const writerPriority = ke.LowRealtime + 1

// startPaging starts the modified-page writer and, with the option PAGEFILE,
// makes a paging file.
func startPaging() nt.Status {
	mm.NewEvent = func() mm.ZeroEvent { return zeroEvent{ke.NewEvent(nt.NotificationEvent, false)} }
	mm.OnPagingError = func(file string, write bool, s nt.Status) {
		what := "read from"
		if write {
			what = "written to"
		}
		dbgPrintLine(fmt.Sprintf("%s: a page could not be %s it: %v; later errors are only counted", file, what, s))
	}
	event := zeroEvent{ke.NewEvent(nt.SynchronizationEvent, false)}
	t := ps.CreateSystemThread("MiModifiedPageWriter", writerPriority, func(*ps.Thread) { mm.ModifiedPageWriter(event) })
	ke.StartThread(t.Thread)
	if n := options.Number("PAGEFILE", 0); n > 0 {
		return createRAMPagingFile(n)
	}
	return nt.StatusSuccess
}

// leaveFree is how many pages a paging device in RAM leaves.
const leaveFree = 4096

// createRAMPagingFile makes a paging file of n MB of memory.
func createRAMPagingFile(n uint64) nt.Status {
	pages := n << 8
	if free := mm.QueryCounts().Available(); free < pages+leaveFree {
		if free < leaveFree+256 {
			display("boot option PAGEFILE: there is too little memory for a paging file in memory\n")
		} else {
			display(fmt.Sprintf("boot option PAGEFILE=%d is not a number from 0 to %d, which is what this memory has room for\n", n, (free-leaveFree)>>8))
		}
		return nt.StatusSuccess
	}
	d := &ramStore{frames: make([]uint32, 0, pages)}
	for range pages {
		f, ok := mm.AllocatePage(mm.UsePageStore, false)
		if !ok {
			return nt.StatusNoMemory
		}
		d.frames = append(d.frames, f)
	}
	store := mm.PageStore(d)
	for what := range strings.SplitSeq(options.Text("PAGETEST"), ",") {
		switch strings.ToUpper(what) {
		case "":
		case "ERRORS":
			d.errors = true
		case "WAIT":
			store = newWaitingStore(store)
		default:
			display("boot option PAGETEST=" + what + " is not WAIT or ERRORS\n")
		}
	}
	name := `\Device\RamPaging0\pagefile.sys`
	dbgPrintLine(fmt.Sprintf("P1.18: %d MB of memory are the paging file %s", n, name))
	return mm.CreatePagingFile(name, store, uint32(pages))
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
		from := mmMachine{}.Page(d.frames[page+uint32(i)])
		if d.errors && string(from[:len(unreadable)]) == unreadable {
			return nt.StatusDeviceDataError
		}
		*mmMachine{}.Page(to) = *from
	}
	return nt.StatusSuccess
}

func (d *ramStore) WritePages(page uint32, frames []uint32) nt.Status {
	for i, from := range frames {
		b := mmMachine{}.Page(from)
		if d.errors && string(b[:len(unwritable)]) == unwritable {
			return nt.StatusDeviceDataError
		}
		*mmMachine{}.Page(d.frames[page+uint32(i)]) = *b
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
