package regf

import (
	"bytes"
	"fmt"
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

func (h *Hive) field(c Cell, at int) Cell { return Cell(le.Uint32(h.cell(c)[at:])) }
