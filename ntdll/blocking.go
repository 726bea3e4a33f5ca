//go:build ntuser

package ntdll

import (
	"runtime/goos"
	_ "unsafe" // for linkname

	"gont/nt"
)

//go:linkname others runtime.tamagoOthers
func others() bool

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// block invokes a service in which the caller may wait for something to happen
// (svc/services.txt, "waits"). The goroutine gives its P away, as around a blocking system
// call elsewhere, so that the program's other goroutines go on, with GOMAXPROCS 1, too;
// runtime.tamagoOthers says whether there are any. The
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
