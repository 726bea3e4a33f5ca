package storport

import (
	"fmt"
	"slices"

	"gont/ex"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// bounceSize is the bytes of an adapter's bounce buffer.
const bounceSize = 64 << 10

// Adapter is a Controller with what a driver needs around it.
type Adapter struct {
	Channel
	driver    *io.Driver
	hardware  *Hardware
	interrupt *io.Interrupt
	messages  bool // interrupt is one of messages
	dpc       *ke.Dpc
	turn      *ke.Event // a lock whose holder may wait
	recover   *io.WorkItem
	schedule  func() // queues it
	complete  func(irp *io.IRP, r *storage.Request, s nt.Status, n uint64)
	units     []*Unit
	bounce    *Memory

	lock    ke.SpinLock
	started bool // the controller may be asked
	held    bool // a reset: tasks do not begin, and nothing is looked for
	dead    bool // the device is kept from memory, or gone
	wanted  bool // the work item is to be queued
	queued  bool // it is
	done    *Task
	last    *Task   // of done
	owner   *Task   // of the bounce buffer
	waits   []*Task // for it, the first one first; has room for all
}

// newAdapter prepares a channel's.
func newAdapter(d *io.Driver, h *Hardware, c Channel) *Adapter {
	a := &Adapter{Channel: c, driver: d, hardware: h, turn: ke.NewEvent(nt.SynchronizationEvent, true)}
	a.dpc = ke.NewDpc(func(any) { a.poll() })
	a.schedule = func() { a.recover.Queue(ex.CriticalWorkQueue, nil) }
	a.complete = func(irp *io.IRP, _ *storage.Request, s nt.Status, n uint64) { io.Complete(irp, s, n) }
	return a
}

func (a *Adapter) take()    { ke.WaitForSingleObject(a.turn, ke.KernelMode, false, nil) }
func (a *Adapter) release() { a.turn.Set() }

// start connects the interrupt, brings the controller up and makes devices of its disks.
// PASSIVE_LEVEL.
func (a *Adapter) start() error {
	a.take()
	defer a.release()
	n, err := a.connect()
	if err != nil {
		return err
	}
	units, err := a.Controller.Start(n)
	if err == nil && len(units) > 0 {
		if a.bounce = Allocate(bounceSize, a.Limits.Below); a.bounce == nil {
			err = ErrNoMemory
		}
	}
	if err != nil {
		a.Controller.Stop()
		a.disconnect()
		return err
	}
	a.adopt(units)
	return nil
}

// adopt makes devices of a controller's disks and lets requests come.
func (a *Adapter) adopt(units []*Unit) {
	a.units = units
	room := 0
	for _, u := range units {
		if s := a.makeUnit(u); !s.OK() {
			a.say(u, fmt.Sprintf("%v", s))
			u.gone = true
			continue
		}
		room += len(u.tasks)
	}
	a.waits = make([]*Task, 0, room)
	a.lock.Lock()
	a.started = true
	a.lock.Unlock()
}

// connect connects messages, or else the line; n is how many messages.
func (a *Adapter) connect() (n int, err error) {
	if a.NoInterrupt {
		return 0, nil
	}
	service := func(message int) bool {
		mine := a.Controller.Interrupt(message)
		if mine {
			a.dpc.Insert(nil)
		}
		return mine
	}
	if a.Messages > 0 && a.hardware.Bus.ConnectMessages != nil {
		if a.interrupt, n, err = a.hardware.Bus.ConnectMessages(a.Name, a.Messages, service); err == nil {
			a.messages = true
			return n, nil
		}
	}
	line := a.Line
	if line == nil {
		r, ok := io.Find(a.hardware.Resources, io.InterruptResource, 0)
		if !ok {
			return 0, fmt.Errorf("nobody knows its interrupt")
		}
		line = &r
	}
	i, s := io.ConnectInterrupt(a.Name, line.Line, service)
	if !s.OK() {
		return 0, fmt.Errorf("its interrupt cannot be connected: %v", s)
	}
	a.interrupt = i
	return 0, nil
}

func (a *Adapter) disconnect() {
	switch {
	case a.interrupt == nil:
	case a.messages:
		a.hardware.Bus.Disconnect(a.interrupt)
	default:
		io.DisconnectInterrupt(a.interrupt)
	}
	a.interrupt = nil
	a.dpc.Remove()
	ke.FlushQueuedDpcs()
}

// makeUnit makes a disk's device and its tasks.
func (a *Adapter) makeUnit(u *Unit) nt.Status {
	v, s := io.CreateDevice(a.driver, "", nt.FileDeviceDisk, 0, 0)
	if !s.OK() {
		return s
	}
	v.Extension, v.SectorSize = u, u.Port.SectorSize
	u.device, u.Port.Device = v, v
	if a.recover == nil {
		a.recover = io.NewWorkItem(v, func(*io.Device, any) { a.recoverUnits() })
	}
	u.prepare(a)
	v.Ready()
	return s
}

// prepare makes the unit's tasks.
func (u *Unit) prepare(a *Adapter) {
	u.adapter = a
	if u.Limits.Segments == 0 {
		u.Limits = a.Limits
	}
	n := max(u.Port.Requests, 1)
	u.tasks = make([]Task, n)
	for i := range u.tasks {
		t := &u.tasks[n-1-i]
		*t = Task{Unit: u, Tag: n - 1 - i, Segments: make([]Segment, 0, u.Limits.Segments), next: u.free}
		u.free = t
	}
	// The most that a request moves is what segments hold wherever it begins in a page.
	most := uint32(u.Limits.Segments-1) * 4096 / u.Port.SectorSize
	if u.Port.MaximumSectors == 0 || u.Port.MaximumSectors > most {
		u.Port.MaximumSectors = most
	}
}

// announce tells the class driver of the disks. It reads them at once.
func (a *Adapter) announce() {
	for _, u := range a.units {
		if u.device != nil {
			storage.Arrived(&u.Port)
		}
	}
}

// stop takes all back. PASSIVE_LEVEL.
func (a *Adapter) stop() {
	for _, u := range a.units {
		if u.device != nil {
			storage.Gone(&u.Port)
		}
	}
	a.take()
	a.lock.Lock()
	a.dead = true
	a.lock.Unlock()
	a.Controller.Stop()
	a.hardware.MasterOff()
	a.disconnect()
	a.abort(a.units)
	a.release()
	for _, u := range a.units {
		if u.device != nil {
			io.DeleteDevice(u.device)
		}
	}
	a.units = nil
	a.bounce.Free()
}

// Say prints a line for who watches the console; the kernel sets it.
var Say = func(string) {}

func (a *Adapter) say(u *Unit, text string) {
	name := a.Name
	if u != nil {
		name = u.Port.Name + " at the " + name
	}
	Say(name + ": " + text)
}

// Locked calls f with the adapter's lock held, for a Controller at PASSIVE_LEVEL.
func (u *Unit) Locked(f func()) {
	u.adapter.lock.Lock()
	f()
	u.adapter.lock.Unlock()
}

// recoverUnits is the work item's: it lets the controller go on after errors.
func (a *Adapter) recoverUnits() {
	a.take()
	defer a.release()
	a.recoverAll()
}

// recoverAll is recoverUnits with the turn held.
func (a *Adapter) recoverAll() {
	a.lock.Lock()
	a.queued = false
	var list []*Unit
	again := !a.dead
	a.lock.Unlock()
	if r, ok := a.Controller.(Recoverer); ok && again {
		for _, u := range a.units {
			a.lock.Lock()
			wants := u.recovering
			a.lock.Unlock()
			if wants {
				list = append(list, u)
				r.Recover(u)
			}
		}
	}
	a.lock.Lock()
	for _, u := range list {
		u.recovering = false
	}
	a.lock.Unlock()
	a.poll()
}

// Look lets Controller.Poll look for what is done, and completes it, for a Controller without an
// interrupt. DISPATCH_LEVEL or below, without locks.
func (u *Unit) Look() {
	if u.adapter != nil {
		u.adapter.poll()
	}
}

// Recover lets Controller.Recover be called soon. The lock is held.
func (u *Unit) Recover() {
	u.recovering, u.adapter.wanted = true, true
}

// Recovering reports whether the unit waits for it. The lock is held.
func (u *Unit) Recovering() bool { return u.recovering }

// has reports whether a list has a unit.
func has(list []*Unit, u *Unit) bool { return slices.Contains(list, u) }
