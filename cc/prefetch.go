package cc

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
)

// The boot prefetcher (SPEC P1.24) keeps which pages of which files a start has used, and which sectors of the FAT, so
// that the next one can read them in a few long runs. What is below is the trace: what it looks like in its file.

// Range is pages of a file, or sectors of a FAT, that were used, in a row.
type Range struct{ Page, Count uint32 }

// Used is a file of a trace.
type Used struct {
	Path   string  // with the volume's device
	Ranges []Range // ascending, without touching each other
}

// UsedVolume is a volume of a trace. Files of a volume that has another serial number at the next start are others.
type UsedVolume struct {
	Device string
	Serial uint32
	Table  []Range // of its FAT; as Used.Ranges
}

// Trace is what one start has used.
type Trace struct {
	Volumes []UsedVolume
	Files   []Used
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
	traceMagic     = "GPF2"
	maximumFiles   = 4096
	maximumVolumes = 64
)

// Encode makes the trace's file: magic, CRC of what follows; number of volumes, and for each its device, serial number, and
// the FAT's ranges; number of files, and for each its path and ranges. A text is its length and its bytes; ranges are their number, and a pair of
// numbers each. Numbers have four bytes, little endian.
func (t *Trace) Encode() []byte {
	le := binary.LittleEndian
	text := func(b []byte, s string) []byte { return append(le.AppendUint32(b, uint32(len(s))), s...) }
	ranges := func(b []byte, list []Range) []byte {
		b = le.AppendUint32(b, uint32(len(list)))
		for _, r := range list {
			b = le.AppendUint32(le.AppendUint32(b, r.Page), r.Count)
		}
		return b
	}
	b := le.AppendUint32(nil, uint32(len(t.Volumes)))
	for _, v := range t.Volumes {
		b = ranges(le.AppendUint32(text(b, v.Device), v.Serial), v.Table)
	}
	files := slices.Clone(t.Files)
	slices.SortFunc(files, func(x, y Used) int { return strings.Compare(x.Path, y.Path) })
	b = le.AppendUint32(b, uint32(len(files)))
	for _, f := range files {
		b = ranges(text(b, f.Path), f.Ranges)
	}
	return append(le.AppendUint32([]byte(traceMagic), crc32.ChecksumIEEE(b)), b...)
}

// ErrTrace is DecodeTrace's for a file that is no trace, or is damaged.
var ErrTrace = errors.New("cc: not a prefetch trace, or damaged")

// traceReader reads a trace's file. bad is set at the first thing that cannot be; all that is read after that is zero.
type traceReader struct {
	b   []byte
	bad bool
}

func (r *traceReader) take(n uint64) []byte {
	if r.bad = r.bad || n > uint64(len(r.b)); r.bad {
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *traceReader) number() uint32 {
	if p := r.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (r *traceReader) text() string { return string(r.take(uint64(r.number()))) }

func (r *traceReader) ranges() (list []Range) {
	count := r.number()
	if r.bad = r.bad || uint64(count)*8 > uint64(len(r.b)); r.bad {
		return nil
	}
	end := uint64(0)
	for i := range count {
		x := Range{r.number(), r.number()}
		if x.Count == 0 || i > 0 && uint64(x.Page) <= end || uint64(x.Page)+uint64(x.Count) > 1<<32 {
			r.bad = true
			return nil
		}
		end = uint64(x.Page) + uint64(x.Count)
		list = append(list, x)
	}
	return list
}

// DecodeTrace reads a trace's file. It allocates no more than the file is long, times a
// small number.
func DecodeTrace(b []byte) (*Trace, error) {
	le := binary.LittleEndian
	if len(b) < 12 || string(b[:4]) != traceMagic || le.Uint32(b[4:]) != crc32.ChecksumIEEE(b[8:]) {
		return nil, ErrTrace
	}
	r := &traceReader{b: b[8:]}
	t := &Trace{}
	n := r.number()
	for i := uint32(0); i < n && !r.bad && n <= maximumVolumes; i++ {
		t.Volumes = append(t.Volumes, UsedVolume{r.text(), r.number(), r.ranges()})
	}
	files := r.number()
	for i := uint32(0); i < files && !r.bad && files <= maximumFiles; i++ {
		t.Files = append(t.Files, Used{r.text(), r.ranges()})
	}
	if r.bad || len(r.b) != 0 || n > maximumVolumes || files > maximumFiles {
		return nil, ErrTrace
	}
	return t, nil
}
