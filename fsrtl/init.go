package fsrtl

import (
	"gont/mm"
	"gont/nt"
)

// Tag marks the file systems' pool.
var Tag = mm.Tag{'F', 'S', 'r', 't'}

// lookasideSize is the size of a block, bytes.
const lookasideSize = 128

// Blocks is the look-aside list of small blocks that file systems share.
var Blocks *mm.Lookaside

// InitSystem is FsRtlInitSystem (SPEC P1.26): the shared look-aside list, and a block of
// it as a proof. Locks, names and notification need nothing before they are used.
func InitSystem() nt.Status {
	Blocks = mm.NewLookaside(mm.PagedPool, lookasideSize, Tag)
	b := Blocks.Allocate()
	if b == nil {
		return nt.StatusNoMemory
	}
	Blocks.Free(b)
	return nt.StatusSuccess
}
