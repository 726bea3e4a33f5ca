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

// Fadt is the fixed ACPI description table, as far as it is used (5.2.9).
type Fadt struct {
	SmiCommand  uint16 // port, 0: ACPI mode is always on
	AcpiEnable  uint8
	PM1aControl uint16 // ports
	PM1bControl uint16 // 0: none
	PMTimer     uint16
	Century     uint8 // CMOS register, 0: none
	Reset       Address
	ResetValue  uint8
	HasReset    bool
	SleepType5  [2]uint8 // SLP_TYPa and b of \_S5
	HasS5       bool
	dsdt        uint64
}

// Fadt reads the table "FACP" and, for \_S5, the DSDT. ErrMissing when there is
// no FADT.
func (t *Tables) Fadt() (*Fadt, error) {
	x := t.Find("FACP")
	if x == nil {
		return nil, ErrMissing
	}
	if len(x) < 116 { // ACPI 1.0
		return nil, fmt.Errorf("acpi: FADT: %w %d", ErrLength, len(x))
	}
	f := &Fadt{SmiCommand: uint16(le.Uint32(x[48:])), AcpiEnable: x[52], PM1aControl: uint16(le.Uint32(x[64:])),
		PM1bControl: uint16(le.Uint32(x[68:])), PMTimer: uint16(le.Uint32(x[76:])), Century: x[108], dsdt: uint64(le.Uint32(x[40:]))}
	if len(x) >= 129 && le.Uint32(x[112:])&(1<<10) != 0 {
		f.Reset, f.ResetValue = Address{Space(x[116]), le.Uint64(x[120:])}, x[128]
		f.HasReset = f.Reset.At != 0 && (f.Reset.Space == IO && f.Reset.At <= 0xFFFF || f.Reset.Space == SystemMemory)
	}
	if len(x) >= 148 && le.Uint64(x[140:]) != 0 {
		f.dsdt = le.Uint64(x[140:])
	}
	// The 64-bit control blocks count where the old ones are not given.
	if len(x) >= 196 {
		if f.PM1aControl == 0 && Space(x[172]) == IO {
			f.PM1aControl = uint16(le.Uint64(x[176:]))
		}
		if f.PM1bControl == 0 && Space(x[184]) == IO {
			f.PM1bControl = uint16(le.Uint64(x[188:]))
		}
	}
	if d, err := t.read(f.dsdt); err != nil {
		t.problem("DSDT at %#x: %v", f.dsdt, err)
	} else {
		f.SleepType5, f.HasS5 = findS5(d[header:])
	}
	return f, nil
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
