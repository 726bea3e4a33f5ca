//go:build kernel

// Package ems joins the special administration console (kd/sac) to the kernel: its port, a
// thread of high priority that asks the port for bytes, and after a stop the stopping
// processor, which goes on asking.
//
// IRQL: Put up to APC_LEVEL, and at any after a stop; Start in phase 1 at PASSIVE_LEVEL.
package ems

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/kd/sac"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/kernel/debugger"
	"gont/mm"
	"gont/po"
	"gont/ps"
)

var (
	lock    ke.FastMutex // of console
	console *sac.Console
	there   atomic.Bool // console is set
	stopped atomic.Bool // nobody takes lock any more
)

// Put takes what the screen shows.
func Put(c byte) {
	switch {
	case !there.Load():
		hal.EmergencyPut(c)
	case stopped.Load():
		console.Screen(c)
	default:
		lock.Lock()
		console.Screen(c)
		lock.Unlock()
	}
}

// interval is how often the port is asked, in units of 100 ns: as often as the clock ticks. Its
// 16 bytes take 1.4 ms at the highest rate: who types is slow enough.
const interval = 156_250

// Start begins to take commands, if REDIRECT has opened a port that is not the debugger's.
func Start() {
	if hal.EmergencyPort() == 0 || hal.EmergencyPort() == debugger.Port() {
		return
	}
	console = sac.New(sac.System{Put: hal.EmergencyPut, Processes: processes, Memory: memory, Time: now, SetTime: setTime,
		Crash: func() error {
			bugcheck.Check(ex.ManuallyInitiatedCrash, 0, 0, 0, 0, "asked for by the special administration console")
			return nil
		},
		Restart: func() error { hal.DisableInterrupts(); hal.Reboot(); return nil },
		Shutdown: func() error {
			dbgprint.Settle()
			return po.Machine.PowerOff()
		}})
	there.Store(true)
	bugcheck.Emergency(stop, serve)
	ke.StartThread(ps.CreateSystemThread("SacPort", ke.HighPriority-1, func(*ps.Thread) {
		for {
			for n := 0; n < 256; n++ {
				c, ok := hal.EmergencyGet()
				if !ok {
					break
				}
				lock.Lock()
				console.Feed(c)
				lock.Unlock()
			}
			ke.Delay(ke.KernelMode, false, -interval)
		}
	}).Thread)
}

// stop is called when the system stops, before anything is shown.
func stop() {
	stopped.Store(true)
	console.Stop()
}

// serve takes what comes to the port; the processor that has stopped the system calls it again
// and again.
func serve() {
	if c, ok := hal.EmergencyGet(); ok {
		console.Feed(c)
	}
}

func processes(w io.Writer) {
	list := ps.Active()
	for _, p := range list {
		fmt.Fprintf(w, "%6x  %-20s %d threads\n", p.ID, p.Name, p.Threads())
	}
	ps.Release(list)
}

func memory(w io.Writer) {
	c := mm.QueryCounts()
	fmt.Fprintf(w, "memory %d KB, available %d KB\n", c.Ram*4, c.Available()*4)
}

// epoch is 1601 in the seconds of Unix.
const epoch = -11_644_473_600

const timeForm = "2006-01-02 15:04:05"

func now() string {
	return time.Unix(int64(ke.SystemTime()/10_000_000)+epoch, 0).UTC().Format(timeForm) + " UTC"
}

func setTime(text string) error {
	t, err := time.Parse(timeForm, text)
	if err != nil {
		if t, err = time.Parse("2006-01-02 15:04", text); err != nil {
			return fmt.Errorf("%s is no time: yyyy-mm-dd hh:mm[:ss], UTC", text)
		}
	}
	if t.Year() < 1980 || t.Year() > 2099 {
		return fmt.Errorf("the year is not one from 1980 to 2099")
	}
	at := uint64(t.Unix()-epoch) * 10_000_000
	old := ke.SetSystemTime(at)
	ke.MoveBootTime(at - old)
	ex.TimeCallback.Notify(nil, nil)
	return nil
}
