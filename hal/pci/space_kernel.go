//go:build kernel

package pci

import (
	"sync/atomic"

	"github.com/usbarmory/tamago/soc/intel/pci"

	"gont/hal"
)

// Machine is configuration space as the machine has it: the first 256 bytes by ports CF8h and
// CFCh (PCI, 3.2.2.3.2), what is above them by memory (PCIe, 7.2.2), for functions whose page
// has been mapped (Map). The ports reach all that is in segment 0, and a write that moves
// address space about is the plain way by them: QEMU 7.2 with several processors ends in an
// assertion when one comes by memory.
var Machine Space = &machine{}

type machine struct {
	lock  uint32                              // of the ports, a pair; taken with IF=0
	pages atomic.Pointer[map[Address]uintptr] // of functions that are mapped; never changed
}

// page returns where a function's space is mapped, 0 if it is not.
func (m *machine) page(a Address) uintptr {
	if p := m.pages.Load(); p != nil {
		return (*p)[a]
	}
	return 0
}

func index(a Address) int { return int(a.Bus)<<8 | int(a.Slot&31)<<3 | int(a.Function&7) }

// quietly calls f with the ports for itself and interrupts off.
func (m *machine) quietly(f func()) {
	on := hal.ReadFlags()&0x200 != 0
	hal.DisableInterrupts()
	for !atomic.CompareAndSwapUint32(&m.lock, 0, 1) {
		hal.Pause()
	}
	f()
	atomic.StoreUint32(&m.lock, 0)
	if on {
		hal.EnableInterrupts()
	}
}

func (m *machine) Read(a Address, offset uint16) (v uint32) {
	if offset > 0xFF {
		if p := m.page(a); p != 0 {
			return hal.ReadRegister32(p + uintptr(offset&0xFFC))
		}
		return 0xFFFFFFFF
	}
	d := pci.Device{Bus: uint32(a.Bus), Slot: uint32(a.Slot)}
	m.quietly(func() { v = d.Read(uint32(a.Function), uint32(offset&0xFC)) })
	return v
}

func (m *machine) Write(a Address, offset uint16, v uint32) {
	if offset > 0xFF {
		if p := m.page(a); p != 0 {
			hal.WriteRegister32(p+uintptr(offset&0xFFC), v)
		}
		return
	}
	d := pci.Device{Bus: uint32(a.Bus), Slot: uint32(a.Slot)}
	m.quietly(func() { d.Write(uint32(a.Function), uint32(offset&0xFC), v) })
}

func (m *machine) Extended(a Address) bool { return m.page(a) != 0 }

// Map maps the configuration space of functions that are found, where the firmware says
// that memory shows it and the memory agrees with the ports. What is left goes by the ports,
// without capabilities above 100h. It returns how many functions are mapped.
// PASSIVE_LEVEL.
func Map(functions []Function) int {
	m := Machine.(*machine)
	pages := map[Address]uintptr{}
	for _, f := range functions {
		for _, area := range hal.EcamAreas() {
			if area.Segment != 0 || f.Bus < area.First || f.Bus > area.Last || pages[f.Address] != 0 {
				continue
			}
			va, err := hal.MapIoSpace(area.Address+uint64(index(f.Address))<<12, 4096, hal.NonCached)
			if err != nil {
				continue
			}
			if hal.ReadRegister32(uintptr(va)) == m.Read(f.Address, regID) {
				pages[f.Address] = uintptr(va)
			}
		}
	}
	m.pages.Store(&pages)
	return len(pages)
}

// Quiet calls f with interrupts off, for Function.Size.
func Quiet(f func()) {
	on := hal.ReadFlags()&0x200 != 0
	hal.DisableInterrupts()
	f()
	if on {
		hal.EnableInterrupts()
	}
}

// Present reports whether the machine has configuration space by ports: the address
// register keeps what is written (PCI, 3.2.2.3.2).
func Present() (ok bool) {
	Machine.(*machine).quietly(func() {
		old := hal.ReadPort32(0xCF8)
		hal.WritePort32(0xCF8, 0x80000000)
		ok = hal.ReadPort32(0xCF8) == 0x80000000
		hal.WritePort32(0xCF8, old)
	})
	return ok
}

// mappedTable is a table of MSI-X.
type mappedTable struct{ base uintptr }

func (t mappedTable) Read(offset uint64) uint32 {
	return hal.ReadRegister32(t.base + uintptr(offset))
}
func (t mappedTable) Write(offset uint64, v uint32) {
	hal.WriteRegister32(t.base+uintptr(offset), v)
}

// MapTable maps the table of MSI-X of a function. PASSIVE_LEVEL.
func (f *Function) MapTable() (Table, error) {
	b, offset, n, err := f.MsiXTable(Machine)
	if err != nil {
		return nil, err
	}
	va, err := hal.MapIoSpace(b.Address+offset, uint64(n)*tableEntry, hal.NonCached)
	if err != nil {
		return nil, err
	}
	return mappedTable{uintptr(va)}, nil
}
