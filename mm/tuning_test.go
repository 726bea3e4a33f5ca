package mm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

// TestTune (P0.7): each limit holds, and without it nothing is refused.
func TestTune(t *testing.T) {
	defer Tune(Tuning{})
	tag := Tag{'T', 'e', 's', 't'}
	// Pools: NonPagedPoolSize, PagedPoolSize.
	boot(t, 4096)
	Tune(Tuning{PoolBytes: [2]uint64{PagedPool: 32 * PageSize}})
	var held [][]byte
	for {
		b := AllocatePool(PagedPool, 3000, tag)
		if b == nil {
			break
		}
		held = append(held, b)
	}
	_, paged := PoolPages()
	if paged != 32 || len(held) < 30 {
		t.Errorf("%d pages of paged pool, %d blocks", paged, len(held))
	}
	if AllocatePool(PagedPool, 5*PageSize, tag) != nil {
		t.Error("a large block in a full pool")
	}
	if b := AllocatePool(NonPagedPool, 5*PageSize, tag); b == nil {
		t.Error("the other pool has that limit, too")
	} else {
		FreePool(b, tag)
	}
	for _, b := range held {
		FreePool(b, tag)
	}
	// A process: PagingFileQuota.
	Tune(Tuning{ProcessCommit: 16 * PageSize})
	a, _ := NewAddressSpace()
	if _, _, s := a.Allocate(0x20000, 16*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
		t.Error(s)
	}
	if _, _, s := a.Allocate(0x80000, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
		t.Errorf("a page beyond the quota: %v", s)
	}
	b, _ := NewAddressSpace()
	if _, _, s := b.Allocate(0x80000, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
		t.Errorf("another process: %v", s)
	}
	a.Destroy()
	b.Destroy()
	// SystemPages.
	Tune(Tuning{SystemPages: 4096})
	if n := FreeSystemPtes(); n > 4096 {
		t.Errorf("%d system page-table entries", n)
	}
	Tune(Tuning{})
	if n := FreeSystemPtes(); n <= 4096 {
		t.Errorf("%d system page-table entries", n)
	}
}

// TestSpecialTags (P0.7, P0.9): blocks with such a tag end at a hole, others do not; what was
// written before one is found.
func TestSpecialTags(t *testing.T) {
	defer Tune(Tuning{})
	boot(t, 1024)
	InitializePool(false)
	tag, other := Tag{'S', 'p', 'e', 'c'}, Tag{'N', 'o', 'n', 'e'}
	Tune(Tuning{SpecialTags: []Tag{other, tag}})
	Tune(Tuning{SpecialTags: []Tag{tag}})
	free := FreeSystemPtes()
	b := AllocatePool(NonPagedPool, 96, tag)
	o := AllocatePool(NonPagedPool, 96, other)
	if n := free - FreeSystemPtes(); n != 2 {
		t.Errorf("%d system page-table entries are used", n)
	}
	k := pool.big[addressOf(b)]
	if k == nil || k.at+96 != PageSize || pool.big[addressOf(o)] != nil {
		t.Fatalf("%+v", k)
	}
	k.all[k.at-1]++
	if panics(func() { FreePool(b, tag) }) == nil {
		t.Error("a byte before the block was written to, and nobody noticed")
	}
	k.all[k.at-1]--
	FreePool(b, tag)
	FreePool(o, other)
}

// TestPoolTraces (P0.13): who has allocated a block is known while it is there, and is in the
// message when the block was damaged.
func TestPoolTraces(t *testing.T) {
	boot(t, 1024)
	InitializePool(true)
	defer InitializePool(false)
	tag := Tag{'T', 'r', 'c', ' '}
	before := AllocatePool(NonPagedPool, 64, tag)
	TracePool()
	b := AllocatePool(NonPagedPool, 64, tag)
	if f := PoolOwner(addressOf(b)); len(f) == 0 || f[0] != "gont/mm.TestPoolTraces" {
		t.Errorf("%q", f)
	}
	if f := PoolOwner(addressOf(before)); f != nil {
		t.Errorf("%q from before there were traces", f)
	}
	k := pool.big[addressOf(b)]
	k.all[k.at-1]++
	if r := panics(func() { FreePool(b, tag) }); !strings.Contains(fmt.Sprint(r), ", allocated by gont/mm.TestPoolTraces") {
		t.Errorf("%v", r)
	}
	k.all[k.at-1]--
	FreePool(b, tag)
	FreePool(before, tag)
	if f := PoolOwner(addressOf(b)); f != nil {
		t.Errorf("%q of a block that was freed", f)
	}
}

// TestClearPagingFiles (X2): all pages of the files are zero then, if that is asked for.
func TestClearPagingFiles(t *testing.T) {
	defer Tune(Tuning{})
	boot(t, 512)
	s := &clearedStore{pages: map[uint32]int{}}
	if st := CreatePagingFile("x", s, 37); !st.OK() {
		t.Fatal(st)
	}
	if n, st := ClearPagingFiles(); n != 0 || !st.OK() || len(s.pages) != 0 {
		t.Errorf("%d pages, %v, though nobody asked", n, st)
	}
	Tune(Tuning{ClearPageFiles: true})
	if n, st := ClearPagingFiles(); n != 37 || !st.OK() || len(s.pages) != 37 {
		t.Errorf("%d pages, %v; %d were written", n, st, len(s.pages))
	}
	for p, n := range s.pages {
		if n != 1 || p >= 37 {
			t.Errorf("page %d was written %d times", p, n)
		}
	}
	s.fail = nt.StatusUnsuccessful
	if n, st := ClearPagingFiles(); n != 37 || st != nt.StatusUnsuccessful {
		t.Errorf("%d pages, %v, from a device that fails", n, st)
	}
}

type clearedStore struct {
	pages map[uint32]int
	fail  nt.Status
}

func (c *clearedStore) ReadPages(uint32, []uint32) nt.Status { return nt.StatusUnsuccessful }

func (c *clearedStore) WritePages(page uint32, frames []uint32) nt.Status {
	for i, f := range frames {
		c.pages[page+uint32(i)]++
		for _, b := range machine.Page(f) {
			if b != 0 {
				return nt.StatusUnsuccessful
			}
		}
	}
	return c.fail
}

// TestVerifierSettings (P0.9): lists, "*", chance, safe mode, unknown checks.
func TestVerifierSettings(t *testing.T) {
	loaded := []string{"Null.sys", "beep.sys", "i8042prt.sys"}
	first := func(int) int { return 0 }
	for _, c := range []struct {
		drivers string
		level   uint32
		random  int
		safe    bool
		want    string
		list    []string
		problem string
	}{
		{"", 0xFF, 0, false, "", nil, ""},
		{"*", 0, 0, false, "all drivers, special pool", nil, ""},
		{" null.sys BEEP  null ", 3, 0, false, "null.sys, beep.sys, special pool, IRQL", []string{"null.sys", "beep.sys"}, ""},
		{"x * y", 0x18, 2, false, "all drivers, pool, I/O", nil, ""},
		{"", 1, 2, false, "null.sys, beep.sys, special pool", []string{"null.sys", "beep.sys"}, ""},
		{"null", 1, 1, false, "null.sys, beep.sys, special pool", []string{"null.sys", "beep.sys"}, ""},
		{"", 1, 9, false, "null.sys, beep.sys, i8042prt.sys, special pool", []string{"null.sys", "beep.sys", "i8042prt.sys"}, ""},
		{"*", 1, 0, true, "", nil, "safe mode"},
		{"null.sys", 0x105, 0, false, "null.sys, special pool", []string{"null.sys"}, "VerifyDriverLevel"},
	} {
		v, problems := NewVerifier(c.drivers, c.level, c.random, loaded, first, c.safe)
		if v.String() != c.want || !slices.Equal(v.Drivers, c.list) || (c.problem != "") != (len(problems) == 1) {
			t.Errorf("%+v: %q, %q, %q", c, v.String(), v.Drivers, problems)
		}
		if len(problems) == 1 && !strings.Contains(problems[0], c.problem) {
			t.Errorf("%q", problems[0])
		}
		for _, l := range loaded {
			if v.Watches(l) != (v.All || slices.Contains(v.Drivers, strings.ToLower(l))) || v.Watches(l) != v.Watches(strings.TrimSuffix(l, ".sys")) {
				t.Errorf("%+v: watches %s: %v", c, l, v.Watches(l))
			}
		}
	}
	for name, want := range map[string]string{"NULL.SYS": "Null", "i8042prt.sys": "I804", "rtc": "Rtc ", "": "    "} {
		if tag := DriverTag(name); string(tag[:]) != want {
			t.Errorf("%s has the tag %q", name, tag[:])
		}
	}
}
