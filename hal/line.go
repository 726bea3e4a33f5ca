package hal

import (
	"errors"
	"fmt"
	"math/bits"

	"gont/hal/acpi"
)

// Interrupts of devices: which wire, which vector, which processor. The machine's part is in
// line_kernel.go, the handler in device_amd64.s.

// Line is a wire that a device pulls: a pin of an I/O APIC, or a line of the 8259s.
type Line struct {
	Number uint32 // global interrupt number (ACPI 6.5, 5.2.13), or IRQ of the 8259s
	Pic    bool   // of the 8259s
	Level  bool   // level triggered, else edge
	Low    bool   // active low; the 8259s know no other than high
}

func (l Line) String() string {
	trigger, what := "edge", "GSI"
	if l.Level {
		trigger = "level"
	}
	if l.Pic {
		return fmt.Sprintf("IRQ %d of the 8259, %s", l.Number, trigger)
	}
	polarity := "high"
	if l.Low {
		polarity = "low"
	}
	return fmt.Sprintf("%s %d, %s, active %s", what, l.Number, trigger, polarity)
}

// Vector is where an interrupt arrives.
type Vector struct {
	Processor int
	Number    uint8
}

// Message is what a device writes to interrupt (MSI; SDM vol. 3, 10.11).
type Message struct {
	Vector  Vector
	Address uint64
	Data    uint32
}

// Errors of ConnectLine and AllocateMessages.
var (
	ErrNoVector   = errors.New("hal: no interrupt vector is free")
	ErrNoPin      = errors.New("hal: no interrupt controller has this line")
	ErrPinRefuses = errors.New("hal: the interrupt controller's pin does not keep what is written")
	ErrNoMessages = errors.New("hal: messages need a local APIC")
)

// Vectors of devices. Below are those of exceptions and the 8259s, and some that stay
// nobody's, above those of the clock and of other processors (context.go).
const (
	firstDeviceVector = 0x60
	lastDeviceVector  = 0xCF
)

// vectorTable keeps account of the vectors of devices, by processor.
type vectorTable struct {
	used [MaximumProcessors][4]uint64
	load [MaximumProcessors]int
}

// allocate takes n vectors in a row, the first a multiple of n rounded up to a power of
// two, as MSI wants them (PCI 3.0, 6.8.1.6), of the processor with the fewest; usable has a
// bit for each that may be taken.
func (t *vectorTable) allocate(n int, usable uint32) (v Vector, ok bool) {
	if n < 1 || n > 32 {
		return v, false
	}
	step := 1 << bits.Len(uint(n-1))
	best := -1
	for p := range MaximumProcessors {
		if usable&(1<<p) == 0 || best >= 0 && t.load[p] >= t.load[best] {
			continue
		}
		if first := t.find(p, n, step); first >= 0 {
			best, v = p, Vector{p, uint8(first)}
		}
	}
	if best < 0 {
		return v, false
	}
	for i := range n {
		x := int(v.Number) + i
		t.used[best][x>>6] |= 1 << (x & 63)
	}
	t.load[best] += n
	return v, true
}

func (t *vectorTable) find(p, n, step int) int {
	for first := (firstDeviceVector + step - 1) &^ (step - 1); first+n-1 <= lastDeviceVector; first += step {
		free := true
		for x := first; x < first+n; x++ {
			free = free && t.used[p][x>>6]&(1<<(x&63)) == 0
		}
		if free {
			return first
		}
	}
	return -1
}

// free gives n vectors back that allocate has returned.
func (t *vectorTable) free(v Vector, n int) {
	for x := int(v.Number); x < int(v.Number)+n; x++ {
		if t.used[v.Processor][x>>6]&(1<<(x&63)) == 0 {
			panic("hal: a vector is freed that is free")
		}
		t.used[v.Processor][x>>6] &^= 1 << (x & 63)
	}
	t.load[v.Processor] -= n
}

// routeIsa returns the wire of an ISA interrupt: edge triggered and active high by the bus,
// unless the MADT says otherwise (ACPI 6.5, 5.2.12.5). m is nil where the 8259s serve.
func routeIsa(m *acpi.Madt, irq uint8) Line {
	if m == nil {
		return Line{Number: uint32(irq), Pic: true}
	}
	gsi, f := m.GsiOf(irq)
	return Line{Number: gsi, Low: f.ActiveLow(), Level: f.Level()}
}

// routePci returns the wire of a PCI interrupt, level triggered and active low by the bus
// (PCI 3.0, 2.2.6), that the chipset's router has put on IRQ number below 16, or that comes
// by global interrupt number. An override of the IRQ says what the chipset makes of it.
func routePci(m *acpi.Madt, number uint32) Line {
	if m == nil {
		return Line{Number: number, Pic: true, Level: true}
	}
	if number < 16 {
		for _, o := range m.Overrides {
			if uint32(o.Source) == number {
				return Line{Number: o.Gsi, Level: o.Flags>>2&3 != 1, Low: o.Flags&3 != 1}
			}
		}
	}
	return Line{Number: number, Level: true, Low: true}
}

// redirection is a redirection entry's low half for a line: fixed delivery to one
// processor by its APIC id, masked (82093AA data sheet, 3.2.4).
func (l Line) redirection(vector uint8) uint32 {
	v := uint32(vector) | pinMasked
	if l.Low {
		v |= pinLow
	}
	if l.Level {
		v |= pinLevel
	}
	return v
}

// Bits of a redirection entry (82093AA data sheet, 3.2.4).
const (
	pinMasked = 1 << 16
	pinLevel  = 1 << 15
	pinLow    = 1 << 13
	pinNMI    = 4 << 8
)

// message is what a device writes for a vector of the processor with an APIC id: fixed,
// edge (SDM vol. 3, 10.11.1, 10.11.2).
func message(v Vector, apicID uint32) Message {
	return Message{Vector: v, Address: 0xFEE00000 | uint64(apicID)<<12, Data: uint32(v.Number)}
}

// deviceLine is what the handler knows of a vector (device_amd64.s): offsets.h has the
// offsets.
type deviceLine struct {
	Kind     uint32 // one of line...
	Register uint32 // of the I/O APIC: the redirection entry's low half
	Window   uint64 // of the I/O APIC: where its select register is mapped
	Count    uint64 // interrupts
	_        uint64
}
