package cm

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"gont/cm/regf"
	"gont/nt"
)

var mutants = flag.Int("mutants", 0, "mutated hives to try; 0: 3,000, or 300 with -short")

// countedMemory notes how much memory a hive has at a time.
type countedMemory struct{ now, most int }

func (m *countedMemory) Alloc(n int) []byte {
	m.now += n
	m.most = max(m.most, m.now)
	return make([]byte, n)
}

func (m *countedMemory) Free(b []byte) { m.now -= len(b) }

// TestMutants (P1.22): damaged hives come in by NtLoadKey's way: each is refused with a status,
// or it can be walked, changed, flushed, unloaded and loaded again, when it has no fault
// any more. All memory comes back, and it is never more than four times the file.
func TestMutants(t *testing.T) {
	fs := startFiles(t)
	m := &countedMemory{}
	memory = m
	n := *mutants
	if n == 0 {
		if n = 3000; testing.Short() {
			n = 300
		}
	}
	whole := file(t, systemHive(t))
	r := rand.New(rand.NewPCG(22, 1))
	refused, used := 0, 0
	for i := range n {
		b := append([]byte(nil), whole...)
		for range 1 + r.IntN(6) {
			at := r.IntN(len(b)/4) * 4
			if r.IntN(3) == 0 {
				at = r.IntN(128) * 4 // the base block
			}
			switch r.IntN(5) {
			case 0:
				b[at+r.IntN(4)] ^= 1 << r.IntN(8)
			case 1:
				copy(b[at:], Uint32Data(r.Uint32()))
			case 2:
				copy(b[at:], Uint32Data(uint32(r.IntN(len(b)/8)*8)))
			case 3:
				copy(b[at:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
			case 4:
				b = b[:4096+r.IntN(len(b)-4095)]
				b = append(b, make([]byte, 4)...)
			}
			if len(b) < 8192 {
				break
			}
		}
		name := fmt.Sprintf("mutant %d", i)
		fs.put(`\M`, b)
		fs.put(`\M.LOG1`, nil)
		fs.put(`\M.LOG2`, nil)
		m.most = 0
		s := Load(nil, `\Registry\User\M`, `\M`)
		if m.most > 4*max(len(b), 8192) {
			t.Errorf("%s: %d bytes of memory for %d", name, m.most, len(b))
		}
		if !s.OK() {
			if s != nt.StatusRegistryCorrupt && s != nt.StatusNotRegistryFile {
				t.Errorf("%s: %v", name, s)
			}
			refused++
		} else {
			used++
			k := must(t, `\Registry\User\M`)
			walkAll(t, k)
			k.SetText("changed", "x")
			if sub, s := k.Create("New", false); s.OK() {
				sub.Close()
			}
			k.Close()
			if s := Unload(nil, `\Registry\User\M`); !s.OK() {
				t.Fatalf("%s: unload: %v", name, s)
			}
			if _, report, err := regf.Load(fs.get(`\M`), regf.Options{}); err != nil || report.Faults > 0 {
				t.Errorf("%s: what was written: %v %v", name, err, report.List)
			}
		}
		if m.now != 0 {
			t.Fatalf("%s: %d bytes are left", name, m.now)
		}
	}
	t.Logf("%d refused, %d used", refused, used)
	if refused == 0 || used == 0 {
		t.Errorf("%d refused, %d used", refused, used)
	}
	nothingOpen(t)
}

// walkAll reads all keys and values below a key.
func walkAll(t *testing.T, k *Key) {
	for i := uint32(0); ; i++ {
		info, s := k.Enumerate(i, nil, nil)
		if !s.OK() {
			break
		}
		sub, s := k.Open(regf.Decode(info.Name))
		if !s.OK() {
			continue // a link to nowhere, or a name with a backslash
		}
		if len(sub.Path()) < 4000 {
			walkAll(t, sub)
		}
		sub.Close()
	}
	var data [128]byte
	for i := uint32(0); ; i++ {
		if _, s := k.EnumerateValue(i, make([]uint16, 0, 8), data[:]); !s.OK() {
			return
		}
	}
}
