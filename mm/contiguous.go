package mm

// Common buffers: memory that a device reads and writes by itself.

// AllocateContiguous is MmAllocateContiguousMemory: it takes count page frames behind each
// other, zeroed, that all lie below the physical address limit (0: anywhere), and returns the
// first. Frame returns their bytes; FreeContiguous gives them back. ok is false when there is
// no such run of free pages, or the kernel's reserve would be touched. PASSIVE_LEVEL.
func AllocateContiguous(count int, limit uint64) (first uint32, ok bool) {
	d := &pfns
	d.mu.Lock()
	end := uint64(len(d.pfn))
	if limit != 0 {
		end = min(end, limit>>PageShift)
	}
	if count < 1 || uint64(count) > end || d.available() < KernelReserve/2+uint64(count) {
		d.mu.Unlock()
		return 0, false
	}
	run := 0
	for n := uint64(0); n < end && run < count; n++ {
		if l := d.pfn[n].list; l == FreeList || l == ZeroedList {
			run++
		} else {
			run = 0
		}
		first = uint32(n + 1 - uint64(run))
	}
	if run < count {
		d.mu.Unlock()
		return 0, false
	}
	for n := first; n < first+uint32(count); n++ {
		d.unlink(n)
		d.activate(n, UseDevice)
	}
	d.mu.Unlock()
	for n := first; n < first+uint32(count); n++ {
		clear(frameBytes(n)[:])
	}
	return first, true
}

// FreeContiguous gives back what AllocateContiguous has returned. No device may use it any
// more. PASSIVE_LEVEL.
func FreeContiguous(first uint32, count int) {
	for n := first; n < first+uint32(count); n++ {
		FreePage(n)
	}
}
