package io

import (
	"gont/mm"
	"gont/nt"
)

// Mappable is what File.Context of a file is whose pages are cached, so that a section of it can be made
// (SECTION_OBJECT_POINTERS).
type Mappable interface {
	// MapFile returns the file's pages and its size in bytes. With size, if it is not 0, the file
	// becomes at least as long first; the caller has seen that it may be written.
	// STATUS_INVALID_FILE_FOR_SECTION for a directory, STATUS_DISK_FULL. PASSIVE_LEVEL; it may
	// wait.
	MapFile(size uint64) (c *mm.ControlArea, now uint64, s nt.Status)
}

// Map is MapFile of the file. STATUS_INVALID_FILE_FOR_SECTION for a device, and a file whose last handle has
// gone.
func (f *File) Map(size uint64) (*mm.ControlArea, uint64, nt.Status) {
	m, ok := f.Context.(Mappable)
	if !ok || f.cleaned.Load() {
		return nil, 0, nt.StatusInvalidFileForSection
	}
	return m.MapFile(size)
}
