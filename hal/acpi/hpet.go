package acpi

import "fmt"

// Hpet is the description of a high precision event timer (IA-PC HPET
// Specification 1.0a, 3.2.4).
type Hpet struct {
	Address     uint64 // physical, of its registers
	Vendor      uint16 // PCI vendor id
	Comparators uint8
	Counter64   bool
	MinimumTick uint16
}

// Hpet reads the table "HPET". ErrMissing when there is none.
func (t *Tables) Hpet() (*Hpet, error) {
	x := t.Find("HPET")
	if x == nil {
		return nil, ErrMissing
	}
	if len(x) < 56 {
		return nil, fmt.Errorf("acpi: HPET: %w %d", ErrLength, len(x))
	}
	id := le.Uint32(x[36:])
	h := &Hpet{Address: le.Uint64(x[44:]), Vendor: uint16(id >> 16), Comparators: uint8(id>>8&31) + 1,
		Counter64: id&(1<<13) != 0, MinimumTick: le.Uint16(x[53:])}
	if Space(x[40]) != SystemMemory || h.Address == 0 || h.Address&0xFFF != 0 {
		return nil, fmt.Errorf("acpi: HPET: registers at %d:%#x, a page of memory was expected", x[40], h.Address)
	}
	return h, nil
}
