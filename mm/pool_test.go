package mm

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

var (
	tagA = Tag{'T', 's', 't', 'A'}
	tagB = Tag{'T', 's', 't', 'B'}
)

// TestPoolRandom: blocks do not overlap, come zeroed, keep what is written, and
// the accounting is right.
func TestPoolRandom(t *testing.T) {
	boot(t, 2048)
	r := rand.New(rand.NewPCG(5, 6))
	type block struct {
		b   []byte
		v   byte
		tag Tag
	}
	var held []block
	used := map[Tag]uint64{}
	for i := range 8000 {
		if r.IntN(2) == 0 || len(held) == 0 {
			n, tag := 1+r.IntN(maximumSmall), tagA
			if r.IntN(3) > 0 {
				n = 1 + r.IntN(300)
			}
			if r.IntN(2) == 0 {
				tag = tagB
			}
			b := AllocatePool(PoolType(r.IntN(2)), n, tag)
			if b == nil {
				t.Fatal("no pool")
			}
			if len(b) != n || cap(b) < n || !bytes.Equal(b, make([]byte, n)) {
				t.Fatalf("a block of %d bytes for %d, or not zero", len(b), n)
			}
			if uintptr(unsafe.Pointer(&b[0]))%16 != 0 {
				t.Fatal("a block is not aligned")
			}
			v := byte(1 + i%255)
			for k := range b {
				b[k] = v
			}
			held = append(held, block{b, v, tag})
			size := uint64(64)
			for size < uint64(n)+16 {
				size *= 2
			}
			used[tag] += size
			continue
		}
		k := r.IntN(len(held))
		h := held[k]
		held[k] = held[len(held)-1]
		held = held[:len(held)-1]
		if !bytes.Equal(h.b, bytes.Repeat([]byte{h.v}, len(h.b))) {
			t.Fatal("a block was overwritten")
		}
		size := uint64(64)
		for size < uint64(len(h.b))+16 {
			size *= 2
		}
		used[h.tag] -= size
		FreePool(h.b, h.tag)
	}
	tags := PoolTags()
	if len(tags) != 2 || tags[0].Tag != tagA || tags[1].Tag != tagB {
		t.Fatalf("tags %v", tags)
	}
	for _, c := range tags {
		if c.Used != used[c.Tag] {
			t.Errorf("%s uses %d bytes, want %d", c.Tag[:], c.Used, used[c.Tag])
		}
		if n, p := c.Pools[NonPagedPool], c.Pools[PagedPool]; n.Used+p.Used != c.Used || n.Allocs+p.Allocs != c.Allocs || n.Frees+p.Frees != c.Frees || n.Allocs == 0 || p.Allocs == 0 {
			t.Errorf("%s: %+v", c.Tag[:], c)
		}
	}
	for _, h := range held {
		FreePool(h.b, h.tag)
	}
	for _, c := range PoolTags() {
		if c.Used != 0 || c.Allocs != c.Frees {
			t.Errorf("%s: %+v", c.Tag[:], c)
		}
	}
	nonpaged, paged := PoolPages()
	if nonpaged == 0 || paged == 0 || nonpaged+paged != QueryCounts().Uses[UsePool] {
		t.Errorf("%d and %d pages, %d are in use for pools", nonpaged, paged, QueryCounts().Uses[UsePool])
	}
	check(t)
}

// TestPoolSizes: what cannot be had is nil.
func TestPoolSizes(t *testing.T) {
	boot(t, 1024)
	for n, ok := range map[int]bool{-1: false, 0: false, 1: true, 48: true, 49: true, maximumSmall: true, maximumSmall + 1: true, 100 * PageSize: true, MaximumPoolBlock: true, MaximumPoolBlock + 1: false, 1 << 40: false} {
		b := AllocatePool(NonPagedPool, n, tagA)
		if (b != nil) != ok || b != nil && len(b) != n {
			t.Errorf("AllocatePool(%d): %d bytes", n, len(b))
		}
		if b != nil {
			FreePool(b, tagA)
		}
	}
}

// TestPoolMistakes: the wrong tag, freeing twice, freeing what is no block, and
// writing to a free block.
func TestPoolMistakes(t *testing.T) {
	boot(t, 512)
	try := func(what, want string, f func()) {
		t.Helper()
		r := panics(f)
		if s, ok := r.(string); !ok || !strings.Contains(s, want) {
			t.Errorf("%s: panic %v, want %q", what, r, want)
		}
	}
	b := AllocatePool(PagedPool, 100, tagA)
	try("wrong tag", `freed as "TstB" is marked 0x6c6f6f50, "TstA"`, func() { FreePool(b, tagB) })
	try("no block", "is marked", func() { FreePool(b[32:], tagA) })
	FreePool(b, tagA) // the attempts have changed nothing
	try("twice", "is marked 0x65657246", func() { FreePool(b, tagA) })
	(*poolHead)(unsafe.Add(unsafe.Pointer(&b[0]), -poolHeader)).magic = 7
	try("write to a free block", "was written to", func() {
		for {
			AllocatePool(PagedPool, 100, tagA)
		}
	})
}

// TestPoolReuse: a freed block comes back, and zeroed.
func TestPoolReuse(t *testing.T) {
	boot(t, 512)
	b := AllocatePool(NonPagedPool, 200, tagA)
	for i := range b {
		b[i] = 0xEE
	}
	FreePool(b, tagA)
	c := AllocatePool(NonPagedPool, 240, tagB)
	if &c[0] != &b[0] {
		t.Error("another block")
	}
	if !bytes.Equal(c, make([]byte, 240)) {
		t.Error("the block is not zeroed")
	}
	if d := AllocatePool(PagedPool, 200, tagA); &d[0] == &b[0] {
		t.Error("one block for two")
	}
}

// TestPoolExhaustion: nil without memory, and free blocks can still be had.
func TestPoolExhaustion(t *testing.T) {
	boot(t, 512)
	drain(t, 1)
	var held [][]byte
	for {
		b := AllocatePool(NonPagedPool, 1000, tagA)
		if b == nil {
			break
		}
		held = append(held, b)
	}
	if len(held) != 4 {
		t.Errorf("%d blocks of a page", len(held))
	}
	if AllocatePool(PagedPool, 1000, tagA) != nil || AllocatePool(NonPagedPool, 100, tagA) != nil {
		t.Error("a block came from nowhere")
	}
	FreePool(held[2], tagA)
	if AllocatePool(NonPagedPool, 1000, tagA) == nil {
		t.Error("the free block was not found")
	}
}
