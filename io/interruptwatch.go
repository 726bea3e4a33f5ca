package io

import (
	"fmt"
	"slices"
	"sync/atomic"

	"gont/hal"
	"gont/ke"
	"gont/nt"
)

// A device whose interrupt does not arrive is polled, and that is told (DESIGN 5a).
// A driver that has given its device something to do says so by Expect. The watch is a
// DPC that runs while something is expected or polled.

// Times of the watch, 100 ns units.
const (
	lateAfter   = 10_000_000 // an interrupt may take
	watchPeriod = 2_500_000  // between looks for late ones
	pollPeriod  = 156_250    // between questions to a device that is polled: each clock tick
)

var (
	watchLock    ke.SpinLock // of the list
	watched      *Interrupt
	watchTimer   = ke.NewTimer(nt.SynchronizationTimer)
	watchDpc     *ke.Dpc
	watchRunning atomic.Bool
)

func init() { watchDpc = ke.NewDpc(watch) }

func watchAdd(i *Interrupt) {
	watchLock.Lock()
	i.next, watched = watched, i
	watchLock.Unlock()
}

func watchRemove(i *Interrupt) {
	watchLock.Lock()
	for p := &watched; *p != nil; p = &(*p).next {
		if *p == i {
			*p = i.next
			break
		}
	}
	watchLock.Unlock()
}

// Expect says that the device will interrupt within a second. If it does not, it is asked. If
// there is something to serve, and in the next quarter of a second no interrupt comes either, the
// device is polled from then on. IRQL <= DISPATCH_LEVEL, and not in the service routine.
func (i *Interrupt) Expect() {
	i.Due()
	i.Watch()
}

// Due and Watch are the parts of Expect for a driver that keeps with a lock what its device has to
// do: Due under the lock, which Watch, a dispatch point, cannot be called with. Any level.
func (i *Interrupt) Due() {
	i.overdue.CompareAndSwap(0, int64(ke.InterruptTime()+lateAfter))
	expectInterrupt()
}

// Watch sees to it that what is due is watched. IRQL <= DISPATCH_LEVEL, without locks.
func (i *Interrupt) Watch() {
	if i.overdue.Load() != 0 || i.polled.Load() {
		watchWake()
	}
}

// Idle takes Due back: the device has nothing to do any more. A driver calls it under the same
// lock, so that an interrupt of the next request is not taken for a late one. Any level.
func (i *Interrupt) Idle() { i.overdue.Store(0) }

// came is how many interrupts of all of its vectors have been served.
func (i *Interrupt) came() (n uint64) {
	for _, s := range i.sources {
		n += s.came.Load()
	}
	return n
}

// watchWake sees to it that the watch runs.
func watchWake() {
	if watchRunning.CompareAndSwap(false, true) {
		watchTimer.SetDpc(-watchPeriod, 0, watchDpc)
	}
}

// watch is the watch's DPC.
func watch(any) {
	watchRunning.Store(false)
	now := int64(ke.InterruptTime())
	busy, polling := false, false
	watchLock.Lock()
	for i := watched; i != nil; i = i.next {
		for _, s := range i.sources {
			if s.stuck.Load() {
				i.polled.Store(true)
			}
		}
		if i.polled.Load() {
			polling = true
			for _, s := range i.sources {
				i.call(s.number)
			}
			continue
		}
		if i.suspect {
			// An interrupt that was only on its way when the device was asked has come by now.
			if i.suspect = false; i.came() == i.cameBefore {
				i.polled.Store(true)
				polling = true
				continue
			}
		}
		due := i.overdue.Load()
		if due == 0 {
			continue
		}
		if now < due {
			busy = true
			continue
		}
		i.overdue.Store(0)
		i.cameBefore = i.came()
		for _, s := range i.sources {
			if i.call(s.number) {
				i.suspect, busy = true, true
			}
		}
	}
	watchLock.Unlock()
	period := int64(0)
	if polling {
		period = pollPeriod
	} else if busy {
		period = watchPeriod
	}
	if period != 0 && watchRunning.CompareAndSwap(false, true) {
		watchTimer.SetDpc(-period, 0, watchDpc)
	}
}

// InterruptReports returns a sentence for each thing about interrupts that is worth telling
// and has not been told. The kernel calls it at clock ticks of processor 0.
func InterruptReports() (say []string) {
	if !watchRunning.Load() {
		return nil // nothing is late, and nothing polled
	}
	watchLock.Lock()
	for i := watched; i != nil; i = i.next {
		for _, s := range i.sources {
			if s.stuck.Load() && s.told.CompareAndSwap(false, true) {
				say = append(say, fmt.Sprintf("%v has interrupted %d times and no driver knows why: it is masked", s.line, stuckAfter))
			}
		}
		if i.polled.Load() && i.reported.CompareAndSwap(false, true) {
			say = append(say, fmt.Sprintf("%s: the interrupt (%v) does not come: the device is polled", i.name, i.sources[0]))
		}
	}
	watchLock.Unlock()
	return say
}

func (s *source) String() string {
	if s.message {
		return fmt.Sprintf("message %d, vector %02Xh of processor %d", s.number, s.vector.Number, s.vector.Processor)
	}
	return fmt.Sprintf("%v, vector %02Xh of processor %d", s.line, s.vector.Number, s.vector.Processor)
}

// InterruptInformation tells of a connected interrupt, one for each of its vectors.
type InterruptInformation struct {
	Name    string
	Vector  hal.Vector
	Line    hal.Line
	Message bool
	Number  int    // of the message
	Came    uint64 // interrupts of the vector, whoever shares it
	Served  uint64 // calls of the routine that were the device's
	Polled  bool
}

// Interrupts lists what is connected, by processor and vector. PASSIVE_LEVEL.
func Interrupts() (list []InterruptInformation) {
	connectLock.Lock()
	defer connectLock.Unlock()
	for p := range sources {
		for v := range sources[p] {
			s := sources[p][v].Load()
			if s == nil {
				continue
			}
			for _, i := range *s.list.Load() {
				list = append(list, InterruptInformation{i.name, s.vector, s.line, s.message, s.number, machine.Count(s.vector), i.served.Load(), i.polled.Load()})
			}
		}
	}
	return slices.Clip(list)
}
