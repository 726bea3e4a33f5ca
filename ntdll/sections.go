//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtCreateSection makes a section of size bytes of the paging file.
func NtCreateSection(a *Attributes, access nt.AccessMask, size uint64, protect, attributes uint32) (h nt.Handle, s nt.Status) {
	s = ZwCreateSection(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&size)),
		uintptr(protect), uintptr(attributes), 0)
	return
}

// NtCreateFileSection makes a section of a file: of its data, all of them with size 0, or, with
// nt.SecImage, of the image that it is.
func NtCreateFileSection(access nt.AccessMask, file nt.Handle, size uint64, protect, attributes uint32) (h nt.Handle, s nt.Status) {
	s = ZwCreateSection(uintptr(unsafe.Pointer(&h)), uintptr(access), 0, uintptr(unsafe.Pointer(&size)),
		uintptr(protect), uintptr(attributes), uintptr(file))
	return
}

// NtFlushVirtualMemory returns when what was written through a view, size bytes from base on, or all
// that follows for 0, is in its file.
func NtFlushVirtualMemory(process nt.Handle, base, size uint64) (s nt.Status) {
	var b nt.IoStatusBlock
	return ZwFlushVirtualMemory(uintptr(process), uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&b)))
}

// NtMapViewOfSection maps size bytes from offset on, all for 0, at base, or
// where the system chooses for 0. inherit is nt.ViewShare or nt.ViewUnmap.
func NtMapViewOfSection(section, process nt.Handle, base, commit, offset, size uint64, inherit, typ, protect uint32) (at, n uint64, s nt.Status) {
	s = ZwMapViewOfSection(uintptr(section), uintptr(process), uintptr(unsafe.Pointer(&base)), 0, uintptr(commit),
		uintptr(unsafe.Pointer(&offset)), uintptr(unsafe.Pointer(&size)), uintptr(inherit), uintptr(typ), uintptr(protect))
	return base, size, s
}

// NtUnmapViewOfSection removes the view that base is in.
func NtUnmapViewOfSection(process nt.Handle, base uint64) nt.Status {
	return ZwUnmapViewOfSection(uintptr(process), uintptr(base))
}

// NtQuerySection returns what every section has.
func NtQuerySection(h nt.Handle) (i nt.SectionBasicInformation, s nt.Status) {
	s = ZwQuerySection(uintptr(h), nt.SectionBasicInformationClass, uintptr(unsafe.Pointer(&i)), unsafe.Sizeof(i), 0)
	return
}

// NtQuerySectionImage returns what an image section has.
func NtQuerySectionImage(h nt.Handle) (i nt.SectionImageInformation, s nt.Status) {
	s = ZwQuerySection(uintptr(h), nt.SectionImageInformationClass, uintptr(unsafe.Pointer(&i)), unsafe.Sizeof(i), 0)
	return
}

// NtExtendSection makes a section of a file larger.
func NtExtendSection(h nt.Handle, size uint64) nt.Status {
	return ZwExtendSection(uintptr(h), uintptr(unsafe.Pointer(&size)))
}

// NtLockVirtualMemory keeps pages in the working set.
func NtLockVirtualMemory(process nt.Handle, base, size uint64, option uint32) nt.Status {
	return ZwLockVirtualMemory(uintptr(process), uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), uintptr(option))
}

// NtUnlockVirtualMemory takes it back.
func NtUnlockVirtualMemory(process nt.Handle, base, size uint64, option uint32) nt.Status {
	return ZwUnlockVirtualMemory(uintptr(process), uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), uintptr(option))
}

// QueryWorkingSet is NtQueryVirtualMemory's MemoryWorkingSetInformation: a
// block for each page, and how many there are.
func QueryWorkingSet(process nt.Handle, max int) (blocks []uint64, n uint64, s nt.Status) {
	b := make([]uint64, max+1)
	s = ZwQueryVirtualMemory(uintptr(process), 0, nt.MemoryWorkingSetInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)*8), 0)
	if n = b[0]; n < uint64(max) {
		max = int(n)
	}
	return b[1 : max+1], n, s
}
