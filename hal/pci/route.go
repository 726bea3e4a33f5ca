package pci

import "encoding/binary"

// Where a function's pin is wired to (P1.29). Only AML tells for certain, and that is not
// interpreted. What else there is: the BIOS's routing table says to which input of the
// chipset's router a pin goes, the router's registers which IRQ it makes of that, and the
// firmware has left in the interrupt line register what it thinks.

// routers are bridges whose registers 60h to 63h (and 68h to 6Bh) route PIRQA# to PIRQD#
// (and PIRQE# to PIRQH#): PIIX (82371AB data sheet, 4.1.10) and the ICHs (ICH9 data sheet,
// 13.1.14, 13.1.19). Vendor 8086h.
var routers = map[uint16]int{
	0x122E: 4, 0x7000: 4, 0x7110: 4, 0x7198: 4, // PIIX, PIIX3, PIIX4, 440MX
	0x2410: 4, 0x2420: 4, 0x2440: 8, 0x244C: 8, 0x2480: 8, 0x248C: 8, 0x24C0: 8, 0x24CC: 8, 0x24D0: 8, // ICH to ICH5
	0x2640: 8, 0x2641: 8, 0x27B0: 8, 0x27B8: 8, 0x27B9: 8, 0x27BD: 8, // ICH6, ICH7
	0x2810: 8, 0x2811: 8, 0x2812: 8, 0x2814: 8, 0x2815: 8, 0x2912: 8, 0x2914: 8, 0x2916: 8, 0x2917: 8, 0x2918: 8, 0x2919: 8, // ICH8, ICH9
}

// Router is the chipset's interrupt router; the zero value is none.
type Router struct {
	space  Space
	at     Address
	inputs int
	table  []byte // of the BIOS, behind its header
}

// NewRouter finds the router among the functions, and the BIOS's table ("$PIR", PCI IRQ
// Routing Table Specification 1.0) in bios, memory from F0000h to 100000h; nil for none.
func NewRouter(s Space, found *Scan, bios []byte) *Router {
	r := &Router{space: s}
	for i := range found.Functions {
		f := &found.Functions[i]
		if n := routers[f.Device]; f.Vendor == 0x8086 && f.Class == ClassBridge && n > 0 {
			r.at, r.inputs = f.Address, n
			break
		}
	}
	for at := 0; at+32 <= len(bios); at += 16 {
		if string(bios[at:at+4]) != "$PIR" {
			continue
		}
		n := int(binary.LittleEndian.Uint16(bios[at+6:]))
		if n < 32 || n%16 != 0 || at+n > len(bios) {
			continue
		}
		sum := byte(0)
		for _, c := range bios[at : at+n] {
			sum += c
		}
		if sum == 0 {
			r.table = bios[at+32 : at+n]
			break
		}
	}
	return r
}

// link returns what the BIOS's table says a pin of a slot is wired to, 0 for nothing.
func (r *Router) link(bus, slot, pin uint8) uint8 {
	for b := r.table; len(b) >= 16; b = b[16:] {
		if b[0] == bus && b[1]>>3 == slot {
			return b[2+3*(pin-1)]
		}
	}
	return 0
}

// Route is an answer of Irq.
type Route struct {
	Irq uint8
	By  string // "router", or "line": the interrupt line register
}

// Irq returns the IRQ, below 16, that the pin of a function comes by; ok is false when
// nobody tells. Behind bridges the pins are swizzled until a slot of the table is met
// (PCI-to-PCI Bridge Architecture 1.2, 9.1).
func (r *Router) Irq(found *Scan, f *Function) (route Route, ok bool) {
	if f.Pin == 0 {
		return route, false
	}
	bus, slot, pin, parent := f.Bus, f.Slot, f.Pin, f.Parent
	for {
		if l := r.link(bus, slot, pin); l != 0 {
			if irq, ok := r.register(l); ok {
				return Route{irq, "router"}, true
			}
			break
		}
		if parent < 0 {
			break
		}
		p := &found.Functions[parent]
		pin = (pin-1+slot)&3 + 1
		bus, slot, parent = p.Bus, p.Slot, p.Parent
	}
	if f.Line > 0 && f.Line < 16 && f.Line != 2 {
		return Route{f.Line, "line"}, true
	}
	return route, false
}

// register reads the router's register for a link: its offset, or the number of the input.
func (r *Router) register(link uint8) (irq uint8, ok bool) {
	n := int(link) - 1
	switch {
	case link >= 0x60 && link <= 0x63:
		n = int(link - 0x60)
	case link >= 0x68 && link <= 0x6B:
		n = int(link-0x68) + 4
	}
	if n < 0 || n >= r.inputs {
		return 0, false
	}
	at := uint16(0x60)
	if n >= 4 {
		at, n = 0x68, n-4
	}
	v := uint8(r.space.Read(r.at, at) >> (8 * n))
	if v&0x80 != 0 || v&15 < 3 || v&15 == 8 || v&15 == 13 {
		return 0, false // not routed to the 8259s, or to what cannot be
	}
	return v & 15, true
}
