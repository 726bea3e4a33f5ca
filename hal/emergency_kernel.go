//go:build kernel

package hal

// A second serial port for what the screen shows (emergency management services, SPEC P0.13).
// It is polled, as COM1 is.

// comPorts are the usual addresses of COM1 to COM4.
var comPorts = [4]uint16{com1, 0x2F8, 0x3E8, 0x2E8}

var (
	emergencyPort uint16 // 0: none
	emergencyDead bool
)

// emergencyPolls is how often a busy port is asked before it counts as dead: about a second.
const emergencyPolls = 1_000_000

// OpenEmergencyPort sets COMn (1 to 4) to a rate, which divides 115200, 8N1, and reports
// whether it is there. COM1 is the kernel's own.
func OpenEmergencyPort(n int, rate uint32) bool {
	if n < 2 || n > len(comPorts) || rate == 0 {
		return false
	}
	base := comPorts[n-1]
	for _, v := range []uint8{0x5A, 0xA5} {
		out8(base+uartSCR, v)
		if in8(base+uartSCR) != v {
			return false
		}
	}
	divisor := 115200 / rate
	out8(base+uartIER, 0)
	out8(base+uartLCR, 0x80)
	out8(base+uartTHR, uint8(divisor))
	out8(base+uartIER, uint8(divisor>>8))
	out8(base+uartLCR, 0x03)
	out8(base+uartFCR, 0xC7)
	out8(base+uartMCR, 0x03)
	emergencyPort = base
	return true
}

// EmergencyPort is the first I/O port of that serial port, 0 for none: no driver may use it.
func EmergencyPort() uint16 { return emergencyPort }

// EmergencyPut sends a byte to that port, if there is one; a newline goes with a carriage
// return. A port that stays busy loses it, and what follows until it is ready again. The
// callers see to it that one processor at a time calls.
func EmergencyPut(c byte) {
	if emergencyPort == 0 {
		return
	}
	if c == '\n' {
		EmergencyPut('\r')
	}
	polls := emergencyPolls
	if emergencyDead {
		polls = 1
	}
	for range polls {
		if in8(emergencyPort+uartLSR)&lsrTHRE != 0 {
			emergencyDead = false
			out8(emergencyPort+uartTHR, c)
			return
		}
	}
	emergencyDead = true
}

// EmergencyGet returns the next byte that has come to that port, if one has. One processor at
// a time calls.
func EmergencyGet() (c byte, ok bool) {
	if emergencyPort == 0 {
		return 0, false
	}
	s := in8(emergencyPort + uartLSR)
	if s == 0xFF || s&1 == 0 {
		return 0, false
	}
	return in8(emergencyPort + uartTHR), true
}
