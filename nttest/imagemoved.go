//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"strings"

	"gont/nt"
	"gont/ntdll"
	"gont/pe"
)

// movedFixups are the addresses in imageFile's image, by their RVA: in a page, and across the boundary of two.
var movedFixups = []uint32{0x1010, 0x1FFC}

// imageFile is a PE32+ file with a page of code, two of data and a base relocation table.
func imageFile(base uint64) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0x200)
	copy(b, "MZ")
	le.PutUint32(b[60:], 0x40)
	copy(b[0x40:], "PE\x00\x00")
	h := b[0x44:]
	le.PutUint16(h, pe.MachineAMD64)
	le.PutUint16(h[2:], 3)
	le.PutUint16(h[16:], 240)
	le.PutUint16(h[18:], pe.FileExecutableImage|pe.FileLargeAddressAware)
	o := h[20:]
	le.PutUint16(o, pe.Magic64)
	le.PutUint32(o[16:], 0x3000)
	le.PutUint64(o[24:], base)
	le.PutUint32(o[32:], pe.PageSize)
	le.PutUint32(o[36:], 0x200)
	le.PutUint32(o[56:], 0x5000)
	le.PutUint32(o[60:], 0x200)
	le.PutUint16(o[68:], pe.SubsystemNative)
	le.PutUint32(o[108:], 16)
	le.PutUint32(o[112+8*5:], 0x4000)
	le.PutUint32(o[112+8*5+4:], 12)
	data, code, table := make([]byte, 0x2000), make([]byte, 0x200), make([]byte, 0x200)
	for i := range data {
		data[i] = byte(i * 3)
	}
	for _, rva := range movedFixups {
		le.PutUint64(data[rva-0x1000:], base+uint64(rva))
	}
	code[0] = 0xC3 // RET
	le.PutUint32(table, 0x1000)
	le.PutUint32(table[4:], 12)
	for i, rva := range movedFixups {
		le.PutUint16(table[8+2*i:], uint16(0xA000|rva&0xFFF))
	}
	at := uint32(len(b))
	for i, s := range []struct {
		name  string
		rva   uint32
		data  []byte
		flags uint32
	}{{".data", 0x1000, data, pe.InitializedData | pe.Read | pe.Write}, {".text", 0x3000, code, pe.Code | pe.Execute | pe.Read},
		{".reloc", 0x4000, table, pe.InitializedData | pe.Read}} {
		t := o[240+40*i:]
		copy(t[:8], s.name)
		le.PutUint32(t[8:], uint32(len(s.data)))
		le.PutUint32(t[12:], s.rva)
		le.PutUint32(t[16:], uint32(len(s.data)))
		le.PutUint32(t[20:], at)
		le.PutUint32(t[36:], s.flags)
		at += uint32(len(s.data))
	}
	b = append(append(append(b, data...), code...), table...)
	return b
}

// imageMoved maps an image of a file three times: at its base, elsewhere, and in a process that has it
// at its base. Everywhere it has the addresses that are right there.
func imageMoved() error {
	const base = 0x0000_0002_0000_0000
	return withVolume(func() error {
		f, _, s := createFile(0, `\moved.exe`, nt.FileReadData|nt.FileWriteData|nt.FileExecute, 0, nt.FileCreate, 0)
		if !s.OK() {
			return expect("a file", s, 0)
		}
		defer ntdll.NtClose(f)
		if _, s = ntdll.NtWriteFile(f, nil, imageFile(base), nil); !s.OK() {
			return expect("write", s, 0)
		}
		h, s := ntdll.NtCreateFileSection(sectionAll, f, 0, nt.PageExecute, nt.SecImage)
		if !s.OK() {
			return expect("NtCreateSection", s, 0)
		}
		defer ntdll.NtClose(h)
		right := func(what string, at uint64, s, want nt.Status) error {
			if s != want {
				return expect(what, s, want)
			}
			b := make([]byte, 0x2000)
			if _, s = ntdll.NtReadVirtualMemory(nt.CurrentProcess, at+0x1000, b); !s.OK() {
				return expect(what+": read", s, 0)
			}
			for _, rva := range movedFixups {
				if got := binary.LittleEndian.Uint64(b[rva-0x1000:]); got != at+uint64(rva) {
					return fmt.Errorf("%s: at %#x the address at %#x is %#x", what, at, rva, got)
				}
			}
			if b[0x1100] != byte(0x1100*3%256) {
				return fmt.Errorf("%s: a byte is %#x", what, b[0x1100])
			}
			return nil
		}
		first, s := view(h, nt.PageReadOnly)
		if err := right("at its base", first, s, 0); err != nil {
			return err
		}
		second, s := view(h, nt.PageReadOnly)
		if err := right("elsewhere", second, s, nt.StatusImageNotAtBase); err != nil {
			return err
		}
		p, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, h)
		if !s.OK() {
			return expect("NtCreateProcess", s, 0)
		}
		defer ntdll.NtClose(p)
		name := buffer(256)
		s = ntdll.Raw(nt.SvcQueryInformationProcess, uintptr(p), nt.ProcessImageFileNameClass, pointer(&name[0]), uintptr(len(name)), 0)
		if got := decode16(name); s != nt.StatusSuccess || !strings.HasPrefix(got, `\Device\`) || !strings.HasSuffix(got, `\moved.exe`) {
			return fmt.Errorf("the process's image file: %q, %v", got, s)
		}
		object := buffer(256)
		s = ntdll.Raw(nt.SvcQueryObject, uintptr(f), nt.ObjectNameInformationClass, pointer(&object[0]), uintptr(len(object)), 0)
		if s != nt.StatusSuccess || decode16(object) != decode16(name) {
			return fmt.Errorf("the file's object: %q, %v", decode16(object), s)
		}
		b := make([]byte, 8)
		if _, s = ntdll.NtReadVirtualMemory(p, base+uint64(movedFixups[1]), b); !s.OK() || binary.LittleEndian.Uint64(b) != base+uint64(movedFixups[1]) {
			return fmt.Errorf("in a process: %v, % x", s, b)
		}
		third, _, s := ntdll.NtMapViewOfSection(h, p, second, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly)
		if s != nt.StatusImageNotAtBase || third != second {
			return fmt.Errorf("in a process, elsewhere: %v, %#x", s, third)
		}
		if _, s = ntdll.NtReadVirtualMemory(p, third+uint64(movedFixups[0]), b); !s.OK() || binary.LittleEndian.Uint64(b) != third+uint64(movedFixups[0]) {
			return fmt.Errorf("in a process, elsewhere: %v, % x", s, b)
		}
		if err := unmap(first); err != nil {
			return err
		}
		if err := right("elsewhere, when it is not at its base", second, nt.StatusImageNotAtBase, nt.StatusImageNotAtBase); err != nil {
			return err
		}
		if err := unmap(second); err != nil {
			return err
		}
		return expect("NtTerminateProcess", ntdll.NtTerminateProcess(p, 0), 0)
	})
}
