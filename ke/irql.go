package ke

import "fmt"

// Interrupt request levels (NT, x64). Go code runs at three of them; device
// interrupts and the clock are handled in assembly above all of these.
const (
	PassiveLevel  = 0
	ApcLevel      = 1
	DispatchLevel = 2
	ClockLevel    = 13
	HighLevel     = 15
)

// IrqlError is the panic of a call at the wrong level.
type IrqlError uint8

func (e IrqlError) Error() string {
	return fmt.Sprintf("ke: not allowed at IRQL %d", uint8(e))
}

// CurrentIrql is KeGetCurrentIrql.
func CurrentIrql() uint8 { return self().irql }

// RaiseIrql raises the level to l and returns the old one. From
// DISPATCH_LEVEL on no thread switch happens, above it nothing of this package
// may be called but LowerIrql. It panics when l is below the current level.
func RaiseIrql(l uint8) (old uint8) {
	p := self()
	if l < p.irql {
		panic(IrqlError(p.irql))
	}
	old, p.irql = p.irql, l
	return old
}

// LowerIrql takes a RaiseIrql back; DPCs and a switch that were put off come now.
// It panics when l is above the current level, and when a DPC would fall below
// its own.
func LowerIrql(l uint8) {
	p := self()
	if l > p.irql || p.dpcs.active && l < DispatchLevel {
		panic(IrqlError(p.irql))
	}
	p.irql = l
	if l < DispatchLevel {
		lock()
		dispatch()
	}
}
