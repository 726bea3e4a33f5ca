//go:build kernel

package serial

import "gont/hal"

// ports is a chip at I/O ports.
type ports uint16

func (p ports) in(r uint16) uint8     { return hal.ReadPort8(uint16(p) + r) }
func (p ports) out(r uint16, v uint8) { hal.WritePort8(uint16(p)+r, v) }

func chip(base uint16) registers { return ports(base) }
