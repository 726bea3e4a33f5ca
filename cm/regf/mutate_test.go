package regf

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	mutants    = flag.Int("mutants", 0, "mutated hives to try; 0: 100,000, or 3,000 with the race detector or -short")
	mutantSeed = flag.Uint64("mutantseed", 1, "where the mutants begin")
)

// corpus makes sound hives of several shapes.
func corpus(t testing.TB) [][]byte {
	var list [][]byte
	for i, steps := range []int{3, 20, 60, 150, 400} {
		p := newPlayer(t, uint64(4000+i))
		p.maxData, p.noVolatile = 3000, true
		for range steps {
			p.step(t)
		}
		list = append(list, fileOf(t, p.h))
	}
	h, err := New(Options{Name: "BIG"})
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, n int) {
		if err := h.SetValue(h.Root(), Encode(name), Binary, bytes.Repeat([]byte{7}, n), 1); err != nil {
			t.Fatal(err)
		}
	}
	set("small", 40)
	set("big", 40000)
	list = append(list, fileOf(t, h))
	for i := range 1200 {
		if _, err := h.Create(h.Root(), Encode(fmt.Sprint("k", i)), KeyOptions{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	return append(list, fileOf(t, h))
}

// cellsOf lists the cells in use of a sound hive, and where the file says so.
func cellsOf(b []byte) []uint32 {
	var cells []uint32
	for at := uint32(baseSize); at < uint32(len(b)); {
		end := at + le.Uint32(b[at+binLength:])
		for at += binHeader; at < end; {
			n := int32(le.Uint32(b[at:]))
			if n < 0 {
				cells = append(cells, at-baseSize)
				n = -n
			}
			at += uint32(n)
		}
	}
	return cells
}

// mutate damages a hive in one to a few places.
func mutate(rnd *rand.Rand, b []byte, cells []uint32) []byte {
	b = bytes.Clone(b)
	cell := func() uint32 { return cells[rnd.IntN(len(cells))] }
	word := func() uint32 {
		switch rnd.IntN(10) {
		case 0, 1, 2:
			return cell()
		case 3:
			return uint32(NoCell)
		case 4:
			return rnd.Uint32()
		case 5:
			return uint32(-int32(rnd.IntN(5000)))
		case 6:
			return 1 << rnd.IntN(32)
		case 7:
			return uint32(len(b)) - uint32(rnd.IntN(5000))
		}
		return uint32(rnd.IntN(300))
	}
	for range 1 + rnd.IntN(4) {
		if len(b) < baseSize+pageSize {
			break
		}
		at := baseSize + int(cell())
		switch rnd.IntN(14) {
		case 0: // a bit
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		case 1: // a byte of a cell
			b[min(at+rnd.IntN(100), len(b)-1)] = byte(rnd.Uint32())
		case 2, 3, 4, 5: // a word of a cell: a size, an offset, a count
			if at += 4 * rnd.IntN(20); at+4 <= len(b) {
				le.PutUint32(b[at:], word())
			}
		case 6: // half a word
			if at += 2 * rnd.IntN(40); at+2 <= len(b) {
				le.PutUint16(b[at:], uint16(word()))
			}
		case 7: // one cell over another
			from := baseSize + int(cell())
			if n := min(8+rnd.IntN(100), len(b)-max(at, from)); n > 0 {
				copy(b[at:at+n], bytes.Clone(b[from:from+n]))
			}
		case 8: // what a cell is
			kinds := []string{"nk", "vk", "sk", "lf", "lh", "li", "ri", "db"}
			if at+6 <= len(b) {
				copy(b[at+4:], kinds[rnd.IntN(len(kinds))])
			}
		case 9: // base block
			le.PutUint32(b[4*rnd.IntN(12):], word())
		case 10: // a bin's header
			bin := baseSize + rnd.IntN(len(b)-baseSize)/pageSize*pageSize
			if bin+binHeader <= len(b) {
				le.PutUint32(b[bin+4*rnd.IntN(8):], word())
			}
		case 11:
			if rnd.IntN(4) == 0 {
				b = b[:rnd.IntN(len(b)+1)]
			}
		case 12:
			if rnd.IntN(4) == 0 {
				b = append(b, bytes.Repeat([]byte{byte(rnd.Uint32())}, rnd.IntN(9000))...)
			}
		case 13: // a sector of noise or of zeros
			s := rnd.IntN(len(b)/sectorSize) * sectorSize
			fill := byte(rnd.IntN(2)) * byte(rnd.Uint32())
			for i := range sectorSize {
				b[s+i] = fill * byte(i)
			}
		}
	}
	if len(b) >= sectorSize && rnd.IntN(3) > 0 {
		sealBase(b)
	}
	return b
}

// counted is Memory that counts.
type counted struct{ now, most int }

func (c *counted) Alloc(n int) []byte {
	c.now += n
	c.most = max(c.most, c.now)
	return make([]byte, n)
}

func (c *counted) Free(b []byte) { c.now -= len(b) }
