package cc

import (
	"reflect"
	"strings"
	"testing"

	"gont/arc"
	"gont/cm"
	"gont/cm/regf"
	"gont/mm"
)

// memory is an array that plays physical memory.
type memory [][mm.PageSize]byte

func (m memory) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m memory) Flush(root, va uint64, pages int)   {}
func (m memory) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m memory) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m memory) GiveHeapPage(uint32) bool           { return false }
func (memory) HeapUnused() uint64                   { return 0 }
func (memory) ReleaseHeap([]uint32) int             { return 0 }
func (m memory) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

type hiveFile []byte

func (b *hiveFile) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

// registry makes \Registry with an empty control set.
func registry(t *testing.T) {
	m := make(memory, 2048)
	if err := mm.Initialize(m, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(m)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := h.Create(h.Root(), regf.Encode("Select"), regf.KeyOptions{}, 1)
	h.SetValue(c, regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1)
	set, _ := h.Create(h.Root(), regf.Encode("ControlSet001"), regf.KeyOptions{}, 1)
	h.Create(set, regf.Encode("Control"), regf.KeyOptions{}, 1)
	var b hiveFile
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := cm.OpenBootHive(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := cm.InitSystem1(false); err != nil {
		t.Fatal(err)
	}
}

// TestInitPrefetcher (P1.24): the registry decides, safe mode overrules it, and a number that
// is none is named.
func TestInitPrefetcher(t *testing.T) {
	simulate(t, func() {
		if p := InitPrefetcher(false); p != "" || prefetching || TraceBoot("") != nil {
			t.Errorf("without a registry: %q, %v", p, prefetching)
		}
		registry(t)
		if p := InitPrefetcher(false); p != "" || prefetching {
			t.Errorf("without the key: %q, %v", p, prefetching)
		}
		for at := 0; ; {
			n := strings.IndexByte(prefetchKey[at+1:], '\\')
			if n < 0 {
				break
			}
			if at += n + 1; at > len(`\Registry\Machine\SYSTEM\CurrentControlSet\Control`) {
				k, s := cm.CreateKey(prefetchKey[:at], true)
				if !s.OK() {
					t.Fatal(s)
				}
				k.Close()
			}
		}
		k, s := cm.CreateKey(prefetchKey, true)
		if !s.OK() {
			t.Fatal(s)
		}
		defer k.Close()
		for _, c := range []struct {
			n          uint32
			safe, want bool
			problem    string
		}{{0, false, false, ""}, {1, false, false, ""}, {2, false, true, ""}, {3, false, true, ""}, {3, true, false, ""}, {4, false, false, "EnablePrefetcher is 4"},
			{0xFFFFFFFF, true, false, "is 4294967295, not 0 to 3"}} {
			k.SetUint32("EnablePrefetcher", c.n)
			if p := InitPrefetcher(c.safe); prefetching != c.want || !strings.Contains(p, c.problem) || c.problem == "" && p != "" {
				t.Errorf("%+v: %q, %v", c, p, prefetching)
			}
		}
		prefetching = false
		EndTrace()
	})
}

// TestTraceBoot (P1.24): pages that are read of a traced file are in the trace, once, whichever map they were read by; pages that
// are only read ahead, or written as a whole, are not.
func TestTraceBoot(t *testing.T) {
	cached(t, 100*mm.PageSize, func(f *store, m *Map) {
		if TraceBoot("") != nil {
			t.Error("a trace that nobody has asked for")
		}
		tracing.on.Store(true)
		defer EndTrace()
		read := func(m *Map, page int) {
			if _, s := m.Read(uint64(page)*mm.PageSize, 10, chunks(make([]byte, 10)), nil); !s.OK() {
				t.Errorf("page %d: %v", page, s)
			}
		}
		m.Trace(`\d\a`)
		for _, i := range []int{5, 6, 7, 70, 64, 63} {
			read(m, i)
		}
		if n, reads := m.Area.Prefetch([][2]int{{80, 3}, {90, 20}, {5, 2}, {1000, 1}}); n != 13 || reads != 2 {
			t.Errorf("%d pages in %d reads", n, reads)
		}
		again, other := NewMap(f, 100*mm.PageSize, nil), NewMap(f, mm.PageSize, nil)
		again.Trace(`\d\a`)
		read(again, 8)
		read(again, 64)
		other.Trace(`\d\ntosboot.pf`)
		read(other, 0)
		got := TraceBoot(`\NTOSBOOT.PF`)
		want := &Trace{Files: []Used{{`\d\a`, []Range{{5, 4}, {63, 2}, {70, 1}}}}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
		EndTrace()
		read(m, 50)
		if TraceBoot("") != nil {
			t.Error("it goes on")
		}
		again.Close()
		other.Close()
	})
}
