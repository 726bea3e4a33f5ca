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
				if !ok || a.MapImage(s) != nt.StatusSuccess {
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
