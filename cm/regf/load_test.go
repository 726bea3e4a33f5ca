package regf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestNestedLists: lists of lists of lists, as deep as a file allows, are made
// flat without a loss.
func TestNestedLists(t *testing.T) {
	h, err := New(Options{Name: "NESTED"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := h.Create(h.Root(), Encode(fmt.Sprintf("k%02d", i)), KeyOptions{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	k := h.kids(h.root, false)
	for range some(100000, 10000) {
		ri, err := h.newList(&h.stable, "ri", 1)
		if err != nil {
			t.Fatal(err)
		}
		le.PutUint16(h.cell(ri)[2:], 1)
		le.PutUint32(h.cell(ri)[4:], uint32(k.list))
		k.list = ri
	}
	h.setKids(h.root, false, k)
	h, r, err := Load(fileOf(t, h), Options{})
	if err != nil || !strings.Contains(fmt.Sprint(r.List), "list of lists") {
		t.Fatal(err, r.List)
	}
	if n := h.Key(h.Root()).Subkeys; n != 20 || h.Find(h.Root(), Encode("K13")) == NoCell {
		t.Errorf("%d subkeys", n)
	}
	reload(t, fileOf(t, h))
}

// TestManyParts: a list with a part for each key is built again, so that going
// through it by index takes no square of its length.
func TestManyParts(t *testing.T) {
	h, err := New(Options{Name: "PARTS"})
	if err != nil {
		t.Fatal(err)
	}
	const n = 2000
	ri, err := h.newList(&h.stable, "ri", n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		k, err := h.newKey(&h.stable, h.root, encodeName(Encode(fmt.Sprintf("k%06d", i))), KeyOptions{Security: DefaultSecurity()}, 1)
		if err != nil {
			t.Fatal(err)
		}
		l, err := h.build(&h.stable, []Cell{k})
		if err != nil {
			t.Fatal(err)
		}
		le.PutUint32(h.cell(ri)[4+4*i:], uint32(l))
		le.PutUint16(h.cell(ri)[2:], uint16(i+1))
	}
	h.setKids(h.root, false, kids{ri, n})
	h.grown(h.root, 7, 0)
	h, r, err := Load(fileOf(t, h), Options{})
	if err != nil || r.Faults != 0 || len(r.List) != 1 || !strings.Contains(r.List[0].Reason, "2001 parts for 2000 keys") {
		t.Fatal(err, r.List)
	}
	if parts := listCount(h.cell(h.kids(h.root, false).list)); parts != 4 {
		t.Errorf("%d parts", parts)
	}
	if h.Name(h.Subkey(h.root, n-1)) != "k001999" {
		t.Error("the last key is another")
	}
	reload(t, fileOf(t, h))
}

// TestDeep: keys deeper than 512 levels are cut off.
func TestDeep(t *testing.T) {
	h, err := New(Options{Name: "DEEP"})
	if err != nil {
		t.Fatal(err)
	}
	key := h.Root()
	for range 20000 {
		next, err := h.newKey(&h.stable, key, encodeName(Encode("d")), KeyOptions{Security: DefaultSecurity()}, 1)
		if err == nil {
			err = h.insert(key, next)
		}
		if err != nil {
			t.Fatal(err)
		}
		h.grown(key, 1, 0)
		key = next
	}
	h, r, err := Load(fileOf(t, h), Options{})
	if err != nil || !strings.Contains(fmt.Sprint(r.List), "too deep") {
		t.Fatal(err, r.List)
	}
	depth := 0
	for k := h.Root(); k != NoCell; k = h.Subkey(k, 0) {
		depth++
	}
	if depth != maxDepth {
		t.Errorf("%d levels are left", depth)
	}
}

// TestRefused: what cannot be mended is refused, with the cell and the reason.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(p *patient)
		want   string
	}{
		{"empty", func(p *patient) { p.file = nil }, ErrNotHive.Error()},
		{"text", func(p *patient) { p.file = bytes.Repeat([]byte("text"), 3000) }, ErrNotHive.Error()},
		{"a base block alone", func(p *patient) { p.file = p.file[:4096] }, "ends before its first bin"},
		{"version 2", func(p *patient) { le.PutUint32(p.file[baseMajor:], 2); sealBase(p.file) }, "version 2.5 is not known"},
		{"version 1.2", func(p *patient) { le.PutUint32(p.file[baseMinor:], 2); sealBase(p.file) }, "version 1.2 is not known"},
		{"format", func(p *patient) { le.PutUint32(p.file[baseFormat:], 5); sealBase(p.file) }, "format 5"},
		{"a log", func(p *patient) { le.PutUint32(p.file[baseType:], 6); sealBase(p.file) }, "log of a hive"},
		{"no root", func(p *patient) { copy(p.data(p.h.root), "xx") }, "cell 0xb8: this should be the root key: there is no key"},
		{"zeros", func(p *patient) { clear(p.file[baseSize:]) }, "this should be the root key"},
	} {
		p := newPatient(t)
		c.damage(p)
		h, _, err := Load(p.file, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v %v, want %q", c.name, h, err, c.want)
		}
	}
}

// TestTolerated: what other systems leave is no fault.
func TestTolerated(t *testing.T) {
	p := newPatient(t)
	p.file = append(p.file, bytes.Repeat([]byte("garbage "), 1000)...)
	p.put32(p.key("A"), nkVolatile, 17) // volatile subkeys mean nothing in a file
	p.put32(p.key("A"), nkVolatileList, 0x80000020)
	p.put32(p.key("A\\A0"), nkList, uint32(p.field(p.key("B"), nkList))) // with a count of 0
	p.put32(p.key("A\\A0"), nkValueList, 0x28)
	h, r, err := Load(p.file, Options{})
	if err != nil || r.Faults != 0 {
		t.Fatal(err, r.List)
	}
	if len(r.List) != 1 || !r.List[0].Note || !strings.Contains(r.List[0].Reason, "8000 bytes behind the last bin") {
		t.Error(r.List)
	}
	if h.Key(h.Open(h.Root(), "A")).VolatileSubkeys != 0 || h.Key(h.Open(h.Root(), "B")).Subkeys != 10 || h.Subkey(h.Open(h.Root(), "A\\A0"), 0) != NoCell {
		t.Error("old fields have been believed")
	}
}

// TestOldVersion: a hive of version 1.3 has its big data in one cell and lists
// with hints; it becomes 1.5 when it is changed.
func TestOldVersion(t *testing.T) {
	h, err := New(Options{Name: "OLD"})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"Alpha", "beta", "x", "Ärger"} {
		if _, err := h.Create(h.Root(), Encode(n), KeyOptions{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	// Make the list one of hints, and a value of one cell.
	list := h.cell(h.kids(h.root, false).list)
	copy(list, "lf")
	for i := range 4 {
		h.putEntry(list, i, entry(list, i))
	}
	if err := h.SetValue(h.root, Encode("v"), Binary, []byte("12345678"), 1); err != nil {
		t.Fatal(err)
	}
	v, _ := h.Value(h.root, Encode("v"))
	h.freeData(v.Cell)
	c, err := h.stable.alloc(50000)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("abcde"), 10000)
	copy(h.cell(c), data)
	h.setData(v.Cell, Binary, 50000, uint32(c))
	le.PutUint32(h.cell(h.root)[nkMaxData:], 50000)
	file := fileOf(t, h)
	le.PutUint32(file[baseMinor:], 3)
	sealBase(file)

	old, r, err := Load(file, Options{})
	if err != nil || len(r.List) != 0 || old.Version() != 3 || old.Dirty() {
		t.Fatal(err, r.List)
	}
	v, _ = old.Value(old.root, Encode("v"))
	if !bytes.Equal(old.AppendData(nil, v), data) {
		t.Error("the big data are not read")
	}
	if _, err := old.Create(old.Root(), Encode("bEtter"), KeyOptions{}, 2); err != nil {
		t.Fatal(err)
	}
	if b := fileOf(t, old); !bytes.Equal(b[:4], []byte("regf")) || b[baseMinor] != 5 {
		t.Errorf("version %d is written", b[baseMinor])
	}
	now := reload(t, fileOf(t, old))
	v, _ = now.Value(now.root, Encode("v"))
	if now.Version() != 5 || !bytes.Equal(now.AppendData(nil, v), data) || !now.isBig(50000, now.field(v.Cell, vkData)) {
		t.Error("it has not become version 1.5")
	}
	if got := sig(now.cell(now.kids(now.root, false).list)); got != "lf" {
		t.Errorf("the list is %q", got)
	}
	if now.Find(now.root, Encode("ÄRGER")) == NoCell || now.Find(now.root, Encode("better")) == NoCell {
		t.Error("keys are not found")
	}
}

// TestOldUnchanged: an old hive that is only written becomes 1.5, too, data and
// all.
func TestOldUnchanged(t *testing.T) {
	h, err := New(Options{Name: "OLD"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SetValue(h.root, Encode("v"), Binary, []byte("12345678"), 1); err != nil {
		t.Fatal(err)
	}
	v, _ := h.Value(h.root, Encode("v"))
	h.freeData(v.Cell)
	c, err := h.stable.alloc(20000)
	if err != nil {
		t.Fatal(err)
	}
	h.setData(v.Cell, Binary, 20000, uint32(c))
	le.PutUint32(h.cell(h.root)[nkMaxData:], 20000)
	file := fileOf(t, h)
	le.PutUint32(file[baseMinor:], 3)
	sealBase(file)
	for i := range 2 {
		old, _, err := Load(bytes.Clone(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b []byte
		if i == 0 {
			b = fileOf(t, old)
		} else {
			d := &disk{}
			old.SetAllDirty()
			if err := old.Flush(d.all(), 3); err != nil {
				t.Fatal(err)
			}
			b = d.at(len(d.writes))[0]
		}
		now := reload(t, b)
		if v, _ := now.Value(now.root, Encode("v")); now.Version() != 5 || !now.isBig(20000, now.field(v.Cell, vkData)) {
			t.Errorf("version %d", now.Version())
		}
	}
}

// TestCutOffFile: of a file that ends too early the rest is used, and the report
// says what is gone.
func TestCutOffFile(t *testing.T) {
	whole := newPatient(t)
	keys := 0
	for n := baseSize + pageSize; n <= len(whole.file); n += 1000 {
		h, r, err := Load(bytes.Clone(whole.file[:n]), Options{})
		if err != nil {
			t.Errorf("%d bytes: %v", n, err)
			continue
		}
		missing := (len(whole.file) - n + pageSize - 1) / pageSize
		if missing > 0 && !strings.Contains(fmt.Sprint(r.List), "the file is cut off") {
			t.Errorf("%d bytes: %v", n, r.List)
		}
		now := 0
		_ = h.Walk(h.Root(), func(Cell, int) error { now++; return nil }) // the function returns no error
		if now < keys {
			t.Errorf("%d bytes: %d keys, with less there were %d", n, now, keys)
		}
		keys = now
		if _, r, err = Load(fileOf(t, h), Options{}); err != nil || r.Faults != 0 {
			t.Errorf("%d bytes: once more: %v %v", n, err, r.List)
		}
	}
	if keys < 10 {
		t.Errorf("%d keys", keys)
	}
}
