//go:build kernel

package main

import (
	"fmt"
	"unsafe"

	"gont/arc"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
)

// What the kernel keeps of the loader block. Everything is copied: the
// loader's memory is given back at P1.44.
var loader struct {
	runs        []mm.Run
	options     string
	systemRoot  string           // "\Windows\"
	arcName     string           // ARC name of the partition that has it
	files       []arc.LoadedFile // in memory of the loader's until P1.44
	images      []string         // full names of the images it has loaded, the kernel first
	kernel      arc.LoadedImage
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

// readLoaderBlock checks the block's version and sizes and takes over what is
// needed (SPEC B8). A mismatch or damage stops the system.
func readLoaderBlock() {
	b := hal.LoaderBlock()
	if text := b.Mismatch(); text != "" {
		bugcheck.Check(ex.LoaderBlockMismatch, uint64(b.OsMajorVersion), uint64(b.OsMinorVersion), uint64(b.Size), arc.BlockSize, text)
	}
	e := loaderReader.Extension(loaderBlockAddress())
	if e == nil {
		bugcheck.Check(ex.LoaderBlockMismatch, 2, b.Extension, 0, 0, "the loader block's extension cannot be read")
	}
	if text := e.Mismatch(); text != "" {
		bugcheck.Check(ex.LoaderBlockMismatch, 2, uint64(e.Size), arc.ExtensionSize, e.KernelHeapPages, text)
	}
	loader.highest = e.HighestRam
	if text := bugcheck.Keep(loaderReader.Bytes(arc.PhysMap+e.CrashRegion, e.CrashRegionLength)); text != "" {
		dbgprint.Line(text)
		bootProblems = append(bootProblems, text)
	}
	block, err := loaderReader.Block(loaderBlockAddress())
	if err != nil {
		bugcheck.Check(ex.LoaderBlockMismatch, 3, loaderBlockAddress(), 0, 0, err.Error())
	}
	display.Adopt(e.Video, block.Font, block.FontHeight)
	for _, m := range block.Memory {
		loader.runs = append(loader.runs, mm.Run(m))
	}
	loader.options, loader.systemRoot, loader.arcName, loader.files = block.LoadOptions, block.SystemRoot, block.ArcName, block.Files
	openBootHive(block.Hive, e)
	readFirmware(e)
	for _, i := range block.Images {
		loader.images = append(loader.images, i.Name)
	}
	loader.kernel = block.Images[0]
	loader.lastKnownGood, loader.bootEntry = e.LastKnownGood, e.BootEntry
	loader.tableRoot = uint32(hal.ReadCR3() >> mm.PageShift)
	for i := range e.LoaderSteps() {
		s := &e.Steps[i]
		trace.Put(ex.Record{ID: s.Name(), Start: int64(s.Start), Duration: int64(s.End - s.Start), Status: nt.Status(s.Status), Memory: int64(s.Taken) * mm.PageSize})
	}
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

// memoryMegabytes is RAM in the descriptors, rounded up to megabytes.
func memoryMegabytes() uint64 { return (mm.QueryCounts().Ram*mm.PageSize + 1<<20 - 1) >> 20 }

// bootTimes says how long firmware to kernel took, from the loader's stamps.
func bootTimes() string {
	return fmt.Sprintf("loader %d ms, of it menu %d ms", (hal.TscToNs(loader.kernelStart)-hal.TscToNs(loader.loaderStart))/1e6,
		(hal.TscToNs(loader.menuDone)-hal.TscToNs(loader.loaderStart))/1e6)
}
