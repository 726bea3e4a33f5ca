package pci

import "encoding/binary"

// model is a machine's buses. Each function has 4096 bytes of registers, and masks that
// say which bits can be written; what is not there reads as ones.
type model struct {
	functions map[Address]*modelFunction
	writes    int
	hook      func(a Address, offset uint16) (v uint32, ok bool)
}

type modelFunction struct {
	regs, mask [4096]byte
	extended   bool
}

func newModel() *model { return &model{functions: map[Address]*modelFunction{}} }

func (m *model) Read(a Address, offset uint16) uint32 {
	if m.hook != nil {
		if v, ok := m.hook(a, offset); ok {
			return v
		}
	}
	f := m.functions[a]
	if f == nil || offset >= 256 && !f.extended || offset > 4092 || offset&3 != 0 {
		return 0xFFFFFFFF
	}
	return binary.LittleEndian.Uint32(f.regs[offset:])
}

func (m *model) Write(a Address, offset uint16, v uint32) {
	m.writes++
	f := m.functions[a]
	if f == nil || offset > 4092 || offset&3 != 0 {
		return
	}
	mask := binary.LittleEndian.Uint32(f.mask[offset:])
	old := binary.LittleEndian.Uint32(f.regs[offset:])
	binary.LittleEndian.PutUint32(f.regs[offset:], old&^mask|v&mask)
}

func (m *model) Extended(a Address) bool {
	f := m.functions[a]
	return f != nil && f.extended
}

// add makes a function of a vendor, a device, a class (three bytes) and a header type.
func (m *model) add(a Address, id, class uint32, header uint8) *modelFunction {
	f := &modelFunction{}
	m.functions[a] = f
	f.set(regID, id)
	f.set(regClass, class<<8)
	f.regs[regHeader+2] = header
	f.writable(regCommand, 0x7FF)
	return f
}

func (f *modelFunction) set(at uint16, v uint32) *modelFunction {
	binary.LittleEndian.PutUint32(f.regs[at:], v)
	return f
}

func (f *modelFunction) writable(at uint16, mask uint32) *modelFunction {
	binary.LittleEndian.PutUint32(f.mask[at:], mask)
	return f
}

// bridge is a PCI-to-PCI bridge.
func (m *model) bridge(a Address, secondary, subordinate uint8) *modelFunction {
	return m.add(a, 0x12348086, 0x060400, 1).set(regBuses, uint32(a.Bus)|uint32(secondary)<<8|uint32(subordinate)<<16)
}

// capability puts a capability into the list, with its registers behind the header.
func (f *modelFunction) capability(id, at, next uint8, regs ...uint32) {
	f.regs[regCommand+2] |= 0x10
	if f.regs[regCapabilities] == 0 {
		f.regs[regCapabilities] = at
	}
	for i, v := range regs {
		f.set(uint16(at)+uint16(4*i), v)
	}
	f.regs[at], f.regs[at+1] = id, next
}

func direct(f func()) { f() }
