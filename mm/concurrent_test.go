package mm

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"gont/nt"
)

// TestConcurrentSpaces: goroutines on address spaces of their own, on one that
// they share, on one image, and on the pool; the race detector looks on, and
// nothing is left.
func TestConcurrentSpaces(t *testing.T) {
	boot(t, 4096)
	before := QueryCounts()
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	common, _ := NewAddressSpace()
	common.Allocate(0x1000000, 256*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 9))
			mine := bytes.Repeat([]byte{byte(g + 1)}, 3000)
			got := make([]byte, len(mine))
			for range 40 {
				a, ok := NewAddressSpace()
				if !ok || !mapped(a, s) {
					t.Error("no address space")
					return
				}
				for _, x := range []struct {
					a    *AddressSpace
					base uint64
				}{{a, s.Base + dataVA}, {common, 0x1000000 + uint64(g*64+r.IntN(60))*PageSize}} {
					if _, st := x.a.WriteBytes(x.base+500, mine); st != nt.StatusSuccess {
						t.Error(st)
					}
					x.a.Protect(x.base, PageSize, nt.PageReadOnly)
					if _, st := x.a.ReadBytes(x.base+500, got); st != nt.StatusSuccess || !bytes.Equal(got, mine) {
						t.Errorf("read %v", st)
					}
					x.a.Protect(x.base, PageSize, nt.PageReadWrite)
				}
				if r.IntN(3) == 0 {
					common.Free(0x1000000+uint64(g*64)*PageSize, 16*PageSize, nt.MemDecommit)
					common.Allocate(0x1000000+uint64(g*64)*PageSize, 16*PageSize, nt.MemCommit, nt.PageReadWrite)
				}
				common.Query(0x1000000 + uint64(r.IntN(256))*PageSize)
				if b := AllocatePool(PagedPool, 1+r.IntN(2000), tagA); b != nil {
					FreePool(b, tagA)
				}
				a.Destroy()
			}
		})
	}
	wg.Wait()
	common.Destroy()
	s.Delete()
	before.Lists[FreeList] -= QueryCounts().Uses[UsePool]
	before.Uses[UsePool] = QueryCounts().Uses[UsePool]
	same(t, before)
}

// TestConcurrentTrimming: processes use what they share and what they own while
// it is trimmed, taken from the standby list, locked and checked.
func TestConcurrentTrimming(t *testing.T) {
	boot(t, 4096)
	before := QueryCounts()
	s, st := NewDataSection("", 64*PageSize, nt.PageReadWrite, false)
	if st != nt.StatusSuccess {
		t.Fatal(st)
	}
	done := make(chan struct{})
	var trimmer, wg sync.WaitGroup
	trimmer.Go(func() {
		r := rand.New(rand.NewPCG(1, 1))
		for {
			select {
			case <-done:
				return
			default:
			}
			for _, a := range allSpaces() {
				a.Age()
				a.Trim(r.IntN(60), r.IntN(2), r.IntN(3) == 0)
			}
			stealStandby(r.IntN(20))
			if err := CheckAll(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 2))
			for range 6 {
				a := space(t, 80, 20)
				base, _, _, st := a.MapView(s, View{Protect: nt.PageReadWrite})
				own, _, _, st2 := a.MapView(s, View{Protect: nt.PageWriteCopy})
				if st != nt.StatusSuccess || st2 != nt.StatusSuccess {
					t.Error(st, st2)
					return
				}
				mine := [80]byte{}
				for i := range 20 {
					mine[i] = byte(i)
				}
				for range 200 {
					i := r.IntN(80)
					b := []byte{0}
					if a.ReadBytes(0x200000+uint64(i)*PageSize, b); b[0] != mine[i] {
						t.Errorf("page %d is %d, want %d", i, b[0], mine[i])
					}
					mine[i]++
					a.WriteBytes(0x200000+uint64(i)*PageSize, []byte{mine[i]})
					// A byte of the section for each goroutine.
					page := uint64(r.IntN(32)) * PageSize
					a.ReadBytes(base+page+uint64(g), b)
					b[0]++
					a.WriteBytes(base+page+uint64(g), b)
					want := b[0]
					if a.ReadBytes(base+page+uint64(g), b); b[0] != want {
						t.Errorf("the section has %d, want %d", b[0], want)
					}
					if r.IntN(30) == 0 {
						// Other pages: who copies one while it is written gets either.
						a.WriteBytes(own+32*PageSize+page+4, []byte{1})
						a.LockPages(0x200000+uint64(i)*PageSize, 1)
						a.UnlockPages(0x200000+uint64(i)*PageSize, 1)
					}
				}
				a.Destroy()
			}
		})
	}
	wg.Wait()
	close(done)
	trimmer.Wait()
	s.Delete()
	same(t, before)
}

// mapped reports whether an image could be mapped at its base.
func mapped(a *AddressSpace, s *Section) bool {
	_, st := a.MapImage(s)
	return st == nt.StatusSuccess
}
