package dbgprint

import (
	"gont/kd"
	"gont/nt"
)

// Console is the queue of text, for the driver of the port that the text goes to (io's
// serial.Console).
type Console struct{}

// kickPort lets the driver of the port go on with what the port has not taken.
func kickPort() {
	if f := kick.Load(); f != nil {
		(*f)()
	}
}

// Connect says that the driver serves the port from now on: f is called when text is left
// in the queue. nil: the driver does not serve the port any more.
func (Console) Connect(f func()) {
	if f == nil {
		kick.Store(nil)
		return
	}
	kick.Store(&f)
}

// Waiting returns how many bytes wait.
func (Console) Waiting() int { return output.Len() }

// Pump sends what the port takes, and reports whether text is left. DISPATCH_LEVEL.
func (Console) Pump() (left bool) {
	output.Pump()
	progress()
	return output.Len() > 0
}

// consolePiece is how many bytes of a Write stay in one piece.
const consolePiece = kd.UserShare / 4

// Write puts bytes into the queue, which go out as they are. The thread waits for room as
// a program's NtDisplayString does. It returns STATUS_SUCCESS, or why the wait has ended.
func (Console) Write(b []byte) nt.Status {
	for len(b) > 0 {
		n := min(len(b), consolePiece)
		if s := putWaiting(func() bool { return output.PutRaw(b[:n], kd.UserShare) }, kickPort); s != nt.StatusSuccess {
			return s
		}
		b = b[n:]
		if output.Pump(); output.Len() > 0 {
			kickPort()
		}
	}
	return nt.StatusSuccess
}
