package mm

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"sync"
	"testing"

	"gont/nt"
)

// fixupsOf are the addresses of movableImage, by their RVA: in code, across the boundary of two pages of data
// and, where the file has no bytes, in a page of zeros.
var fixupsOf = []uint32{textVA + 0x20, dataVA + 0xFFC, dataVA + 0x3010}

// movableImage is goodImage with a base relocation table in a section of its own.
func movableImage() []byte {
	m := goodImage()
	var table []byte
	le := binary.LittleEndian
	for _, rva := range fixupsOf {
		table = le.AppendUint32(table, rva&^0xFFF)
		table = le.AppendUint32(table, 12)
		table = le.AppendUint16(table, uint16(0xA000|rva&0xFFF))
		table = le.AppendUint16(table, 0)
	}
	m.size = 0xA000
	m.sections = append(m.sections, imageSection{name: ".reloc", va: 0x9000, size: uint32(len(table)), data: table, flags: ro})
	m.fixups = pe.DataDirectory{VirtualAddress: 0x9000, Size: uint32(len(table))}
	return m.bytes()
}

// placed is what movableImage has in memory at a base, as far as the end of its data.
func placed(file []byte, base uint64) []byte {
	b := make([]byte, dataVA+dataSize)
	copy(b, file[:0x400])
	copy(b[textVA:], pattern(0x1800, 1))
	copy(b[rodataVA:], pattern(0x200, 2))
	copy(b[dataVA:], pattern(dataFile, 3))
	le := binary.LittleEndian
	const imageBase = 64 + 4 + 20 + 24 // in the headers
	for _, rva := range append([]uint32{imageBase}, fixupsOf...) {
		le.PutUint64(b[rva:], le.Uint64(b[rva:])+base-nt.UserImageBase)
	}
	return b
}

// shows compares what an address space has at base.
func shows(t *testing.T, a *AddressSpace, base uint64, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if _, st := a.ReadBytes(base, got); !st.OK() {
		t.Fatal(st)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("at %#x the byte at %#x is %#x, expected %#x", base, i, got[i], want[i])
		}
	}
}

// TestImageMoved: an image whose base is taken lies elsewhere with its addresses changed, shared by all that
// have it there; what it is at its base stays; the pages leave memory and come again; with the last view
// all is given back.
func TestImageMoved(t *testing.T) {
	file := movableImage()
	for _, fromFile := range []bool{true, false} {
		f, c := withFile(t, 1024, len(file))
		copy(f.data, file)
		before := QueryCounts()
		s, err := c.Image("good", uint64(len(file)))
		if !fromFile {
			s.Delete()
			c.ForgetImage()
			s, err = NewImageSection("good", file)
		}
		if err != nil {
			t.Fatal(err)
		}
		a, _ := NewAddressSpace()
		b, _ := NewAddressSpace()
		if base, st := a.MapImage(s); st != nt.StatusSuccess || base != s.Base {
			t.Fatalf("%#x, %v", base, st)
		}
		moved, st := a.MapImage(s)
		if st != nt.StatusImageNotAtBase || moved == s.Base {
			t.Fatalf("%#x, %v", moved, st)
		}
		other, _, _, st := b.MapView(s, View{Base: moved})
		if st != nt.StatusImageNotAtBase || other != moved {
			t.Fatalf("%#x, %v", other, st)
		}
		shows(t, a, s.Base, placed(file, s.Base))
		shows(t, a, moved, placed(file, moved))
		shows(t, b, moved, placed(file, moved))
		check(t)
		if q, _ := a.Query(moved + textVA); q.Type != nt.MemImage || q.Protect != nt.PageExecuteRead || q.AllocationBase != moved {
			t.Errorf("%+v", q)
		}
		b.WriteBytes(moved+dataVA, []byte("mine"))
		shows(t, a, moved, placed(file, moved))
		if fromFile {
			if n := QueryCounts().Uses[UseFile]; n > 3*10 {
				t.Errorf("%d pages of the file: two processes do not share what they have at %#x", n, moved)
			}
			if c.ForgetImage() {
				t.Error("the image is forgotten while it is mapped")
			}
		}
		a.UnmapView(s.Base)
		a.UnmapView(moved)
		s.Delete()
		if fromFile && !c.ImageInUse() {
			t.Error("an image that is mapped elsewhere than at its base is not in use")
		}
		want := placed(file, moved)
		copy(want[dataVA:], "mine")
		shows(t, b, moved, want)
		b.UnmapView(moved)
		if fromFile && (c.ImageInUse() || len(c.image.moved) != 0) {
			t.Error("the image is in use")
		}
		a.Destroy()
		b.Destroy()
		c.ForgetImage()
		c.Close()
		same(t, before)
	}
}

// TestImageMovedErrors: a page that cannot be read is an error of who touches it, and comes when the file can be
// read again; what cannot be moved is refused.
func TestImageMovedErrors(t *testing.T) {
	file := movableImage()
	f, c := withFile(t, 1024, len(file))
	copy(f.data, file)
	s, err := c.Image("good", uint64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	c.Purge()
	a, _ := NewAddressSpace()
	defer a.Destroy()
	for _, base := range []uint64{s.Base + 0x1000, nt.MaximumUserAddress + 1, 1 << 63} {
		if _, _, _, st := a.MapView(s, View{Base: base}); st != nt.StatusConflictingAddresses {
			t.Errorf("at %#x: %v", base, st)
		}
	}
	if _, _, _, st := a.MapView(s, View{Limit: 0x8000}); st != nt.StatusNoMemory {
		t.Errorf("below 8000h: %v", st)
	}
	base, _, _, st := a.MapView(s, View{Base: 0x10000})
	if st != nt.StatusImageNotAtBase {
		t.Fatal(st)
	}
	if _, _, _, st := a.MapView(s, View{Base: 0x10000}); st != nt.StatusConflictingAddresses {
		t.Errorf("twice: %v", st)
	}
	f.badRead = func(uint32) bool { return true }
	if _, st := a.ReadBytes(base, make([]byte, 1)); st.OK() {
		t.Error("a page was read that the file does not give")
	}
	f.badRead = nil
	shows(t, a, base, placed(file, base))
	stripped := bytes.Clone(file)
	stripped[64+4+18] |= 1 // IMAGE_FILE_RELOCS_STRIPPED
	fixed, err := NewImageSection("fixed", stripped)
	if err != nil {
		t.Fatal(err)
	}
	defer fixed.Delete()
	b, _ := NewAddressSpace()
	defer b.Destroy()
	b.MapImage(fixed)
	if _, st := b.MapImage(fixed); st != nt.StatusConflictingAddresses {
		t.Errorf("an image without relocations: %v", st)
	}
	if _, _, _, st := b.MapView(fixed, View{Base: 0x10000}); st != nt.StatusConflictingAddresses {
		t.Errorf("an image without relocations: %v", st)
	}
}

// TestImageMovedAtOnce: processes that move an image at the same time, unmap and map again.
func TestImageMovedAtOnce(t *testing.T) {
	file := movableImage()
	f, c := withFile(t, 4096, len(file))
	copy(f.data, file)
	s, err := c.Image("good", uint64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			a, _ := NewAddressSpace()
			defer a.Destroy()
			for n := range 30 {
				base := uint64(0x10000 + 0x10000*((i+n)%2))
				got, _, _, st := a.MapView(s, View{Base: base})
				if !st.OK() || got != base {
					t.Errorf("%#x, %v", got, st)
					return
				}
				shows(t, a, base, placed(file, base))
				a.UnmapView(base)
			}
		})
	}
	wg.Wait()
	if s.Delete(); c.ImageInUse() {
		t.Error("the image is in use")
	}
	check(t)
}
