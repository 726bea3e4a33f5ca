//go:build kernel

package io

import "gont/hal"

type halMachine struct{}

var machine interruptMachine = halMachine{}

func (halMachine) Connect(l hal.Line) (hal.Vector, error) { return hal.ConnectLine(l) }
func (halMachine) Disconnect(l hal.Line, v hal.Vector)    { hal.DisconnectLine(l, v) }
func (halMachine) Mask(l hal.Line, v hal.Vector)          { hal.MaskLine(l, v) }
func (halMachine) Unmask(l hal.Line, v hal.Vector)        { hal.UnmaskLine(l, v) }
func (halMachine) Messages(n int) ([]hal.Message, error)  { return hal.AllocateMessages(n) }
func (halMachine) FreeMessages(m []hal.Message)           { hal.FreeMessages(m) }
func (halMachine) Take(f func(hal.Vector))                { hal.TakeInterrupts(f) }
func (halMachine) Count(v hal.Vector) uint64              { return hal.VectorCount(v) }

func expectInterrupt() { hal.ExpectInterrupt() }
