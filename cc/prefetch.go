package cc

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"sync/atomic"
)

// The boot prefetcher (SPEC P1.24) keeps which pages of which files a start has used, so
// that the next one can read them in a few long runs. What is below is the trace: how it
// is made and what it looks like in its file.

// Range is pages of a file that were used, in a row.
type Range struct{ Page, Count uint32 }

// Used is a file of a trace.
type Used struct {
	Path   string
	Ranges []Range // ascending, without touching each other
}

// Trace is what one start has used.
type Trace struct{ Files []Used }

// Add notes pages of a file; used has one element for each page.
func (t *Trace) Add(path string, used []bool) {
	var ranges []Range
	for i := 0; i < len(used); i++ {
		if !used[i] {
			continue
		}
		begin := i
		for i < len(used) && used[i] {
			i++
		}
		ranges = append(ranges, Range{uint32(begin), uint32(i - begin)})
	}
	if len(ranges) > 0 {
		t.Files = append(t.Files, Used{path, ranges})
	}
}

// Pages counts all pages.
func (t *Trace) Pages() (n int) {
	for _, f := range t.Files {
		for _, r := range f.Ranges {
			n += int(r.Count)
		}
	}
	return n
}

const (
	traceMagic   = "GPF1"
	maximumFiles = 4096
)

// Encode makes the trace's file: magic, CRC of what follows, number of files; for each its
// path's length, path, number of ranges, ranges. Numbers have four bytes, little endian.
func (t *Trace) Encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(len(t.Files)))
	files := slices.Clone(t.Files)
	slices.SortFunc(files, func(x, y Used) int { return strings.Compare(x.Path, y.Path) })
	for _, f := range files {
		b = append(le.AppendUint32(b, uint32(len(f.Path))), f.Path...)
		b = le.AppendUint32(b, uint32(len(f.Ranges)))
		for _, r := range f.Ranges {
			b = le.AppendUint32(le.AppendUint32(b, r.Page), r.Count)
		}
	}
	return append(le.AppendUint32([]byte(traceMagic), crc32.ChecksumIEEE(b)), b...)
}

// ErrTrace is DecodeTrace's for a file that is no trace, or is damaged.
var ErrTrace = errors.New("cc: not a prefetch trace, or damaged")

// DecodeTrace reads a trace's file. It allocates no more than the file is long, times a
// small number.
func DecodeTrace(b []byte) (*Trace, error) {
	le := binary.LittleEndian
	if len(b) < 12 || string(b[:4]) != traceMagic || le.Uint32(b[4:]) != crc32.ChecksumIEEE(b[8:]) {
		return nil, ErrTrace
	}
	b = b[8:]
	ok := true
	number := func() uint32 {
		if len(b) < 4 {
			ok = false
			return 0
		}
		n := le.Uint32(b)
		b = b[4:]
		return n
	}
	n := number()
	if n > maximumFiles {
		return nil, ErrTrace
	}
	t := &Trace{}
	for range n {
		length := number()
		if uint64(length) > uint64(len(b)) {
			return nil, ErrTrace
		}
		f := Used{Path: string(b[:length])}
		b = b[length:]
		count := number()
		if uint64(count)*8 > uint64(len(b)) {
			return nil, ErrTrace
		}
		end := uint64(0)
		for i := range count {
			r := Range{number(), number()}
			if r.Count == 0 || i > 0 && uint64(r.Page) <= end || uint64(r.Page)+uint64(r.Count) > 1<<32 {
				return nil, ErrTrace
			}
			end = uint64(r.Page) + uint64(r.Count)
			f.Ranges = append(f.Ranges, r)
		}
		t.Files = append(t.Files, f)
	}
	if !ok || len(b) != 0 {
		return nil, ErrTrace
	}
	return t, nil
}

// bootTrace is the trace of this start.
var bootTrace atomic.Pointer[Trace]

// SetBootTrace keeps the trace of this start until it can be written.
func SetBootTrace(t *Trace) { bootTrace.Store(t) }

// BootTrace returns it, nil when there is none.
func BootTrace() *Trace { return bootTrace.Load() }
