package ps

import (
	"encoding/binary"
	"slices"
	"strings"

	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/pe"
)

// ntdll.dll (SPEC P1.20, P1.40): programs of this system link their ntdll, so no file of
// that name is on the disk. For those that do not, the kernel makes the image from the
// list of its services: an entry point for each, exported by name. It is the section
// \KnownDlls\ntdll.dll, which a program maps by itself.

const (
	systemDllName = "ntdll.dll"
	systemDllBase = 0x7FFB_0000_0000
	stubSize      = 16
)

// stub is the code of a system service's entry point: MOV R10, RCX; MOV EAX, number;
// SYSCALL; RET; INT3 for the rest.
func stub(n uint32) []byte {
	b := append(make([]byte, 0, stubSize), 0x4C, 0x8B, 0xD1, 0xB8)
	b = append(binary.LittleEndian.AppendUint32(b, n), 0x0F, 0x05, 0xC3)
	for len(b) < stubSize {
		b = append(b, 0xCC)
	}
	return b
}

// buildSystemDll makes the file. names are the services', by number.
func buildSystemDll(names []string) []byte {
	const textRVA, align = 0x1000, 0x200
	le := binary.LittleEndian
	pad := func(b []byte, n int) []byte { return append(b, make([]byte, (n-len(b)%n)%n)...) }
	var text []byte
	for n := range names {
		text = append(text, stub(uint32(n))...)
	}
	exportRVA := uint32(textRVA+len(text)+pageMask) &^ pageMask
	exports := exportTable(names, textRVA, exportRVA)
	imageSize := (exportRVA + uint32(len(exports)) + pageMask) &^ pageMask

	head := make([]byte, 0x200)
	copy(head, "MZ")
	le.PutUint32(head[60:], 0x40)
	copy(head[0x40:], "PE\x00\x00")
	h := head[0x44:]
	le.PutUint16(h, pe.MachineAMD64)
	le.PutUint16(h[2:], 2)
	le.PutUint16(h[16:], 240)
	le.PutUint16(h[18:], pe.FileExecutableImage|pe.FileLargeAddressAware|0x2000) // IMAGE_FILE_DLL
	o := h[20:]
	le.PutUint16(o, pe.Magic64)
	le.PutUint32(o[16:], textRVA)
	le.PutUint32(o[20:], textRVA)
	le.PutUint64(o[24:], systemDllBase)
	le.PutUint32(o[32:], pe.PageSize)
	le.PutUint32(o[36:], align)
	le.PutUint16(o[48:], nt.NtMajor)
	le.PutUint16(o[50:], nt.NtMinor)
	le.PutUint32(o[56:], imageSize)
	le.PutUint32(o[60:], uint32(len(head)))
	le.PutUint16(o[68:], pe.SubsystemNative)
	le.PutUint16(o[70:], pe.DllNxCompat)
	le.PutUint32(o[108:], 16)
	le.PutUint32(o[112:], exportRVA)
	le.PutUint32(o[116:], uint32(len(exports)))
	text = pad(text, align)
	file := append(head, text...)
	at := len(head)
	for i, s := range []struct {
		name  string
		rva   uint32
		data  []byte
		flags uint32
	}{{".text", textRVA, text, pe.Code | pe.Execute | pe.Read}, {".edata", exportRVA, pad(exports, align), pe.InitializedData | pe.Read}} {
		t := file[0x44+20+240+40*i:]
		copy(t[:8], s.name)
		le.PutUint32(t[8:], uint32(len(s.data)))
		le.PutUint32(t[12:], s.rva)
		le.PutUint32(t[16:], uint32(len(s.data)))
		le.PutUint32(t[20:], uint32(at))
		le.PutUint32(t[36:], s.flags)
		at += len(s.data)
	}
	file = append(file, pad(exports, align)...)
	le.PutUint32(file[0x44+20+64:], pe.Sum(file))
	return file
}

const pageMask = mm.PageSize - 1

// exportTable is the export directory (PE format, 5.3): addresses by number, names in
// their order, and for each the place of its address.
func exportTable(names []string, textRVA, at uint32) []byte {
	le := binary.LittleEndian
	n := uint32(len(names))
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	const directory = 40
	addresses, pointers := at+directory, at+directory+4*n
	ordinals := pointers + 4*n
	textAt := ordinals + 2*n
	b := make([]byte, textAt-at)
	le.PutUint32(b[12:], textAt)
	b = append(append(b, systemDllName...), 0)
	le.PutUint32(b[16:], 1) // the first ordinal
	le.PutUint32(b[20:], n)
	le.PutUint32(b[24:], n)
	le.PutUint32(b[28:], addresses)
	le.PutUint32(b[32:], pointers)
	le.PutUint32(b[36:], ordinals)
	for i := range n {
		le.PutUint32(b[addresses-at+4*i:], textRVA+stubSize*i)
	}
	for i, k := range order {
		le.PutUint32(b[pointers-at+4*uint32(i):], at+uint32(len(b)))
		le.PutUint16(b[ordinals-at+2*uint32(i):], uint16(k))
		b = append(append(b, names[k]...), 0)
	}
	return b
}

// systemDll is the section's object.
var systemDll *ob.Object

// CreateSystemDll is PsLocateSystemDlls (SPEC P1.20): the section \KnownDlls\ntdll.dll, looked
// at through an address space whether its code is what it should be.
func CreateSystemDll(names []string) nt.Status {
	section, err := mm.NewImageSection(systemDllName, buildSystemDll(names))
	if err != nil {
		return mm.ImageStatus(err)
	}
	systemDll = ob.New(mm.SectionType, section)
	if _, s := ob.CreateDirectory(`\KnownDlls`); !s.OK() {
		return s
	}
	if s := ob.Insert(nil, systemDll, `\KnownDlls\`+systemDllName, true, true); !s.OK() {
		return s
	}
	n := uint32(len(names) - 1)
	at, ok := LookupSystemDll(names[n])
	if !ok || at != systemDllBase+0x1000+stubSize*uint64(n) {
		return nt.StatusProcedureNotFound
	}
	return nt.StatusSuccess
}

// LookupSystemDll finds the address of an export, as the loader of a program would: in the
// image, through its headers. The image is mapped for the time of the call.
func LookupSystemDll(name string) (va uint64, ok bool) {
	space, ok := mm.NewAddressSpace()
	if !ok {
		return 0, false
	}
	defer space.Destroy()
	section := systemDll.Body.(*mm.Section)
	base, s := space.MapImage(section)
	if !s.OK() {
		return 0, false
	}
	read := func(rva, n uint32) []byte {
		b := make([]byte, n)
		if size := section.Size; uint64(rva) < size {
			space.ReadBytes(base+uint64(rva), b[:min(uint64(n), size-uint64(rva))])
		}
		return b
	}
	le := binary.LittleEndian
	u32 := func(rva uint32) uint32 { return le.Uint32(read(rva, 4)) }
	directory := u32(u32(60) + 4 + 20 + 112)
	names, addresses := u32(directory+32), u32(directory+28)
	low, high := uint32(0), u32(directory+24)
	for low < high {
		i := (low + high) / 2
		text := read(u32(names+4*i), 64)
		found, _, _ := strings.Cut(string(text), "\x00")
		switch strings.Compare(name, found) {
		case 0:
			return base + uint64(u32(addresses+4*uint32(le.Uint16(read(u32(directory+36)+2*i, 2))))), true
		case -1:
			high = i
		default:
			low = i + 1
		}
	}
	return 0, false
}
