package mm

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"gont/nt"
	"gont/pe"
)

// TestImageFile: an image that is read from its file has the bytes and the rights of one that
// was preloaded; its pages leave memory and come again; all sections share them; nobody may
// write the file meanwhile.
func TestImageFile(t *testing.T) {
	good := goodImage().bytes()
	f, c := withFile(t, 1024, len(good))
	before := QueryCounts()
	copy(f.data, good)
	freed := false
	c.data.file.notify.Free = func() { freed = true }
	s, err := c.Image("good", uint64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	if i := s.Information(); s.Base != nt.UserImageBase || s.Size != 0x9000 || i.TransferAddress != s.Entry || !s.Image() {
		t.Errorf("section %+v", s)
	}
	want := make([]byte, 0x8000)
	copy(want, good[:0x400])
	copy(want[textVA:], pattern(0x1800, 1))
	copy(want[rodataVA:], pattern(0x200, 2))
	copy(want[dataVA:], pattern(dataFile, 3))
	a, _ := NewAddressSpace()
	b, _ := NewAddressSpace()
	second, err := c.Image("good", uint64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		a *AddressSpace
		s *Section
	}{{a, s}, {b, second}} {
		if _, st := x.a.MapImage(x.s); !st.OK() {
			t.Fatal(st)
		}
		got := make([]byte, len(want))
		if n, st := x.a.ReadBytes(s.Base, got); !st.OK() || !bytes.Equal(got, want) {
			t.Errorf("%d bytes are as in the file, then %v", n, st)
		}
	}
	if n := QueryCounts().Uses[UseFile]; n != 1+2+1+2 {
		t.Errorf("two processes share %d pages of the file", n)
	}
	check(t)
	if _, st := a.WriteBytes(s.Base+textVA, []byte{1}); st != nt.StatusAccessViolation {
		t.Errorf("code was written: %v", st)
	}
	a.WriteBytes(s.Base+dataVA, []byte("mine"))
	p := make([]byte, 4)
	if b.ReadBytes(s.Base+dataVA, p); !bytes.Equal(p, want[dataVA:][:4]) {
		t.Errorf("the other process reads %q", p)
	}
	if !c.ImageInUse() || c.ForgetImage() {
		t.Error("the file may be written while it runs")
	}
	reads := len(f.reads)
	for _, x := range []*AddressSpace{a, b} { // some more pages than a working set keeps
		x.Allocate(0x200000000, 40*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		x.WriteBytes(0x200000000, make([]byte, 40*PageSize))
	}
	a.Trim(100, 0, false)
	b.Trim(100, 0, false)
	for _, n := range drain(t, 0) { // all of the image, and of the file, leaves memory
		FreePage(n)
	}
	got := make([]byte, len(want))
	if b.ReadBytes(s.Base, got); !bytes.Equal(got, want) || len(f.reads) == reads {
		t.Errorf("what has left memory is not read again: %v", f.reads)
	}
	b.Trim(100, 0, false)
	for _, n := range drain(t, 0) {
		FreePage(n)
	}
	f.badRead = func(page uint32) bool { return page == 1 } // bytes 0x1000 to 0x2000: the end of the code
	if _, st := a.ReadBytes(s.Base+textVA+0x1000, p); st != nt.StatusInPageError {
		t.Errorf("a page that cannot be read: %v", st)
	}
	f.badRead = nil
	if _, st := a.ReadBytes(s.Base+textVA+0x1000, p); !st.OK() {
		t.Errorf("a page that can be read again: %v", st)
	}
	check(t)
	s.Delete()
	second.Delete()
	c.Close()
	if a.Destroy(); freed {
		t.Error("the file goes while it runs")
	}
	if b.Destroy(); !freed {
		t.Error("the file is kept")
	}
	same(t, before)
}

// TestImageFileRefused: what is no image has its status, and the next look is a new one.
func TestImageFileRefused(t *testing.T) {
	good := goodImage().bytes()
	f, c := withFile(t, 1024, len(good))
	before := QueryCounts()
	_, err := c.Image("bad", uint64(len(good)))
	if !errors.Is(err, pe.NotImage) {
		t.Errorf("%v", err)
	}
	f.badRead = func(uint32) bool { return true }
	c.Purge()
	if _, err = c.Image("bad", uint64(len(good))); ImageStatus(err) != nt.StatusDeviceDataError {
		t.Errorf("%v", err)
	}
	f.badRead = nil
	copy(f.data, good)
	var wg sync.WaitGroup
	for range 4 { // who comes at the same time gets the same image
		wg.Go(func() {
			s, err := c.Image("good", uint64(len(good)))
			if err != nil {
				t.Error(err)
				return
			}
			s.Delete()
		})
	}
	wg.Wait()
	if c.ImageInUse() {
		t.Error("the image is in use")
	}
	put(t, c, 0, []byte("no image"))
	if !c.ForgetImage() {
		t.Error("the image is not forgotten")
	}
	if _, err = c.Image("bad", uint64(len(good))); !errors.Is(err, pe.NotImage) {
		t.Errorf("after a write: %v", err)
	}
	c.Close()
	same(t, before)
}
