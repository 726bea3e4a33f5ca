//go:build kernel

package selftest

import (
	"fmt"
	"sync/atomic"

	"gont/hal"
	"gont/hal/pci"
	"gont/io"
)

// SELFTEST=pci: interrupts of real PCI functions, by what the chipset's router says, by MSI
// and by MSI-X. QEMU's edu device (docs/specs/edu.txt) has a register that raises its
// interrupt, INTx or MSI; its e1000e (82574L data sheet, 10.2.4) one that does so by MSI-X.

func testPci() error {
	s := pci.Machine
	if !pci.Present() {
		return fmt.Errorf("there is no PCI")
	}
	found := pci.Walk(s)
	mapped := pci.Map(found.Functions)
	tested := 0
	router := pci.NewRouter(s, found, nil)
	for i := range found.Functions {
		f := &found.Functions[i]
		var err error
		switch {
		case f.Vendor == 0x1234 && f.Device == 0x11E8:
			err = testEdu(s, found, router, f)
		case f.Vendor == 0x8086 && f.Device == 0x10D3:
			err = testE1000e(s, f)
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("PCI %v: %w", f.Address, err)
		}
		tested++
	}
	k.PrintLine(fmt.Sprintf("SELFTEST pci ok: %d functions, %d by memory, %d tested", len(found.Functions), mapped, tested))
	return nil
}

// registersOf maps a function's memory.
func registersOf(s pci.Space, f *pci.Function, bar int) (read func(uintptr) uint32, write func(uintptr, uint32), err error) {
	f.Size(s, pci.Quiet)
	for _, b := range f.Bars {
		if b.Index != bar || b.Io {
			continue
		}
		va, err := hal.MapIoSpace(b.Address, b.Size, hal.NonCached)
		if err != nil {
			return nil, nil, err
		}
		f.Enable(s, pci.CommandMemory|pci.CommandMaster)
		return func(o uintptr) uint32 { return hal.ReadRegister32(uintptr(va) + o) }, func(o uintptr, v uint32) { hal.WriteRegister32(uintptr(va)+o, v) }, nil
	}
	return nil, nil, fmt.Errorf("it has no memory %d", bar)
}

func testEdu(s pci.Space, found *pci.Scan, router *pci.Router, f *pci.Function) error {
	const status, raise, acknowledge = 0x24, 0x60, 0x64
	read, write, err := registersOf(s, f, 0)
	if err != nil {
		return err
	}
	var n atomic.Uint32
	routine := func(int) bool {
		v := read(status)
		if v == 0 {
			return false
		}
		write(acknowledge, v)
		n.Add(1)
		return true
	}
	five := func(what string) error {
		n.Store(0)
		for i := range uint32(5) {
			write(raise, 1<<i)
			if err := waitUntil(fmt.Sprintf("%s, interrupt %d", what, i), 20, func() bool { return n.Load() == i+1 }); err != nil {
				return err
			}
		}
		return nil
	}
	route, ok := router.Irq(found, f)
	if !ok {
		return fmt.Errorf("nobody tells where its pin goes")
	}
	i, st := io.ConnectInterrupt("edu", hal.PciLine(uint32(route.Irq)), routine)
	if !st.OK() {
		return fmt.Errorf("line: %v", st)
	}
	err = five("line")
	io.DisconnectInterrupt(i)
	if err != nil {
		return err
	}
	k.PrintLine(fmt.Sprintf("SELFTEST pci line ok: IRQ %d by the %s", route.Irq, route.By))
	i, m, st := io.ConnectMessages("edu", 1, routine)
	if !st.OK() {
		return nil // without a local APIC
	}
	defer io.DisconnectInterrupt(i)
	if err := f.EnableMsi(s, pci.Message{Address: m[0].Address, Data: m[0].Data}, 1); err != nil {
		return err
	}
	defer f.DisableMsi(s)
	if err := five("MSI"); err != nil {
		return err
	}
	k.PrintLine("SELFTEST pci MSI ok")
	return nil
}

func testE1000e(s pci.Space, f *pci.Function) error {
	const icr, ics, ims, imc, ivar = 0xC0, 0xC8, 0xD0, 0xD8, 0xE4
	const linkChange, other = 1 << 2, 1 << 24
	read, write, err := registersOf(s, f, 0)
	if err != nil {
		return err
	}
	table, err := f.MapTable()
	if err != nil {
		return err
	}
	var n [3]atomic.Uint32
	i, m, st := io.ConnectMessages("e1000e", len(n), func(message int) bool {
		write(icr, read(icr)) // what is written is cleared
		n[message].Add(1)
		return true
	})
	if !st.OK() {
		return nil
	}
	defer io.DisconnectInterrupt(i)
	var list []pci.Message
	for _, x := range m {
		list = append(list, pci.Message{Address: x.Address, Data: x.Data})
	}
	if err := f.EnableMsiX(s, table, list); err != nil {
		return err
	}
	defer f.DisableMsiX(s)
	write(imc, 0xFFFFFFFF)
	for message := range uint32(len(n)) {
		write(ivar, (message|8)<<16) // other causes
		write(ims, linkChange|other)
		for range 3 {
			before := n[message].Load()
			write(ics, linkChange|other)
			if err := waitUntil(fmt.Sprintf("MSI-X, message %d", message), 20, func() bool { return n[message].Load() > before }); err != nil {
				return err
			}
			write(ims, linkChange|other)
		}
	}
	write(imc, 0xFFFFFFFF)
	k.PrintLine("SELFTEST pci MSI-X ok")
	return nil
}
