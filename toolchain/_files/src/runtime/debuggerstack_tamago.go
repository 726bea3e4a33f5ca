//go:build tamago

package runtime

import "unsafe"

// What a debugger asks so that it can show stacks. Nothing here takes a lock.

// tamagoInlined calls yield for the functions whose code is at pc, until that returns false: the
// compiler puts the code of small functions into their callers. The innermost comes first, the last
// is the function that pc belongs to. Each has the line at which it stands: pc's own, or that of the
// call of the one before.
//
//go:linkname tamagoInlined
func tamagoInlined(pc uintptr, yield func(name, file string, line int) bool) {
	f := findfunc(pc)
	if !f.valid() {
		return
	}
	for u, uf := newInlineUnwinder(f, pc); uf.valid(); uf = u.next(uf) {
		file, line := u.fileLine(uf)
		if !yield(funcNameForPrint(u.srcFunc(uf).name()), file, line) {
			return
		}
	}
}

// tamagoServed returns the address of the goroutine for which the g at an address runs on a thread's
// system stack; 0 when that g is no thread's g0, or serves none.
//
//go:linkname tamagoServed
func tamagoServed(address uintptr) uintptr {
	gp := (*g)(unsafe.Pointer(address))
	if gp == nil || gp.m == nil || gp.m.g0 != gp {
		return 0
	}
	return uintptr(unsafe.Pointer(gp.m.curg))
}
