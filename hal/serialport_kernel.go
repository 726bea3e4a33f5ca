//go:build kernel

package hal

// A serial port for the debugger and others who poll (PC16550D data sheet, 8.0). Package
// soc/intel/uart of tamago waits in its transmit routine without bound, which nobody may
// who stops the system; so these few registers are written here.

// SerialPort is a 16550 at an I/O address.
type SerialPort struct {
	base  uint16
	burst int // bytes that it takes when it is ready
	room  int // of these, what is left until it has to be asked again
	dead  bool
}

// PortBases are the usual addresses of COM1 to COM4.
var PortBases = [4]uint16{0x3F8, 0x2F8, 0x3E8, 0x2E8}

// OpenSerialPort finds the port at an I/O address and sets it to a rate, 8N1; nil: there
// is none. rate divides 115200. The port's own interrupts are off.
func OpenSerialPort(base uint16, rate uint32) *SerialPort {
	p := &SerialPort{base: base, burst: 1}
	for _, v := range []uint8{0x5A, 0xA5} {
		out8(base+uartSCR, v)
		if in8(base+uartSCR) != v {
			return nil
		}
	}
	divisor := uint16(115200 / max(min(rate, 115200), 50))
	out8(base+uartIER, 0)
	out8(base+uartLCR, 0x80)
	out8(base+uartTHR, uint8(divisor))
	out8(base+uartIER, uint8(divisor>>8))
	out8(base+uartLCR, 0x03)
	out8(base+uartFCR, 0xC7)
	out8(base+uartMCR, 0x03)
	if in8(base+uartIIR)&0xC0 == 0xC0 {
		p.burst = 16
	}
	return p
}

// Base is the port's I/O address.
func (p *SerialPort) Base() uint16 { return p.base }

// Get returns the next byte that has come, if one has; broken means that the line was
// held low, which is a break (8.4, bit 4).
func (p *SerialPort) Get() (c byte, ok, broken bool) {
	s := in8(p.base + uartLSR)
	if s == 0xFF { // nobody is there
		return 0, false, false
	}
	if s&0x11 == 0 {
		return 0, false, false
	}
	c = in8(p.base + uartTHR)
	if s&0x10 != 0 {
		return 0, false, true
	}
	return c, true, false
}

// Waiting reports whether a byte or a break has come.
func (p *SerialPort) Waiting() bool {
	s := in8(p.base + uartLSR)
	return s != 0xFF && s&0x11 != 0
}

// Present reports whether the port still answers.
func (p *SerialPort) Present() bool { return in8(p.base+uartLSR) != 0xFF }

// Put sends a byte. A port that stays busy for a very long time loses the byte, and then
// every byte for which it is not ready soon. Any IRQL.
func (p *SerialPort) Put(c byte) {
	if p.room > 0 {
		p.room--
		out8(p.base+uartTHR, c)
		return
	}
	patience := serialPolls
	if p.dead {
		patience = 1000
	}
	for range patience {
		if in8(p.base+uartLSR)&lsrTHRE != 0 {
			p.dead = false
			p.room = p.burst - 1
			out8(p.base+uartTHR, c)
			return
		}
	}
	p.dead = true
}
