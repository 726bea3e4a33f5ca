//go:build kernel

package hal

import "unsafe"

// What the debugger needs to show stacks, beside FrameSize.

// Inlined calls yield for the functions of the kernel whose code is at pc: those that the compiler
// has put into their callers, the innermost first, and at last the function that pc belongs to. Each
// comes with the line at which it stands.
//
//go:linkname Inlined runtime.tamagoInlined
//go:noescape
func Inlined(pc uintptr, yield func(name, file string, line int) bool)

//go:linkname served runtime.tamagoServed
//go:noescape
func served(g uintptr) uintptr

// ServedGoroutine describes the goroutine that has called the Go runtime's system stack on a
// processor whose FS base is fs; ok is false where the processor runs on no system stack, or for no
// goroutine. The debugger runs.
func ServedGoroutine(fs uint64, g *Goroutine) (ok bool) {
	var own uintptr
	if !canonical(fs) || !peek(unsafe.Pointer(uintptr(fs-8)), unsafe.Pointer(&own), 8) {
		return false
	}
	at := served(own)
	if at == uintptr(unsafe.Pointer(&kdG)) {
		at = kdState[1] // the processor that runs the debugger: what tamagoDebuggerBegin has put away
	}
	if at == 0 {
		return false
	}
	DescribeGoroutine(at, g)
	return true
}
