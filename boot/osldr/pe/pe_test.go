package pe

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"strings"
	"testing"
)

// build makes a small image: headers, .text, .data, .bss.
func build() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0x800)
	copy(b, "MZ")
	le.PutUint32(b[60:], 0x80)
	copy(b[0x80:], "PE\x00\x00")
	h := b[0x84:]
	le.PutUint16(h, 0x8664)
	le.PutUint16(h[2:], 3)
	le.PutUint16(h[16:], 240)
	le.PutUint16(h[18:], 0x22F)
	o := h[20:]
	le.PutUint16(o, 0x20B)
	le.PutUint32(o[16:], 0x1010)
	le.PutUint64(o[24:], 0xFFFFFFFF80200000)
	le.PutUint32(o[32:], 4096)
	le.PutUint32(o[36:], 512)
	le.PutUint32(o[56:], 0x6000)
	le.PutUint32(o[60:], 0x400)
	le.PutUint32(o[64:], 0x1234)
	le.PutUint16(o[68:], 1)
	le.PutUint32(o[108:], 16)
	for i, s := range []struct {
		name                    string
		size, rva, raw, off, fl uint32
	}{
		{".text", 0x180, 0x1000, 0x200, 0x400, Execute | Read | 0x20},
		{".data", 0x100, 0x2000, 0x200, 0x600, Read | Write | 0x40},
		{".bss", 0x3000, 0x3000, 0, 0, Read | Write | 0x80},
	} {
		t := o[240+40*i:]
		copy(t[:8], s.name)
		le.PutUint32(t[8:], s.size)
		le.PutUint32(t[12:], s.rva)
		le.PutUint32(t[16:], s.raw)
		le.PutUint32(t[20:], s.off)
		le.PutUint32(t[36:], s.fl)
	}
	return b
}

// TestAgainstStandardLibrary: debug/pe reads the same from the same file.
func TestAgainstStandardLibrary(t *testing.T) {
	b := build()
	m, err := Parse(b, len(b))
	if err != nil {
		t.Fatal(err)
	}
	f, err := pe.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	o := f.OptionalHeader.(*pe.OptionalHeader64)
	if m.Base != o.ImageBase || m.Entry != o.AddressOfEntryPoint || m.Size != o.SizeOfImage ||
		m.HeaderSize != o.SizeOfHeaders || m.CheckSum != o.CheckSum || m.Subsystem != o.Subsystem ||
		m.Characters != f.Characteristics || !m.FixedBase {
		t.Errorf("%+v\n%+v", m, o)
	}
	if len(m.Sections) != len(f.Sections) {
		t.Fatal("number of sections")
	}
	for i, s := range m.Sections {
		w := f.Sections[i]
		if s.Name != w.Name || s.RVA != w.VirtualAddress || s.Size != w.VirtualSize || s.Flags != w.Characteristics ||
			s.FileOffset != w.Offset || s.FileSize != min(w.Size, w.VirtualSize) {
			t.Errorf("%+v\n%+v", s, w)
		}
	}
}

func TestDamage(t *testing.T) {
	const head, opt = 0x84, 0x84 + 20
	const text, data = opt + 240, opt + 240 + 40
	put := func(at int, v uint32) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
	}
	for name, c := range map[string]struct {
		spoil func([]byte)
		want  string
	}{
		"MZ":                 {put(0, 0), "no MZ"},
		"PE offset":          {put(60, 0x7FFFFFFF), "no PE signature"},
		"PE offset negative": {put(60, 0xFFFFFFF0), "no PE signature"},
		"PE signature":       {put(0x80, 0), "no PE signature"},
		"i386":               {put(head, 0x3014C), "AMD64"},
		"too many sections":  {put(head, 0xFFFF8664), "cut off"},
		"optional header":    {put(head+16, 0x22F0010), "cut off"},
		"PE32":               {put(opt, 0x10B), "PE32+"},
		"section alignment":  {put(opt+32, 512), "aligned to pages"},
		"base":               {put(opt+24, 0x80200001), "base or size"},
		"size 0":             {put(opt+56, 0), "base or size"},
		"size odd":           {put(opt+56, 0x6001), "base or size"},
		"size huge":          {put(opt+56, 0xFFFFF000), "base or size"},
		"header size":        {put(opt+60, 0x10000), "header size"},
		"no sections":        {put(head, 0x8664), "no sections"},
		"entry in data":      {put(opt+16, 0x2000), "entry point"},
		"entry nowhere":      {put(opt+16, 0x9000), "entry point"},
		"file ends":          {put(text+16, 0x10000), ".text ends after the file"},
		"offset wraps":       {put(text+20, 0xFFFFFE00), ".text ends after the file"},
		"overlap":            {put(data+12, 0x1000), ".data overlaps"},
		"in the headers":     {put(text+12, 0), ".text overlaps"},
		"not on a page":      {put(data+12, 0x2010), ".data overlaps"},
		"past the image":     {put(data+8, 0x10000), ".data ends after the image"},
		"size wraps":         {put(data+8, 0xFFFFFFFF), ".data ends after the image"},
		"offset odd":         {put(data+20, 0x5F0), ".data is not aligned"},
	} {
		b := build()
		c.spoil(b)
		if _, err := Parse(b, len(b)); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "C000007B") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := build()
	for i := range 0x84 + 260 + 120 {
		if _, err := Parse(b[:i], len(b)); err == nil {
			t.Errorf("cut to %d bytes: no error", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(build())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b[:min(len(b), HeaderRead)], len(b))
		if err != nil {
			return
		}
		for _, s := range m.Sections { // what a loader does with it
			_ = b[s.FileOffset : s.FileOffset+s.FileSize]
			if uint64(s.RVA)+uint64(s.FileSize) > uint64(m.Size) {
				t.Errorf("%+v", s)
			}
		}
	})
}
