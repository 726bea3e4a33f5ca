package pci

import "errors"

// Errors of EnableMsi and EnableMsiX.
var (
	ErrNoMsi    = errors.New("pci: the function has no such capability")
	ErrTooMany  = errors.New("pci: the function has fewer messages")
	ErrRefused  = errors.New("pci: the function does not keep what is written")
	ErrNoTable  = errors.New("pci: the table of messages is nowhere")
	ErrTwoAtOne = errors.New("pci: several messages of MSI go to vectors in a row, of one address")
)

// Message is what a function writes to interrupt.
type Message struct {
	Address uint64
	Data    uint32
}

// Bits of the capabilities' first register (PCI, 6.8.1, 6.8.2).
const (
	msiEnable    = 1 << 16
	msiWide      = 1 << 23
	msixEnable   = 1 << 31
	msixMask     = 1 << 30
	tableEntry   = 16
	vectorMasked = 1
)

// MsiMessages returns how many messages the function can send by MSI, 0 without it.
func (f *Function) MsiMessages(s Space) int {
	at := f.Find(CapabilityMsi)
	if at == 0 {
		return 0
	}
	return 1 << min(s.Read(f.Address, at)>>17&7, 5)
}

// EnableMsi lets the function send n messages, a power of two, of which m is the first; the
// data's low bits count the others. The pin is switched off.
func (f *Function) EnableMsi(s Space, m Message, n int) error {
	at := f.Find(CapabilityMsi)
	switch {
	case at == 0:
		return ErrNoMsi
	case n < 1 || n > f.MsiMessages(s):
		return ErrTooMany
	case n&(n-1) != 0 || m.Data&uint32(n-1) != 0 || m.Data > 0xFFFF:
		return ErrTwoAtOne
	}
	log := uint32(0)
	for 1<<log < n {
		log++
	}
	control := s.Read(f.Address, at) &^ (msiEnable | 7<<20)
	s.Write(f.Address, at, control)
	data := at + 8
	s.Write(f.Address, at+4, uint32(m.Address))
	if control&msiWide != 0 {
		s.Write(f.Address, at+8, uint32(m.Address>>32))
		data = at + 12
	} else if m.Address>>32 != 0 {
		return ErrRefused
	}
	s.Write(f.Address, data, s.Read(f.Address, data)&0xFFFF0000|m.Data)
	if s.Read(f.Address, at+4) != uint32(m.Address) || s.Read(f.Address, data)&0xFFFF != m.Data {
		return ErrRefused
	}
	change(s, f.Address, 0, CommandMaster|CommandIntxDisable)
	s.Write(f.Address, at, control|log<<20|msiEnable)
	return nil
}

// DisableMsi takes EnableMsi back.
func (f *Function) DisableMsi(s Space) {
	if at := f.Find(CapabilityMsi); at != 0 {
		s.Write(f.Address, at, s.Read(f.Address, at)&^msiEnable)
		change(s, f.Address, CommandIntxDisable, 0)
	}
}

// MsiXTable says where the table of MSI-X is: which base address register, how far from
// its beginning, how many messages.
func (f *Function) MsiXTable(s Space) (bar *Bar, offset uint64, n int, err error) {
	at := f.Find(CapabilityMsiX)
	if at == 0 {
		return nil, 0, 0, ErrNoMsi
	}
	n = int(s.Read(f.Address, at)>>16&0x7FF) + 1
	v := s.Read(f.Address, at+4)
	offset = uint64(v &^ 7)
	for i := range f.Bars {
		b := &f.Bars[i]
		if b.Index == int(v&7) && !b.Io && b.Address != 0 && offset+uint64(n)*tableEntry <= b.Size {
			return b, offset, n, nil
		}
	}
	return nil, 0, 0, ErrNoTable
}

// Table is the table of MSI-X, mapped: 32-bit registers, by their offset.
type Table interface {
	Read(offset uint64) uint32
	Write(offset uint64, v uint32)
}

// EnableMsiX lets the function send messages, one for each of list, in the table's order;
// further entries stay masked. The pin is switched off.
func (f *Function) EnableMsiX(s Space, t Table, list []Message) error {
	_, _, n, err := f.MsiXTable(s)
	if err != nil {
		return err
	}
	if len(list) < 1 || len(list) > n {
		return ErrTooMany
	}
	at := f.Find(CapabilityMsiX)
	control := s.Read(f.Address, at)
	change(s, f.Address, 0, CommandMemory|CommandMaster|CommandIntxDisable)
	s.Write(f.Address, at, control|msixEnable|msixMask)
	for i := range n {
		e := uint64(i) * tableEntry
		t.Write(e+12, t.Read(e+12)|vectorMasked)
	}
	for i, m := range list {
		e := uint64(i) * tableEntry
		t.Write(e, uint32(m.Address))
		t.Write(e+4, uint32(m.Address>>32))
		t.Write(e+8, m.Data)
		if t.Read(e) != uint32(m.Address) || t.Read(e+8) != m.Data {
			f.DisableMsiX(s)
			return ErrRefused
		}
		t.Write(e+12, t.Read(e+12)&^vectorMasked)
	}
	s.Write(f.Address, at, control&^msixMask|msixEnable)
	return nil
}

// DisableMsiX takes EnableMsiX back.
func (f *Function) DisableMsiX(s Space) {
	if at := f.Find(CapabilityMsiX); at != 0 {
		s.Write(f.Address, at, s.Read(f.Address, at)&^(msixEnable|msixMask))
		change(s, f.Address, CommandIntxDisable, 0)
	}
}
