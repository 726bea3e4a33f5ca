package acpi

import (
	"bytes"
	"fmt"
)

// Space is a generic address's address space (table 5.1).
type Space uint8

const (
	SystemMemory Space = 0
	IO           Space = 1
)

// Address is a generic address structure (5.2.3.2).
type Address struct {
	Space Space
	At    uint64
}

// BootFlags are the FADT's IA-PC boot architecture flags (5.2.9.3) that are used.
type BootFlags uint16

// The flags. That a device is not there is told by the flag's being set, but for the
// 8042, whose presence is told.
const (
	Has8042 BootFlags = 1 << 1
	NoVGA   BootFlags = 1 << 2
	NoRTC   BootFlags = 1 << 5 // no CMOS real-time clock
)

// Fadt is the fixed ACPI description table, as far as it is used (5.2.9).
type Fadt struct {
	SmiCommand  uint16 // port, 0: ACPI mode is always on
	AcpiEnable  uint8
	PM1aControl uint16 // ports
	PM1bControl uint16 // 0: none
	PMTimer     uint16 // port, 0: none
	PMTimer32   bool   // the timer counts 32 bits, not 24 (flag TMR_VAL_EXT)
	Century     uint8  // CMOS register, 0: none
	Boot        BootFlags
	Reset       Address
	ResetValue  uint8
	HasReset    bool
	SleepType5  [2]uint8 // SLP_TYPa and b of \_S5
	HasS5       bool

	// Fixed events (4.8.3.1): the interrupt that announces them (Sci, as the 8259s number
	// it), and the first port of each half's registers, status in the first part and enables
	// in the second, EventLength bytes together. PM1aEvent is 0 without.
	Sci                      uint16
	PM1aEvent, PM1bEvent     uint16
	EventLength              uint8
	PowerButton, SleepButton bool // there is a fixed one
}

// Fadt reads the table "FACP", the first that is long enough, and, for \_S5, the
// DSDT. ErrMissing when there is no FADT.
func (t *Tables) Fadt() (*Fadt, error) {
	var x Table
	for _, x = range t.All("FACP") {
		if len(x) >= 116 { // ACPI 1.0
			break
		}
	}
	if x == nil {
		return nil, ErrMissing
	}
	if len(x) < 116 {
		return nil, fmt.Errorf("acpi: FADT: %w %d", ErrLength, len(x))
	}
	flags := le.Uint32(x[112:])
	f := &Fadt{SmiCommand: port(x, 48), AcpiEnable: x[52], PM1aControl: port(x, 64), PM1bControl: port(x, 68), PMTimer: port(x, 76),
		PMTimer32: flags&(1<<8) != 0, Boot: Has8042}
	// Buttons whose flag is set are control methods', or not there (table 5.10).
	f.Sci, f.PM1aEvent, f.PM1bEvent, f.EventLength = le.Uint16(x[46:]), port(x, 56), port(x, 60), x[88]
	f.PowerButton, f.SleepButton = flags&(1<<4) == 0, flags&(1<<5) == 0
	// The index port has seven bits, and the first ten registers are the clock's
	// and the chip's own.
	if c := x[108]; c >= 0x0E && c < 0x80 {
		f.Century = c
	} else if c != 0 {
		t.problem("FADT: CMOS register %#x cannot be the century's", c)
	}
	// Revision 3 and later have the flags; before that the bytes were reserved
	// (5.2.9; ACPI 1.0b, 5.2.5).
	if x[8] >= 3 {
		f.Boot = BootFlags(le.Uint16(x[109:]))
	}
	if len(x) >= 129 && flags&(1<<10) != 0 {
		f.Reset, f.ResetValue = Address{Space(x[116]), le.Uint64(x[120:])}, x[128]
		f.HasReset = f.Reset.At != 0 && (f.Reset.Space == IO && f.Reset.At <= 0xFFFF || f.Reset.Space == SystemMemory)
	}
	// The 64-bit control blocks count where the old ones are not given.
	extended := func(p *uint16, at int) {
		if v := uint64(0); *p == 0 && len(x) >= at+12 && Space(x[at]) == IO {
			if v = le.Uint64(x[at+4:]); v <= 0xFFFF {
				*p = uint16(v)
			}
		}
	}
	extended(&f.PM1aEvent, 148)
	extended(&f.PM1bEvent, 160)
	extended(&f.PM1aControl, 172)
	extended(&f.PM1bControl, 184)
	extended(&f.PMTimer, 208)
	if f.EventLength < 4 || f.EventLength%2 != 0 || f.Sci == 0 {
		f.PM1aEvent, f.PM1bEvent = 0, 0
	}
	if f.PM1aEvent == 0 {
		f.PowerButton, f.SleepButton = false, false
	}
	// Two fields may tell where the DSDT is; one that leads nowhere does not hide
	// the other.
	places := []uint64{uint64(le.Uint32(x[40:]))}
	if len(x) >= 148 {
		places = []uint64{le.Uint64(x[140:]), places[0]}
	}
	var why error
	for _, at := range places {
		if at == 0 {
			continue
		}
		d, err := t.read(at)
		if err == nil {
			f.SleepType5, f.HasS5 = findS5(d[header:])
			return f, nil
		}
		if why == nil {
			why = fmt.Errorf("DSDT at %#x: %w", at, err)
		}
	}
	if why != nil {
		t.problem("%v", why)
	}
	return f, nil
}

// port reads an I/O port's number, four bytes; 0 for what cannot be one.
func port(x Table, at int) uint16 {
	if v := le.Uint32(x[at:]); v <= 0xFFFF {
		return uint16(v)
	}
	return 0
}

// findS5 looks for Name (\_S5, Package () {a, b, ...}) in AML (20.2): without an
// interpreter, by its encoding: NameOp, perhaps the root character, the
// name, PackageOp, length, count, two integers.
func findS5(aml []byte) (typ [2]uint8, ok bool) {
	for at := 0; ; {
		i := bytes.Index(aml[at:], []byte("_S5_"))
		if i < 0 {
			return typ, false
		}
		at += i
		named := at >= 1 && aml[at-1] == 0x08 || at >= 2 && aml[at-1] == '\\' && aml[at-2] == 0x08
		at += 4
		b := aml[at:]
		if !named || len(b) < 4 || b[0] != 0x12 {
			continue
		}
		b = b[1:]
		b = b[min(1+int(b[0]>>6), len(b)):] // the package's length has 1 to 4 bytes
		if len(b) < 1 || b[0] < 2 {
			continue
		}
		b = b[1:]
		good := true
		for k := range typ {
			var v uint32
			switch {
			case len(b) >= 1 && b[0] <= 1: // ZeroOp, OneOp
				v, b = uint32(b[0]), b[1:]
			case len(b) >= 2 && b[0] == 0x0A:
				v, b = uint32(b[1]), b[2:]
			case len(b) >= 3 && b[0] == 0x0B:
				v, b = uint32(le.Uint16(b[1:])), b[3:]
			case len(b) >= 5 && b[0] == 0x0C:
				v, b = le.Uint32(b[1:]), b[5:]
			default:
				good = false
			}
			if v > 7 {
				good = false
			}
			typ[k] = uint8(v)
		}
		if good {
			return typ, true
		}
	}
}
