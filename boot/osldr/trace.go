//go:build tamago && osldr

package main

import (
	"gont/arc"
	"gont/boot/osldr/status"
)

// steps is the boot trace (SPEC K3) of OSLDR: fixed room, nothing is allocated for it. The
// kernel gets it in the loader block's extension.
type steps struct {
	list  [arc.MaximumLoaderSteps]arc.LoaderStep
	count int
	free  uint64 // free pages when the step began
}

// begin ends the step that is under way and begins one. id is the row of SPEC with the
// number of the part: at most 8 bytes.
func (l *loader) begin(id string) {
	l.end()
	s := &l.steps
	if s.count == len(s.list) {
		return
	}
	r := &s.list[s.count]
	copy(r.ID[:], id)
	r.Start, r.End = rdtsc(), 0
	s.free = l.freePages()
	s.count++
}

// end ends the step that is under way, if there is one.
func (l *loader) end() {
	s := &l.steps
	if s.count == 0 || s.list[s.count-1].End != 0 {
		return
	}
	r := &s.list[s.count-1]
	r.End = rdtsc()
	r.Taken = int32(s.free - l.freePages())
}

// stepError keeps in the step that is under way that something went wrong without which
// the start goes on.
func (l *loader) stepError(err error) {
	if l.steps.count == 0 || err == nil {
		return
	}
	code := uint32(0xC0000001) // STATUS_UNSUCCESSFUL
	if e, ok := err.(*status.Error); ok && e.Code != 0 {
		code = e.Code
	}
	l.steps.list[l.steps.count-1].Status = code
}

// freePages is the number of free pages, 0 before there is a memory map.
func (l *loader) freePages() uint64 {
	if l.memoryMap == nil {
		return 0
	}
	return l.memoryMap.Free()
}
