//go:build kernel

package beep

import "gont/hal"

type ports struct{}

func (ports) in(port uint16) uint8     { return hal.ReadPort8(port) }
func (ports) out(port uint16, v uint8) { hal.WritePort8(port, v) }

var chip speaker = ports{}
