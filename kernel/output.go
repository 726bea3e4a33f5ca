//go:build kernel

package main

import (
	"fmt"
	"sync"

	"gont/hal"
	"gont/inbv"
)

// Where text goes: always to the serial port; to the screen what the user is
// to see, what programs display, and with SOS the rest.

var (
	screen       *inbv.Screen
	screenActive bool // boot video owns the screen
	// outputLock keeps lines whole, and the screen's cursor on the screen, when
	// several processors write. The stop screen goes by without it (raw).
	outputLock sync.Mutex
)

// connectOutput finds the serial port and takes the screen over.
func connectOutput() {
	hal.InitializeSerial()
	screen = inbv.New(hal.VideoMemory(), hal.MoveCursor)
	screenActive = true
}

func dbgPrintLine(s string) { dbgPrint(s + "\n") }

// dbgPrint writes to the serial port.
func dbgPrint(s string) {
	outputLock.Lock()
	defer outputLock.Unlock()
	serialPrint(s)
}

func serialPrint(s string) {
	for i := 0; i < len(s); i++ {
		hal.SerialPut(s[i])
	}
}

// display writes to the serial port and to the screen.
func display(s string) {
	outputLock.Lock()
	defer outputLock.Unlock()
	serialPrint(s)
	if screenActive {
		screen.Write([]byte(s))
	}
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
