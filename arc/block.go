//go:build !osldr

// Reading the block is the kernel's; package fmt, which it needs, has no place in OSLDR.

package arc

import (
	"fmt"
	"slices"
	"unsafe"
)

// Memory is a piece of the memory map, in pages.
type Memory struct {
	Type       MemoryType
	Base, Size uint64
}

// LoadedImage is an image that the loader has put where it runs.
type LoadedImage struct {
	Name string // full path
	LdrDataTableEntry
}

// LoadedFile is a file that the loader has read into memory of its own.
type LoadedFile struct {
	Name   string // without the path
	Base   uint64 // virtual address, for Reader.Bytes
	Length uint64
}

// Block is what a loader block says, read. Hive and Font lie where the loader has put them.
type Block struct {
	LoadOptions string
	SystemRoot  string // `\Windows\`
	ArcName     string // of the partition that has it
	Memory      []Memory
	Images      []LoadedImage // the kernel first
	Files       []LoadedFile
	Hive        []byte // the SYSTEM hive's file, nil where it cannot be read
	Font        []byte // FontHeight bytes for each of 256 characters, nil where there is none
	FontHeight  int
}

// maxFontHeight is the largest font that a screen takes, in rows.
const maxFontHeight = 32

// Extension returns the extension of the block at an address, nil where it cannot be read.
func (r Reader) Extension(block uint64) *LoaderParameterExtension {
	b := get[LoaderParameterBlock](r, block)
	if b == nil {
		return nil
	}
	return get[LoaderParameterExtension](r, b.Extension)
}

// Block reads the block at an address, whose version has been checked (Mismatch), and its
// extension. The error names the first list or string that is damaged.
func (r Reader) Block(address uint64) (*Block, error) {
	b := get[LoaderParameterBlock](r, address)
	e := r.Extension(address)
	if b == nil || e == nil {
		return nil, fmt.Errorf("the loader block at %#x cannot be read", address)
	}
	l := &Block{Hive: r.Bytes(b.RegistryBase, uint64(b.RegistryLength))}
	if h := int(e.OemFontHeight); 0 < h && h <= maxFontHeight {
		l.Font, l.FontHeight = r.Bytes(b.OemFontFile, uint64(256*h)), h
	}
	var err error
	fail := func(format string, a ...any) {
		if err == nil {
			err = fmt.Errorf("the loader block is damaged: "+format, a...)
		}
	}
	text := func(name string, at uint64) string {
		s, ok := r.Text(at)
		if !ok {
			fail("%s at %#x is no text", name, at)
		}
		return s
	}
	l.LoadOptions = text("LoadOptions", b.LoadOptions)
	l.SystemRoot = text("NtBootPathName", b.NtBootPathName)
	l.ArcName = text("ArcBootDeviceName", b.ArcBootDeviceName)
	list := func(name string, head uint64, f func(entry uint64) bool) {
		whole := true
		if !r.List(head, func(at uint64) { whole = f(at) && whole }) || !whole {
			fail("the list %s", name)
		}
	}
	list("MemoryDescriptorListHead", address+uint64(unsafe.Offsetof(b.MemoryDescriptorListHead)), func(at uint64) bool {
		d := get[MemoryAllocationDescriptor](r, at)
		if d == nil {
			return false
		}
		l.Memory = append(l.Memory, Memory{d.MemoryType, d.BasePage, d.PageCount})
		return true
	})
	list("LoadOrderListHead", address+uint64(unsafe.Offsetof(b.LoadOrderListHead)), func(at uint64) bool {
		d := get[LdrDataTableEntry](r, at)
		if d == nil {
			return false
		}
		l.Images = append(l.Images, LoadedImage{text("an image's name", d.FullDllName), *d})
		return true
	})
	list("BootFileListHead", b.Extension+uint64(unsafe.Offsetof(e.BootFileListHead)), func(at uint64) bool {
		f := get[BootFile](r, at)
		if f == nil {
			return false
		}
		n := LoadedFile{BaseName(text("a file's name", f.Name)), f.Base, f.Length}
		if i := slices.IndexFunc(l.Files, func(o LoadedFile) bool { return o.Name == n.Name }); i >= 0 {
			l.Files[i] = n // the last of a name counts
		} else {
			l.Files = append(l.Files, n)
		}
		return true
	})
	if len(l.Images) == 0 {
		fail("no image is loaded")
	}
	return l, err
}

// BaseName is the last part of a path.
func BaseName(path string) string { return lastPart(path) }
