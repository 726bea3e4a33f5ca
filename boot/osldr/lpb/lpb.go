// Package lpb lays out the LOADER_PARAMETER_BLOCK and all that hangs on it
// (package arc, SPEC B8) in one piece of memory.
package lpb

import (
	"unsafe"

	"gont/arc"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/status"
)

// File is something read for the kernel; addresses are physical.
type File struct {
	Path         string // from the root of the volume
	Base, Length uint64
}

// Image is a program put in its place.
type Image struct {
	Path, Name string
	Virtual    uint64
	Entry      uint64 // virtual
	Size       uint64
	PhysPage   uint64
	CheckSum   uint32
}

// Driver is a boot-start driver. Image.Size is 0 where it was not loaded, and Status and
// Reason say why.
type Driver struct {
	RegistryPath string
	FilePath     string
	ErrorControl uint32
	Status       uint32
	Reason       string
	Image        Image // Virtual lies in the physical map
}

// Disk is what tells a disk from others.
type Disk struct {
	Name      string // of ARC
	Signature arc.ArcDiskSignature
}

// Component is a node of the hardware tree.
type Component struct {
	Class      arc.ConfigurationClass
	Type       arc.ConfigurationType
	Flags      arc.ComponentFlags
	Version    uint16
	Revision   uint16
	Key        uint32
	Identifier string
	Data       []byte // CM_PARTIAL_RESOURCE_LIST
	Children   []*Component
}

// Input is everything the block tells.
type Input struct {
	KernelStack   uint64 // virtual
	Hive          File
	ArcBootDevice string
	BootPath      string // "\Windows\"
	LoadOptions   string
	Kernel        Image
	BootFiles     []File
	Drivers       []Driver
	Nls           [3]File // ANSI, OEM, upper case; Base 0 where there is none
	Hardware      *Component
	Disks         []Disk
	OemFont       []byte
	HiveReport    string
	LoaderNotes   string
	BiosDate      string
	Edd           []byte
	E820          []arc.E820Entry
	Extension     arc.LoaderParameterExtension // pointers and lists are filled in here
}

// Block is memory being filled.
type Block struct {
	mem  []byte
	phys uint64
	at   int
}

// New begins a block in mem, which lies at physical address phys. Both are
// page-aligned, and mem is zero.
func New(mem []byte, phys uint64) *Block { return &Block{mem: mem, phys: phys} }

// Used is the number of bytes taken.
func (b *Block) Used() int { return b.at }

// room takes n bytes on a 16-byte boundary and returns where they are, here
// and for the kernel.
func (b *Block) room(n uintptr) (unsafe.Pointer, uint64, error) {
	at := (b.at + 15) &^ 15
	if at > len(b.mem) || n > uintptr(len(b.mem)-at) {
		return nil, 0, status.NoMemory
	}
	b.at = at + int(n)
	return unsafe.Pointer(&b.mem[at]), b.phys + uint64(at) + arc.PhysMap, nil
}

// put copies a structure in.
func put[T any](b *Block, v T) (*T, uint64, error) {
	p, va, err := b.room(unsafe.Sizeof(v))
	if err != nil {
		return nil, 0, err
	}
	*(*T)(p) = v
	return (*T)(p), va, nil
}

// text copies a string with its NUL.
func (b *Block) text(s string) (uint64, error) {
	p, va, err := b.room(uintptr(len(s)) + 1)
	if err != nil {
		return 0, err
	}
	d := unsafe.Slice((*byte)(p), len(s)+1)
	copy(d, s)
	d[len(s)] = 0
	return va, nil
}

// list is a LIST_ENTRY being built: a head, and the entry before the next.
type list struct {
	head, last     *arc.ListEntry
	headVA, lastVA uint64
}

func newList(head *arc.ListEntry, va uint64) *list {
	*head = arc.ListEntry{Flink: va, Blink: va}
	return &list{head, head, va, va}
}

func (l *list) add(e *arc.ListEntry, va uint64) {
	*e = arc.ListEntry{Flink: l.headVA, Blink: l.lastVA}
	l.last.Flink, l.head.Blink = va, va
	l.last, l.lastVA = e, va
}

// Build fills the block and returns the virtual address of the
// LoaderParameterBlock. The memory descriptors are filled in later, by Memory,
// when nothing is allocated any more.
func (b *Block) Build(in *Input) (va uint64, err error) {
	first := true
	check := func(v uint64, e error) uint64 {
		if e != nil && first {
			err, first = e, false
		}
		return v
	}
	p, va, e := put(b, arc.LoaderParameterBlock{
		OsMajorVersion: arc.OsMajorVersion,
		OsMinorVersion: arc.OsMinorVersion,
		Size:           arc.BlockSize,
		KernelStack:    in.KernelStack,
		RegistryLength: uint32(in.Hive.Length),
	})
	if e != nil {
		return 0, e
	}
	if in.Hive.Length != 0 {
		p.RegistryBase = in.Hive.Base + arc.PhysMap
	}
	newList(&p.MemoryDescriptorListHead, va+uint64(unsafe.Offsetof(p.MemoryDescriptorListHead)))
	p.ArcBootDeviceName = check(b.text(in.ArcBootDevice))
	p.ArcHalDeviceName = p.ArcBootDeviceName
	p.NtBootPathName = check(b.text(in.BootPath))
	p.NtHalPathName = check(b.text(`\`))
	p.LoadOptions = check(b.text(in.LoadOptions))

	images := newList(&p.LoadOrderListHead, va+uint64(unsafe.Offsetof(p.LoadOrderListHead)))
	k, kva, e := put(b, arc.LdrDataTableEntry{
		DllBase: in.Kernel.Virtual, EntryPoint: in.Kernel.Entry, SizeOfImage: in.Kernel.Size,
		FullDllName: check(b.text(in.Kernel.Path)),
		BaseDllName: check(b.text(in.Kernel.Name)),
		PhysPage:    in.Kernel.PhysPage, CheckSum: in.Kernel.CheckSum,
	})
	if e != nil {
		return 0, e
	}
	images.add(&k.Link, kva)

	if err := b.drivers(p, va, images, in.Drivers); err != nil {
		return 0, err
	}
	nls := arc.NlsDataBlock{}
	for i, t := range []*arc.NlsTable{&nls.Ansi, &nls.Oem, &nls.CaseTable} {
		if f := &in.Nls[i]; f.Base != 0 {
			*t = arc.NlsTable{Base: f.Base + arc.PhysMap, Length: f.Length}
		}
	}
	_, p.NlsData, e = put(b, nls)
	check(0, e)
	p.ArcDiskInformation = check(b.disks(in.Disks))
	p.ConfigurationRoot = check(b.component(in.Hardware, 0))
	p.OemFontFile = check(b.bytes(in.OemFont))

	x, xva, e := put(b, in.Extension)
	if e != nil {
		return 0, e
	}
	x.Size = arc.ExtensionSize
	x.HiveReport = check(b.text(in.HiveReport))
	x.LoaderNotes = check(b.text(in.LoaderNotes))
	x.BiosDate = check(b.text(in.BiosDate))
	x.Edd, x.EddLength = check(b.bytes(in.Edd)), uint32(len(in.Edd))
	p.Extension = xva
	files := newList(&x.BootFileListHead, xva+uint64(unsafe.Offsetof(x.BootFileListHead)))
	for _, f := range in.BootFiles {
		n, nva, e := put(b, arc.BootFile{
			Name: check(b.text(f.Path)), Base: f.Base + arc.PhysMap, Length: f.Length,
		})
		if e != nil {
			return 0, e
		}
		files.add(&n.Link, nva)
	}
	if n := len(in.E820); n > 0 {
		rows, rva, e := b.room(uintptr(n) * unsafe.Sizeof(in.E820[0]))
		if e != nil {
			return 0, e
		}
		copy(unsafe.Slice((*arc.E820Entry)(rows), n), in.E820)
		x.E820 = rva
	}
	x.E820Count = uint32(len(in.E820))
	return va, err
}

// Memory writes the memory descriptors of the block that Build made. It
// allocates nothing outside the block.
func (b *Block) Memory(runs []memmap.Run) error {
	p := (*arc.LoaderParameterBlock)(unsafe.Pointer(&b.mem[0]))
	head := &p.MemoryDescriptorListHead
	l := newList(head, b.phys+arc.PhysMap+uint64(unsafe.Offsetof(p.MemoryDescriptorListHead)))
	for _, r := range runs {
		d, va, err := put(b, arc.MemoryAllocationDescriptor{
			MemoryType: r.Type, BasePage: r.Base, PageCount: r.Count,
		})
		if err != nil {
			return err
		}
		l.add(&d.Link, va)
	}
	return nil
}

// Extension is the extension in the block, for values known only at the end.
func (b *Block) Extension() *arc.LoaderParameterExtension {
	p := (*arc.LoaderParameterBlock)(unsafe.Pointer(&b.mem[0]))
	return (*arc.LoaderParameterExtension)(unsafe.Pointer(&b.mem[p.Extension-arc.PhysMap-b.phys]))
}
