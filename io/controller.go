package io

import (
	"gont/ke"
	"gont/ob"
)

// Action is what an execution routine wants to become of what it was given
// (IO_ALLOCATION_ACTION).
type Action int

const (
	KeepObject       Action = iota + 1 // until it is freed
	DeallocateObject                   // at once
)

// allocation is a thing that one device has at a time: the others wait in order. It is
// what controllers and adapters have in common.
type allocation struct {
	lock        ke.SpinLock
	busy        bool
	first, last *waiter
}

type waiter struct {
	routine func() Action
	next    *waiter
}

// allocate runs routine as soon as the thing is free: now, or when free is called for
// it. DISPATCH_LEVEL; w belongs to the caller and is used until routine runs.
func (a *allocation) allocate(w *waiter) {
	a.lock.Lock()
	if a.busy {
		if w.next = nil; a.last != nil {
			a.last.next = w
		} else {
			a.first = w
		}
		a.last = w
		a.lock.Unlock()
		return
	}
	a.busy = true
	a.lock.Unlock()
	a.run(w)
}

// run gives the thing to w, and, if that wants it no longer, to those who wait.
func (a *allocation) run(w *waiter) {
	for w != nil && w.routine() == DeallocateObject {
		w = a.next()
	}
}

// next takes the first who waits; the thing is free when there is none.
func (a *allocation) next() *waiter {
	a.lock.Lock()
	defer a.lock.Unlock()
	w := a.first
	if w == nil {
		a.busy = false
		return nil
	}
	if a.first = w.next; a.first == nil {
		a.last = nil
	}
	return w
}

// free gives the thing to the next one.
func (a *allocation) free() {
	a.lock.Lock()
	busy := a.busy
	a.lock.Unlock()
	if !busy {
		panic("io: what nobody has is freed")
	}
	a.run(a.next())
}

// Controller is CONTROLLER_OBJECT: a controller that several devices share.
type Controller struct {
	Object    *ob.Object
	Extension any
	allocation
}

// Wait is a device's wait for a controller or adapter, made once and used again.
type Wait struct{ waiter }

// NewWait makes one. routine runs at DISPATCH_LEVEL.
func NewWait(routine func() Action) *Wait { return &Wait{waiter{routine: routine}} }

// CreateController is IoCreateController. DeleteController takes it back.
func CreateController(extension any) *Controller {
	c := &Controller{Extension: extension}
	c.Object = ob.New(ControllerType, c)
	return c
}

// DeleteController is IoDeleteController.
func DeleteController(c *Controller) { c.Object.Dereference() }

// Allocate is IoAllocateController: the wait's routine runs when the controller is
// free, and keeps it, until Free, or does not. DISPATCH_LEVEL.
func (c *Controller) Allocate(w *Wait) { atDispatch(func() { c.allocate(&w.waiter) }) }

// Free is IoFreeController.
func (c *Controller) Free() { atDispatch(c.free) }

// Adapter is ADAPTER_OBJECT: a DMA channel of a bus, which one device uses at a time,
// and the pages of memory that its devices can reach.
type Adapter struct {
	Object *ob.Object
	// Limit is the physical address that the bus cannot reach any more, 0 for none.
	Limit uint64
	allocation
}

// NewAdapter makes an adapter object; its maker dereferences the object at the end.
func NewAdapter(limit uint64) *Adapter {
	a := &Adapter{Limit: limit}
	a.Object = ob.New(AdapterType, a)
	return a
}

// AllocateChannel is AllocateAdapterChannel: like Controller.Allocate. DISPATCH_LEVEL.
func (a *Adapter) AllocateChannel(w *Wait) { atDispatch(func() { a.allocate(&w.waiter) }) }

// FreeChannel is FreeAdapterChannel.
func (a *Adapter) FreeChannel() { atDispatch(a.free) }

// Reaches reports whether the bus can reach n bytes from a physical address on.
func (a *Adapter) Reaches(physical, n uint64) bool {
	return a.Limit == 0 || n <= a.Limit && physical <= a.Limit-n
}

func atDispatch(f func()) {
	old := ke.CurrentIrql()
	if old < ke.DispatchLevel {
		ke.RaiseIrql(ke.DispatchLevel)
	}
	f()
	if old < ke.DispatchLevel {
		ke.LowerIrql(old)
	}
}
