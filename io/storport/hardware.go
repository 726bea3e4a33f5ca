package storport

import (
	"fmt"

	"gont/io"
)

// Registers are a device's, by their offset; accesses have the width that they say.
type Registers interface {
	Read8(offset uint32) uint8
	Read16(offset uint32) uint16
	Read32(offset uint32) uint32
	Write8(offset uint32, v uint8)
	Write16(offset uint32, v uint16)
	Write32(offset uint32, v uint32)
}

// Hardware is what the bus says of a device.
type Hardware struct {
	Resources []io.Resource
	Bus       io.BusInterface
	Lower     *io.Device // the device below, for what else its bus offers
}

// mostMapped is how much of a base address register's memory is mapped.
const mostMapped = 64 << 10

// Registers maps n bytes from offset on of base address register bar; n 0: all, but at most
// 64 KB. An error where there is no such range. PASSIVE_LEVEL.
func (h *Hardware) Registers(bar int, offset, n uint64) (Registers, error) {
	for _, r := range h.Resources {
		if r.Bar != bar+1 || r.Kind != io.PortResource && r.Kind != io.MemoryResource {
			continue
		}
		if n == 0 && offset < r.Length {
			n = min(r.Length-offset, mostMapped)
		}
		if n == 0 || offset >= r.Length || n > r.Length-offset || r.Kind == io.PortResource && r.Start+r.Length > 1<<16 {
			return nil, fmt.Errorf("base address register %d is too short: %d bytes at %d of %d", bar, n, offset, r.Length)
		}
		r.Start, r.Length = r.Start+offset, n
		return open(r)
	}
	return nil, fmt.Errorf("there is no base address register %d", bar)
}

// Length is how many bytes a base address register decodes, 0 none.
func (h *Hardware) Length(bar int) uint64 {
	for _, r := range h.Resources {
		if r.Bar == bar+1 && (r.Kind == io.PortResource || r.Kind == io.MemoryResource) {
			return r.Length
		}
	}
	return 0
}

// HasPorts reports whether a base address register leads to I/O ports.
func (h *Hardware) HasPorts(bar int) bool {
	for _, r := range h.Resources {
		if r.Bar == bar+1 && r.Kind == io.PortResource {
			return true
		}
	}
	return false
}

// Config8 reads a byte of configuration space.
func (h *Hardware) Config8(offset uint16) uint8 {
	return uint8(h.Bus.ReadConfig(offset&^3) >> (offset & 3 * 8))
}

// MasterOff keeps the device from memory (command register, bit 2; PCI 3.0, 6.2.2).
func (h *Hardware) MasterOff() {
	if h.Bus.ReadConfig != nil {
		h.Bus.WriteConfig(4, h.Bus.ReadConfig(4)&0xFFFF&^4)
	}
}

// Capabilities calls f with the offset of each capability of PCI that has an id, until it
// returns false (PCI 3.0, 6.7). A list that has no end is cut off.
func (h *Hardware) Capabilities(id uint8, f func(offset uint16) bool) {
	if h.Bus.ReadConfig(4)>>16&0x10 == 0 {
		return
	}
	at := uint16(h.Config8(0x34)) &^ 3
	for range 48 {
		if at < 0x40 || at == 0xFC {
			return
		}
		v := h.Bus.ReadConfig(at)
		if uint8(v) == id && !f(at) {
			return
		}
		at = uint16(v>>8) & 0xFC
	}
}
