package lpb

import (
	"testing"
	"unsafe"

	"gont/arc"
	"gont/boot/osldr/memmap"
)

// reader follows the block's pointers as the kernel does, but checks that they
// lie in it.
type reader struct {
	t    *testing.T
	mem  []byte
	phys uint64
}

func (r reader) at(va uint64, n int) []byte {
	r.t.Helper()
	off := va - arc.PhysMap - r.phys
	if off+uint64(n) > uint64(len(r.mem)) {
		r.t.Fatalf("pointer %#x leads out of the block", va)
	}
	return r.mem[off:]
}

func as[T any](r reader, va uint64) *T {
	r.t.Helper()
	var v T
	p := unsafe.Pointer(&r.at(va, int(unsafe.Sizeof(v)))[0])
	if uintptr(p)%unsafe.Alignof(v) != 0 {
		r.t.Errorf("%#x is not aligned", va)
	}
	return (*T)(p)
}

func (r reader) text(va uint64) string {
	b := r.at(va, 1)
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	r.t.Fatal("string without end")
	return ""
}

// list returns the entries and checks both directions.
func (r reader) list(head uint64) []uint64 {
	r.t.Helper()
	var out []uint64
	before := head
	for va := as[arc.ListEntry](r, head).Flink; va != head; va = as[arc.ListEntry](r, va).Flink {
		if as[arc.ListEntry](r, va).Blink != before {
			r.t.Errorf("entry %#x points back to the wrong one", va)
		}
		before = va
		if out = append(out, va); len(out) > 1000 {
			r.t.Fatal("list without end")
		}
	}
	if as[arc.ListEntry](r, head).Blink != before {
		r.t.Error("head does not point back to the last entry")
	}
	return out
}

func input() *Input {
	return &Input{
		KernelStack: arc.PhysMap + 0x9000, Hive: File{Base: 0x5000, Length: 77},
		ArcBootDevice: "multi(0)disk(0)rdisk(0)partition(1)", BootPath: `\Windows\`, LoadOptions: "A B=C",
		Kernel: Image{Path: `\Windows\System32\ntoskrnl.exe`, Name: "ntoskrnl.exe", Virtual: 0xFFFFFFFF80200000,
			Entry: 0xFFFFFFFF80201000, Size: 0x6000, PhysPage: 42, CheckSum: 7},
		BootFiles: []File{{`\smss.exe`, 0x7000, 123}, {`\b`, 0x8000, 1}},
		E820: []arc.E820Entry{{Base: 0, Length: 1, Type: 1, Attributes: 1},
			{Base: 1, Length: 2, Type: 2, Attributes: 1}, {Base: 3, Length: 4, Type: 3, Attributes: 1}},
		Extension: arc.LoaderParameterExtension{BootDisk: 0x81, KernelHeapPage: 5, RandomSeed: [32]byte{31: 9}},
	}
}

func TestBuild(t *testing.T) {
	const phys = 0x123000
	words := make([]uint64, 4096)
	mem := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))
	b := New(mem, phys)
	in := input()
	va, err := b.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	if va != arc.PhysMap+phys {
		t.Errorf("block at %#x", va)
	}
	runs := []memmap.Run{{Base: 0, Count: 1, Type: 6}, {Base: 1, Count: 100, Type: 2}, {Base: 512, Count: 9, Type: 9}}
	if err := b.Memory(runs); err != nil {
		t.Fatal(err)
	}
	r := reader{t, mem, phys}
	p := as[arc.LoaderParameterBlock](r, va)
	if p.OsMajorVersion != arc.OsMajorVersion || p.OsMinorVersion != arc.OsMinorVersion || p.Size != arc.BlockSize {
		t.Error("version or size")
	}
	if p.KernelStack != in.KernelStack || p.RegistryLength != 77 || p.RegistryBase != arc.PhysMap+0x5000 {
		t.Errorf("%+v", p)
	}
	for i, s := range []struct {
		va   uint64
		want string
	}{
		{p.ArcBootDeviceName, in.ArcBootDevice}, {p.ArcHalDeviceName, in.ArcBootDevice},
		{p.NtBootPathName, in.BootPath}, {p.NtHalPathName, `\`}, {p.LoadOptions, "A B=C"},
	} {
		if got := r.text(s.va); got != s.want {
			t.Errorf("string %d: %q", i, got)
		}
	}
	head := func(off uintptr) uint64 { return va + uint64(off) }
	if l := r.list(head(unsafe.Offsetof(p.BootDriverListHead))); len(l) != 0 {
		t.Error("boot drivers")
	}
	images := r.list(head(unsafe.Offsetof(p.LoadOrderListHead)))
	if len(images) != 1 {
		t.Fatal("load order")
	}
	k := as[arc.LdrDataTableEntry](r, images[0])
	if k.DllBase != in.Kernel.Virtual || k.EntryPoint != in.Kernel.Entry || k.SizeOfImage != 0x6000 || k.PhysPage != 42 ||
		k.CheckSum != 7 || r.text(k.FullDllName) != in.Kernel.Path || r.text(k.BaseDllName) != in.Kernel.Name {
		t.Errorf("%+v", k)
	}
	descriptors := r.list(head(unsafe.Offsetof(p.MemoryDescriptorListHead)))
	if len(descriptors) != len(runs) {
		t.Fatal("descriptors")
	}
	for i, d := range descriptors {
		m := as[arc.MemoryAllocationDescriptor](r, d)
		if m.BasePage != runs[i].Base || m.PageCount != runs[i].Count || m.MemoryType != runs[i].Type {
			t.Errorf("descriptor %d: %+v", i, m)
		}
	}
	x := as[arc.LoaderParameterExtension](r, p.Extension)
	if x.Size != arc.ExtensionSize || x.BootDisk != 0x81 || x.KernelHeapPage != 5 || x.RandomSeed[31] != 9 || x.E820Count != 3 {
		t.Errorf("%+v", x)
	}
	if b.Extension() != x {
		t.Error("Extension is elsewhere")
	}
	for i, row := range in.E820 {
		if got := *as[arc.E820Entry](r, x.E820+uint64(24*i)); got != row {
			t.Errorf("E820 row %d: %+v", i, got)
		}
	}
	files := r.list(p.Extension + uint64(unsafe.Offsetof(x.BootFileListHead)))
	for i, f := range files {
		got := as[arc.BootFile](r, f)
		if want := in.BootFiles[i]; r.text(got.Name) != want.Path || got.Base != arc.PhysMap+want.Base || got.Length != want.Length {
			t.Errorf("file %d: %+v", i, got)
		}
	}
	if len(files) != 2 {
		t.Error("boot files")
	}
}

// TestNoRoom: whatever the size, an error and never a write outside.
func TestNoRoom(t *testing.T) {
	for size := 16; size < 3000; size += 8 {
		words := make([]uint64, size/8+16)
		mem := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)
		b := New(mem, 0)
		_, err := b.Build(input())
		if err == nil {
			err = b.Memory(make([]memmap.Run, 3))
		}
		if err == nil && b.Used() > size {
			t.Errorf("size %d: no error", size)
		}
		for _, w := range words[size/8:] {
			if w != 0 {
				t.Errorf("size %d: written past the end", size)
			}
		}
		if err == nil {
			return
		}
	}
	t.Error("3000 bytes are not enough")
}
