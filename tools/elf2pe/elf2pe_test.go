package main

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	ntpe "gont/pe"
)

var native = options{subsystem: pe.IMAGE_SUBSYSTEM_NATIVE, stackReserve: 1 << 20, stackCommit: 1 << 16}

// phdr describes a segment of a small ELF file built by makeELF.
type phdr struct {
	typ   elf.ProgType
	flags elf.ProgFlag
	addr  uint64
	data  []byte
	mem   uint64
	off0  bool // covers the ELF headers: its bytes begin at file offset 0
}

func makeELF(entry uint64, progs []phdr, edit func(*elf.Header64)) []byte {
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: entry,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(progs)),
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	if edit != nil {
		edit(&h)
	}
	var b, body bytes.Buffer
	binary.Write(&b, binary.LittleEndian, h)
	off := uint64(pageSize)
	for _, p := range progs {
		ph := elf.Prog64{Type: uint32(p.typ), Flags: uint32(p.flags), Off: off, Vaddr: p.addr, Paddr: p.addr, Filesz: uint64(len(p.data)), Memsz: p.mem, Align: pageSize}
		if p.off0 {
			ph.Off, ph.Filesz = 0, ph.Filesz+pageSize
		}
		binary.Write(&b, binary.LittleEndian, ph)
		body.Write(p.data)
		off += uint64(len(p.data))
	}
	b.Write(make([]byte, pageSize-b.Len()))
	b.Write(body.Bytes())
	return b.Bytes()
}

const base = 0x140000000

func sample() []phdr {
	return []phdr{
		{typ: elf.PT_LOAD, flags: elf.PF_R | elf.PF_X, addr: base, data: bytes.Repeat([]byte{0x90}, 0x1234), mem: pageSize + 0x1234, off0: true},
		{typ: elf.PT_LOAD, flags: elf.PF_R, addr: base + 0x3000, data: []byte("constant"), mem: 8},
		{typ: elf.PT_LOAD, flags: elf.PF_R | elf.PF_W, addr: base + 0x5000, data: []byte("variable\x00\x00"), mem: 0x12345},
	}
}

func TestSample(t *testing.T) {
	in := makeELF(base+0x1004, sample(), nil)
	out, err := convert(in, native)
	if err != nil {
		t.Fatal(err)
	}
	again, err := convert(in, native)
	if err != nil || !bytes.Equal(out, again) {
		t.Error("two conversions differ")
	}
	f, err := pe.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	oh := f.OptionalHeader.(*pe.OptionalHeader64)
	if oh.ImageBase != base || oh.AddressOfEntryPoint != 0x1004 || oh.SizeOfImage != 0x18000 || oh.Subsystem != 1 ||
		oh.SectionAlignment != pageSize || oh.SizeOfHeaders%fileAlign != 0 || f.TimeDateStamp != 0 {
		t.Errorf("optional header %+v", oh)
	}
	want := []struct {
		name      string
		rva, size uint32
		flags     uint32
		data      string
	}{
		{".text", 0x1000, 0x2000, 0x60000020, strings.Repeat("\x90", 0x1234)},
		{".rdata", 0x3000, 0x2000, 0x40000040, "constant"},
		{".data", 0x5000, 0x13000, 0xc0000040, "variable"},
	}
	if len(f.Sections) != len(want) {
		t.Fatalf("%d sections, want %d", len(f.Sections), len(want))
	}
	for i, w := range want {
		s := f.Sections[i]
		if s.Name != w.name || s.VirtualAddress != w.rva || s.VirtualSize != w.size || s.Characteristics != w.flags || s.Offset%fileAlign != 0 {
			t.Errorf("section %d: %+v, want %+v", i, s.SectionHeader, w)
		}
		got, err := s.Data()
		if err != nil || strings.TrimRight(string(got), "\x00") != w.data {
			t.Errorf("section %s: %d bytes of data, error %v", w.name, len(got), err)
		}
	}
}

// TestCheckSum sums the file the way the loader does: with the field counted
// as zero.
func TestCheckSum(t *testing.T) {
	out, err := convert(makeELF(base+0x1000, sample(), nil), native)
	if err != nil {
		t.Fatal(err)
	}
	stored := binary.LittleEndian.Uint32(out[checkSumField:])
	binary.LittleEndian.PutUint32(out[checkSumField:], 0)
	var sum uint64
	for i := 0; i < len(out); i += 2 {
		sum += uint64(binary.LittleEndian.Uint16(out[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	if want := uint32(sum) + uint32(len(out)); stored != want {
		t.Errorf("CheckSum %#x, want %#x", stored, want)
	}
}

func TestErrors(t *testing.T) {
	with := func(i int, f func(*phdr)) []phdr {
		s := sample()
		f(&s[i])
		return s
	}
	whole := makeELF(base+0x1000, sample(), nil)
	cases := []struct {
		name, want string
		data       []byte
	}{
		{"empty", "not an ELF file", nil},
		{"text", "not an ELF file", []byte("#!/bin/sh\necho no program at all\n")},
		{"truncated", "the file ends inside it", whole[:0x2000]},
		{"arm64", "not amd64", makeELF(base+0x1000, sample(), func(h *elf.Header64) { h.Machine = uint16(elf.EM_AARCH64) })},
		{"shared", "position independent", makeELF(base+0x1000, sample(), func(h *elf.Header64) { h.Type = uint16(elf.ET_DYN) })},
		{"object", "not an executable", makeELF(base+0x1000, sample(), func(h *elf.Header64) { h.Type = uint16(elf.ET_REL) })},
		{"dynamic", "dynamically linked", makeELF(base+0x1000, append(sample(), phdr{typ: elf.PT_INTERP, data: []byte("/lib/ld.so\x00"), mem: 11}), nil)},
		{"tls", "thread-local", makeELF(base+0x1000, append(sample(), phdr{typ: elf.PT_TLS, data: []byte("x"), mem: 8}), nil)},
		{"wx", "both writable and executable", makeELF(base+0x1000, with(0, func(p *phdr) { p.flags |= elf.PF_W }), nil)},
		{"unaligned", "not a multiple", makeELF(base+0x1000, with(1, func(p *phdr) { p.addr += 8 }), nil)},
		{"overlap", "overlap", makeELF(base+0x1000, with(1, func(p *phdr) { p.addr = base + 0x2000 }), nil)},
		{"short", "more bytes in the file", makeELF(base+0x1000, with(1, func(p *phdr) { p.mem = 4 }), nil)},
		{"huge", "out of range", makeELF(base+0x1000, with(2, func(p *phdr) { p.mem = 1 << 40 }), nil)},
		{"empty program", "no loadable segment", makeELF(base+0x1000, nil, nil)},
		{"entry in data", "not in an executable", makeELF(base+0x3000, sample(), nil)},
		{"entry nowhere", "in no segment", makeELF(0x1000, sample(), nil)},
		{"odd base", "64 KiB", makeELF(base+0x3000, []phdr{{typ: elf.PT_LOAD, flags: elf.PF_X, addr: base + 0x3000, data: []byte{0x90}, mem: 1}}, nil)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := convert(c.data, native)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, makeELF(base+0x1000, sample(), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := map[string][]string{
		"usage":             {in},
		"unknown subsystem": {"-subsystem", "posix", "-o", out, in},
		"not a number":      {"-base", "high", "-o", out, in},
		"linked for base":   {"-base", "0x400000", "-o", out, in},
		"no such file":      {"-o", out, in + "x"},
		"more than":         {"-stack-reserve", "1", "-o", out, in},
	}
	for want, args := range bad {
		if err := run(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%q): got %v, want an error with %q", args, err, want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("run(%q) left an output file", args)
		}
	}
	if err := run([]string{"-base", "0x140000000", "-o", out, in}); err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-lz4", "-o", out, in}); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(lz4.NewReader(bytes.NewReader(packed)))
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("LZ4 frame unpacks to %d bytes, error %v; want %d", len(got), err, len(plain))
	}
}

// TestGoProgram converts what the Go linker really writes and compares every
// loaded byte.
func TestGoProgram(t *testing.T) {
	dir := t.TempDir()
	src := "package main\nvar big [1 << 20]byte\nfunc main() { println(len(big)) }\n"
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -T 0x140001000", "-o", "p.elf", "p.go")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	data, err := os.ReadFile(filepath.Join(dir, "p.elf"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := convert(data, native)
	if err != nil {
		t.Fatal(err)
	}
	ef, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	pf, err := pe.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	oh := pf.OptionalHeader.(*pe.OptionalHeader64)
	mem := make([]byte, oh.SizeOfImage)
	for _, s := range pf.Sections {
		d, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		copy(mem[s.VirtualAddress:s.VirtualAddress+s.VirtualSize], d)
	}
	if oh.ImageBase != base || uint64(oh.AddressOfEntryPoint)+oh.ImageBase != ef.Entry {
		t.Errorf("base %#x entry %#x", oh.ImageBase, oh.AddressOfEntryPoint)
	}
	// The debugger finds the function table by the image's first page, in memory.
	table := ef.Section(".gopclntab")
	if at, size, code, ok := ntpe.GoTable(out[:min(len(out), pageSize)]); !ok || uint64(at)+base != table.Addr || uint64(size) != table.Size || uint64(code)+base != ef.Section(".text").Addr {
		t.Errorf("function table at %#x, %#x bytes, code %#x, %v; want %#x, %#x", at, size, code, ok, table.Addr-base, table.Size)
	}
	for n := range 2000 { // a damaged page is refused, or read to an end
		bad := bytes.Clone(out[:512])
		bad[n%512] ^= byte(1 + n/512*37)
		ntpe.GoTable(bad[:n%512])
		ntpe.GoTable(bad)
	}
	for _, s := range ef.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOTE {
			continue
		}
		want := make([]byte, s.Size)
		if s.Type != elf.SHT_NOBITS {
			if want, err = s.Data(); err != nil {
				t.Fatal(err)
			}
		}
		if got := mem[s.Addr-base:][:s.Size]; !bytes.Equal(got, want) {
			t.Errorf("section %s differs", s.Name)
		}
	}
}
