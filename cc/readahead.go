package cc

// ReadAhead decides for one file object what is worth reading before it is asked for. Its
// owner guards it.
type ReadAhead struct {
	next  uint64 // where the last read ended
	reads int
	ahead uint64 // up to where it has been read ahead
}

// readAheadLeast is the least that is read ahead, bytes; it doubles with each read that
// goes on, up to readAheadMost.
const (
	readAheadLeast   = 64 << 10
	readAheadDoubles = 4
	readAheadMost    = readAheadLeast << readAheadDoubles
	near             = 4096 // a gap that counts as going on
)

// enough is Read where that is known at once to return nothing: the read goes on exactly where the last
// one has ended, and all or much of what follows has been asked for. It reports whether it was so.
func (r *ReadAhead) enough(offset, n, size uint64) bool {
	if offset != r.next || r.ahead < size && r.ahead < offset+n+readAheadMost/2 {
		return false
	}
	r.next = offset + n
	r.reads++
	return true
}

// Read notes a read of length bytes at offset of a file of size bytes, and returns the
// range that should be read ahead; n is 0 for none. Two reads that go on make a sequence.
func (r *ReadAhead) Read(offset, length, size uint64) (at, n uint64) {
	end := offset + length
	if end < offset {
		end = ^uint64(0)
	}
	goesOn := offset >= r.next && offset-r.next <= near || offset < r.next && r.next-offset <= near
	if !goesOn {
		r.reads, r.ahead = 0, 0
	}
	r.reads++
	r.next = end
	if r.reads < 2 && !(offset == 0 && length > 0 && r.reads == 1 && length >= near) || end >= size {
		return 0, 0
	}
	want := uint64(readAheadLeast) << min(max(r.reads-2, 0), readAheadDoubles)
	// The half that is left is enough: nothing is asked for twice.
	if r.ahead > end && r.ahead-end >= want/2 {
		return 0, 0
	}
	at = max(end, r.ahead)
	limit := min(end+want, size)
	if at >= limit {
		return 0, 0
	}
	r.ahead = limit
	return at, limit - at
}
