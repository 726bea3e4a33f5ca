package regf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// some is how often a test tries something: less with the race detector, which
// makes all slower.
func some(n, race int) int {
	if raceDetector || testing.Short() {
		return race
	}
	return n
}

// TestRandom: whatever is done, the hive is the model, also after it was
// written and read.
func TestRandom(t *testing.T) {
	for seed := range some(16, 3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := newPlayer(t, uint64(seed))
			for i := range 1500 {
				p.step(t)
				if i%300 == 299 {
					sameTree(t, p.h, p.root)
					h := reload(t, fileOf(t, p.h))
					sameTree(t, h, p.root.stableOnly())
				}
			}
			// Go on with what was read.
			p.h, p.root = reload(t, fileOf(t, p.h)), p.root.stableOnly()
			for range 500 {
				p.step(t)
			}
			sameTree(t, p.h, p.root)
			sameTree(t, reload(t, fileOf(t, p.h)), p.root.stableOnly())
			// Nothing is left over when all is deleted.
			for p.h.Subkey(p.h.Root(), 0) != NoCell {
				if err := p.h.DeleteTree(p.h.Subkey(p.h.Root(), 0), 5); err != nil {
					t.Fatal(err)
				}
			}
			for {
				v, ok := p.h.ValueAt(p.h.Root(), 0)
				if !ok {
					break
				}
				if err := p.h.DeleteValue(p.h.Root(), p.h.AppendValueName(nil, v), 5); err != nil {
					t.Fatal(err)
				}
			}
			if u := p.h.Use(); u.Used != 2 {
				t.Errorf("%d cells are in use; root and its descriptor should be", u.Used)
			}
		})
	}
}

// TestManySubkeys: lists that are split, searched and emptied.
func TestManySubkeys(t *testing.T) {
	h, err := New(Options{Name: "R"})
	if err != nil {
		t.Fatal(err)
	}
	const n = 5000
	order := rand.New(rand.NewPCG(3, 3)).Perm(n)
	for _, i := range order {
		if _, err := h.Create(h.Root(), Encode(fmt.Sprintf("Key%05d", i)), KeyOptions{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	h = reload(t, fileOf(t, h))
	if sig(h.cell(h.kids(h.Root(), false).list)) != "ri" {
		t.Error("the list is not split")
	}
	for i := range n {
		k := h.Subkey(h.Root(), uint32(i))
		if want := fmt.Sprintf("Key%05d", i); h.Name(k) != want {
			t.Fatalf("subkey %d is %s", i, h.Name(k))
		}
		if h.Find(h.Root(), Encode(fmt.Sprintf("kEY%05d", i))) != k {
			t.Fatalf("key %d is not found", i)
		}
	}
	if h.Subkey(h.Root(), n) != NoCell {
		t.Error("there is one behind the last")
	}
	for j, i := range order {
		if err := h.Delete(h.Find(h.Root(), Encode(fmt.Sprintf("Key%05d", i))), 1); err != nil {
			t.Fatal(err)
		}
		if j == n/2 {
			reload(t, fileOf(t, h))
		}
	}
	if u := h.Use(); u.Used != 2 {
		t.Errorf("%d cells are left", u.Used)
	}
}

// limited is memory that has an end.
type limited struct{ left int }

func (l *limited) Alloc(n int) []byte {
	if l.left < n {
		return nil
	}
	l.left -= n
	return make([]byte, n)
}

func (l *limited) Free(b []byte) { l.left += len(b) }

// TestNoMemory: a change that gets no memory changes nothing, and all memory
// comes back.
func TestNoMemory(t *testing.T) {
	for pages := 0; pages < 40; pages += some(3, 9) {
		mem := &limited{pages * pageSize}
		h, err := New(Options{Memory: mem, Name: "R"})
		if err != nil {
			if err != ErrNoMemory || pages > 0 {
				t.Fatalf("%d pages: %v", pages, err)
			}
			continue
		}
		p := &player{rnd: rand.New(rand.NewPCG(uint64(pages), 1))}
		failed := 0
		for i := range 200 {
			key := h.Root()
			for p.rnd.IntN(2) == 0 && h.Subkey(key, 0) != NoCell {
				key = h.Subkey(key, 0)
			}
			before := read(h, h.Root()).String()
			var err error
			name := Encode(fmt.Sprintf("name%d", i))
			switch p.rnd.IntN(4) {
			case 0:
				_, err = h.Create(key, name, KeyOptions{Class: name, Security: descriptor(i)}, 2)
			case 1:
				err = h.SetValue(key, name, Binary, make([]byte, p.rnd.IntN(50000)), 2)
			case 2:
				err = h.SetSecurity(key, descriptor(i), 2)
			case 3:
				if key != h.Root() {
					_, err = h.Rename(key, Encode(fmt.Sprintf("%0200d", i)), 2)
				}
			}
			if err == nil {
				continue
			}
			failed++
			if err != ErrNoMemory {
				t.Fatal(err)
			}
			if after := read(h, h.Root()).String(); after != before {
				t.Fatalf("a change that failed changed\n%s\nto\n%s", before, after)
			}
		}
		if failed == 0 && pages < 30 {
			t.Errorf("%d pages were enough", pages)
		}
		_, r, err := Load(fileOf(t, h), Options{Reclaim: true})
		if err != nil || len(r.List) != 0 {
			t.Errorf("%d pages: %v %v", pages, err, r.List)
		}
		h.Close()
		if mem.left != pages*pageSize {
			t.Errorf("%d of %d pages came back", mem.left/pageSize, pages)
		}
	}
}

// TestRules: what is not allowed.
func TestRules(t *testing.T) {
	h, err := New(Options{Name: `\REGISTRY\MACHINE\Sys`})
	if err != nil {
		t.Fatal(err)
	}
	if h.Name(h.Root()) != "Sys" || h.FileName() != `\REGISTRY\MACHINE\Sys` {
		t.Errorf("root %q, file %q", h.Name(h.Root()), h.FileName())
	}
	vol, err := h.Create(h.Root(), Encode("vol"), KeyOptions{Volatile: true}, 1)
	if err != nil || !vol.Volatile() {
		t.Fatal(vol, err)
	}
	for _, c := range []struct {
		parent Cell
		name   string
		o      KeyOptions
		want   error
	}{
		{h.Root(), "", KeyOptions{}, ErrName},
		{h.Root(), `a\b`, KeyOptions{}, ErrName},
		{h.Root(), strings.Repeat("x", 257), KeyOptions{}, ErrName},
		{h.Root(), strings.Repeat("x", 256), KeyOptions{}, nil},
		{h.Root(), "VOL", KeyOptions{}, ErrExists},
		{vol, "stable", KeyOptions{}, ErrNotVolatile},
		{h.Root(), "sec", KeyOptions{Security: []byte{1, 2, 3}}, ErrSecurity},
	} {
		if _, err := h.Create(c.parent, Encode(c.name), c.o, 1); err != c.want {
			t.Errorf("create %q: %v, want %v", c.name, err, c.want)
		}
	}
	if err := h.SetValue(h.Root(), make([]uint16, 16384), String, nil, 1); err != ErrName {
		t.Errorf("a value's name of 16384: %v", err)
	}
	if _, err := h.Rename(h.Root(), Encode("x"), 1); err != ErrNoDelete {
		t.Errorf("rename the root: %v", err)
	}
	key := h.Root()
	for i := range 600 {
		next, err := h.Create(key, Encode("d"), KeyOptions{}, 1)
		if err != nil {
			if err != ErrTooDeep || i != maxDepth-1 {
				t.Errorf("level %d: %v", i, err)
			}
			break
		}
		key = next
	}
	reload(t, fileOf(t, h))
	if err := h.DeleteTree(h.Find(h.Root(), Encode("d")), 1); err != nil {
		t.Error(err)
	}
}

// TestKey: what a key says of itself, also after it was written and read.
func TestKey(t *testing.T) {
	h, err := New(Options{Name: "R"})
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.Create(h.Root(), Encode("Key"), KeyOptions{Class: Encode("the class")}, 100)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	_, err = h.Create(k, Encode("longest name"), KeyOptions{Class: Encode("c")}, 101)
	must(err)
	_, err = h.Create(k, Encode("volatile"), KeyOptions{Volatile: true}, 102)
	must(err)
	must(h.SetValue(k, Encode("value"), Binary, make([]byte, 77), 103))
	must(h.SetValue(k, nil, String, nil, 104))
	must(h.SetUserFlags(k, 0x5, 105))
	must(h.SetVirtFlags(k, 0x8, 106))
	must(h.SetLink(k, 107))
	want := KeyInfo{LastWrite: 107, Flags: FlagCompName | FlagSymLink, UserFlags: 5, Subkeys: 1, VolatileSubkeys: 1, Values: 2,
		MaxName: 24, MaxClass: 2, MaxValueName: 10, MaxValueData: 77, NameLength: 6, ClassLength: 18}
	if got := h.Key(k); got != want || h.VirtFlags(k) != 8 {
		t.Errorf("%+v, want %+v", got, want)
	}
	again := reload(t, fileOf(t, h))
	want.VolatileSubkeys = 0
	if got := again.Key(again.Open(again.Root(), `\key\`)); got != want {
		t.Errorf("read again: %+v, want %+v", got, want)
	}
	if c := Decode(again.AppendClass(nil, again.Open(again.Root(), "KEY"))); c != "the class" {
		t.Errorf("class %q", c)
	}
	// A buffer that is too small gets what it has room for.
	v, _ := h.Value(k, Encode("VALUE"))
	if n := h.ReadData(make([]byte, 10), v); n != 10 || v.Size != 77 {
		t.Errorf("%d of %d bytes", n, v.Size)
	}
	if _, ok := h.ValueAt(k, 2); ok || h.Subkey(k, 2) != NoCell || h.Parent(h.Root()) != NoCell || h.Depth(k) != 1 {
		t.Error("there is more than there is")
	}
	// With the last subkey and the last value the greatest lengths go.
	must(h.DeleteTree(h.Subkey(k, 0), 108))
	must(h.DeleteTree(h.Subkey(k, 0), 109))
	must(h.DeleteValue(k, Encode("value"), 110))
	must(h.DeleteValue(k, nil, 111))
	if i := h.Key(k); i.MaxName+i.MaxClass+i.MaxValueName+i.MaxValueData != 0 || i.LastWrite != 111 {
		t.Errorf("%+v", i)
	}
}

// TestUpcase: letters that NT makes upper case, and those that it does not.
func TestUpcase(t *testing.T) {
	for _, c := range []struct{ from, to rune }{
		{'a', 'A'}, {'ä', 'Ä'}, {'ÿ', 'Ÿ'}, {'ж', 'Ж'}, {'ς', 'Σ'}, {'σ', 'Σ'}, {'ß', 'ß'}, {'ı', 'ı'}, {'ſ', 'ſ'}, {'µ', 'µ'}, {'漢', '漢'}, {0xd800, 0xd800},
	} {
		if got := Upcase(uint16(c.from)); got != uint16(c.to) {
			t.Errorf("%q becomes %q, want %q", c.from, rune(got), c.to)
		}
	}
	for _, s := range []string{"", "abc", "ä漢\U0001F600", "\xed\xa0\x80x", "a\xed\xbf\xbf"} {
		if got := Decode(Encode(s)); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	}
}

// TestCopyTree: a copy is the original without what is volatile.
func TestCopyTree(t *testing.T) {
	p := newPlayer(t, 99)
	for range 800 {
		p.step(t)
	}
	for _, volatile := range []bool{false, true} {
		to, err := New(Options{Name: "TEST", Time: 1, Security: p.h.Security(p.h.Root())})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.h.CopyTree(p.h.Root(), to, to.Root(), volatile); err != nil {
			t.Fatal(err)
		}
		want := p.root
		if !volatile {
			want = want.stableOnly()
		}
		sameTree(t, to, want)
	}
}

// TestMarvin: known hashes.
func TestMarvin(t *testing.T) {
	for s, want := range map[string]uint32{"": 0xb00892ac, "h": 0xf41a608e, "he": 0x11107c6b, "hel": 0x24056a46, "hell": 0x7f91e021, "hello, world!": 0x00c18515} {
		x := marvin32(marvinSeed, []byte(s))
		if got := uint32(x) ^ uint32(x>>32); got != want {
			t.Errorf("%q: %#x, want %#x", s, got, want)
		}
	}
}
