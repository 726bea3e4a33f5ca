//go:build kernel

package hal

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"gont/hal/acpi"
)

// Interrupts of devices: the machine's part. Vectors are allocated and pins programmed
// under lineLock, by threads.

//go:noescape
func takeDeviceBits(word int) uint64

// lines are the processors' tables, by number. The handler reads them by the PCR's Lines.
var (
	bootLines [256]deviceLine
	lines     [MaximumProcessors]*[256]deviceLine
	vectors   vectorTable
	lineLock  uint32 // of vectors; taken with IF=0
)

// newLines makes the table of a processor and returns its address.
func newLines(number int) uint64 {
	if lines[number] == nil {
		lines[number] = new([256]deviceLine)
	}
	return uint64(uintptr(unsafe.Pointer(lines[number])))
}

// withLines calls f with vectors for itself. f must not allocate.
func withLines(f func()) {
	on := ReadFlags()&0x200 != 0
	DisableInterrupts()
	for !atomic.CompareAndSwapUint32(&lineLock, 0, 1) {
		pause()
	}
	f()
	atomic.StoreUint32(&lineLock, 0)
	if on {
		EnableInterrupts()
	}
}

// routed is the MADT if I/O APICs serve the lines, nil where the 8259s do.
func routed() *acpi.Madt {
	if kind == StandardPC || ioApicCount == 0 {
		return nil
	}
	return madt
}

// IsaLine returns the wire of an ISA interrupt, 0 to 15.
func IsaLine(irq uint8) Line { return routeIsa(routed(), irq) }

// PciLine returns the wire of a PCI interrupt that the chipset's router has put on IRQ
// number, below 16, or that is a global interrupt number.
func PciLine(number uint32) Line { return routePci(routed(), number) }

// UsesIOApics reports whether lines go by I/O APICs; else the 8259s serve them.
func UsesIOApics() bool { return routed() != nil }

// targets has a bit for every processor that takes interrupts and that a message or a pin
// can address: by eight bits, of which FFh means all.
func targets() (usable uint32) {
	for i, p := range pcrs[:count] {
		if (i == 0 || atomic.LoadUint64(&p.Online) != 0) && p.ApicID < 0xFF {
			usable |= 1 << i
		}
	}
	return usable
}

// ConnectLine gives a line a vector, and programs its pin, which stays masked until
// UnmaskLine. A line is connected once; who shares it shares the vector. IRQL <=
// DISPATCH_LEVEL.
func ConnectLine(l Line) (v Vector, err error) {
	if l.Pic {
		return connectPic(l)
	}
	ok := false
	withLines(func() { v, ok = vectors.allocate(1, targets()) })
	if !ok {
		return v, ErrNoVector
	}
	if err = connectPin(l, v); err != nil {
		withLines(func() { vectors.free(v, 1) })
	}
	return v, err
}

func connectPin(l Line, v Vector) (err error) {
	err = ErrNoPin
	withIOApics(func() {
		n, pin, ok := findPin(l.Number)
		if !ok {
			return
		}
		d := &lines[v.Processor][v.Number]
		*d = deviceLine{Register: ioApicTable + 2*pin, Window: ioApicWindows[n].window}
		low := l.redirection(v.Number)
		ioWrite(n, d.Register, pinMasked)
		ioWrite(n, d.Register+1, uint32(pcrs[v.Processor].ApicID)<<24)
		ioWrite(n, d.Register, low)
		const kept = 0x1AFFF // without delivery status and remote IRR, which are read-only
		if ioRead(n, d.Register)&kept != low {
			ioWrite(n, d.Register, pinMasked)
			err = ErrPinRefuses
			return
		}
		k := uint32(lineEdge)
		if l.Level {
			k = lineLevel
		}
		atomic.StoreUint32(&d.Kind, k)
		err = nil
	})
	return err
}

// findPin returns the I/O APIC and the pin of a global interrupt number.
func findPin(gsi uint32) (n int, pin uint32, ok bool) {
	for n := range int(ioApicCount) {
		if p := gsi - ioApicBases[n]; gsi >= ioApicBases[n] && uint64(p) < ioApicWindows[n].pins {
			return n, p, true
		}
	}
	return 0, 0, false
}

// connectPic sets up a line of the 8259s: the vector is given, and the processor is the
// boot processor, whose LINT0 the 8259s are wired to. Ports 4D0h and 4D1h say which lines
// are level triggered (82371AB data sheet, 4.2.6, ELCR).
func connectPic(l Line) (v Vector, err error) {
	v = Vector{0, uint8(0x20 + l.Number)}
	if l.Number > 15 || l.Number == 2 || v.Number == 0x20 && tickBy == tickPit || v.Number == 0x28 && tickBy == tickRtc {
		return v, ErrNoPin
	}
	if kind != StandardPC && hasApic() && processorNumber() == 0 {
		apicWrite(apicLint0, lvtExtInt) // virtual wire: no I/O APIC is there
	}
	k := uint32(linePicEdge)
	if l.Level {
		k = linePicLevel
	}
	withIOApics(func() {
		port, bit := 0x4D0+uint16(l.Number>>3), uint8(1)<<(l.Number&7)
		// IRQ 0, 1, 8 and 13 are edge triggered for ever, and without the register
		// (ISA) all are.
		if old := in8(port); old != 0xFF && l.Level != (old&bit != 0) {
			out8(port, old^bit)
		}
		atomic.StoreUint32(&bootLines[v.Number].Kind, k)
	})
	return v, nil
}

// DisconnectLine masks a line and frees its vector. No handler has it afterwards, but its
// bit may still be marked: TakeInterrupts may return it once more.
func DisconnectLine(l Line, v Vector) {
	MaskLine(l, v)
	atomic.StoreUint32(&lines[v.Processor][v.Number].Kind, lineNone)
	if !l.Pic {
		withLines(func() { vectors.free(v, 1) })
	}
}

// MaskLine and UnmaskLine change a connected line's mask. Any IRQL.
func MaskLine(l Line, v Vector)   { setMask(l, v, true) }
func UnmaskLine(l Line, v Vector) { setMask(l, v, false) }

func setMask(l Line, v Vector, masked bool) {
	withIOApics(func() {
		if l.Pic {
			port, bit := uint16(0x21), uint8(1)<<(l.Number&7)
			if l.Number >= 8 {
				port = 0xA1
				if !masked {
					out8(0x21, in8(0x21)&^4) // the cascade
				}
			}
			if masked {
				out8(port, in8(port)|bit)
			} else {
				out8(port, in8(port)&^bit)
			}
			return
		}
		n, pin, ok := findPin(l.Number)
		if !ok {
			return
		}
		r := ioApicTable + 2*pin
		low := ioRead(n, r) &^ pinMasked
		if masked {
			low |= pinMasked
		}
		ioWrite(n, r, low)
	})
}

// AllocateMessages gives a device n vectors in a row of one processor (MSI), as many as a
// power of two holds. IRQL <= DISPATCH_LEVEL.
func AllocateMessages(n int) ([]Message, error) {
	if noMessages || !hasApic() || kind == StandardPC && !apicEnabled() {
		return nil, ErrNoMessages
	}
	var v Vector
	ok := false
	withLines(func() { v, ok = vectors.allocate(n, targets()) })
	if !ok {
		return nil, ErrNoVector
	}
	list := make([]Message, n)
	for i := range list {
		x := Vector{v.Processor, v.Number + uint8(i)}
		list[i] = message(x, uint32(pcrs[v.Processor].ApicID))
		atomic.StoreUint32(&lines[x.Processor][x.Number].Kind, lineEdge)
	}
	return list, nil
}

// apicEnabled reports whether the boot processor's local APIC takes messages (SDM vol. 3,
// 10.9).
func apicEnabled() bool { return apicRead(apicSVR)&(1<<8) != 0 }

// FreeMessages takes back what AllocateMessages has returned. The device must not send
// them any more: one that does is nobody's.
func FreeMessages(list []Message) {
	for _, m := range list {
		atomic.StoreUint32(&lines[m.Vector.Processor][m.Vector.Number].Kind, lineNone)
	}
	if len(list) > 0 {
		withLines(func() { vectors.free(list[0].Vector, len(list)) })
	}
}

// TakeInterrupts calls f for each vector of a device that has come to the calling processor
// since the last call. It may be called at any level. f may go on on another processor.
func TakeInterrupts(f func(Vector)) {
	p := processorNumber()
	taken := [4]uint64{takeDeviceBits(0), takeDeviceBits(1), takeDeviceBits(2), takeDeviceBits(3)}
	for word, m := range taken {
		for ; m != 0; m &= m - 1 {
			f(Vector{p, uint8(word<<6 + bits.TrailingZeros64(m))})
		}
	}
}

// VectorCount returns how often a vector has come.
func VectorCount(v Vector) uint64 { return atomic.LoadUint64(&lines[v.Processor][v.Number].Count) }

// ReadPort8 to WritePort32 are READ_PORT_UCHAR and so on.
func ReadPort8(port uint16) uint8       { return in8(port) }
func ReadPort16(port uint16) uint16     { return in16(port) }
func ReadPort32(port uint16) uint32     { return in32(port) }
func WritePort8(port uint16, v uint8)   { out8(port, v) }
func WritePort16(port, v uint16)        { out16(port, v) }
func WritePort32(port uint16, v uint32) { out32(port, v) }

// SendMessage sends an interrupt as a device's message would, for a self-test.
func SendMessage(m Message) bool {
	return sendApic(uint32(pcrs[m.Vector.Processor].ApicID), icrFixed|uint32(m.Vector.Number))
}

// noMessages: devices use their lines.
var noMessages bool

// DistrustMessages makes AllocateMessages refuse (SPEC P1.23).
func DistrustMessages() { noMessages = true }

// Kinds of a deviceLine.
const (
	lineNone     = 0
	lineEdge     = 1 // of an I/O APIC, or a message: acknowledged
	lineLevel    = 2 // of an I/O APIC: its pin is masked first
	linePicEdge  = 3 // of the 8259s
	linePicLevel = 4 // of the 8259s: the line is masked first
)
