//go:build kernel

package i8042prt

import "gont/hal"

// ports are the controller's.
type ports struct{ d, s uint16 }

func (p ports) data() uint8     { return hal.ReadPort8(p.d) }
func (p ports) status() uint8   { return hal.ReadPort8(p.s) }
func (p ports) write(v uint8)   { hal.WritePort8(p.d, v) }
func (p ports) command(v uint8) { hal.WritePort8(p.s, v) }
func (ports) now() int64        { return hal.Nanotime() }
func (ports) pause()            { hal.Pause() }

func chip(data, status uint16) bus { return ports{data, status} }
