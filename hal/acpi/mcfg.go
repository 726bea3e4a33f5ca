package acpi

import "fmt"

// EcamArea is memory that shows the configuration space of some buses, 4 KiB for each
// function (PCI Firmware Specification 3.0, 4.1.2, table "MCFG"; PCI Express 3.0, 7.2.2).
type EcamArea struct {
	Address     uint64 // physical, of bus 0's space, whether that is in the area or not
	Segment     uint16
	First, Last uint8 // buses
}

// Mcfg reads the table "MCFG". Areas that cannot be are left out and named in Problems.
// ErrMissing when there is no table.
func (t *Tables) Mcfg() (areas []EcamArea, err error) {
	x := t.Find("MCFG")
	if x == nil {
		return nil, ErrMissing
	}
	if len(x) < 44 {
		return nil, fmt.Errorf("acpi: MCFG: %w %d", ErrLength, len(x))
	}
	for b := x[44:]; len(b) >= 16; b = b[16:] {
		a := EcamArea{le.Uint64(b), le.Uint16(b[8:]), b[10], b[11]}
		switch {
		case a.Address == 0 || a.Address&0xFFFFF != 0 || a.Address >= 1<<52-256<<20:
			t.problem("MCFG: an area at %#x cannot be", a.Address)
		case a.First > a.Last:
			t.problem("MCFG: an area of buses %d to %d cannot be", a.First, a.Last)
		default:
			areas = append(areas, a)
		}
	}
	return areas, nil
}
