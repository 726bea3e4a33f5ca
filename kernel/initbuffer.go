//go:build kernel

package main

import (
	"fmt"

	"gont/mm"
	"gont/nt"
)

// initBuffer is INIT_BUFFER: nonpaged pool in which phase 1 makes its texts, from P1.1
// to P1.46. The thread of phase 1 alone uses it.
var initBuffer struct{ bytes []byte }

const initBufferSize = 1024

var initTag = mm.Tag{'I', 'n', 'i', 't'}

// allocateInitBuffer is the part P1.1.1: without the buffer nothing can be said.
func allocateInitBuffer() nt.Status {
	if initBuffer.bytes = mm.AllocatePool(mm.NonPagedPool, initBufferSize, initTag); initBuffer.bytes == nil {
		return nt.StatusNoMemory
	}
	return nt.StatusSuccess
}

// initText makes a text in the init buffer; ok is false if it is too long for it.
func initText(format string, a ...any) (text string, ok bool) {
	b := fmt.Appendf(initBuffer.bytes[:0], format, a...)
	return string(b), len(b) <= initBufferSize
}

// freeInitBuffer gives the buffer back (SPEC P1.46).
func freeInitBuffer() {
	mm.FreePool(initBuffer.bytes, initTag)
	initBuffer.bytes = nil
}
