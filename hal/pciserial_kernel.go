//go:build kernel

package hal

// A 16550 on PCI for the debugger, found by the configuration ports before there is anything
// else that knows PCI (PCI 3.0, 6.1 and 6.2.5; PCI Code and ID Assignment 1.11, 1.8).

const (
	pciClassSerial = 0x0700 // class 07h, subclass 00h: serial controller
	pciIoSpace     = 1      // command register
)

// FindPciSerialPort returns the I/O address of the first serial controller on PCI with
// ports, whose decoding it switches on; 0: there is none. One processor runs.
func FindPciSerialPort() uint16 {
	if DebugPci(0, 0, 0, 0) == 0xFFFFFFFF {
		return 0 // no PCI, or not by the ports
	}
	for bus := range 256 {
		for slot := range uint8(32) {
			for function := range uint8(8) {
				b := uint8(bus)
				if DebugPci(b, slot, function, 0)&0xFFFF == 0xFFFF {
					if function == 0 {
						break
					}
					continue
				}
				header := DebugPci(b, slot, function, 0xC) >> 16 & 0xFF
				if DebugPci(b, slot, function, 8)>>16 == pciClassSerial && header&0x7F == 0 {
					for bar := uint8(0x10); bar < 0x28; bar += 4 {
						v := DebugPci(b, slot, function, bar)
						if v&1 == 0 || v&0xFFFC == 0 || v>>16 != 0 {
							continue // memory, nothing, or beyond the ports
						}
						writePci(b, slot, function, 4, DebugPci(b, slot, function, 4)&0xFFFF|pciIoSpace)
						return uint16(v & 0xFFFC)
					}
				}
				if function == 0 && header&0x80 == 0 {
					break
				}
			}
		}
	}
	return 0
}

func writePci(bus, slot, function, offset uint8, v uint32) {
	old := in32(pciAddress)
	out32(pciAddress, 1<<31|uint32(bus)<<16|uint32(slot)<<11|uint32(function)<<8|uint32(offset))
	out32(pciData, v)
	out32(pciAddress, old)
}
