package mm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"gont/nt"
)

// fakeFile is a file: its size in bytes, what is on the disk, and what fails.
type fakeFile struct {
	mu       sync.Mutex
	data     []byte
	badRead  func(page uint32) bool
	badWrite func(page uint32) bool
	before   func(write bool) // called without the lock
	reads    [][2]uint32      // first page, pages
	writes   [][2]uint32
}

func newFile(size int) *fakeFile {
	f := &fakeFile{data: make([]byte, size)}
	for i := range f.data {
		f.data[i] = byte(i/PageSize*7 + i%251)
	}
	return f
}

func (f *fakeFile) io(page uint32, frames []uint32, write bool) nt.Status {
	if f.before != nil {
		f.before(write)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	bad, list := f.badRead, &f.reads
	if write {
		bad, list = f.badWrite, &f.writes
	}
	*list = append(*list, [2]uint32{page, uint32(len(frames))})
	for i, n := range frames {
		if bad != nil && bad(page+uint32(i)) {
			return nt.StatusDeviceDataError
		}
		at := min(int(page+uint32(i))*PageSize, len(f.data))
		part := f.data[at:min(at+PageSize, len(f.data))]
		var b [PageSize]byte
		if write {
			transfer(&b, machine.Page(n))
			copy(part, b[:])
		} else {
			copy(b[:], part)
			transfer(machine.Page(n), &b)
		}
	}
	return nt.StatusSuccess
}

func (f *fakeFile) ReadPages(page uint32, frames []uint32) nt.Status {
	return f.io(page, frames, false)
}

func (f *fakeFile) WritePages(page uint32, frames []uint32) nt.Status {
	return f.io(page, frames, true)
}

// withFile boots a machine with a file of some pages.
func withFile(t testing.TB, frames, size int) (*fakeFile, *ControlArea) {
	t.Helper()
	boot(t, frames)
	NewEvent = func() ZeroEvent { return make(chanEvent) }
	f := newFile(size)
	return f, NewControlArea(f, uint64(size), FileNotify{})
}

// cached reads a page as the cache manager does.
func cached(t testing.TB, c *ControlArea, page, ahead int) []byte {
	t.Helper()
	n, s := c.Hold(page, ahead, false)
	if !s.OK() {
		t.Fatalf("page %d: %v", page, s)
	}
	b := bytes.Clone(machine.Page(n)[:])
	c.Release(n, false)
	return b
}

// put writes a page as the cache manager does.
func put(t testing.TB, c *ControlArea, page int, b []byte) {
	t.Helper()
	n, s := c.Hold(page, 0, len(b) == PageSize)
	if !s.OK() {
		t.Fatalf("page %d: %v", page, s)
	}
	copy(machine.Page(n)[:], b)
	c.Release(n, true)
}

func viewOf(t testing.TB, c *ControlArea, a *AddressSpace, size uint64, protect uint32) (base uint64, s *Section) {
	t.Helper()
	s, st := c.Section("", size, protect)
	if !st.OK() {
		t.Fatal(st)
	}
	base, _, _, st = a.MapView(s, View{Protect: protect})
	if !st.OK() {
		t.Fatal(st)
	}
	return base, s
}

// TestFileRead: a page is read once, with what is needed next, comes back from the
// standby list without being read, and is read again when its frame was taken. The last
// page ends with zeros.
func TestFileRead(t *testing.T) {
	f, c := withFile(t, 1024, 20*PageSize+100)
	before := QueryCounts()
	if b := cached(t, c, 0, 9); !bytes.Equal(b, f.data[:PageSize]) {
		t.Error("page 0 is another")
	}
	for i := range 10 {
		cached(t, c, i, 0)
	}
	if fmt.Sprint(f.reads) != "[[0 10]]" {
		t.Errorf("reads: %v", f.reads)
	}
	last := cached(t, c, 20, 50)
	if !bytes.Equal(last[:100], f.data[20*PageSize:]) || !bytes.Equal(last[100:], make([]byte, PageSize-100)) {
		t.Error("the last page is wrong")
	}
	if _, s := c.Hold(21, 0, false); s != nt.StatusAccessViolation {
		t.Errorf("behind the end: %v", s)
	}
	c.ReadAhead(5, 100)
	if fmt.Sprint(f.reads) != "[[0 10] [20 1] [10 10]]" {
		t.Errorf("reads: %v", f.reads)
	}
	check(t)
	if n := QueryCounts(); n.Available() != before.Available()-1 || n.Lists[StandbyList] != 21 { // a table of prototypes
		t.Errorf("%d available of %d, %d on standby", n.Available(), before.Available(), n.Lists[StandbyList])
	}
	for _, n := range drain(t, 0) {
		FreePage(n)
	}
	cached(t, c, 3, 0)
	if n := len(f.reads); n != 4 {
		t.Errorf("%d reads", n)
	}
	c.Close()
	same(t, before)
}

// TestFileCoherent: views of two processes, copies of the cache, and the file have the same
// bytes; copies on write are private.
func TestFileCoherent(t *testing.T) {
	f, c := withFile(t, 1024, 8*PageSize)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	b, _ := NewAddressSpace()
	aBase, as := viewOf(t, c, a, 8*PageSize, nt.PageReadWrite)
	bBase, bs := viewOf(t, c, b, 5*PageSize+1, nt.PageReadOnly)
	p := make([]byte, 5)
	if n, st := a.WriteBytes(aBase+3*PageSize+10, []byte("hello")); n != 5 || !st.OK() {
		t.Fatal(st)
	}
	if b.ReadBytes(bBase+3*PageSize+10, p); string(p) != "hello" {
		t.Errorf("the other process reads %q", p)
	}
	if got := cached(t, c, 3, 0)[10:15]; string(got) != "hello" {
		t.Errorf("the cache has %q", got)
	}
	put(t, c, 4, bytes.Repeat([]byte("x"), PageSize))
	if b.ReadBytes(bBase+4*PageSize, p); string(p) != "xxxxx" {
		t.Errorf("the other process reads %q", p)
	}
	if _, st := b.WriteBytes(bBase, p); st != nt.StatusAccessViolation {
		t.Errorf("a write to a view that is read: %v", st)
	}
	w, ws := viewOf(t, c, b, 8*PageSize, nt.PageWriteCopy)
	b.WriteBytes(w, []byte("secret"))
	if got := cached(t, c, 0, 0)[:6]; string(got) == "secret" {
		t.Error("a copy on write is in the file")
	}
	if s := c.SetSize(PageSize); s != nt.StatusUserMappedFile || c.Purge() || !c.Mapped() {
		t.Errorf("shrunk while it is mapped: %v", s)
	}
	if c.Dirty() != 1 {
		t.Errorf("%d dirty pages, want that of the cache", c.Dirty())
	}
	of, first, count, s := a.FlushView(aBase+PageSize, 0)
	if of != c || first != 1 || count != 7 || !s.OK() || c.Dirty() != 2 {
		t.Errorf("FlushView: pages %d, %d, %v; %d dirty", first, count, s, c.Dirty())
	}
	if n, s := of.Flush(first, count, 100); n != 2 || !s.OK() || fmt.Sprint(f.writes) != "[[3 2]]" {
		t.Errorf("%d pages were written, %v: %v", n, s, f.writes)
	}
	if string(f.data[3*PageSize+10:][:5]) != "hello" || f.data[5*PageSize-1] != 'x' {
		t.Error("the file has not got what was written")
	}
	a.WriteBytes(aBase+7*PageSize, []byte("late"))
	for _, s := range []*Section{as, bs, ws} {
		s.Delete() // the views stay
	}
	check(t)
	a.Destroy()
	if c.Dirty() != 1 || QueryCounts().Lists[ModifiedFileList] != 1 {
		t.Errorf("%d pages are dirty after the view has gone", c.Dirty())
	}
	check(t)
	b.Destroy()
	if n, s := c.Flush(0, 8, 8); n != 1 || !s.OK() || string(f.data[7*PageSize:][:4]) != "late" {
		t.Errorf("%d, %v", n, s)
	}
	c.Close()
	same(t, before)
	if DirtyFilePages() != 0 {
		t.Errorf("%d pages are dirty", DirtyFilePages())
	}
}

// TestFileErrors: a page that cannot be read is an error for who wants it, and for nobody
// else; one that cannot be written stays dirty.
func TestFileErrors(t *testing.T) {
	f, c := withFile(t, 1024, 16*PageSize)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	base, s := viewOf(t, c, a, 16*PageSize, nt.PageReadWrite)
	f.badRead = func(page uint32) bool { return page == 2 }
	p := make([]byte, 4)
	if _, st := a.ReadBytes(base+PageSize, p); !st.OK() {
		t.Errorf("a good page beside a bad one: %v", st)
	}
	if _, st := a.ReadBytes(base+2*PageSize, p); st != nt.StatusInPageError {
		t.Errorf("a bad page: %v", st)
	}
	if _, st := c.Hold(2, 3, false); st != nt.StatusDeviceDataError {
		t.Errorf("a bad page: %v", st)
	}
	check(t)
	f.badRead = nil
	if _, st := a.ReadBytes(base+2*PageSize, p); !st.OK() {
		t.Errorf("a page that is good again: %v", st)
	}
	for i := range 6 {
		put(t, c, i+8, []byte{1, 2, 3})
	}
	f.badWrite = func(page uint32) bool { return page == 10 }
	if n, st := c.Flush(0, 16, 100); n != 5 || st != nt.StatusDeviceDataError || c.Dirty() != 1 {
		t.Errorf("%d written, %v, %d dirty", n, st, c.Dirty())
	}
	check(t)
	f.badWrite = nil
	if n, st := c.Flush(0, 16, 100); n != 1 || !st.OK() || c.Dirty() != 0 {
		t.Errorf("%d written, %v, %d dirty", n, st, c.Dirty())
	}
	s.Delete()
	a.Destroy()
	c.Close()
	same(t, before)
}

// TestFileSize: a file that shrinks forgets its rest, and has zeros there when it grows again.
func TestFileSize(t *testing.T) {
	f, c := withFile(t, 1024, 10*PageSize)
	before := QueryCounts()
	for i := range 10 {
		put(t, c, i, bytes.Repeat([]byte{0xEE}, PageSize))
	}
	if s := c.SetSize(3*PageSize + 7); !s.OK() || c.Dirty() != 4 {
		t.Fatalf("%v, %d pages are dirty", s, c.Dirty())
	}
	f.data = f.data[:3*PageSize+7]
	if s := c.SetSize(6 * PageSize); !s.OK() {
		t.Fatal(s)
	}
	f.data = append(f.data, make([]byte, 3*PageSize-7)...)
	for i, b := range cached(t, c, 3, 0) {
		if b != 0 && i >= 7 || b != 0xEE && i < 7 {
			t.Fatalf("byte %d of the last page is %#x", i, b)
		}
	}
	if b := cached(t, c, 4, 0); !bytes.Equal(b, make([]byte, PageSize)) {
		t.Error("the new page is not zero")
	}
	n, _ := c.Hold(5, 0, false)
	if c.Purge() || c.SetSize(5*PageSize) != nt.StatusUserMappedFile {
		t.Error("a page that is held was given up")
	}
	c.Release(n, false)
	if !c.Purge() || c.Dirty() != 0 {
		t.Errorf("%d pages are dirty", c.Dirty())
	}
	check(t)
	if _, s := c.Section("", 7*PageSize, nt.PageReadOnly); s != nt.StatusSectionTooBig {
		t.Errorf("a section larger than its file: %v", s)
	}
	if _, s := c.Section("", 0, nt.PageReadOnly); s != nt.StatusMappedFileSizeZero {
		t.Errorf("a section of nothing: %v", s)
	}
	c.Close()
	same(t, before)
}

// TestFileCloseWhileWriting: the end of a control area comes while its pages are written, and
// a page is written to again meanwhile.
func TestFileCloseWhileWriting(t *testing.T) {
	f, c := withFile(t, 1024, 4*PageSize)
	before := QueryCounts()
	put(t, c, 0, []byte("old"))
	put(t, c, 1, []byte("other"))
	f.before = func(bool) {
		f.before = nil
		put(t, c, 0, []byte("new"))
		check(t)
		c.Close()
		check(t)
	}
	if n, s := c.Flush(0, 4, 4); n != 2 || !s.OK() {
		t.Errorf("%d, %v", n, s)
	}
	same(t, before)
}

// TestFileMemory: a file larger than memory is written through the cache; the mapped-page
// writer makes room, programs get all of the memory, and nothing is lost.
func TestFileMemory(t *testing.T) {
	const pages = 3000
	f, c := withFile(t, 1024, pages*PageSize)
	e, done := newFakeEvent(), make(chan struct{})
	go func() {
		defer close(done)
		MappedPageWriter(e)
	}()
	e.idle()
	defer func() {
		e.mu.Lock()
		e.end = true
		e.cond.Broadcast()
		e.mu.Unlock()
		<-done
	}()
	for i := range pages {
		put(t, c, i, []byte{byte(i), byte(i >> 8), 0xFF})
		SignalWriter()
	}
	a, _ := NewAddressSpace()
	got := 0
	for base := uint64(0x100000); ; base += 64 << 10 {
		if _, _, st := a.Allocate(base, 64<<10, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !st.OK() {
			break
		}
		for i := range uint64(16) {
			if _, st := a.WriteBytes(base+i*PageSize, []byte{1}); !st.OK() {
				t.Fatalf("after %d pages: %v", got, st)
			}
			got++
		}
	}
	if got < 500 {
		t.Errorf("a program got %d pages", got)
	}
	a.Destroy()
	for i := range pages {
		if b := cached(t, c, i, 0); b[0] != byte(i) || b[1] != byte(i>>8) || b[2] != 0xFF {
			t.Fatalf("page %d is lost", i)
		}
	}
	if _, s := c.Flush(0, pages, pages); !s.OK() || c.Dirty() != 0 {
		t.Errorf("%v, %d dirty", s, c.Dirty())
	}
	check(t)
	for i := range pages {
		if b := f.data[i*PageSize:]; b[0] != byte(i) || b[1] != byte(i>>8) || b[2] != 0xFF {
			t.Fatalf("page %d is not in the file", i)
		}
	}
}

// TestFileThreads: threads read, write, map, flush, and read ahead at the same time. Each
// has bytes of its own in all pages.
func TestFileThreads(t *testing.T) {
	const pages, threads = 40, 4
	f, c := withFile(t, 700, pages*PageSize)
	f.data = make([]byte, len(f.data))
	var wg sync.WaitGroup
	for g := range threads {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 5))
			var mine [pages]byte
			a, _ := NewAddressSpace()
			defer a.Destroy()
			base, s := viewOf(t, c, a, pages*PageSize, nt.PageReadWrite)
			defer s.Delete()
			at := func(i int) uint64 { return base + uint64(i)*PageSize + uint64(g)*8 }
			b := make([]byte, 1)
			for range 3000 {
				i := r.IntN(pages)
				switch r.IntN(7) {
				case 0, 1:
					mine[i]++
					a.WriteBytes(at(i), mine[i:i+1])
				case 2:
					if a.ReadBytes(at(i), b); b[0] != mine[i] {
						t.Errorf("thread %d reads %d of page %d, want %d", g, b[0], i, mine[i])
						return
					}
				case 3:
					n, s := c.Hold(i, r.IntN(4), false)
					if !s.OK() {
						t.Error(s)
						return
					}
					if got := machine.Page(n)[g*8]; got != mine[i] {
						t.Errorf("thread %d finds %d in the cache, page %d, want %d", g, got, i, mine[i])
					}
					mine[i]++
					machine.Page(n)[g*8] = mine[i]
					c.Release(n, true)
				case 4:
					a.Trim(20, 0, false)
				case 5:
					c.Flush(i, pages, 1+r.IntN(pages))
				case 6:
					for _, n := range drainSome(20) { // takes pages off the standby list
						FreePage(n)
					}
				}
			}
			a.Trim(pages, 0, false)
			for i := range pages {
				n, _ := c.Hold(i, 0, false)
				got := machine.Page(n)[g*8]
				if c.Release(n, false); got != mine[i] {
					t.Errorf("thread %d: page %d has %d at the end, want %d", g, i, got, mine[i])
				}
			}
			if of, first, count, _ := a.FlushView(base, 0); of != nil {
				of.Flush(first, count, count)
			}
			for i := range pages {
				f.mu.Lock()
				if got := f.data[i*PageSize+g*8]; got != mine[i] {
					t.Errorf("thread %d: page %d of the file has %d, want %d", g, i, got, mine[i])
				}
				f.mu.Unlock()
			}
		})
	}
	wg.Wait()
	check(t)
}

func drainSome(n int) (pages []uint32) {
	for range n {
		if p, ok := AllocatePage(UsePrivate, false); ok {
			pages = append(pages, p)
		}
	}
	return pages
}

// TestFileAround: a read of one page of a view maps those behind it that are in memory, and no
// others; they are clean, unused, and leave first.
func TestFileAround(t *testing.T) {
	f, c := withFile(t, 1024, 60*PageSize)
	before := QueryCounts()
	c.ReadAhead(0, 10)
	c.ReadAhead(12, 48)
	a, _ := NewAddressSpace()
	base, s := viewOf(t, c, a, 60*PageSize, nt.PageReadWrite)
	b := make([]byte, 1)
	faults := func(page int) (n uint64) {
		n = Faults.Total.Load()
		if a.ReadBytes(base+uint64(page)*PageSize, b); b[0] != f.data[page*PageSize] {
			t.Errorf("page %d has %d", page, b[0])
		}
		return Faults.Total.Load() - n
	}
	faults(0)
	if n := a.Private(); n != 14 { // pages 0 to 15, but 10 and 11
		t.Errorf("%d pages are mapped", n)
	}
	for page := 1; page < 16; page++ {
		p := walk(a.root, base+uint64(page)*PageSize, false)
		switch e := p.load(); {
		case page == 10 || page == 11:
			if e != 0 {
				t.Errorf("page %d, which is not in memory, has the entry %#x", page, e)
			}
		case e&(PtePresent|PteAccessed|PteDirty) != PtePresent:
			t.Errorf("page %d has the entry %#x", page, e)
		}
	}
	a.Protect(base+20*PageSize, PageSize, nt.PageReadOnly)
	faults(17)
	if n := a.Private(); n != 14+3 { // to where the protection changes
		t.Errorf("%d pages are mapped", n)
	}
	check(t)
	s.Delete()
	a.Destroy()
	if c.Dirty() != 0 {
		t.Errorf("%d pages are dirty", c.Dirty())
	}
	c.Close()
	same(t, before)
}

// TestFlushWaits: while another thread writes a page to the file, a flush waits for it; then the page
// is in the file.
func TestFlushWaits(t *testing.T) {
	f, c := withFile(t, 1024, 4*PageSize)
	defer c.Close()
	put(t, c, 1, bytes.Repeat([]byte{7}, PageSize))
	begun, goOn, done := make(chan bool), make(chan bool), make(chan bool, 2)
	f.before = func(bool) { begun <- true; <-goOn }
	go func() {
		c.Flush(0, 4, 4)
		done <- true
	}()
	<-begun
	f.before = nil
	go func() {
		c.Flush(0, 4, 4)
		if f.data[PageSize] != 7 {
			t.Errorf("the page begins with %d", f.data[PageSize])
		}
		done <- true
	}()
	select {
	case <-done:
		t.Error("it does not wait")
	case <-time.After(20 * time.Millisecond):
	}
	goOn <- true
	<-done
	<-done
}
