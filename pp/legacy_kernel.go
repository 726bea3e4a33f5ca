//go:build kernel

package pp

import (
	"gont/hal"
	"gont/hal/acpi"
	"gont/hal/pci"
	"gont/io"
	"gont/nt"
)

// InitSystem1 is PpInitSystem (SPEC P1.29): Enum is there, the root has its key, and the
// devices that no bus tells of are in the tree.
func InitSystem1() nt.Status {
	if s := io.InitSystem(); !s.OK() { // \Driver; P1.34 does it again
		return s
	}
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	if s := root.record(); !s.OK() {
		return s
	}
	enumerator := "ISA"
	if _, ok := hal.BootFlags(); ok {
		enumerator = "ACPI"
	}
	return addLegacy(findLegacy(machine{}), enumerator, hal.IsaLine)
}

// machine looks at the machine.
type machine struct{}

func (machine) Has8042() bool {
	f, ok := hal.BootFlags()
	return !ok || f&acpi.Has8042 != 0
}

func (machine) HasRtc() bool { return hal.HasRealTimeClock() }

// Uart: the bits 5 to 7 of the modem control register are always zero, those of the
// interrupt enable register 4 to 7, and in loop-back mode the modem status shows the modem
// control lines (PC16550D data sheet, 8.2, 8.7). The kernel's own port is not disturbed:
// it is there.
func (machine) Uart(base uint16) bool {
	if hal.SerialPresent() && base == hal.DebugPort {
		return true
	}
	const ier, mcr, msr = 1, 4, 6
	if hal.ReadPort8(base+ier)&0xF0 != 0 {
		return false
	}
	old := hal.ReadPort8(base + mcr)
	if old&0xE0 != 0 {
		return false
	}
	hal.WritePort8(base+mcr, 0x1A)
	first := hal.ReadPort8(base+msr) & 0xF0
	hal.WritePort8(base+mcr, 0x15)
	second := hal.ReadPort8(base+msr) & 0xF0
	hal.WritePort8(base+mcr, old)
	return first == 0x90 && second == 0x60
}

// Keyboard: a port that nobody answers reads ones; the controller's own test is the
// driver's.
func (machine) Keyboard() bool { return hal.ReadPort8(0x64) != 0xFF }

func (machine) Pit() bool { return hal.HasPit() }

func (machine) ComPorts() (p [4]uint16) {
	va, err := hal.MapIoSpace(0, 4096, hal.NonCached)
	if err != nil { // the first page is memory: the physical map shows it
		b := hal.Bytes(0x400, 8)
		for i := range p {
			p[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		return p
	}
	for i := range p {
		v := hal.ReadRegister32(uintptr(va) + 0x400 + uintptr(i&^1)*2)
		p[i] = uint16(v >> (16 * (i & 1)))
	}
	return p
}

func (machine) Debug(base uint16) bool { return hal.SerialPresent() && base == hal.DebugPort }

func (machine) Pci() bool { return pci.Present() }

// HalResources are what the kernel itself uses of the machine, for P1.27.
func HalResources() (list []io.Resource) {
	for _, r := range hal.Resources() {
		kind := io.PortResource
		if r.Memory {
			kind = io.MemoryResource
		}
		list = append(list, io.Resource{Kind: kind, Start: r.Start, Length: r.Length, Shared: true})
	}
	return list
}
