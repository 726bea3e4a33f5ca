package pci

import "fmt"

// Bounds of a scan, which hostile buses reach and no others.
const (
	maximumFunctions    = 1024
	maximumCapabilities = 64
	maximumProblems     = 32
)

// Scan is what a walk over all buses has found.
type Scan struct {
	Functions []Function // bridges before what is behind them
	Problems  []string   // what was left out, or cannot be, a sentence each
	seen      [256]bool  // buses
}

func (r *Scan) problem(format string, a ...any) {
	if len(r.Problems) < maximumProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, a...))
	}
}

// Walk finds all functions: bus 0 and what bridges lead to, the other root buses of a host
// bridge with several functions (one for each), and then buses that no bridge has, since
// where further root buses begin only AML tells.
func Walk(s Space) *Scan {
	r := &Scan{}
	r.bus(s, 0, -1)
	if s.Read(Address{}, regHeader)>>16&0x80 != 0 && s.Read(Address{}, regClass)>>16 == ClassBridge<<8 {
		for fn := uint8(1); fn < 8; fn++ {
			if v := s.Read(Address{Function: fn}, regID); v&0xFFFF != 0xFFFF && s.Read(Address{Function: fn}, regClass)>>16 == ClassBridge<<8 {
				r.bus(s, fn, -1)
			}
		}
	}
	for bus := 1; bus < 256; bus++ {
		r.bus(s, uint8(bus), -1)
	}
	return r
}

// bus looks at a bus's slots; parent is the index of the bridge that leads to it.
func (r *Scan) bus(s Space, bus uint8, parent int) {
	if r.seen[bus] {
		return
	}
	found := false
	for slot := uint8(0); slot < 32; slot++ {
		a := Address{Bus: bus, Slot: slot}
		if !present(s.Read(a, regID)) {
			continue
		}
		// A bus that is not there but is answered, as by a bridge that takes all,
		// is not gone over once more.
		found = true
		r.seen[bus] = true
		last := uint8(0)
		if s.Read(a, regHeader)>>16&0x80 != 0 {
			last = 7
		}
		for fn := uint8(0); fn <= last; fn++ {
			a.Function = fn
			if id := s.Read(a, regID); present(id) && !r.function(s, a, id, parent) {
				return
			}
		}
	}
	r.seen[bus] = r.seen[bus] || found || parent >= 0
}

// present tells by the first register whether a function is there (PCI, 6.1).
func present(id uint32) bool { return id&0xFFFF != 0xFFFF && id&0xFFFF != 0 }

// function notes a function, and goes on behind it if it is a bridge. It returns false
// when there are too many.
func (r *Scan) function(s Space, a Address, id uint32, parent int) bool {
	if len(r.Functions) == maximumFunctions {
		r.problem("there are more than %d PCI functions: those after %v are left out", maximumFunctions, a)
		return false
	}
	class, header := s.Read(a, regClass), s.Read(a, regHeader)
	interrupt := s.Read(a, regInterrupt)
	f := Function{Address: a, Vendor: uint16(id), Device: uint16(id >> 16), Revision: uint8(class), Interface: uint8(class >> 8),
		Subclass: uint8(class >> 16), Class: uint8(class >> 24), Header: uint8(header>>16) & 0x7F, Line: uint8(interrupt), Pin: uint8(interrupt >> 8), Parent: parent}
	if f.Pin > 4 {
		r.problem("PCI %v: interrupt pin %d cannot be", a, f.Pin)
		f.Pin = 0
	}
	switch f.Header {
	case 0:
		sub := s.Read(a, regSubsystem)
		f.SubsystemVendor, f.Subsystem = uint16(sub), uint16(sub>>16)
	case 1, 2:
		buses := s.Read(a, regBuses)
		f.Secondary, f.Subordinate = uint8(buses>>8), uint8(buses>>16)
	default:
		r.problem("PCI %v: a header of type %d is not known: its address space is left alone", a, f.Header)
	}
	f.Capabilities = r.capabilities(s, a)
	at := len(r.Functions)
	r.Functions = append(r.Functions, f)
	if f.Class == ClassBridge && (f.Header == 1 || f.Header == 2) {
		switch {
		case f.Secondary == 0:
			r.problem("PCI bridge %v: the firmware has given it no bus", a)
		case f.Secondary <= a.Bus || f.Subordinate < f.Secondary:
			r.problem("PCI bridge %v: buses %d to %d behind bus %d cannot be", a, f.Secondary, f.Subordinate, a.Bus)
		case r.seen[f.Secondary]:
			r.problem("PCI bridge %v: bus %d is another bridge's", a, f.Secondary)
		default:
			r.bus(s, f.Secondary, at)
		}
	}
	return true
}

// capabilities reads both lists (PCI, 6.7; PCIe, 7.9.3).
func (r *Scan) capabilities(s Space, a Address) (list []Capability) {
	if s.Read(a, regCommand)&statusCapabilities == 0 {
		return nil
	}
	var seen [4096 / 4]bool
	for at := uint16(s.Read(a, regCapabilities)) & 0xFC; at != 0; {
		if at < 0x40 || seen[at/4] {
			r.problem("PCI %v: the list of capabilities goes astray at %#x", a, at)
			break
		}
		seen[at/4] = true
		v := s.Read(a, at)
		if v&0xFF == 0xFF {
			r.problem("PCI %v: the capability at %#x does not answer", a, at)
			break
		}
		list = append(list, Capability{ID: uint16(v & 0xFF), Offset: at})
		at = uint16(v>>8) & 0xFC
	}
	if !s.Extended(a) {
		return list
	}
	for at := uint16(0x100); at != 0; {
		if at < 0x100 || seen[at/4] || len(list) >= maximumCapabilities {
			r.problem("PCI %v: the list of extended capabilities goes astray at %#x", a, at)
			break
		}
		seen[at/4] = true
		v := s.Read(a, at)
		if v == 0 || v == 0xFFFFFFFF {
			break
		}
		list = append(list, Capability{ID: uint16(v), Offset: at, Extended: true})
		at = uint16(v>>20) & 0xFFC
	}
	return list
}
