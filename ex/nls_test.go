package ex

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/rtl/nls"
)

// codePage makes the file of a code page of one byte a character, in which byte b is
// character b, and 80h is the euro sign.
func codePage(number uint16) []byte {
	const headerWords = 13
	w := []uint16{headerWords, number, 1, '?', '?', '?', '?', 0, 0, 0, 0, 0, 0, 256 + 1 + 1 + 1}
	wide := make([]byte, 1<<16)
	for c := range uint16(256) {
		u := c
		if c == 0x80 {
			u = 0x20AC
		}
		w = append(w, u)
		wide[u] = byte(c)
	}
	w = append(w, 0, 0, 0)
	var b []byte
	for _, x := range w {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return append(b, wide...)
}

func clearNls() {
	nls.Install(nls.Tables{})
	nlsFiles = [3]struct {
		name string
		file []byte
	}{}
}

// TestNls (P0.3, P0.21, P1.19): the loader's tables are in force, then copies of them when
// the loader's memory is gone, and programs can read them.
func TestNls(t *testing.T) {
	defer clearNls()
	simulate(t, func(w *world) {
		if s := mm.CreateSectionType(); !s.OK() {
			t.Fatal(s)
		}
		ansi, oem := codePage(1252), codePage(437)
		if p := InitNls(ansi, oem, nil); !slices.Equal(p, []string{"no table of upper and lower case: the kernel's own is used"}) {
			t.Errorf("%q", p)
		}
		w.expect("the euro sign", string(nls.OemBytes("€")), "\x80")
		if s, err := MoveNls(); !s.OK() || err != nil {
			t.Fatal(s, err)
		}
		want := slices.Clone(ansi)
		clear(ansi)
		clear(oem)
		w.expect("the euro sign without the loader's memory", string(nls.OemBytes("€")), "\x80")
		if s := CreateNlsSections(); !s.OK() {
			t.Fatal(s)
		}
		o, s := ob.Lookup(nil, `\NLS\NlsSectionCP1252`, true, mm.SectionType)
		if !s.OK() {
			t.Fatal(s)
		}
		section := o.Body.(*mm.Section)
		space, _ := mm.NewAddressSpace()
		if _, _, _, s := space.MapView(section, mm.View{Protect: nt.PageReadWrite}); s.OK() {
			t.Error("the section can be mapped to write")
		}
		base, _, _, s := space.MapView(section, mm.View{Protect: nt.PageReadOnly})
		if !s.OK() {
			t.Fatal(s)
		}
		got := make([]byte, len(want))
		if _, s := space.ReadBytes(base, got); !s.OK() || !slices.Equal(got, want) {
			t.Errorf("the section has other bytes, %v", s)
		}
		space.Destroy()
		o.Dereference()
		if _, s := ob.Lookup(nil, `\NLS\NlsSectionLANG_INTL`, true, mm.SectionType); s.OK() {
			t.Error("the built-in table has a section")
		}
	})
}

// TestNlsDamaged (P0.3): each damaged file is named, and Latin-1 stands for it; whatever a
// file holds, it can be moved or is not in force.
func TestNlsDamaged(t *testing.T) {
	defer clearNls()
	simulate(t, func(w *world) {
		w.expect("problems without files", len(InitNls(nil, nil, nil)), 3)
		w.expect("problems with empty files", len(InitNls([]byte{}, []byte{1}, []byte{2, 3})), 3)
		w.expect("Latin-1", string(nls.OemBytes("ä")), "\xE4")
		good, rnd := codePage(437), rand.New(rand.NewPCG(5, 6))
		refused := 0
		for range 200 {
			b := slices.Clone(good)
			for range 1 + rnd.IntN(3) {
				b[rnd.IntN(40)] ^= 1 << rnd.IntN(8)
			}
			b = b[:len(b)-rnd.IntN(2)*rnd.IntN(len(b))]
			if refused += len(InitNls(b, b, b)); nls.Current().Oem == nil {
				continue
			}
			nls.OemBytes("aä€\U0001F600")
			if s, err := MoveNls(); !s.OK() {
				t.Fatal(s, err)
			}
			for i, f := range nlsFiles {
				if f.file != nil {
					mm.FreePool(f.file, nlsTag)
				}
				nlsFiles[i].file = nil
			}
		}
		if refused < 200 {
			t.Errorf("%d files were refused", refused)
		}
	})
}

// TestNlsWithoutPool (P0.21): the table for which there is no pool is named.
func TestNlsWithoutPool(t *testing.T) {
	defer clearNls()
	simulate(t, func(w *world) {
		InitNls(codePage(1252), codePage(437), nil)
		ke.FailAllocation(2)
		s, err := MoveNls()
		ke.EndFailAllocation()
		if s != nt.StatusNoMemory || err == nil || err.Error() != "no pool for 66082 bytes of NlsSectionCP437" {
			t.Errorf("%v, %v", s, err)
		}
	})
}
