//go:build kernel

package debugger

import (
	"encoding/binary"

	"gont/hal"
	"gont/kd"
)

// Where a stack of the kernel goes on when the function at its beginning was not called on it.

// Selectors that a trap saves when it has interrupted the kernel.
const (
	kernelCS = 0x10
	kernelSS = 0x18
)

// Below knows traps (hal/trap_amd64.s), and the functions of the Go runtime that leave a goroutine's
// stack for that of the thread.
func (m *target) Below(thread uint64, r *kd.Registers, address, sp uint64) (f kd.Frame, bp uint64, ok bool) {
	if address < userTop {
		return f, 0, false
	}
	switch symbolAt(address) {
	case "kiTrap", "trapStubs":
		size, known := hal.FrameSize(uintptr(address))
		if !known {
			return f, 0, false
		}
		// What is there from where a return address would be: kiTrap has put RAX in its place; an
		// error code comes with some vectors.
		var b [7 * 8]byte
		n := m.Read(thread, sp+uint64(size), b[:]) / 8
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
		for i := 0; i+5 <= n; i++ { // RIP, CS, RFLAGS, RSP, SS
			ss := word(i + 4) // 0 once a trap has come from ring 3 (SDM vol. 3, 6.14.4)
			if word(i) >= userTop && word(i+1) == kernelCS && word(i+2)&2 != 0 && word(i+3) >= userTop && (ss == kernelSS || ss == 0) {
				return kd.Frame{PC: word(i), SP: word(i + 3), Exact: true}, r.General[kd.Rbp], true
			}
		}
	case "runtime.systemstack", "runtime.mcall", "runtime.morestack":
		var g hal.Goroutine
		if hal.ServedGoroutine(r.FsBase, &g) && g.PC != 0 {
			return kd.Frame{PC: uint64(g.PC), SP: uint64(g.SP), Exact: true}, uint64(g.BP), true
		}
	}
	return f, 0, false
}
