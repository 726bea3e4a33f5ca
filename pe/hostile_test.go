package pe

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// use does with an image what a loader does, and reports what would go wrong.
func use(t *testing.T, b []byte, m *Image) {
	t.Helper()
	end := uint32(0)
	_ = b[:m.HeaderSize]
	for _, s := range m.Sections {
		_ = b[s.FileOffset : uint64(s.FileOffset)+uint64(s.FileSize)]
		if s.RVA < end || uint64(s.RVA)+uint64(s.Size) > uint64(m.Size) || s.FileSize > s.Size || s.Flags&Write != 0 && s.Flags&Execute != 0 {
			t.Errorf("%+v", s)
		}
		end = s.RVA + s.Size
		for _, c := range s.Name {
			if c <= ' ' || c > '~' {
				t.Errorf("name %q", s.Name)
			}
		}
	}
	if m.Size > MaxImageSize || m.Base+uint64(m.Size) < m.Base || len(m.Sections) > MaxSections || !m.inCode(m.Entry) {
		t.Errorf("%+v", m)
	}
}

// mutate changes up to eight bytes, words or lengths of b.
func mutate(r *rand.Rand, b []byte) []byte {
	le := binary.LittleEndian
	for range 1 + r.IntN(8) {
		if len(b) < 16 {
			return b
		}
		headers := min(len(b), 0x400)
		at := r.IntN(headers - 8)
		if r.IntN(4) == 0 {
			at = r.IntN(len(b) - 8)
		}
		values := []uint64{0, 1, 0xFF, 0xFFF, 0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, uint64(len(b)), r.Uint64()}
		v := values[r.IntN(len(values))]
		switch r.IntN(6) {
		case 0:
			b[at] = byte(v)
		case 1:
			le.PutUint16(b[at&^1:], uint16(v))
		case 2, 3:
			le.PutUint32(b[at&^3:], uint32(v))
		case 4:
			copy(b[at:], b[r.IntN(headers):][:min(8, len(b)-at)])
		case 5:
			if r.IntN(8) == 0 {
				b = b[:r.IntN(len(b))]
			}
		}
	}
	return b
}

// TestMutations: 100,000 damaged images; none makes Parse panic, and none that
// it takes would make a loader read or write outside.
func TestMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 13))
	good := build()
	b := make([]byte, len(good)+8)
	kinds := map[Kind]int{}
	taken := 0
	for range 100_000 {
		copy(b, good)
		c := mutate(r, b[:len(good)])
		if r.IntN(2) == 0 {
			seal(c)
		}
		m, err := Parse(c)
		if err != nil {
			kinds[err.(*Error).Kind]++
			continue
		}
		taken++
		use(t, c, m)
	}
	if taken < 1000 {
		t.Errorf("only %d were taken: the damage is not fine enough", taken)
	}
	for k := NotImage; k <= Runtime; k++ {
		if kinds[k] == 0 {
			t.Errorf("no mutation was refused for: %v", k)
		}
	}
}

// TestAllocations: what a file says does not decide how much is allocated.
func TestAllocations(t *testing.T) {
	good := build()
	if n := testing.AllocsPerRun(10, func() {
		if _, err := Parse(good); err != nil {
			t.Error(err)
		}
	}); n > 6 {
		t.Errorf("%v allocations", n)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		b := make([]byte, len(good))
		copy(b, good)
		b = mutate(r, b)
		seal(b)
		if n := testing.AllocsPerRun(1, func() { _, _ = Parse(b) }); n > 12 {
			t.Errorf("%v allocations", n)
		}
	}
}

// TestSum compares with ImageHlp's algorithm, word by word.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for size := 0x400; size < 0x400+70; size++ {
		b := build()[:size]
		for i := 0x300; i < size; i++ {
			b[i] = byte(r.Uint32())
		}
		field := 0x84 + 20 + 64
		binary.LittleEndian.PutUint32(b[field:], r.Uint32())
		var sum uint32
		for i := 0; i < size; i += 2 {
			w := uint32(b[i])
			if i+1 < size {
				w |= uint32(b[i+1]) << 8
			}
			if i != field && i != field+2 {
				sum += w
				sum = sum&0xFFFF + sum>>16
			}
		}
		if got := Sum(b); got != sum+uint32(size) {
			t.Fatalf("%d bytes: %#x, want %#x", size, got, sum+uint32(size))
		}
	}
	if Sum(nil) != 0 || Sum([]byte{1}) != 2 || Sum(make([]byte, 100)) != 100 {
		t.Error("short files")
	}
}

// TestSumOfOthers: files of other linkers, where there are any: their sums are
// right, or are 0.
func TestSumOfOthers(t *testing.T) {
	names := strings.Fields(os.Getenv("GONT_PE_FILES"))
	if len(names) == 0 {
		t.Skip("GONT_PE_FILES names no images")
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at, err := header(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if stored := le32(b[at+24+64:]); stored != 0 && stored != Sum(b) {
			t.Errorf("%s: %#x, computed %#x", name, stored, Sum(b))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(build())
	f.Fuzz(func(t *testing.T, b []byte) {
		for range 2 {
			if m, err := Parse(b); err == nil {
				use(t, b, m)
			}
			b = append([]byte(nil), b...)
			seal(b)
		}
	})
}
