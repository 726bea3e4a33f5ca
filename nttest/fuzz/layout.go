//go:build ntuser

package main

import "gont/nt"

// A child's memory, at addresses that the parent chooses.
const (
	listBase   = 0x2_0000_0000 // a thread's header, records and stack
	listStride = 0x10_0000
	recordsAt  = 0x1000
	stackAt    = 0x2_0000
	stackSize  = 0x1_0000

	arena      = 0x3_0000_0000 // what the calls' pointers point at
	dataPages  = 4             // read-write, then
	noAccess   = arena + 4*nt.PageSize
	blocks     = arena + 5*nt.PageSize // read-only: attributes, names, contexts and the like
	guarded    = arena + 9*nt.PageSize // a guard page
	uncommited = arena + 10*nt.PageSize
	arenaSize  = 16 * nt.PageSize

	scratch     = 0x3_1000_0000 // what the memory services work on
	scratchSize = 0x4_0000

	fileView = 0x3_2000_0000 // a view of a file, which all children have

	headerSize = 32
	recordSize = 80
)

// record is one call, as guest.Calls.List reads it.
type record struct {
	service nt.Service
	_       uint32
	args    [8]uint64
	status  uint64
}

// Words at the start of the arena: addresses and sizes, which memory services
// take by pointer, and times.
const (
	addressWords = 0
	sizeWords    = 64
	timeWords    = 128
	freeWords    = 192 // and up: anything
)
