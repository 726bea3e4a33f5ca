//go:build kernel

package main

import (
	"sync/atomic"

	"gont/hal"
	"gont/inbv"
	"gont/io/drivers/bootvid"
	"gont/io/drivers/pci"
	"gont/io/drivers/serial"
	"gont/kd"
	"gont/ke"
	"gont/nt"
)

// What drivers of devices share with the kernel: the serial port that its text goes to,
// and the screen.

// connectDevices hands the kernel's part to the drivers, before they are started.
func connectDevices() {
	pci.Say = dbgPrintLine
	serial.Shared = func(base uint16) (serial.Console, bool) {
		claimed := kd.Claims(base) || base == hal.EmergencyPort()
		if hal.SerialPresent() && base == hal.DebugPort {
			return consolePort{}, claimed
		}
		return nil, claimed
	}
	bootvid.Screen = &textScreen{}
}

// portKick lets the serial driver send what waits, nil while it does not serve the port.
var portKick atomic.Pointer[func()]

// kickPort lets the driver of the serial port go on with what the port has not taken.
func kickPort() {
	if f := portKick.Load(); f != nil {
		(*f)()
	}
}

// consolePort is the kernel's queue of text, for the driver of the port that it goes to.
type consolePort struct{}

func (consolePort) Connect(kick func()) {
	if kick == nil {
		portKick.Store(nil)
		return
	}
	portKick.Store(&kick)
}

func (consolePort) Waiting() int { return output.Len() }

func (consolePort) Pump() (left bool) {
	output.Pump()
	outputProgress()
	return output.Len() > 0
}

// Write waits for room as a program's NtDisplayString does. Up to consolePiece bytes stay
// in one piece.
func (consolePort) Write(b []byte) nt.Status {
	const consolePiece = kd.UserShare / 4
	for len(b) > 0 {
		n := min(len(b), consolePiece)
		for !output.PutRaw(b[:n], kd.UserShare) {
			outputRoom.Reset()
			outputWaiting.Set()
			kickPort()
			if output.Len() < kd.UserShare/2 {
				outputRoom.Set() // the port was faster than Reset
			}
			if s := ke.WaitForSingleObject(outputRoom, ke.UserMode, false, nil); s != nt.StatusSuccess {
				return s
			}
		}
		b = b[n:]
		if output.Pump(); output.Len() > 0 {
			kickPort()
		}
	}
	return nt.StatusSuccess
}

// textScreen is the screen, for the driver of \Device\Video0. screenLock guards terminal.
type textScreen struct{ terminal inbv.Terminal }

func (t *textScreen) Display(b []byte) bool {
	text := oem(string(b))
	screenLock.Lock()
	defer screenLock.Unlock()
	if !screenActive || screen.LogoShown() {
		return false
	}
	for _, c := range b {
		hal.EmergencyPut(c)
	}
	t.terminal.Screen = screen
	t.terminal.Write(text)
	return true
}

func (t *textScreen) Size() (columns, rows int) {
	screenLock.Lock()
	defer screenLock.Unlock()
	return screen.Size()
}
