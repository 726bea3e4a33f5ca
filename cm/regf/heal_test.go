package regf

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// patient is a hive of which a test damages one thing.
type patient struct {
	h    *Hive
	file []byte
}

// newPatient has keys A (with subkeys a0 to a9, class and values), B and C.
func newPatient(t testing.TB) *patient {
	h, err := New(Options{Name: "PATIENT", Time: 1})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []string{"A", "B", "C"} {
		k, err := h.Create(h.Root(), Encode(n), KeyOptions{Class: Encode("class of " + n)}, 1)
		must(err)
		must(h.SetValue(k, Encode("number"), Dword, []byte{1, 2, 3, 4}, 1))
		must(h.SetValue(k, Encode("text"), String, []byte("some text that is longer"), 1))
		must(h.SetValue(k, Encode("big"), Binary, bytes.Repeat([]byte{9}, 40000), 1))
		for i := range 10 {
			_, err := h.Create(k, Encode(fmt.Sprint(n, i)), KeyOptions{Security: descriptor(i % 2)}, 1)
			must(err)
		}
	}
	return &patient{h, fileOf(t, h)}
}

func (p *patient) key(path string) Cell { return p.h.Open(p.h.Root(), path) }

func (p *patient) val(key, name string) Cell {
	v, _ := p.h.Value(p.key(key), Encode(name))
	return v.Cell
}

// field is a cell that a field of another names.
func (p *patient) field(c Cell, at int) Cell { return Cell(le.Uint32(p.h.cell(c)[at:])) }

// data are the file's bytes of a cell.
func (p *patient) data(c Cell) []byte { return p.file[baseSize+int(c)+4:] }

func (p *patient) put32(c Cell, at int, v uint32) { le.PutUint32(p.data(c)[at:], v) }
func (p *patient) put16(c Cell, at int, v uint16) { le.PutUint16(p.data(c)[at:], v) }
func (p *patient) size(c Cell, v int32)           { le.PutUint32(p.file[baseSize+int(c):], uint32(v)) }

// TestHeal: each kind of fault is found, told with its cell, and mended, and what
// has nothing to do with it is still there.
func TestHeal(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(p *patient) Cell // and the cell that is told
		want   string
		lost   string // keys and values that are gone, separated by blanks
	}{
		{"base block: checksum", func(p *patient) Cell { p.file[200] ^= 1; return NoCell }, "checksum of the base block", ""},
		{"base block: sequence numbers", func(p *patient) Cell {
			le.PutUint32(p.file[baseSeq1:], 7)
			sealBase(p.file)
			return NoCell
		}, "a flush was not completed (sequence numbers 7 and 1)", ""},
		{"base block: length", func(p *patient) Cell {
			le.PutUint32(p.file[baseLength:], 0x1234)
			sealBase(p.file)
			return NoCell
		}, "0x1234 bytes of bins", ""},
		{"base block: root", func(p *patient) Cell {
			le.PutUint32(p.file[baseRoot:], uint32(p.key("A")))
			le.PutUint32(p.file[baseRoot:], 0x28)
			sealBase(p.file)
			return 0x28
		}, "not the root key", ""},
		{"root: flags", func(p *patient) Cell { p.put16(p.h.root, nkFlags, FlagCompName); return p.h.root }, "not marked as one", ""},
		{"root: descriptor", func(p *patient) Cell { p.put32(p.h.root, nkSecurity, 0x123456); return p.h.root }, "root key has no security descriptor", ""},
		{"bin: header", func(p *patient) Cell { copy(p.file[baseSize:], "nibh"); return 0 }, "bad header", ""},
		{"bin: offset", func(p *patient) Cell { le.PutUint32(p.file[baseSize+binOffset:], 4096); return 0 }, "bad header", ""},
		{"bin: length", func(p *patient) Cell { le.PutUint32(p.file[baseSize+binLength:], 777); return 0 }, "bad header", ""},
		{"cell: size 0", func(p *patient) Cell { p.size(p.val("A", "number"), 0); return p.val("A", "number") }, "size 0 is impossible", "A:number"},
		{"cell: size too big", func(p *patient) Cell { p.size(p.key("B"), -0x7ffffff8); return p.key("B") }, "is impossible", ""},
		{"cell: size not of eights", func(p *patient) Cell { p.size(p.key("B"), -93); return p.key("B") }, "size -93 is impossible", ""},
		{"cell: free", func(p *patient) Cell {
			p.size(p.val("B", "number"), 32)
			return p.key("B")
		}, "value number 0", "B:number"},
		{"key: name empty", func(p *patient) Cell { p.put16(p.key("A\\A5"), nkNameLen, 0); return p.key("A\\A5") }, "impossible length, 0", "A\\A5"},
		{"key: name too long", func(p *patient) Cell { p.put16(p.key("A\\A5"), nkNameLen, 5000); return p.key("A\\A5") }, "impossible length, 5000", "A\\A5"},
		{"key: backslash", func(p *patient) Cell { p.data(p.key("A\\A5"))[nkName] = '\\'; return p.key("A\\A5") }, "has a backslash in it", "A\\A5"},
		{"key: duplicate", func(p *patient) Cell { p.data(p.key("A\\A5"))[nkName+1] = '4'; return p.key("A\\A5") }, "its name is \"A4~", "A\\A5"},
		{"key: parent", func(p *patient) Cell { p.put32(p.key("A\\A5"), nkParent, uint32(p.key("B"))); return p.key("A\\A5") }, "says that its parent is", ""},
		{"key: volatile", func(p *patient) Cell {
			p.put16(p.key("A"), nkFlags, FlagCompName|FlagVolatile)
			return p.key("A")
		}, "flags that do not belong", ""},
		{"key: predefined", func(p *patient) Cell {
			p.put16(p.key("A"), nkFlags, FlagCompName|FlagPredef)
			p.put32(p.key("A"), nkValues, 0x80000001)
			return p.key("A")
		}, "predefined handle", "A:number A:text A:big"},
		{"key: signature", func(p *patient) Cell { copy(p.data(p.key("C\\C3")), "kn"); return p.key("C") }, "there is no key", "C\\C3"},
		{"key: class", func(p *patient) Cell { p.put32(p.key("A"), nkClass, 3); return p.key("A") }, "lost its class", ""},
		{"key: descriptor", func(p *patient) Cell { p.put32(p.key("A"), nkSecurity, uint32(p.key("B"))); return p.key("A") }, "has its parent's now", ""},
		{"key: two parents", func(p *patient) Cell {
			p.put32(p.field(p.key("B"), nkList), 4, uint32(p.key("A\\A0")))
			return NoCell
		}, "the cell is used by something else", "B\\B0"},
		{"key: stolen by one before", func(p *patient) Cell {
			p.put32(p.field(p.key("A"), nkList), 4, uint32(p.key("B\\B0")))
			return p.key("A")
		}, "it is a subkey of another key", "A\\A0"},
		{"value: data are a key", func(p *patient) Cell {
			p.put32(p.val("A", "text"), vkData, uint32(p.key("C")))
			return p.key("A")
		}, "used by something else", "A:text"},
		{"key: class is a value", func(p *patient) Cell {
			p.put32(p.key("A"), nkClass, uint32(p.val("C", "text")))
			return p.key("A")
		}, "lost its class", ""},
		{"values: an entry is a key", func(p *patient) Cell {
			p.put32(p.field(p.key("A"), nkValueList), 4, uint32(p.key("C")))
			return p.key("A")
		}, "lost value number 1", "A:text"},
		{"key: its own ancestor", func(p *patient) Cell {
			p.put32(p.field(p.key("B"), nkList), 4, uint32(p.h.root))
			return p.key("B")
		}, "the cell is used by something else", "B\\B0"},
		{"key: count", func(p *patient) Cell { p.put32(p.key("A"), nkCount, 3); return p.key("A") }, "counts 3 subkeys and has 10", ""},
		{"key: count 0", func(p *patient) Cell { p.put32(p.key("A"), nkCount, 0); return p.key("A") }, "counts 0 subkeys and has 10", ""},
		{"key: greatest lengths", func(p *patient) Cell { p.put32(p.key("A"), nkMaxName, 0); return p.key("A") }, "greatest lengths of subkeys", ""},
		{"list: hash", func(p *patient) Cell { p.put32(p.field(p.key("A"), nkList), 8, 1); return p.key("A") }, "1 entries in the list", ""},
		{"list: order", func(p *patient) Cell {
			l := p.data(p.field(p.key("A"), nkList))
			for i := range 8 {
				l[4+i], l[20+i] = l[20+i], l[4+i]
			}
			return p.key("A")
		}, "not sorted", ""},
		{"list: twice the same", func(p *patient) Cell {
			l := p.data(p.field(p.key("A"), nkList))
			copy(l[4:12], l[12:20])
			return p.key("A")
		}, "an entry is gone", "A\\A0"},
		{"list: count", func(p *patient) Cell { p.put16(p.field(p.key("A"), nkList), 2, 60000); return p.key("A") }, "counts 60000 entries", ""},
		{"list: lost", func(p *patient) Cell { p.put32(p.key("A"), nkList, 0x7770); return p.key("A") }, "is built again",
			"A\\A0 A\\A1 A\\A2 A\\A3 A\\A4 A\\A5 A\\A6 A\\A7 A\\A8 A\\A9"},
		{"list: of itself", func(p *patient) Cell {
			// The list is a root whose leaf is the list itself.
			l := p.field(p.key("A"), nkList)
			copy(p.data(l), "ri")
			p.put16(l, 2, 1)
			p.put32(l, 4, uint32(l))
			return p.key("A")
		}, "used by something else", "A\\A0 A\\A1 A\\A2 A\\A3 A\\A4 A\\A5 A\\A6 A\\A7 A\\A8 A\\A9"},
		{"values: count", func(p *patient) Cell { p.put32(p.key("A"), nkValues, 900); return p.key("A") }, "counts 900 values", ""},
		{"values: list", func(p *patient) Cell { p.put32(p.key("A"), nkValueList, 0x10); return p.key("A") }, "lost its 3 values", "A:number A:text A:big"},
		{"values: an entry", func(p *patient) Cell { p.put32(p.field(p.key("A"), nkValueList), 4, 5); return p.key("A") }, "lost value number 1", "A:text"},
		{"values: duplicate", func(p *patient) Cell {
			copy(p.data(p.val("A", "text"))[vkName:], "BIG ")
			p.put16(p.val("A", "text"), vkNameLen, 3)
			return p.key("A")
		}, "two values named", "A:text"},
		{"value: name", func(p *patient) Cell { p.put16(p.val("A", "text"), vkNameLen, 999); return p.key("A") }, "the name has an impossible length", "A:text"},
		{"value: inline", func(p *patient) Cell { p.put32(p.val("A", "number"), vkSize, vkInline|5); return p.key("A") }, "more than 4 bytes in itself", "A:number"},
		{"value: data too small", func(p *patient) Cell { p.put32(p.val("A", "text"), vkSize, 9000); return p.key("A") }, "the cell is too small", "A:text"},
		{"value: another's data", func(p *patient) Cell {
			p.put32(p.val("B", "text"), vkData, uint32(p.field(p.val("A", "text"), vkData)))
			return NoCell
		}, "used by something else", "A:text|B:text"},
		{"big data: segments", func(p *patient) Cell { p.put16(p.field(p.val("A", "big"), vkData), 2, 2); return p.key("A") }, "wrong number of segments", "A:big"},
		{"big data: a segment", func(p *patient) Cell {
			p.put32(p.field(p.field(p.val("A", "big"), vkData), 4), 0, 0x28)
			return p.key("A")
		}, "a segment:", "A:big"},
		{"security: count", func(p *patient) Cell {
			sk := p.field(p.key("A\\A0"), nkSecurity)
			p.put32(sk, skCount, 999)
			return sk
		}, "counts 999 keys and has 15", ""},
		{"security: ring", func(p *patient) Cell {
			p.put32(p.field(p.key("A\\A0"), nkSecurity), skNext, 0x30)
			return p.field(p.h.root, nkSecurity)
		}, "the ring of security descriptors is broken", ""},
		{"security: descriptor", func(p *patient) Cell {
			p.data(p.field(p.key("A\\A1"), nkSecurity))[skData] = 9
			return p.key("A\\A1")
		}, "has its parent's now", ""},
	} {
		p := newPatient(t)
		cell := c.damage(p)
		h, r, err := Load(bytes.Clone(p.file), Options{Reclaim: true})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		told := false
		for _, f := range r.List {
			if strings.Contains(f.Reason, c.want) && !f.Note && (f.Cell == cell || cell == NoCell) {
				told = true
			}
		}
		if !told {
			t.Errorf("%s: %q at %v is not in the report: %v", c.name, c.want, cell, r.List)
		}
		lost := map[string]bool{}
		for _, l := range strings.Fields(c.lost) {
			for _, one := range strings.Split(l, "|") {
				lost[one] = true
			}
		}
		check := func(what string, there bool) {
			if strings.Contains(c.lost, "|") && lost[what] {
				return // one of two
			}
			if there == lost[what] {
				t.Errorf("%s: %s is there: %v; %v", c.name, what, there, r.List)
			}
		}
		for _, n := range []string{"A", "B", "C"} {
			k := h.Open(h.Root(), n)
			if k == NoCell {
				t.Errorf("%s: key %s is gone: %v", c.name, n, r.List)
				continue
			}
			for _, v := range []string{"number", "text", "big"} {
				_, ok := h.Value(k, Encode(v))
				check(n+":"+v, ok)
			}
			for i := range 10 {
				sub := fmt.Sprintf("%s\\%s%d", n, n, i)
				check(sub, h.Open(h.Root(), sub) != NoCell)
			}
		}
		if !strings.HasPrefix(c.name, "base block") && !h.Dirty() {
			t.Errorf("%s: the next flush would not write it", c.name)
		}
		reload(t, fileOf(t, h))
	}
}

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

func (h *Hive) field(c Cell, at int) Cell { return Cell(le.Uint32(h.cell(c)[at:])) }

// outside is memory that is no part of the Go heap, as in the kernel.
type outside struct{ all []byte }

func (o *outside) Alloc(n int) []byte {
	b := o.all[:n:n]
	o.all = o.all[n:]
	return b
}

func (o *outside) Free([]byte) {}

// TestHeapCost: beside its bytes a hive of 10 MB costs the Go heap next to
// nothing, and no object for a key.
func TestHeapCost(t *testing.T) {
	h, err := New(Options{Name: "BIG", Memory: &outside{make([]byte, 24<<20)}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; h.Length() < some(10, 2)<<20; i++ {
		k, err := h.Create(h.Root(), Encode(fmt.Sprint("key", i)), KeyOptions{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.SetValue(k, Encode("value"), String, make([]byte, 40), 1); err != nil {
			t.Fatal(err)
		}
	}
	file := fileOf(t, h)
	h = nil
	mem := &outside{make([]byte, 24<<20)}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h, r, err := Load(file, Options{Memory: mem})
	if err != nil || len(r.List) != 0 {
		t.Fatal(err, r.List)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := int64(after.HeapAlloc) - int64(before.HeapAlloc); n > 1<<20 {
		t.Errorf("%d KB of Go heap for a hive of %d MB with %d subkeys", n>>10, h.Length()>>20, h.Key(h.Root()).Subkeys)
	}
	if n := int64(after.HeapObjects) - int64(before.HeapObjects); n > 200 {
		t.Errorf("%d objects more", n)
	}
	if n := int64(after.TotalAlloc - before.TotalAlloc); n > 4*int64(len(file)) {
		t.Errorf("Load has allocated %d KB for a file of %d", n>>10, len(file)>>10)
	}
	runtime.KeepAlive(h)
}

func BenchmarkLoad10MB(b *testing.B) {
	h, err := New(Options{Name: "BIG"})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; h.Length() < 10<<20; i++ {
		k, err := h.Create(h.Root(), Encode(fmt.Sprint("key", i)), KeyOptions{}, 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := h.SetValue(k, Encode("value"), String, make([]byte, 40), 1); err != nil {
			b.Fatal(err)
		}
	}
	file := fileOf(b, h)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, _, err := Load(file, Options{Adopt: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenQuery(b *testing.B) {
	h, err := New(Options{Name: "R"})
	if err != nil {
		b.Fatal(err)
	}
	key := h.Root()
	var path [][]uint16
	for range 4 {
		for i := range 20 {
			if _, err := h.Create(key, Encode(fmt.Sprint("CurrentKey", i)), KeyOptions{}, 1); err != nil {
				b.Fatal(err)
			}
		}
		path = append(path, Encode("currentkey13"))
		key = h.Find(key, path[0])
	}
	if err := h.SetValue(key, Encode("Start"), Dword, make([]byte, 4), 1); err != nil {
		b.Fatal(err)
	}
	name, data := Encode("start"), make([]byte, 4)
	for b.Loop() {
		k := h.Root()
		for _, n := range path {
			k = h.Find(k, n)
		}
		v, _ := h.Value(k, name)
		h.ReadData(data, v)
	}
}
