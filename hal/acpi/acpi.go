// Package acpi reads the tables that the firmware leaves in memory (ACPI
// Specification 6.5, chapter 5): RSDP, RSDT, XSDT, MADT, FADT, HPET, and of the
// DSDT the one object that power-off needs. It changes nothing and needs no
// machine: memory is a function. Firmware lies; every length, address and
// checksum is looked at before it is believed.
package acpi

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Memory returns n bytes of physical memory, nil where there is none to read.
type Memory func(physical uint64, n int) []byte

// Errors of Parse; a table's own are wrapped with its name.
var (
	ErrNoRsdp   = errors.New("acpi: no root pointer")
	ErrChecksum = errors.New("wrong checksum")
	ErrLength   = errors.New("wrong length")
	ErrMemory   = errors.New("not in readable memory")
	ErrMissing  = errors.New("acpi: table not there")
)

// Limits that no real firmware reaches.
const (
	maxTables = 256
	maxTable  = 16 << 20 // bytes
	header    = 36       // bytes of a table's header (5.2.6)
)

var le = binary.LittleEndian

// Table is one description table, header and all.
type Table []byte

// Signature is the table's name.
func (t Table) Signature() string { return string(t[:4]) }

// Tables is what the root points at.
type Tables struct {
	Revision int // of the root pointer: 0 for ACPI 1.0
	list     []Table
	mem      Memory
	// Problems are tables that were left out, a sentence each.
	Problems []string
}

func sum(b []byte) (s byte) {
	for _, c := range b {
		s += c
	}
	return s
}

// Parse reads the root pointer at rsdp and every table it leads to (5.2.5 to
// 5.2.8). A damaged table is left out and named in Problems; only a damaged
// root is an error.
func Parse(mem Memory, rsdp uint64) (*Tables, error) {
	if rsdp == 0 {
		return nil, ErrNoRsdp
	}
	r := mem(rsdp, 20)
	if r == nil {
		return nil, fmt.Errorf("acpi: RSDP at %#x: %w", rsdp, ErrMemory)
	}
	if string(r[:8]) != "RSD PTR " {
		return nil, ErrNoRsdp
	}
	if sum(r) != 0 {
		return nil, fmt.Errorf("acpi: RSDP: %w", ErrChecksum)
	}
	t := &Tables{Revision: int(r[15]), mem: mem}
	root, width := uint64(le.Uint32(r[16:])), 4
	if t.Revision >= 2 {
		if x := mem(rsdp, 36); x != nil && sum(x) == 0 && le.Uint64(x[24:]) != 0 {
			root, width = le.Uint64(x[24:]), 8
		} else {
			t.problem("the root pointer's second part is damaged; its first part is used")
		}
	}
	rt, err := t.read(root)
	if err == nil && rt.Signature() != map[int]string{4: "RSDT", 8: "XSDT"}[width] {
		err = errors.New("wrong signature")
	}
	if err != nil {
		return nil, fmt.Errorf("acpi: root table at %#x: %w", root, err)
	}
	for b := rt[header:]; len(b) >= width && len(t.list) < maxTables; b = b[width:] {
		at := uint64(le.Uint32(b))
		if width == 8 {
			at = le.Uint64(b)
		}
		if at == 0 {
			continue
		}
		x, err := t.read(at)
		if err != nil {
			t.problem("table at %#x: %v", at, err)
			continue
		}
		t.list = append(t.list, x)
	}
	return t, nil
}

func (t *Tables) problem(format string, a ...any) {
	t.Problems = append(t.Problems, fmt.Sprintf(format, a...))
}

// read returns the table at a physical address after checking it.
func (t *Tables) read(at uint64) (Table, error) {
	h := t.mem(at, header)
	if h == nil {
		return nil, ErrMemory
	}
	n := le.Uint32(h[4:])
	if n < header || n > maxTable {
		return nil, fmt.Errorf("%q: %w %d", h[:4], ErrLength, n)
	}
	b := t.mem(at, int(n))
	if b == nil {
		return nil, fmt.Errorf("%q: %w", h[:4], ErrMemory)
	}
	if sum(b) != 0 {
		return nil, fmt.Errorf("%q: %w", h[:4], ErrChecksum)
	}
	return b, nil
}

// Find returns the first table with a signature, nil if there is none.
func (t *Tables) Find(signature string) Table {
	for _, x := range t.list {
		if x.Signature() == signature {
			return x
		}
	}
	return nil
}

// Signatures lists what was found, in the root's order.
func (t *Tables) Signatures() (s []string) {
	for _, x := range t.list {
		s = append(s, x.Signature())
	}
	return s
}
