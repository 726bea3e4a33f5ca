package memmap

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gont/arc"
)

// counts is the rule for rows, said plainly: what of it counts, as bytes.
func counts(rows []arc.E820Entry, bits uint) (out []arc.E820Entry) {
	any := slices.ContainsFunc(rows, func(e arc.E820Entry) bool { return e.Attributes&Untold == 0 && e.Attributes&1 == 1 })
	top := uint64(1) << bits
	for _, e := range rows {
		if any && e.Attributes&Untold == 0 {
			if e.Attributes&1 == 0 {
				continue
			}
			if e.Attributes&2 != 0 && e.Type == 1 {
				e.Type = 2
			}
		}
		if e.Length == 0 || e.Base >= top {
			continue
		}
		if room := top - e.Base; e.Length > room {
			if e.Base+e.Length < e.Base && e.Base+e.Length != 0 && e.Type == 1 {
				continue
			}
			e.Length = room
		}
		out = append(out, e)
	}
	return out
}

// TestRandom compares maps of random rows with the rule, looked up byte by byte
// (in steps in which rows begin and end).
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 20))
	for round := range 3000 {
		var rows []arc.E820Entry
		unit := uint64(1024)
		if round%3 == 0 {
			unit = 4096
		}
		for range r.IntN(12) + 1 {
			e := row(uint64(r.IntN(40))*unit, uint64(r.IntN(30))*unit, uint32(r.IntN(7)))
			switch r.IntN(8) {
			case 0:
				e.Attributes = 0
			case 1:
				e.Attributes = Untold | 1
			case 2:
				e.Attributes = 3
			case 3:
				e.Length = ^uint64(0) - uint64(r.IntN(100))*unit + 1 - uint64(r.IntN(2))
			}
			if round%5 == 0 {
				e.Attributes = 0
			}
			rows = append(rows, e)
		}
		const bits = 17 // 128 KiB: some rows lie beyond
		m, err := FromE820(rows, bits)
		rows = counts(rows, bits)
		at := func(a uint64) (worst rank) {
			for _, e := range rows {
				if e.Base <= a && a-e.Base < e.Length {
					worst = max(worst, rankOf(e.Type))
				}
			}
			return worst
		}
		high := uint64(0)
		for a := uint64(0); a < 1<<bits; a += 1024 {
			if at(a) == ram {
				high = a + 1024
			}
		}
		if err != nil {
			if high != 0 {
				t.Fatalf("round %d: %v\n%v", round, err, rows)
			}
			continue
		}
		check(t, m)
		if m.High() != high {
			t.Fatalf("round %d: RAM ends at %#x, want %#x\n%v", round, m.High(), high, rows)
		}
		for page := uint64(0); page < 40; page++ {
			n, worst := 0, nothing
			for k := uint64(0); k < 4; k++ {
				if c := at(page*PageSize + k*1024); c == ram {
					n++
				} else {
					worst = max(worst, c)
				}
			}
			want := arc.MemoryType(99)
			switch {
			case page*PageSize >= high:
			case n == 4:
				want = free
			case worst > nothing:
				want = typeOf[worst]
			case n > 0:
				want = perm
			}
			if got := typeAt(m, page); got != want {
				t.Fatalf("round %d page %#x: type %d, want %d\n%v\n%v", round, page, got, want, rows, m.Runs())
			}
		}
	}
}

func typeAt(m *Map, page uint64) arc.MemoryType {
	for _, x := range m.Runs() {
		if x.Base <= page && page < x.Base+x.Count {
			return x.Type
		}
	}
	return 99
}

// TestSplit: however a map is split into rows, and in whatever order, it is the
// same map.
func TestSplit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := []arc.E820Entry{row(0, 0x9FC00, 1), row(0x9FC00, 0x400, 2), row(0xF0000, 0x10000, 2), row(mib, 255*mib, 1),
		row(200*mib, 8192, 3), row(256*mib, 64*mib, 2), row(4*gib, 2*gib, 1)}
	want, err := FromE820(whole, 40)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		var rows []arc.E820Entry
		for _, e := range whole {
			for e.Length > 0 {
				n := min(e.Length, uint64(r.IntN(int(e.Length/uint64(1+r.IntN(120))+512)))+1)
				rows = append(rows, row(e.Base, n, e.Type))
				e.Base, e.Length = e.Base+n, e.Length-n
			}
		}
		rows = append(rows, rows[:len(rows)/3]...) // said twice
		r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
		m, err := FromE820(rows, 40)
		if err != nil || !slices.Equal(m.Runs(), want.Runs()) || m.High() != want.High() || len(m.Notes) != 0 {
			t.Fatalf("%d rows, %v: %v\n%v", len(rows), err, m.Runs(), m.Notes)
		}
	}
}

// TestManyRows: thousands of rows are made into a map without much garbage, of
// which OSLDR never collects any.
func TestManyRows(t *testing.T) {
	var rows []arc.E820Entry
	for i := range uint64(1000) {
		rows = append(rows, row(8*mib+i*mib, mib-8192, 1), row(8*mib+i*mib+mib-8192, 8192, 2))
	}
	rows = append(rows, row(mib, 7*mib, 1), row(2000*mib, 64*mib, 1))
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			m, err := FromE820(rows, 40)
			if err != nil {
				b.Fatal(err)
			}
			for range 200 {
				if _, err := m.Alloc(1, 1<<20, 1, heap); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	if n := result.AllocedBytesPerOp(); n > 700<<10 {
		t.Errorf("%d KB of garbage", n>>10)
	}
}

// TestFit: tables are for the memory there is.
func TestFit(t *testing.T) {
	for name, c := range map[string]struct {
		rows []arc.E820Entry
		high uint64
		note bool
	}{
		"256 MiB and a little at 32 GiB":  {[]arc.E820Entry{row(0, 256*mib, 1), row(32*gib, mib, 1)}, 256 * mib, true},
		"256 MiB and a lot at 32 GiB":     {[]arc.E820Entry{row(0, 256*mib, 1), row(32*gib, 4*gib, 1)}, 36 * gib, false},
		"4 GiB around the hole":           {[]arc.E820Entry{row(0, 3*gib, 1), row(4*gib, gib, 1)}, 5 * gib, false},
		"rows, each not worth its tables": {[]arc.E820Entry{row(0, 64*mib, 1), row(8*gib, mib, 1), row(16*gib, mib, 1)}, 64 * mib, true},
		"in pieces, worth it together":    {append(pieces(64*gib, 64*mib, 40), row(0, 2*gib, 1)), 64*gib + 40*128*mib - 64*mib, false},
		"beyond what can be numbered":     {[]arc.E820Entry{row(0, gib, 1), row(arc.MostMemory-gib/2, gib, 1)}, gib, true},
		"2 TiB":                           {[]arc.E820Entry{row(0, 2*gib, 1), row(4*gib, 2048*gib, 1)}, 2052 * gib, false},
		"nothing but a little far up":     {[]arc.E820Entry{row(32*gib, mib, 1)}, 32*gib + mib, false},
	} {
		m, err := FromE820(c.rows, 52)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, m)
		if m.High() != c.high || (len(m.Notes) == 1) != c.note {
			t.Errorf("%s: %#x %q", name, m.High(), m.Notes)
		}
		if last := m.Runs()[len(m.Runs())-1]; last.Base+last.Count > (c.high+PageSize-1)/PageSize {
			t.Errorf("%s: %v", name, m.Runs())
		}
	}
}

// pieces is n rows of RAM of a size, with gaps as large.
func pieces(base, size uint64, n int) (rows []arc.E820Entry) {
	for i := range uint64(n) {
		rows = append(rows, row(base+2*i*size, size, 1))
	}
	return rows
}

// TestWidth: beyond the processor's addresses there is nothing.
func TestWidth(t *testing.T) {
	rows := []arc.E820Entry{row(0, 256*mib, 1), row(1<<36, gib, 1), row(63*gib, 2*gib, 1)}
	m, err := FromE820(rows, 36)
	if err != nil || m.High() != 64*gib || len(m.Notes) != 1 {
		t.Errorf("%v %#x %q", err, m.High(), m.Notes)
	}
	if m, err = FromE820(rows, 40); err != nil || m.High() != 65*gib || len(m.Notes) != 0 {
		t.Errorf("%v %#x %q", err, m.High(), m.Notes)
	}
	if _, err := FromE820(rows[1:2], 36); err == nil {
		t.Error("RAM that cannot be reached")
	}
}

// TestLimit: nothing is taken above MAXMEM, nor below 1 MiB.
func TestLimit(t *testing.T) {
	m, err := FromE820([]arc.E820Entry{row(0, 640<<10, 1), row(mib, 255*mib, 1)}, 40)
	if err != nil {
		t.Fatal(err)
	}
	m.Limit(16 * mibPfn)
	for n := 0; ; n++ {
		p, err := m.Alloc(1, 1<<20, 1, heap)
		if err != nil {
			if n != 15*mibPfn {
				t.Errorf("%d pages", n)
			}
			break
		}
		if p < LowFrames || p >= 16*mibPfn {
			t.Fatalf("page %#x", p)
		}
	}
}

// TestSet against a table of pages.
func TestSet(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	m := &Map{limit: 1 << 40}
	table := [64]arc.MemoryType{}
	for i := range table {
		table[i] = 99
	}
	for range 20000 {
		base := uint64(r.IntN(60))
		n := uint64(r.IntN(64 - int(base) + 1))
		typ := []arc.MemoryType{free, perm, heap, special}[r.IntN(4)]
		if r.IntN(3) == 0 {
			m.Claim(base, n, typ)
			for p := base; p < base+n; p++ {
				if table[p] == free {
					table[p] = typ
				}
			}
		} else {
			m.Set(base, n, typ)
			for p := base; p < base+n; p++ {
				table[p] = typ
			}
		}
		check(t, m)
		for p := range table {
			if got := typeAt(m, uint64(p)); got != table[p] {
				t.Fatalf("page %d: %d, want %d; %v", p, got, table[p], m.Runs())
			}
		}
	}
}
