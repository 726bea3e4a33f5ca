//go:build kernel

package main

import (
	"fmt"
	"sync"
	"sync/atomic"

	"gont/hal"
	"gont/inbv"
	"gont/kd"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// Where text goes: always to the serial port; to the screen what the user is
// to see, what programs display, and with SOS the rest.
//
// Until the session manager starts, the kernel waits for the serial port, so that the
// last line before a hang is on it. From then on nobody does: what the port does not
// take at once is sent at clock ticks, and by a thread of low priority that has
// nothing else to do. A program that displays more than the port takes waits in the
// dispatcher.

var (
	screen       *inbv.Screen
	screenActive bool // boot video owns the screen
	// screenLock guards screen. The stop screen goes by without it (raw).
	screenLock sync.Mutex

	output = kd.NewOutput(hal.SerialSend, hal.Nanotime)
	// outputDeferred: the thread of sendOutput runs, and nobody else waits for the port.
	outputDeferred atomic.Bool
	outputWaiting  = ke.NewEvent(nt.SynchronizationEvent, false) // there is text that the port has not taken
	outputRoom     = ke.NewEvent(nt.NotificationEvent, true)     // programs may put text
)

// outputPriority is the priority of the thread that asks the serial port again and
// again: below that of every program.
const outputPriority = ke.LowPriority + 1

// connectOutput finds the serial port and takes the screen over.
func connectOutput() {
	hal.InitializeSerial()
	hal.Put = func(c byte) { // the Go runtime gives up
		output.Take(hal.SerialPutRaw)
		hal.SerialPut(c)
	}
	screen = inbv.New(hal.VideoMemory(), hal.MoveCursor)
	screenActive = true
}

// deferOutput ends the waiting for the serial port.
func deferOutput() {
	ke.StartThread(ps.CreateSystemThread("KdSendOutput", outputPriority, sendOutput).Thread)
	outputDeferred.Store(true)
}

// sendOutput is a thread's life: it sends what waits as fast as the port takes it,
// whenever the processor has nothing better to do.
func sendOutput(*ps.Thread) {
	for {
		ke.WaitForSingleObject(outputWaiting, ke.KernelMode, false, nil)
		for output.Len() > 0 {
			output.Pump()
			outputProgress()
			poll(false)
			hal.Pause()
		}
	}
}

// outputTick is what a clock tick does for the output: the port takes a burst even if
// the processors have better things to do, and the thread takes the rest. PASSIVE_LEVEL.
func outputTick() {
	if !outputDeferred.Load() || output.Len() == 0 {
		return
	}
	output.Pump()
	if output.Len() > 0 {
		kickPort()
		outputWaiting.Set()
	}
	outputProgress()
}

// outputProgress lets programs go on that wait for room, once there is enough of it.
func outputProgress() {
	if state, _ := outputRoom.Read(); state == 0 && output.Len() < kd.UserShare/2 {
		outputRoom.Set()
	}
}

func dbgPrintLine(s string) { dbgPrint(s + "\n") }

// dbgPrint writes to the serial port. Text for which there is no room is lost, and
// the next text says how much that was.
func dbgPrint(s string) {
	if !output.Put(s, kd.OutputSize) {
		output.Drop(s)
	}
	if output.Pump(); !outputDeferred.Load() {
		output.Flush(hal.Pause)
	} else if output.Len() > 0 {
		kickPort()
	}
}

// display writes to the serial port and to the screen.
func display(s string) {
	dbgPrint(s)
	show(s)
}

func show(s string) {
	screenLock.Lock()
	defer screenLock.Unlock()
	for i := range len(s) {
		hal.EmergencyPut(s[i])
	}
	if screenActive {
		screen.Write(oem(s))
	}
}

// displayWaiting is display for a program: its thread waits in the dispatcher while
// programs have more text under way than the serial port takes. It returns
// STATUS_THREAD_IS_TERMINATING when the thread is ended meanwhile.
func displayWaiting(s string) nt.Status {
	for !output.Put(s, kd.UserShare) {
		outputRoom.Reset()
		outputWaiting.Set()
		if output.Len() < kd.UserShare/2 {
			outputRoom.Set() // the port was faster than Reset
		}
		if st := ke.WaitForSingleObject(outputRoom, ke.UserMode, false, nil); st != nt.StatusSuccess {
			return st
		}
	}
	if output.Pump(); output.Len() > 0 {
		kickPort()
	}
	show(s)
	return nt.StatusSuccess
}

// say is for what is worth knowing with SOS: on the screen only then.
func say(format string, a ...any) {
	s := fmt.Sprintf(format, a...) + "\n"
	if options.Has("SOS") && !options.Has("QUIETBOOT") {
		display(s)
	} else {
		dbgPrint(s)
	}
}
