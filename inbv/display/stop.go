package display

import "gont/inbv"

// The stop screen's way: no lock, no allocation, at any IRQL, while one processor runs.

// Stop makes the screen blue.
func Stop() {
	if screen != nil {
		screen.Clear(inbv.Blue)
	}
}

// PutRaw puts a character on the screen and the emergency port. ShowRaw makes it visible.
func PutRaw(c byte) {
	machine.EmergencyPut(c)
	if screen != nil {
		screen.Put(c)
	}
}

// PutScreen puts a character on the screen alone: the debugger's text is on its port.
func PutScreen(c byte) {
	if screen != nil {
		screen.Put(c)
	}
}

// ShowRaw makes visible what PutRaw and PutScreen have put.
func ShowRaw() {
	if screen != nil {
		screen.Show()
	}
}

// HoldLock takes the screen's lock for good, for a test of the stop screen. PASSIVE_LEVEL.
func HoldLock() { lock.Lock() }
