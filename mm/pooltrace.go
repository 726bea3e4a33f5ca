package mm

import (
	"runtime"
	"unsafe"
)

// Stack traces of pool blocks (SPEC P0.13, GlobalFlag 2000h): who has allocated a block is
// kept while the block is there.

const traceDepth = 12

var poolTraces map[uintptr][traceDepth]uintptr // the pool's lock guards it; nil: off

// TracePool keeps the traces of blocks that are allocated from now on.
func TracePool() {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	if poolTraces == nil {
		poolTraces = map[uintptr][traceDepth]uintptr{}
	}
}

// tracePool notes the caller of AllocatePool. The pool's lock is held.
func tracePool(b []byte) {
	var t [traceDepth]uintptr
	runtime.Callers(3, t[:])
	poolTraces[uintptr(unsafe.Pointer(&b[0]))] = t
}

// PoolOwner says where the block that begins at an address was allocated, innermost call
// first; nil where that is not known.
func PoolOwner(a uintptr) (functions []string) {
	pool.mu.Lock()
	t, ok := poolTraces[a]
	pool.mu.Unlock()
	if !ok {
		return nil
	}
	return traceNames(t)
}

func traceNames(t [traceDepth]uintptr) (functions []string) {
	n := 0
	for n < len(t) && t[n] != 0 {
		n++
	}
	if n == 0 {
		return nil
	}
	frames := runtime.CallersFrames(t[:n])
	for {
		f, more := frames.Next()
		if f.Function != "gont/mm.AllocatePool" {
			functions = append(functions, f.Function)
		}
		if !more {
			return functions
		}
	}
}

// allocatedBy is for the message of a block that was damaged: " allocated by ...", "" where
// nobody kept a trace. The pool's lock is held.
func allocatedBy(b []byte) string {
	t, ok := poolTraces[uintptr(unsafe.Pointer(&b[0]))]
	if !ok {
		return ""
	}
	s := ", allocated by"
	for i, f := range traceNames(t) {
		if i == 4 {
			break
		}
		s += " " + f
	}
	return s
}
