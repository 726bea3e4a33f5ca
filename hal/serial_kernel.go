//go:build kernel

package hal

// COM1, a 16550 (National Semiconductor PC16550D data sheet, 8.0). It is
// polled: the debug port has to work with interrupts off.
const (
	com1    = 0x3F8
	uartTHR = 0 // transmit, divisor latch low when DLAB
	uartIER = 1 // interrupt enable, divisor latch high
	uartFCR = 2
	uartLCR = 3
	uartMCR = 4
	uartLSR = 5
	uartSCR = 7
	lsrTHRE = 1 << 5
)

// A busy port is asked for serialWait (ns, Nanotime), and for serialLost once it has
// stayed busy that long. A real port is ready after 87 us; an emulator's may have to
// wait for whoever reads, and that for a busy host.
const (
	serialWait = 10_000_000_000
	serialLost = 1_000_000
)

var serialPatience int64 = serialWait

var serialState int // 0 not looked for, 1 there, 2 absent

// InitializeSerial sets COM1 to 115200 8N1 and reports whether it is there: the
// scratch register keeps what is written.
func InitializeSerial() bool {
	serialState = 2
	for _, v := range []uint8{0x5A, 0xA5} {
		out8(com1+uartSCR, v)
		if in8(com1+uartSCR) != v {
			return false
		}
	}
	out8(com1+uartIER, 0)
	out8(com1+uartLCR, 0x80)
	out8(com1+uartTHR, 1)
	out8(com1+uartIER, 0)
	out8(com1+uartLCR, 0x03)
	out8(com1+uartFCR, 0xC7)
	out8(com1+uartMCR, 0x03)
	serialState = 1
	return true
}

// SerialPresent reports what InitializeSerial found.
func SerialPresent() bool { return serialState == 1 }

// SerialPut sends one byte, after a carriage return where it is a newline. A
// port that stays busy for ten seconds loses the byte instead of the boot, and then
// every byte for which it is not ready soon.
func SerialPut(c byte) { serialPut(c) }

func serialPut(c byte) {
	if serialState == 2 {
		return
	}
	if c == '\n' {
		serialByte('\r')
	}
	serialByte(c)
}

func serialByte(c byte) {
	for start := int64(0); ; {
		if in8(com1+uartLSR)&lsrTHRE != 0 {
			out8(com1+uartTHR, c)
			serialPatience = serialWait
			return
		}
		if now := Nanotime(); start == 0 {
			start = now
		} else if now-start > serialPatience {
			break
		}
	}
	serialPatience = serialLost
}
