//go:build ntuser

package ntdll

import (
	"runtime/goos"
	_ "unsafe" // for linkname

	"gont/nt"
)

// blocking are the services that may wait for something to happen. Around them a
// goroutine gives its P away, as around a blocking system call elsewhere, so that
// the program's other goroutines go on, with GOMAXPROCS 1, too. (runtime.tamagoOthers
// has the two ways.)
var blocking = [nt.NumServices]bool{
	nt.SvcWaitForSingleObject:     true,
	nt.SvcWaitForMultipleObjects:  true,
	nt.SvcDelayExecution:          true,
	nt.SvcWaitLowEventPair:        true,
	nt.SvcWaitHighEventPair:       true,
	nt.SvcSetLowWaitHighEventPair: true,
	nt.SvcSetHighWaitLowEventPair: true,
	nt.SvcWaitForKeyedEvent:       true,
	nt.SvcReleaseKeyedEvent:       true, // until somebody waits for it
	nt.SvcRemoveIoCompletion:      true,
	nt.SvcRemoveIoCompletionEx:    true,
	nt.SvcReadFile:                true,
	nt.SvcWriteFile:               true,
	nt.SvcDeviceIoControlFile:     true,
	nt.SvcFsControlFile:           true,
	nt.SvcCancelIoFile:            true,
	nt.SvcLoadDriver:              true,
	nt.SvcUnloadDriver:            true,
	nt.SvcSuspendThread:           true, // the caller's own
	nt.SvcGetContextThread:        true, // until that thread comes to a dispatch point
	nt.SvcSetContextThread:        true,
	nt.SvcDisplayString:           true, // while the serial port has more to send than it takes
}

//go:linkname others runtime.tamagoOthers
func others() bool

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// block invokes a service without a P, or with one that others can take. The
// stack must not grow in it, and its frame stays until the service has ended: what
// is on it is seen by the collector as it was at entersyscall.
//
//go:nosplit
func block(s nt.Service, v *[12]uintptr) nt.Status {
	if others() {
		entersyscallblock()
	} else {
		entersyscall()
	}
	status := goos.CallMany(uint32(s), v)
	exitsyscall()
	return nt.Status(status)
}
