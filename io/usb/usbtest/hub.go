package usbtest

import "encoding/binary"

// Device is a model of a device.
type Device interface {
	Setup(b [8]byte, out []byte) (answer []byte, r Result)
	Out(address uint8, b []byte) (int, Result)
	In(address uint8, n int) ([]byte, Result)
	BusReset()
}

var _, _ Device = &Stick{}, &Hub{}

// Hub is a hub of high speed with devices of high speed behind it.
type Hub struct {
	Ports      [4]Device
	enabled    [4]bool
	change     [4]uint16
	configured bool
	Asked      int  // times that changes were asked for
	StallTell  int  // so often the pipe of changes is halted
	Short      bool // its descriptor is cut off
	halted     bool
}

// Plug plugs a device in, or out (nil).
func (h *Hub) Plug(port int, d Device) {
	h.Ports[port-1], h.enabled[port-1] = d, false
	h.change[port-1] |= 1
}

// BusReset is Device's.
func (h *Hub) BusReset() { h.configured = false }

// Out is Device's.
func (h *Hub) Out(uint8, []byte) (int, Result) { return 0, Error }

// In is Device's: which ports have changed.
func (h *Hub) In(_ uint8, n int) ([]byte, Result) {
	if h.halted {
		return nil, Stall
	}
	h.Asked++
	if h.StallTell > 0 {
		h.StallTell--
		h.halted = true
		return nil, Stall
	}
	b := byte(0)
	for p, c := range h.change {
		if c != 0 {
			b |= 2 << p
		}
	}
	if b == 0 || n == 0 {
		return nil, Nak
	}
	return []byte{b}, Ack
}

// Setup is Device's.
func (h *Hub) Setup(b [8]byte, _ []byte) (answer []byte, r Result) {
	value, index, n := binary.LittleEndian.Uint16(b[2:]), int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))
	cut := func(d []byte) ([]byte, Result) { return d[:min(n, len(d))], Ack }
	request := uint16(b[0])<<8 | uint16(b[1])
	if b[0]&0x23 == 0x23 && (index < 1 || index > len(h.Ports)) {
		return nil, Stall
	}
	p := index - 1
	switch request {
	case 0x8006:
		switch value >> 8 {
		case 1:
			return cut([]byte{18, 1, 0, 2, 9, 0, 1, 64, 1, 0, 2, 0, 0, 0, 0, 0, 0, 1})
		case 2:
			return cut([]byte{9, 2, 25, 0, 1, 1, 0, 0xE0, 0, 9, 4, 0, 0, 1, 9, 0, 0, 0, 7, 5, In, 3, 1, 0, 12})
		}
	case 0xA006:
		d := []byte{9, 0x29, byte(len(h.Ports)), 0x20, 0, 1, 0, 0, 0xFF}
		if h.Short {
			d = d[:3]
		}
		return cut(d)
	case 0x0009:
		h.configured = true
		return nil, Ack
	case 0x0201:
		h.halted = false
		return nil, Ack
	case 0xA300:
		state := uint16(0x100)
		if h.Ports[p] != nil {
			state |= 1 | 0x400
		}
		if h.enabled[p] {
			state |= 2
		}
		return cut([]byte{byte(state), byte(state >> 8), byte(h.change[p]), byte(h.change[p] >> 8)})
	case 0x2303:
		if value == 4 && h.Ports[p] != nil {
			h.Ports[p].BusReset()
			h.enabled[p] = true
			h.change[p] |= 1 << 4
		}
		return nil, Ack
	case 0x2301:
		if value >= 16 && value <= 20 {
			h.change[p] &^= 1 << (value - 16)
		}
		return nil, Ack
	}
	return nil, Stall
}
