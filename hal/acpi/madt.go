package acpi

import "fmt"

// Processor is one local APIC of the MADT (5.2.12.2, 5.2.12.12).
type Processor struct {
	ApicID  uint32
	UID     uint32
	Enabled bool // Flags bit 0
	Capable bool // Flags bit 1: may be enabled later
}

// IOApic is one I/O APIC (5.2.12.3).
type IOApic struct {
	ID      uint8
	Address uint32
	GsiBase uint32
}

// Override says that an ISA interrupt is wired elsewhere (5.2.12.5).
type Override struct {
	Source uint8
	Gsi    uint32
	Flags  uint16
}

// Madt is the multiple APIC description table.
type Madt struct {
	LocalApic  uint64 // physical address
	PCAT       bool   // there are 8259s, too
	Processors []Processor
	IOApics    []IOApic
	Overrides  []Override
	// Problems are entries that were left out: of a wrong length, or
	// processors listed twice.
	Problems []string
}

// Enabled returns how many processors can run.
func (m *Madt) Enabled() (n int) {
	for _, p := range m.Processors {
		if p.Enabled {
			n++
		}
	}
	return n
}

// Madt reads the table "APIC" (5.2.12). ErrMissing when there is none.
func (t *Tables) Madt() (*Madt, error) {
	x := t.Find("APIC")
	if x == nil {
		return nil, ErrMissing
	}
	if len(x) < 44 {
		return nil, fmt.Errorf("acpi: MADT: %w %d", ErrLength, len(x))
	}
	m := &Madt{LocalApic: uint64(le.Uint32(x[36:])), PCAT: x[40]&1 != 0}
	seen := map[uint32]bool{}
	for b := x[44:]; len(b) > 0; {
		if len(b) < 2 || int(b[1]) < 2 || int(b[1]) > len(b) {
			m.Problems = append(m.Problems, fmt.Sprintf("an entry %d bytes before the end has a wrong length", len(b)))
			break
		}
		e := b[:b[1]]
		b = b[len(e):]
		need := map[byte]int{0: 8, 1: 12, 2: 10, 5: 12, 9: 16}[e[0]]
		if len(e) < need {
			m.Problems = append(m.Problems, fmt.Sprintf("an entry of type %d has only %d bytes", e[0], len(e)))
			continue
		}
		var p Processor
		switch e[0] {
		case 0:
			p = Processor{ApicID: uint32(e[3]), UID: uint32(e[2])}
			if e[3] == 0xFF {
				continue // the place of a processor that is an x2APIC entry, or of none
			}
			p.Enabled, p.Capable = e[4]&1 != 0, e[4]&2 != 0
		case 9:
			p = Processor{ApicID: le.Uint32(e[4:]), UID: le.Uint32(e[12:])}
			p.Enabled, p.Capable = e[8]&1 != 0, e[8]&2 != 0
		case 1:
			m.IOApics = append(m.IOApics, IOApic{e[2], le.Uint32(e[4:]), le.Uint32(e[8:])})
			continue
		case 2:
			m.Overrides = append(m.Overrides, Override{e[3], le.Uint32(e[4:]), le.Uint16(e[8:])})
			continue
		case 5:
			m.LocalApic = le.Uint64(e[4:])
			continue
		default:
			continue
		}
		if seen[p.ApicID] {
			m.Problems = append(m.Problems, fmt.Sprintf("the processor with APIC id %d is listed twice", p.ApicID))
			continue
		}
		seen[p.ApicID] = true
		m.Processors = append(m.Processors, p)
	}
	return m, nil
}
