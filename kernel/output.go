//go:build kernel

package main

import (
	"fmt"

	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/ems"
	"gont/ps"
)

// Where text goes: the serial port (kd/dbgprint) and the screen (inbv/display).

// outputPriority is the priority of the thread that asks the serial port again
// and again: below that of every program.
const outputPriority = ke.LowPriority + 1

// connectOutput finds the serial port and takes the screen over.
func connectOutput() {
	hal.InitializeSerial()
	dbgprint.Connect(dbgprint.Port{Send: hal.SerialSend, Now: hal.Nanotime, Pause: hal.Pause, Put: hal.SerialPutRaw})
	dbgprint.Poll = func() { poll(false) }
	hal.Put = func(c byte) { // the Go runtime gives up
		dbgprint.Take()
		hal.SerialPut(c)
	}
	display.Connect(display.Machine{TextMemory: hal.VideoMemory(), MoveCursor: hal.MoveCursor, HasText: hal.HasVideo, MapFrameBuffer: hal.MapFrameBuffer,
		CallBios: hal.CallBios, EndBios: hal.EndBios, EmergencyPut: ems.Put, OpenEmergency: hal.OpenEmergencyPort, Progressed: traceProgress})
}

// traceProgress puts the bar's moves into the trace that BOOTTRACE shows.
func traceProgress(at int) {
	if trace.Echo {
		trace.Note(currentStep, fmt.Sprintf("boot screen: %d.%02d %%", at/100, at%100))
	}
}

// deferOutput ends the waiting for the serial port.
func deferOutput() {
	dbgprint.Defer(func(send func()) {
		ke.StartThread(ps.CreateSystemThread("KdSendOutput", outputPriority, func(*ps.Thread) { send() }).Thread)
	})
}
