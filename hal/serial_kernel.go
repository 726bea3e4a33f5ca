//go:build kernel

package hal

// COM1, a 16550 (National Semiconductor PC16550D data sheet, 8.0). It is
// polled: the debug port has to work with interrupts off.
const (
	com1    = 0x3F8
	uartTHR = 0 // transmit, divisor latch low when DLAB
	uartIER = 1 // interrupt enable, divisor latch high
	uartFCR = 2 // write; interrupt identification when read
	uartIIR = 2
	uartLCR = 3
	uartMCR = 4
	uartLSR = 5
	uartSCR = 7
	lsrTHRE = 1 << 5
	lsrTEMT = 1 << 6 // nothing is left in the FIFO and the shift register
)

// SerialPut asks a busy port for serialWait (ns, Nanotime), and for serialLost once it
// has stayed busy that long; and no more often than serialPolls, in case the clock
// stands. A real port is ready after 87 us; an emulator's may have to wait for whoever
// reads, and that for a busy host. A read of the port takes about a microsecond.
const (
	serialWait  = 10_000_000_000
	serialLost  = 1_000_000
	serialPolls = 50_000_000
)

var (
	serialPatience int64 = serialWait
	serialAsked          = serialPolls
)

var (
	serialState int     // 0 not looked for, 1 there, 2 absent
	serialBurst int = 1 // bytes that the port takes when it is ready
)

// SerialPortPresent reports whether a UART answers at base: its scratch register keeps
// what is written.
func SerialPortPresent(base uint16) bool {
	for _, v := range [...]uint8{0x5A, 0xA5} {
		out8(base+uartSCR, v)
		if in8(base+uartSCR) != v {
			return false
		}
	}
	return true
}

// InitializeSerial sets COM1 to 115200 8N1 and reports whether it is there.
func InitializeSerial() bool {
	serialState = 2
	if !SerialPortPresent(com1) {
		return false
	}
	out8(com1+uartIER, 0)
	out8(com1+uartLCR, 0x80)
	out8(com1+uartTHR, 1)
	out8(com1+uartIER, 0)
	out8(com1+uartLCR, 0x03)
	out8(com1+uartFCR, 0xC7)
	out8(com1+uartMCR, 0x03)
	serialBurst = 1
	if in8(com1+uartIIR)&0xC0 == 0xC0 {
		serialBurst = 16 // the FIFOs are there and on (data sheet, 8.5)
	}
	serialState = 1
	return true
}

// SerialPresent reports what InitializeSerial found.
func SerialPresent() bool { return serialState == 1 }

// SerialSend gives the port bytes as they are, and returns how many the port took
// without waiting. A port that is absent takes all. The callers see to it that one
// processor at a time calls.
func SerialSend(b []byte) int {
	if serialState == 2 {
		return len(b)
	}
	if in8(com1+uartLSR)&lsrTHRE == 0 {
		return 0
	}
	b = b[:min(len(b), serialBurst)]
	for _, c := range b {
		out8(com1+uartTHR, c)
	}
	return len(b)
}

// serialEmpty waits until COM1 has sent what it was given, 100 ms at most: the rest is lost when the machine is
// reset or switched off.
func serialEmpty() {
	if serialState == 2 {
		return
	}
	start := Nanotime()
	for polls := 0; polls < serialPolls && in8(com1+uartLSR)&lsrTEMT == 0 && Nanotime()-start < 100_000_000; polls++ {
		pause()
	}
}

// SerialPut sends one byte, after a carriage return where it is a newline, and waits
// for the port: for when nothing else works any more. A port that stays busy for ten
// seconds loses the byte, and then every byte for which it is not ready soon.
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

// SerialPutRaw is SerialPut for a byte that is sent as it is.
func SerialPutRaw(c byte) {
	if serialState != 2 {
		serialByte(c)
	}
}

func serialByte(c byte) {
	for start, polls := int64(0), 0; polls < serialAsked; polls++ {
		if in8(com1+uartLSR)&lsrTHRE != 0 {
			out8(com1+uartTHR, c)
			serialPatience, serialAsked = serialWait, serialPolls
			return
		}
		if now := Nanotime(); start == 0 {
			start = now
		} else if now-start > serialPatience {
			break
		}
	}
	serialPatience, serialAsked = serialLost, serialPolls/1000
}
