//go:build kernel

package main

import (
	"fmt"

	"gont/hal"
	"gont/inbv"
)

// Where text goes: always to the serial port; to the screen what the user is
// to see, what programs display, and with SOS the rest.

var (
	screen       *inbv.Screen
	screenActive bool // boot video owns the screen
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
	for i := 0; i < len(s); i++ {
		hal.SerialPut(s[i])
	}
}

// display writes to the serial port and to the screen.
func display(s string) {
	dbgPrint(s)
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
