package pe

import (
	"bytes"
	debugpe "debug/pe"
	"encoding/binary"
	"errors"
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
	le.PutUint16(h, MachineAMD64)
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
	le.PutUint16(o[68:], 1)
	le.PutUint32(o[108:], 16)
	for i, s := range []struct {
		name                    string
		size, rva, raw, off, fl uint32
	}{
		{".text", 0x180, 0x1000, 0x200, 0x400, Execute | Read | 0x20},
		{".data", 0x200, 0x2000, 0x200, 0x600, Read | Write | 0x40},
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
	seal(b)
	return b
}

// seal puts the right checksum in, if b still has headers.
func seal(b []byte) {
	if at, err := header(b); err == nil && at+24+68 <= len(b) {
		binary.LittleEndian.PutUint32(b[at+24+64:], Sum(b))
	}
}

// TestAgainstStandardLibrary: debug/pe reads the same from the same file.
func TestAgainstStandardLibrary(t *testing.T) {
	b := build()
	m, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	f, err := debugpe.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	o := f.OptionalHeader.(*debugpe.OptionalHeader64)
	if m.Base != o.ImageBase || m.Entry != o.AddressOfEntryPoint || m.Size != o.SizeOfImage ||
		m.HeaderSize != o.SizeOfHeaders || m.CheckSum != o.CheckSum || m.Subsystem != o.Subsystem ||
		m.Characteristics != f.Characteristics || m.Machine != f.Machine {
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
		kind  Kind
	}{
		"MZ":                 {put(0, 0), "no MZ", NotImage},
		"PE offset":          {put(60, 0x7FFFFFFF), "no PE signature", NotImage},
		"PE offset negative": {put(60, 0xFFFFFFF0), "no PE signature", NotImage},
		"PE signature":       {put(0x80, 0), "no PE signature", NotImage},
		"i386":               {put(head, 0x3014C), "AMD64", Machine},
		"too many sections":  {put(head, 0xFFFF8664), "too many", Layout},
		"96 sections":        {put(head, 0x608664), "cut off", NotImage},
		"an object file":     {put(head+16, 0x22D00F0), "not linked", NotImage},
		"PE header at 81h":   {put(60, 0x81), "no PE signature", NotImage},
		"base at the end":    {put(opt+24, 0xFFFFF000), "base or size", Layout},
		"headers too short":  {put(opt+60, 0x100), "header size", Layout},
		"writable code":      {put(text+36, Execute|Write), ".text is both writable and executable", WriteExecute},
		"a byte":             {put(0x5F0, 1), "checksum is wrong", BadSum},
		"checksum":           {put(opt+64, 1), "checksum is wrong", BadSum},
		"imports":            {imports(opt+112+8, 0x2000, 12), "it needs KERNEL32.dll, which is not there", Imports},
		"delay imports":      {imports(opt+112+8*13, 0x2000, 4), "it needs KERNEL32.dll, which", Imports},
		"imports of nothing": {imports(opt+112+8, 0x2000, 16), "it needs another file", Imports},
		"imports in headers": {imports(opt+112+8, 0x80, 12), "it needs another file", Imports},
		"imports outside":    {imports(opt+112+8, 0xFFFFFFF0, 12), "import table is outside", Layout},
		"imports at the end": {imports(opt+112+8, 0x21F0, 12), "import table is outside", Layout},
		"TLS":                {put(opt+112+8*9, 0x2000), "thread-local", Runtime},
		"managed":            {put(opt+112+8*14, 0x2000), ".NET", Runtime},
		"optional header":    {put(head+16, 0x22F0010), "cut off", NotImage},
		"PE32":               {put(opt, 0x10B), "PE32+", NotImage},
		"section alignment":  {put(opt+32, 512), "aligned to pages", Layout},
		"base":               {put(opt+24, 0x80200001), "base or size", Layout},
		"size 0":             {put(opt+56, 0), "base or size", Layout},
		"size odd":           {put(opt+56, 0x6001), "base or size", Layout},
		"size huge":          {put(opt+56, 0xFFFFF000), "base or size", Layout},
		"header size":        {put(opt+60, 0x10000), "header size", Layout},
		"no sections":        {put(head, 0x8664), "no sections", Layout},
		"entry in data":      {put(opt+16, 0x2000), "entry point", Entry},
		"entry nowhere":      {put(opt+16, 0x9000), "entry point", Entry},
		"file ends":          {put(text+16, 0x10000), ".text ends after the file", Layout},
		"offset wraps":       {put(text+20, 0xFFFFFE00), ".text ends after the file", Layout},
		"overlap":            {put(data+12, 0x1000), ".data overlaps", Layout},
		"in the headers":     {put(text+12, 0), ".text overlaps", Layout},
		"not on a page":      {put(data+12, 0x2010), ".data overlaps", Layout},
		"past the image":     {put(data+8, 0x10000), ".data ends after the image", Layout},
		"size wraps":         {put(data+8, 0xFFFFFFFF), ".data ends after the image", Layout},
		"offset odd":         {put(data+20, 0x5F0), ".data is not aligned", Layout},
	} {
		b := build()
		c.spoil(b)
		if c.kind != BadSum {
			seal(b)
		}
		if m, err := Parse(b); err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.kind) || m != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := build()
	for i := range 0x84 + 260 + 120 {
		if _, err := Parse(b[:i]); err == nil {
			t.Errorf("cut to %d bytes: no error", i)
		}
	}
}

// imports makes a directory entry point at rva, where a descriptor has the RVA
// of a name at nameAt.
func imports(entry int, rva uint32, nameAt int) func([]byte) {
	return func(b []byte) {
		binary.LittleEndian.PutUint32(b[entry:], rva)
		copy(b[0x640:], "KERNEL32.dll\x00")
		binary.LittleEndian.PutUint32(b[0x600+nameAt:], 0x2040)
	}
}
