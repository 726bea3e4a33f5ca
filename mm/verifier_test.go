package mm

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// bootVerifier is boot with the verifier on.
func bootVerifier(t *testing.T, frames int) {
	t.Helper()
	boot(t, frames)
	InitializePool(true)
	t.Cleanup(func() { verifier.Store(false) })
}

func mustPanic(t *testing.T, what, want string, f func()) {
	t.Helper()
	r := panics(f)
	if s, ok := r.(string); !ok || !strings.Contains(s, want) {
		t.Errorf("%s: panic %v, want %q", what, r, want)
	}
	if !pool.mu.TryLock() {
		t.Fatalf("%s: the pool stays locked", what)
	}
	pool.mu.Unlock()
}

// TestSpecialPool: a block ends at a hole, its page goes with it, and its
// address is not used again soon.
func TestSpecialPool(t *testing.T) {
	bootVerifier(t, 1024)
	before := QueryCounts().Uses[UsePool]
	seen := map[uint64]bool{}
	for i := range 3000 {
		b := AllocatePool(PagedPool, 1+i%5000, tagA)
		if b == nil {
			t.Fatal("no pool")
		}
		if len(pool.big) != 1 {
			t.Fatal("not in pages of its own")
		}
		for _, k := range pool.big {
			if seen[k.va] {
				t.Fatalf("address %#x is used again after %d blocks", k.va, i)
			}
			seen[k.va] = true
			if end := len(k.all) - k.at - k.n; end > 15 {
				t.Fatalf("%d bytes between the block and the hole", end)
			}
			FreePool(b, tagA)
			for page := range k.pages {
				if p := walk(kernelRoot, k.va+uint64(page)*PageSize, false); *p != 0 {
					t.Fatal("a freed block is still mapped")
				}
			}
		}
	}
	if n := QueryCounts().Uses[UsePool]; n != before {
		t.Errorf("%d pages of pool, %d before", n, before)
	}
	if n := findSystemPtes(0, SystemPtePages, SystemPtePages); n != 0 {
		t.Error("addresses are lost")
	}
	check(t)
}

// TestVerifierMistakes: each has its sentence, with the tag of who is to blame.
func TestVerifierMistakes(t *testing.T) {
	bootVerifier(t, 1024)
	b := AllocatePool(NonPagedPool, 100, tagA)
	k := pool.big[addressOf(b)]
	mustPanic(t, "wrong tag", `freed as "TstB" is marked 0x6c6f6f50, "TstA"`, func() { FreePool(b, tagB) })
	k.all[k.at-1]++
	mustPanic(t, "write before", `"TstA" was written to outside of its 100 bytes`, func() { FreePool(b, tagA) })
	k.all[k.at-1]--
	k.all[k.at+100]++
	mustPanic(t, "write behind", "outside", func() { FreePool(b, tagA) })
	k.all[k.at+100]--
	FreePool(b, tagA)

	// Where there are no addresses, the blocks are in pages with others, and
	// free ones are filled.
	systemPtes.used.set(0, SystemPtePages, 1)
	b = AllocatePool(NonPagedPool, 100, tagA)
	if b == nil || len(pool.big) != 0 {
		t.Fatal("no block without addresses")
	}
	whole := b[:112]
	whole[100]++
	mustPanic(t, "write behind", `"TstA" was written to behind its 100 bytes`, func() { FreePool(b, tagA) })
	whole[100]--
	FreePool(b, tagA)
	if !bytes.Equal(b, bytes.Repeat([]byte{fillFreed}, 100)) {
		t.Error("a free block is not filled")
	}
	mustPanic(t, "twice", "is marked 0x65657246", func() { FreePool(b, tagA) })
	b[50] = 0
	mustPanic(t, "write to a free block", `was last "TstA"'s`, func() { AllocatePool(NonPagedPool, 100, tagB) })
	if AllocatePool(NonPagedPool, 2*PageSize, tagA) != nil {
		t.Error("two pages without addresses")
	}
}

func addressOf(b []byte) uintptr {
	for a, k := range pool.big {
		if &k.all[k.at] == &b[0] {
			return a
		}
	}
	return 0
}

// TestBigPool: blocks of several pages, with and without the verifier, and all
// of them come back; without memory nothing is lost.
func TestBigPool(t *testing.T) {
	for _, verify := range []bool{false, true} {
		boot(t, 2048)
		InitializePool(verify)
		AllocatePool(PagedPool, 2*PageSize, tagA) // makes the tables
		before := QueryCounts()
		r := rand.New(rand.NewPCG(3, 4))
		var held [][]byte
		for i := range 2000 {
			if r.IntN(2) == 0 || len(held) == 0 {
				b := AllocatePool(PoolType(r.IntN(2)), 1+r.IntN(200<<10), tagB)
				if b == nil {
					check(t)
					FreePool(held[0], tagB)
					held = held[1:]
					continue
				}
				if !bytes.Equal(b, make([]byte, len(b))) {
					t.Fatal("a block is not zero")
				}
				b[0], b[len(b)-1] = byte(i), byte(i)
				held = append(held, b)
				continue
			}
			k := r.IntN(len(held))
			if b := held[k]; b[0] != b[len(b)-1] {
				t.Fatal("a block was overwritten")
			}
			FreePool(held[k], tagB)
			held[k] = held[len(held)-1]
			held = held[:len(held)-1]
		}
		for _, b := range held {
			FreePool(b, tagB)
		}
		verifier.Store(false)
		check(t)
		// A page of each small size that was used may be kept.
		if now := QueryCounts().Uses[UsePool]; now > before.Uses[UsePool]+2*uint64(len(poolSizes)) {
			t.Errorf("%d pages of pool, %d before", now, before.Uses[UsePool])
		}
		for _, c := range PoolTags() {
			if c.Tag == tagB && (c.Used != 0 || c.Allocs != c.Frees) {
				t.Errorf("%+v", c)
			}
		}
	}
}

// TestPoolPagesReturn: pages whose blocks are all free go back, but for one.
func TestPoolPagesReturn(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts().Uses[UsePool]
	var held [][]byte
	for range 1000 {
		held = append(held, AllocatePool(PagedPool, 200, tagA))
	}
	if n := QueryCounts().Uses[UsePool] - before; n < 60 {
		t.Errorf("%d pages for 1000 blocks", n)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	for _, b := range held {
		FreePool(b, tagA)
	}
	if n := QueryCounts().Uses[UsePool] - before; n != 1 {
		t.Errorf("%d pages are kept", n)
	}
	check(t)
}

// TestLookaside: the list keeps what is used, gives back what is not, keeps
// nothing with the verifier, and a block of it comes zeroed.
func TestLookaside(t *testing.T) {
	boot(t, 1024)
	l := NewLookaside(NonPagedPool, 300, tagA)
	round := func(n int) {
		var held [][]byte
		for range n {
			b := l.Allocate()
			if len(b) != 300 || !bytes.Equal(b, make([]byte, 300)) {
				t.Fatal("a bad block")
			}
			b[7] = 7
			held = append(held, b)
		}
		for _, b := range held {
			l.Free(b)
		}
	}
	round(100)
	if c, kept := l.Counts(); kept != minimumDepth || c != (LookasideCount{100, 100, 100, 96}) {
		t.Errorf("%+v, %d kept", c, kept)
	}
	adjustLookasides(false)
	round(100)
	if c, kept := l.Counts(); kept != 50 || c.AllocateMisses != 196 {
		t.Errorf("%+v, %d kept", c, kept)
	}
	hits := LookasideHits(NonPagedPool)
	if all := Lookasides(); len(all) == 0 || all[len(all)-1] != (LookasideInformation{LookasideCount{200, 196, 200, 146}, NonPagedPool, tagA, 300, 50, 50}) || hits != 4 {
		t.Errorf("%+v, %d hits", all, hits)
	}
	adjustLookasides(false)
	adjustLookasides(false) // nobody wanted any since
	if _, kept := l.Counts(); kept != minimumDepth {
		t.Errorf("%d kept", kept)
	}
	adjustLookasides(true)
	if _, kept := l.Counts(); kept != 0 {
		t.Errorf("%d kept without memory", kept)
	}
	adjustLookasides(false)
	verifier.Store(true)
	round(10)
	verifier.Store(false)
	if _, kept := l.Counts(); kept != 0 {
		t.Errorf("%d kept with the verifier", kept)
	}
	round(10)
	l.Delete()
	for _, c := range PoolTags() {
		if c.Used != 0 {
			t.Errorf("%s: %+v", c.Tag[:], c)
		}
	}
	drain(t, 0)
	for l.Allocate() != nil {
	}
	check(t)
}
