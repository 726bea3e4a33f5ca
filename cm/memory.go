package cm

import "gont/mm"

// poolMemory gives hives pages of the paged pool, outside of the Go heap (DESIGN 5).
type poolMemory struct{}

// hiveTag marks bins, and the files that bins lie in.
var hiveTag = mm.Tag{'C', 'M', 'b', 'n'}

// Alloc implements regf.Memory.
func (poolMemory) Alloc(size int) []byte { return mm.AllocatePoolPages(mm.PagedPool, size, hiveTag) }

// Free implements regf.Memory.
func (poolMemory) Free(b []byte) { mm.FreePool(b, hiveTag) }
