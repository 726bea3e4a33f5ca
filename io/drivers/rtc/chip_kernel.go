//go:build kernel

package rtc

import "gont/hal"

type ports struct{}

func (ports) in(r uint8) uint8     { return hal.ReadCmos(r) }
func (ports) out(r uint8, v uint8) { hal.WriteCmos(r, v) }

var chip cmos = ports{}
