package mm

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// pinned copies a page under a pin.
func pinned(c *ControlArea, page int) (b []byte, ok bool) {
	p, ok := c.Pin(page)
	if !ok {
		return nil, false
	}
	b = bytes.Clone(machine.Page(p.Frame)[:])
	p.Unpin()
	return b, true
}

// takeAll takes all pages that can be taken.
func takeAll() (pages []uint32) {
	for {
		n, ok := AllocatePage(UseShared, false)
		if !ok {
			return pages
		}
		pages = append(pages, n)
	}
}

// stealAll takes all pages that can be taken, spoils them, and gives them back.
func stealAll(t testing.TB) {
	t.Helper()
	pages := takeAll()
	for _, n := range pages {
		clear(machine.Page(n)[:])
		machine.Page(n)[99] = 0xEE
	}
	for _, n := range pages {
		FreePage(n)
	}
}

// TestPin: a page that is in memory can be pinned, wherever it is; one that is not, is being read, or
// is behind the end cannot. Nobody takes a frame that is pinned, nor gives its page up.
func TestPin(t *testing.T) {
	f, c := withFile(t, 1024, 20*PageSize)
	if _, ok := c.Pin(3); ok {
		t.Error("a page that nobody has read is pinned")
	}
	f.before = func(bool) {
		if _, ok := c.Pin(3); ok {
			t.Error("a page is pinned while it is read")
		}
	}
	cached(t, c, 3, 0)
	f.before = nil
	for _, page := range []int{2, 4, 20, 600, 1 << 30} {
		if _, ok := c.Pin(page); ok {
			t.Errorf("page %d is pinned", page)
		}
	}
	p, ok := c.Pin(3)
	if !ok || !bytes.Equal(machine.Page(p.Frame)[:], f.data[3*PageSize:4*PageSize]) {
		t.Fatal("a page on the standby list is not pinned, or another one is")
	}
	if c.Purge() {
		t.Error("a pinned page is given up")
	}
	check(t)
	stealAll(t)
	if !bytes.Equal(machine.Page(p.Frame)[:], f.data[3*PageSize:4*PageSize]) {
		t.Error("the frame of a pinned page was taken")
	}
	p.Unpin()
	if b, ok := pinned(c, 3); !ok || !bytes.Equal(b, f.data[3*PageSize:4*PageSize]) {
		t.Error("the page has gone, although it was pinned")
	}
	stealAll(t)
	stealAll(t)
	if _, ok := pinned(c, 3); ok {
		t.Error("a page that was taken is pinned")
	}
	cached(t, c, 3, 0)
	if !c.Purge() {
		t.Error("a page that nobody has is not given up")
	}
	if _, ok := pinned(c, 3); ok {
		t.Error("a page that was given up is pinned")
	}
	// A page of a view.
	a, _ := NewAddressSpace()
	defer a.Destroy()
	base, s := viewOf(t, c, a, 20*PageSize, 2)
	var b [4]byte
	a.ReadBytes(base+5*PageSize, b[:])
	if got, ok := pinned(c, 5); !ok || !bytes.Equal(got[:4], b[:]) {
		t.Error("a page of a view is not pinned")
	}
	a.UnmapView(base)
	s.Delete()
	check(t)
}

// TestPinAll: with all pins used a page is not pinned; Hold has it all the same.
func TestPinAll(t *testing.T) {
	_, c := withFile(t, 1024, 20*PageSize)
	cached(t, c, 0, 19)
	var all []Pin
	for i := range pinCount {
		p, ok := c.Pin(i)
		if !ok {
			t.Fatalf("pin %d", i)
		}
		all = append(all, p)
	}
	if _, ok := c.Pin(19); ok {
		t.Error("one pin too many")
	}
	cached(t, c, 19, 0)
	before := QueryCounts()
	taken := takeAll()
	if uint64(len(taken)) != before.Available()-pinCount {
		t.Errorf("%d pages were taken of %d, with %d pinned", len(taken), before.Available(), pinCount)
	}
	for _, n := range taken {
		FreePage(n)
	}
	for _, p := range all {
		p.Unpin()
	}
	check(t)
}

// TestPinDirty: what is written under a pin is dirty once, wherever the page is, and goes to the file.
func TestPinDirty(t *testing.T) {
	f, c := withFile(t, 1024, 20*PageSize)
	cached(t, c, 0, 9)
	write := func(page int, v byte) {
		p, ok := c.Pin(page)
		if !ok {
			t.Fatalf("page %d is not pinned", page)
		}
		machine.Page(p.Frame)[7] = v
		p.MarkDirty()
		p.Unpin()
	}
	write(4, 1)
	write(4, 2)
	write(6, 3)
	check(t)
	if c.Dirty() != 2 || DirtyFilePages() != 2 {
		t.Errorf("%d dirty pages, %d of all files", c.Dirty(), DirtyFilePages())
	}
	stealAll(t)
	// While a page is written to the file, it is changed once more.
	again := true
	f.before = func(wr bool) {
		if wr && again {
			again = false
			write(4, 9)
		}
	}
	if n, s := c.Flush(0, 20, 20); n != 2 || !s.OK() {
		t.Errorf("%d pages were written, %v", n, s)
	}
	if c.Dirty() != 1 {
		t.Errorf("%d dirty pages", c.Dirty())
	}
	check(t)
	c.Flush(0, 20, 20)
	if f.data[4*PageSize+7] != 9 || f.data[6*PageSize+7] != 3 || c.Dirty() != 0 {
		t.Errorf("the file has %d and %d, %d pages are dirty", f.data[4*PageSize+7], f.data[6*PageSize+7], c.Dirty())
	}
	check(t)
}

// TestPinUsed: a page that is used by pins alone stays longer than those that are not, a trace sees its use, and
// its use before the trace does not hide it.
func TestPinUsed(t *testing.T) {
	_, c := withFile(t, 1024, 100*PageSize)
	cached(t, c, 0, 63)
	pinned(c, 0)
	free := QueryCounts()
	for _, n := range drain(t, free.Lists[StandbyList]-3) {
		FreePage(n)
	}
	if _, ok := pinned(c, 0); !ok {
		t.Error("the page that was used has gone first")
	}
	if _, ok := pinned(c, 1); ok {
		t.Error("the page that was not used is there")
	}
	c.TraceUse(true)
	if _, ok := pinned(c, 0); ok {
		t.Error("a page is pinned that the trace has not noted")
	}
	cached(t, c, 0, 0)
	if _, ok := pinned(c, 0); !ok {
		t.Error("a page that was noted is not pinned")
	}
	var used [][2]int
	c.Used(func(first, count int) { used = append(used, [2]int{first, count}) })
	if len(used) != 1 || used[0] != [2]int{0, 1} {
		t.Errorf("used: %v", used)
	}
	c.TraceUse(false)
	check(t)
}

// TestPinThreads: readers under pins, while others take standby pages and spoil them, writers change pages, the
// lazy writer writes, and somebody gives pages up. Nobody reads what is not the page's.
func TestPinThreads(t *testing.T) {
	const pages, threads = 40, 4
	f, c := withFile(t, 1024, pages*PageSize)
	for i := range f.data { // the page says whose it is, everywhere
		f.data[i] = byte(i / PageSize)
	}
	var hits atomic.Int64
	var w sync.WaitGroup
	stop := make(chan struct{})
	for g := range threads {
		w.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for k := 0; ; k++ {
				select {
				case <-stop:
					return
				default:
				}
				page := rnd.IntN(pages)
				p, ok := c.Pin(page)
				if !ok {
					if n, s := c.Hold(page, 3, false); s.OK() {
						c.Release(n, false)
					}
					continue
				}
				hits.Add(1)
				for _, b := range machine.Page(p.Frame) {
					if b != byte(page) {
						t.Errorf("page %d has %#x", page, b)
						break
					}
				}
				if k%8 == 0 {
					p.MarkDirty()
				}
				p.Unpin()
			}
		})
	}
	w.Go(func() {
		limit := time.Now().Add(time.Minute) // on a busy host the readers may not have begun
		for i := 0; i < 300 || hits.Load() < 1000 && time.Now().Before(limit); i++ {
			runtime.Gosched()
			stealStandby(20)
			c.Flush(0, pages, 10)
			c.PurgeRange(10, 5)
		}
		close(stop)
	})
	w.Wait()
	if n := hits.Load(); n < 1000 {
		t.Errorf("%d pages were pinned", n)
	}
	check(t)
}

// TestPinWhileWritten: a page that is changed under a pin while it is being written, and that nobody else has, is dirty again
// and is written again. Check finds nothing wrong meanwhile.
func TestPinWhileWritten(t *testing.T) {
	f, c := withFile(t, 1024, 20*PageSize)
	put(t, c, 3, make([]byte, PageSize))
	f.before = func(bool) {
		f.before = nil
		p, ok := c.Pin(3)
		if !ok {
			t.Error("a page that is being written is not pinned")
			return
		}
		machine.Page(p.Frame)[0] = 7
		p.MarkDirty()
		p.Unpin()
		check(t)
	}
	for i := range 2 {
		if n, s := c.Flush(0, 20, 20); n != 1 || !s.OK() {
			t.Errorf("flush %d: %d pages, %v", i, n, s)
		}
		check(t)
	}
	if f.data[3*PageSize] != 7 || c.Dirty() != 0 {
		t.Errorf("the file has %d, %d pages are dirty", f.data[3*PageSize], c.Dirty())
	}
}
