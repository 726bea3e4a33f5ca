package arc

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// buildBlock is build's block with an extension, memory, two images, three files, a hive and
// a font.
func buildBlock() *built {
	b := build()
	a := &b.arena
	at := func(va uint64) unsafe.Pointer { return unsafe.Pointer(&a.words[(va-PhysMap)/8]) }
	block := (*LoaderParameterBlock)(at(b.block))
	_, block.Extension = put(a, LoaderParameterExtension{OemFontHeight: 6})
	block.LoadOptions, block.NtBootPathName, block.ArcBootDeviceName = a.text("/SOS"), a.text(`\Windows\`), a.text("multi(0)disk(0)rdisk(0)partition(1)")
	hive, hiveAt := a.take(64)
	copy(unsafe.Slice((*byte)(hive), 64), "regf")
	block.RegistryBase, block.RegistryLength = hiveAt, 64
	_, block.OemFontFile = a.take(256 * 6)
	offset := func(n uintptr) uint64 { return b.block + uint64(n) }
	_, m0 := put(a, MemoryAllocationDescriptor{MemoryType: LoaderFree, BasePage: 256, PageCount: 1000})
	_, m1 := put(a, MemoryAllocationDescriptor{MemoryType: LoaderBad, BasePage: 1256, PageCount: 1})
	ring(a, offset(unsafe.Offsetof(block.MemoryDescriptorListHead)), m0, m1)
	_, i0 := put(a, LdrDataTableEntry{DllBase: KernelBase, SizeOfImage: 4096, FullDllName: a.text(`\Windows\System32\ntoskrnl.exe`)})
	_, i1 := put(a, LdrDataTableEntry{FullDllName: a.text(`\Windows\System32\drivers\null.sys`)})
	ring(a, offset(unsafe.Offsetof(block.LoadOrderListHead)), i0, i1)
	_, f0 := put(a, BootFile{Name: a.text(`\Windows\System32\smss.exe`), Base: hiveAt, Length: 4})
	_, f1 := put(a, BootFile{Name: a.text(`nsh.exe`), Base: hiveAt, Length: 64})
	_, f2 := put(a, BootFile{Name: a.text(`\Other\smss.exe`), Base: hiveAt, Length: 8})
	ring(a, block.Extension+uint64(unsafe.Offsetof(LoaderParameterExtension{}.BootFileListHead)), f0, f1, f2)
	return b
}

// TestBlock (B8): what a block says is read back; of two files of a name the last counts.
func TestBlock(t *testing.T) {
	b := buildBlock()
	l, err := b.reader().Block(b.block)
	if err != nil {
		t.Fatal(err)
	}
	if l.LoadOptions != "/SOS" || l.SystemRoot != `\Windows\` || l.ArcName != "multi(0)disk(0)rdisk(0)partition(1)" {
		t.Errorf("%+v", l)
	}
	if !slices.Equal(l.Memory, []Memory{{LoaderFree, 256, 1000}, {LoaderBad, 1256, 1}}) {
		t.Errorf("memory %v", l.Memory)
	}
	if len(l.Images) != 2 || l.Images[0].Name != `\Windows\System32\ntoskrnl.exe` || l.Images[0].DllBase != KernelBase {
		t.Errorf("images %+v", l.Images)
	}
	if len(l.Files) != 2 || l.Files[0].Name != "smss.exe" || l.Files[0].Length != 8 || l.Files[1].Name != "nsh.exe" {
		t.Errorf("files %+v", l.Files)
	}
	if len(l.Hive) != 64 || string(l.Hive[:4]) != "regf" || len(l.Font) != 256*6 || l.FontHeight != 6 {
		t.Errorf("a hive of %d bytes, a font of %d", len(l.Hive), len(l.Font))
	}
}

// TestDamagedBlock (B8): each part that is damaged is named.
func TestDamagedBlock(t *testing.T) {
	good := buildBlock()
	for want, damage := range map[string]func(b *LoaderParameterBlock, e *LoaderParameterExtension){
		"cannot be read":                func(b *LoaderParameterBlock, _ *LoaderParameterExtension) { b.Extension = 8 },
		"LoadOptions at 0x3 is no text": func(b *LoaderParameterBlock, _ *LoaderParameterExtension) { b.LoadOptions = 3 },
		"NtBootPathName":                func(b *LoaderParameterBlock, _ *LoaderParameterExtension) { b.NtBootPathName = ^uint64(0) },
		"list MemoryDescriptorListHead": func(b *LoaderParameterBlock, _ *LoaderParameterExtension) { b.MemoryDescriptorListHead.Flink = 16 },
		"list LoadOrderListHead":        func(b *LoaderParameterBlock, _ *LoaderParameterExtension) { b.LoadOrderListHead.Blink++ },
		"list BootFileListHead":         func(_ *LoaderParameterBlock, e *LoaderParameterExtension) { e.BootFileListHead.Flink = 0 },
	} {
		b := *good
		b.words = slices.Clone(good.words)
		block := (*LoaderParameterBlock)(unsafe.Pointer(&b.words[(b.block-PhysMap)/8]))
		damage(block, (*LoaderParameterExtension)(unsafe.Pointer(&b.words[(block.Extension-PhysMap)/8&uint64(1<<20-1)])))
		if _, err := b.reader().Block(b.block); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	b := buildBlock()
	block := (*LoaderParameterBlock)(unsafe.Pointer(&b.words[(b.block-PhysMap)/8]))
	(*LoaderParameterExtension)(unsafe.Pointer(&b.words[(block.Extension-PhysMap)/8])).OemFontHeight = 33
	block.RegistryLength = ^uint32(0)
	if l, err := b.reader().Block(b.block); err != nil || l.Font != nil || l.Hive != nil {
		t.Errorf("a font of 33 rows, a hive beyond memory: %+v, %v", l, err)
	}
	for _, at := range []uint64{0, 8, PhysMap - 8, PhysMap + 1, PhysMap + 1<<40, ^uint64(7)} {
		if _, err := good.reader().Block(at); err == nil {
			t.Errorf("a block at %#x", at)
		}
	}
}

// TestRandomBlocks (B8): whatever the words of a block are, the reading ends.
func TestRandomBlocks(t *testing.T) {
	good := buildBlock()
	rnd, noticed := rand.New(rand.NewPCG(8, 9)), 0
	for range 20000 {
		b := *good
		b.words = slices.Clone(good.words)
		for range 1 + rnd.IntN(4) {
			i := rnd.IntN(len(b.words))
			if rnd.IntN(2) == 0 {
				b.words[i] = PhysMap + uint64(rnd.IntN(len(b.words)))*8 // an address that is one
			} else {
				b.words[i] ^= 1 << rnd.IntN(64)
			}
		}
		if _, err := b.reader().Block(b.block); err != nil {
			noticed++
		}
	}
	if noticed < 1000 {
		t.Errorf("only %d damages were noticed", noticed)
	}
}
