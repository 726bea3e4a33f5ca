package io

import (
	"sync/atomic"

	"gont/hal"
	"gont/ke"
	"gont/nt"
)

// Interrupts of devices (I1). A handler in assembly masks a level-triggered line, marks the
// vector and returns (hal, device_amd64.s). At the next dispatch point of that processor
// TakeInterrupts queues the line's DPC, which calls the service routines that are connected
// to it and unmasks the line again (DESIGN 4, 5a). So a service routine is what NT splits
// into a service routine and a DPC for it: Go code, at DISPATCH_LEVEL.

// ServiceRoutine is KSERVICE_ROUTINE: it serves the device and reports whether it was this
// one that has interrupted. message is the number of the message, 0 for a line. It runs at
// DISPATCH_LEVEL with the interrupt's lock held; it may not wait, allocates nothing, and
// calls nothing that is a dispatch point: what completes requests goes into a DPC.
// An edge is not repeated: the routine goes on until the device has nothing more to tell.
type ServiceRoutine func(message int) bool

// Interrupt is KINTERRUPT: a service routine that is connected to a line, or to messages.
type Interrupt struct {
	name    string
	routine ServiceRoutine
	lock    ke.SpinLock // held around routine, and by Synchronize
	sources []*source   // the line's, or one for each message

	served   atomic.Uint64 // calls of routine that were the device's
	overdue  atomic.Int64  // interrupt time from which on an interrupt is late, 0: none is due
	polled   atomic.Bool   // the device is asked instead
	reported atomic.Bool   // that it is has been told

	// By watchLock: the watch has found work for which no interrupt had come, when so many had.
	suspect    bool
	cameBefore uint64
	next       *Interrupt // in the watch's list
}

// source is a vector that is connected: a line with all who share it, or one message.
type source struct {
	vector    hal.Vector
	line      hal.Line
	message   bool
	number    int // of the message
	dpc       *ke.Dpc
	list      atomic.Pointer[[]*Interrupt]
	came      atomic.Uint64 // times the DPC has run
	unclaimed uint32        // times in a row that nobody has claimed; the DPC's
	stuck     atomic.Bool   // nobody claims it, and it stays masked
	told      atomic.Bool
}

// stuckAfter is how often in a row a level-triggered line may interrupt for nobody.
const stuckAfter = 1000

// interruptMachine is what the machine does for interrupts; hal's functions, or a test's.
type interruptMachine interface {
	Connect(l hal.Line) (hal.Vector, error)
	Disconnect(l hal.Line, v hal.Vector)
	Mask(l hal.Line, v hal.Vector)
	Unmask(l hal.Line, v hal.Vector)
	Messages(n int) ([]hal.Message, error)
	FreeMessages(m []hal.Message)
	Take(f func(hal.Vector))
	Count(v hal.Vector) uint64
}

// The connections. connectLock guards them, but for sources' reading.
var (
	connectLock ke.FastMutex
	sources     [hal.MaximumProcessors][256]atomic.Pointer[source]
)

// ConnectInterrupt is IoConnectInterrupt for a line: from here on routine is called when the
// line interrupts. Who else has connected the same line shares it. name is the device's,
// for reports. IRQL <= APC_LEVEL. STATUS_DEVICE_CONFIGURATION_ERROR where no interrupt
// controller has the line, or another device has it with another trigger mode or polarity;
// STATUS_INSUFFICIENT_RESOURCES without a vector.
func ConnectInterrupt(name string, l hal.Line, routine ServiceRoutine) (*Interrupt, nt.Status) {
	i := &Interrupt{name: name, routine: routine}
	connectLock.Lock()
	s := findLine(l)
	if s == nil {
		v, err := machine.Connect(l)
		if err != nil {
			connectLock.Unlock()
			return nil, connectStatus(err)
		}
		s = newSource(v)
		s.line = l
		sources[v.Processor][v.Number].Store(s)
	} else if s.line != l {
		connectLock.Unlock()
		return nil, nt.StatusDeviceConfigurationError
	}
	i.sources = []*source{s}
	list := []*Interrupt{i}
	if old := s.list.Load(); old != nil {
		list = append(append([]*Interrupt{}, *old...), i)
	}
	s.list.Store(&list)
	s.stuck.Store(false)
	machine.Unmask(l, s.vector)
	connectLock.Unlock()
	watchAdd(i)
	return i, nt.StatusSuccess
}

// ConnectMessages is IoConnectInterruptEx for messages: n vectors in a row, and what the
// device has to be told to write for each. routine is called with the message's number.
func ConnectMessages(name string, n int, routine ServiceRoutine) (*Interrupt, []hal.Message, nt.Status) {
	i := &Interrupt{name: name, routine: routine}
	connectLock.Lock()
	m, err := machine.Messages(n)
	if err != nil {
		connectLock.Unlock()
		return nil, nil, connectStatus(err)
	}
	for k := range m {
		s := newSource(m[k].Vector)
		s.message, s.number = true, k
		s.list.Store(&[]*Interrupt{i})
		i.sources = append(i.sources, s)
		sources[s.vector.Processor][s.vector.Number].Store(s)
	}
	connectLock.Unlock()
	watchAdd(i)
	return i, m, nt.StatusSuccess
}

func connectStatus(err error) nt.Status {
	if err == hal.ErrNoVector {
		return nt.StatusInsufficientResources
	}
	return nt.StatusDeviceConfigurationError
}

func newSource(v hal.Vector) *source {
	s := &source{vector: v}
	s.dpc = ke.NewDpc(s.serve)
	s.dpc.SetImportance(ke.HighImportance)
	return s
}

// findLine returns the source of a line that is connected. connectLock is held.
func findLine(l hal.Line) *source {
	for p := range sources {
		for v := range sources[p] {
			if s := sources[p][v].Load(); s != nil && !s.message && s.line.Number == l.Number && s.line.Pic == l.Pic {
				return s
			}
		}
	}
	return nil
}

// DisconnectInterrupt is IoDisconnectInterrupt: when it returns, routine does not run and
// will not be called any more. The device must have been told to be quiet before; messages
// must be switched off in it. PASSIVE_LEVEL.
func DisconnectInterrupt(i *Interrupt) {
	watchRemove(i)
	connectLock.Lock()
	var free []hal.Message
	for _, s := range i.sources {
		var left []*Interrupt
		for _, x := range *s.list.Load() {
			if x != i {
				left = append(left, x)
			}
		}
		s.list.Store(&left)
		if len(left) > 0 {
			continue
		}
		sources[s.vector.Processor][s.vector.Number].Store(nil)
		if s.message {
			free = append(free, hal.Message{Vector: s.vector})
		} else {
			machine.Disconnect(s.line, s.vector)
		}
	}
	if free != nil {
		machine.FreeMessages(free)
	}
	connectLock.Unlock()
	for _, s := range i.sources {
		s.dpc.Remove()
	}
	ke.FlushQueuedDpcs()
}

// Synchronize is KeSynchronizeExecution: it calls f while the interrupt's service routine
// does not run on any processor. f may not wait, nor call what is a dispatch point. IRQL <=
// DISPATCH_LEVEL, and not in the routine itself.
func (i *Interrupt) Synchronize(f func()) {
	i.lock.Lock()
	f()
	i.lock.Unlock()
}

// TakeInterrupts queues the DPCs of what has come to the calling processor. The kernel calls
// it at its dispatch points.
func TakeInterrupts() { machine.Take(interrupted) }

func interrupted(v hal.Vector) {
	if s := sources[v.Processor][v.Number].Load(); s != nil {
		s.dpc.Insert(nil)
	}
}

// serve is the DPC of a source.
func (s *source) serve(any) {
	s.came.Add(1)
	claimed := false
	for _, i := range *s.list.Load() {
		// A message is its device's own: it works, even if the work was found by a question.
		if i.call(s.number) || s.message && i.polled.Load() {
			claimed = true
			i.overdue.Store(0)
			if i.polled.Load() {
				i.polled.Store(false) // it comes after all
			}
		}
	}
	if claimed {
		s.unclaimed = 0
	} else if s.unclaimed++; s.unclaimed >= stuckAfter && s.line.Level {
		s.stuck.Store(true) // stays masked; the watch asks the devices
		watchWake()
		return
	}
	if s.line.Level {
		machine.Unmask(s.line, s.vector)
	}
}

// call calls the service routine. DISPATCH_LEVEL.
func (i *Interrupt) call(message int) bool {
	i.lock.Lock()
	was := i.routine(message)
	i.lock.Unlock()
	if was {
		i.served.Add(1)
	}
	return was
}
