//go:build kernel

package main

import (
	"fmt"
	"unsafe"

	"gont/arc"
	"gont/ex"
	"gont/hal"
	"gont/mm"
)

// What the kernel keeps of the loader block. Everything is copied: the
// loader's memory is given back at P1.44.
var loader struct {
	runs        []mm.Run
	options     string
	systemRoot  string // "\Windows\"
	arcName     string // ARC name of the partition that has it
	files       map[string]loadedFile
	images      []string // full names of the images it has loaded, the kernel first
	kernelName  string
	kernelBase  uint64
	kernelSize  uint64
	lowTables   []uint32 // OSLDR's page tables for low memory, unused since P0.10
	initPages   []uint32 // P1.1: memory that only initialization needs
	tableRoot   uint32
	loaderStart uint64 // TSC
	menuDone    uint64
	kernelStart uint64
	highest     uint64 // the end of RAM, a physical address

	lastKnownGood arc.LastKnownGood // why the set is not the current one
	bootEntry     uint32            // of boot.ini, from 0
}

// loadedFile is a file OSLDR has read: physical memory of the loader's until
// P1.44.
type loadedFile struct{ base, length uint64 }

// readLoaderBlock checks the block's version and sizes and takes over what is
// needed (SPEC B8). A mismatch stops the system.
func readLoaderBlock() {
	b := hal.LoaderBlock()
	if text := b.Mismatch(); text != "" {
		bugCheck(ex.LoaderBlockMismatch, uint64(b.OsMajorVersion), uint64(b.OsMinorVersion), uint64(b.Size), arc.BlockSize, text)
	}
	e := (*arc.LoaderParameterExtension)(pointer(uintptr(b.Extension)))
	if text := e.Mismatch(); text != "" {
		bugCheck(ex.LoaderBlockMismatch, 2, uint64(e.Size), arc.ExtensionSize, e.KernelHeapPages, text)
	}
	loader.highest = e.HighestRam
	adoptVideo(b, e)
	eachEntry(&b.MemoryDescriptorListHead, func(p uintptr) {
		d := (*arc.MemoryAllocationDescriptor)(pointer(p))
		loader.runs = append(loader.runs, mm.Run{Type: d.MemoryType, Base: d.BasePage, Size: d.PageCount})
	})
	loader.options = text(b.LoadOptions)
	loader.systemRoot = text(b.NtBootPathName)
	openBootHive(b, e)
	readFirmware(e)
	loader.arcName = text(b.ArcBootDeviceName)
	loader.files = map[string]loadedFile{}
	eachEntry(&e.BootFileListHead, func(p uintptr) {
		f := (*arc.BootFile)(pointer(p))
		loader.files[baseName(text(f.Name))] = loadedFile{f.Base, f.Length}
	})
	eachEntry(&b.LoadOrderListHead, func(p uintptr) {
		d := (*arc.LdrDataTableEntry)(pointer(p))
		loader.images = append(loader.images, text(d.FullDllName))
		if loader.kernelName == "" {
			loader.kernelName, loader.kernelBase, loader.kernelSize = text(d.FullDllName), d.DllBase, d.SizeOfImage
		}
	})
	loader.lastKnownGood, loader.bootEntry = e.LastKnownGood, e.BootEntry
	loader.tableRoot = uint32(hal.ReadCR3() >> mm.PageShift)
	loader.loaderStart, loader.menuDone, loader.kernelStart = e.TscLoaderStart, e.TscMenuDone, e.TscKernelStart
}

// loaderReader reads what hangs on the loader block: addresses of the physical map, below
// 4 GiB or in memory.
var loaderReader = arc.Reader{At: func(address, n uint64) unsafe.Pointer {
	top := max(uint64(4)<<30, loader.highest)
	if address < arc.PhysMap || n > top || address-arc.PhysMap > top-n {
		return nil
	}
	return hal.Phys(address - arc.PhysMap)
}}

func loaderBlockAddress() uint64 { return uint64(uintptr(unsafe.Pointer(hal.LoaderBlock()))) }

// eachEntry walks a LIST_ENTRY ring; a ring longer than any real one is a
// damaged block.
func eachEntry(head *arc.ListEntry, f func(p uintptr)) {
	n := 0
	for p := head.Flink; uintptr(p) != uintptr(unsafe.Pointer(head)); {
		if n++; n > 10000 || p < arc.PhysMap {
			bugCheck(ex.LoaderBlockMismatch, 3, p, uint64(n), 0, "a list of the loader block is damaged")
		}
		next := (*arc.ListEntry)(pointer(uintptr(p))).Flink
		f(uintptr(p))
		p = next
	}
}

// text reads a NUL-terminated string of the loader's.
func text(a uint64) string {
	if a == 0 {
		return ""
	}
	var s []byte
	for p := uintptr(a); len(s) < 4096; p++ {
		c := *(*byte)(pointer(p))
		if c == 0 {
			break
		}
		s = append(s, c)
	}
	return string(s)
}

func baseName(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '\\' {
			return path[i+1:]
		}
	}
	return path
}

// memoryMegabytes is RAM in the descriptors, rounded up to megabytes.
func memoryMegabytes() uint64 { return (mm.QueryCounts().Ram*mm.PageSize + 1<<20 - 1) >> 20 }

// bootTimes says how long firmware to kernel took, from the loader's stamps.
func bootTimes() string {
	return fmt.Sprintf("loader %d ms, of it menu %d ms", (hal.TscToNs(loader.kernelStart)-hal.TscToNs(loader.loaderStart))/1e6,
		(hal.TscToNs(loader.menuDone)-hal.TscToNs(loader.loaderStart))/1e6)
}
