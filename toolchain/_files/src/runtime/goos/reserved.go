//go:build reserved

package goos

import "unsafe"

// With the tag reserved, memory is only reserved at first: what the runtime has
// not committed faults, and 56 MiB can be committed at a time.
const commitLimit = 56 << 20

var committed uintptr // under the runtime's lock

// reserve takes all access from the range but for the first thread's stack, and
// sets Commit and Decommit.
func reserve() {
	const stack = 64<<10 + 4096
	if protect(unsafe.Pointer(uintptr(RamStart)), uintptr(RamSize)-stack, 0) != 0 {
		fail("goos: mprotect failed\n")
	}
	Commit = func(p unsafe.Pointer, n uintptr) bool {
		if committed+n > commitLimit || protect(p, n, 3) != 0 { // PROT_READ|PROT_WRITE
			return false
		}
		committed += n
		return true
	}
	Decommit = func(p unsafe.Pointer, n uintptr) {
		if discard(p, n) != 0 || protect(p, n, 0) != 0 {
			fail("goos: decommitting failed\n")
		}
		committed -= n
	}
}

// protect is mprotect.
//
//go:noescape
func protect(p unsafe.Pointer, n uintptr, prot int) int

// discard makes memory read as zero: madvise with MADV_DONTNEED.
//
//go:noescape
func discard(p unsafe.Pointer, n uintptr) int
