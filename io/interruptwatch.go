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

// Expect says that the device will interrupt within a second. If it does not, it is asked,
// and if there is something to serve it is polled from then on. IRQL <= DISPATCH_LEVEL.
func (i *Interrupt) Expect() {
	if i.polled.Load() {
		watchWake()
		return
	}
	if i.overdue.CompareAndSwap(0, int64(ke.InterruptTime()+lateAfter)) {
		watchWake()
	}
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
		due := i.overdue.Load()
		if due == 0 {
			continue
		}
		if now < due {
			busy = true
			continue
		}
		i.overdue.Store(0)
		for _, s := range i.sources {
			if i.call(s.number) {
				i.polled.Store(true)
				polling = true
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
