package ex

import (
	"fmt"

	"gont/mm"
	"gont/nt"
)

// InitTag is the tag of pool that initialization alone needs.
var InitTag = mm.Tag{'I', 'n', 'i', 't'}

// initBuffer is INIT_BUFFER: nonpaged pool in which phase 1 makes its texts, from P1.1
// to P1.46. The thread of phase 1 alone uses it.
var initBuffer []byte

// initCopies are InitCopy's, for the same thread.
var initCopies [][]byte

const initBufferSize = 1024

// AllocateInitBuffer is the part P1.1.1: without the buffer nothing can be said.
func AllocateInitBuffer() nt.Status {
	if initBuffer = mm.AllocatePool(mm.NonPagedPool, initBufferSize, InitTag); initBuffer == nil {
		return nt.StatusNoMemory
	}
	return nt.StatusSuccess
}

// InitText makes a text in the init buffer; ok is false if the text is too long for it.
func InitText(format string, a ...any) (text string, ok bool) {
	b := fmt.Appendf(initBuffer[:0], format, a...)
	return string(b), len(b) <= initBufferSize
}

// InitCopy copies b into paged pool, which is the system's until FreeInitBuffer; nil: there is
// no memory.
func InitCopy(b []byte) []byte {
	p := mm.AllocatePool(mm.PagedPool, len(b), InitTag)
	if p != nil {
		copy(p, b)
		initCopies = append(initCopies, p)
	}
	return p
}

// FreeInitBuffer gives the buffer and the copies back (SPEC P1.46).
func FreeInitBuffer() {
	mm.FreePool(initBuffer, InitTag)
	for _, b := range initCopies {
		mm.FreePool(b, InitTag)
	}
	initBuffer, initCopies = nil, nil
}
