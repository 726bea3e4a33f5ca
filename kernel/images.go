//go:build kernel

package main

import (
	"fmt"

	"gont/cm/control"
	"gont/kd"
	"gont/kd/dbgprint"
	"gont/kernel/debugger"
	"gont/nt"
)

// flagSymbolLoad is FLG_ENABLE_KDEBUG_SYMBOL_LOAD of GlobalFlag: the debugger stops when an
// image is announced.
const flagSymbolLoad = 0x40000

// loadImageSymbols (SPEC P0.12): the debugger learns where the kernel and every boot driver lie.
func loadImageSymbols() nt.Status {
	kd.SymbolsLoaded = symbolsLoaded
	e := &loader.kernel
	if !kd.LoadSymbols(kd.Image{Name: e.Name, Base: e.DllBase, Size: e.SizeOfImage, Entry: e.EntryPoint, CheckSum: e.CheckSum}) {
		return fail(fmt.Errorf("the image of %s at %#x has %#x bytes", e.Name, e.DllBase, e.SizeOfImage))
	}
	list, ok := loaderReader.BootDrivers(loaderBlockAddress())
	if !ok {
		return fail(fmt.Errorf("the list of boot drivers is damaged behind %d entries", len(list)))
	}
	for _, d := range list {
		if d.Image == nil {
			continue
		}
		if !kd.LoadSymbols(kd.Image{Name: d.FilePath, Base: d.Entry.DllBase, Size: d.Entry.SizeOfImage, Entry: d.Entry.EntryPoint, CheckSum: d.Entry.CheckSum}) {
			return fail(fmt.Errorf("the image of %s at %#x lies over another", d.FilePath, d.Entry.DllBase))
		}
	}
	return nt.StatusSuccess
}

// symbolsLoaded tells of an image, where GlobalFlag asks for it, and lets the debugger stop
// there, if there is one.
func symbolsLoaded(i *kd.Image) {
	if settings.Number(control.GlobalFlag)&flagSymbolLoad == 0 {
		return
	}
	dbgprint.Line(fmt.Sprintf("P0.12: %s at %#x, %d KB, entry %#x", i.Name, i.Base, i.Size>>10, i.Entry))
	debugger.Break("the image " + i.Name + " is there")
}
