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
	"strings"

	"gont/hal/acpi/root"
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
	maxTables  = 256
	maxReasons = 3        // damaged tables that are named one by one
	maxTable   = 16 << 20 // bytes
	header     = 36       // bytes of a table's header (5.2.6)
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
// 5.2.8): those of the XSDT, and those of the RSDT that the XSDT does not lead to,
// since either table may be damaged, or lead to damaged ones. A damaged table is left
// out and named in Problems. It is an error when neither root table is sound.
func Parse(mem Memory, rsdp uint64) (*Tables, error) {
	if rsdp == 0 {
		return nil, ErrNoRsdp
	}
	b := mem(rsdp, root.WholeSize)
	if b == nil {
		b = mem(rsdp, root.FirstSize)
	}
	if b == nil {
		return nil, fmt.Errorf("acpi: RSDP at %#x: %w", rsdp, ErrMemory)
	}
	if string(b[:8]) != "RSD PTR " {
		return nil, ErrNoRsdp
	}
	p, ok := root.Read(b)
	if !ok {
		return nil, fmt.Errorf("acpi: RSDP: %w", ErrChecksum)
	}
	t := &Tables{Revision: p.Revision, mem: mem}
	if !p.Whole {
		t.problem("the root pointer's second part is damaged; its first part is used")
	}
	var sound []rootTable
	var errs []error
	for _, r := range []rootTable{{"XSDT", p.Xsdt, 8, nil}, {"RSDT", p.Rsdt, 4, nil}} {
		// Some firmware has one address in both fields: of a table of either kind.
		if r.at == 0 || r.name == "RSDT" && r.at == p.Xsdt && len(sound) > 0 {
			continue
		}
		var err error
		if r.table, err = t.read(r.at); err == nil && r.table.Signature() != r.name {
			err = fmt.Errorf("%q: wrong signature", r.table[:4])
		}
		if err == nil && r.name == "XSDT" && !p.Whole && p.Rsdt != 0 {
			// The address comes from bytes with a wrong sum: only if the RSDT,
			// whose address is right, is not there.
			if x, err := t.read(p.Rsdt); err == nil && x.Signature() == "RSDT" {
				continue
			}
		}
		if err != nil {
			if r.name != "XSDT" || p.Whole {
				errs = append(errs, fmt.Errorf("acpi: root table %s at %#x: %w", r.name, r.at, err))
			}
			continue
		}
		sound = append(sound, r)
	}
	if len(sound) == 0 {
		if len(errs) == 0 {
			errs = append(errs, errors.New("acpi: the root pointer leads to no root table"))
		}
		return nil, errs[0]
	}
	for _, err := range errs {
		t.problem("%s; the %s is used", strings.TrimPrefix(err.Error(), "acpi: "), sound[0].name)
	}
	t.collect(sound)
	return t, nil
}

// rootTable is an RSDT or XSDT: width is an entry's size in bytes.
type rootTable struct {
	name  string
	at    uint64
	width int
	table Table
}

// collect reads the tables that the root tables lead to, each once. A table of a later
// root counts only if no earlier root led to a sound one of its name.
func (t *Tables) collect(roots []rootTable) {
	seen := map[uint64]bool{}
	bad := map[string]int{} // tables that are left out, by reason
	var reasons []string
	for i, r := range roots {
		had := map[string]bool{}
		for _, x := range t.list {
			had[x.Signature()] = true
		}
		for b := r.table[header:]; len(b) >= r.width && len(t.list) < maxTables; b = b[r.width:] {
			at := uint64(le.Uint32(b))
			if r.width == 8 {
				at = le.Uint64(b)
			}
			if at == 0 || seen[at] {
				continue
			}
			seen[at] = true
			x, err := t.read(at)
			if err != nil {
				reason := fmt.Sprintf("table at %#x: %v", at, err)
				if bad[reason]++; len(reasons) < maxReasons {
					reasons = append(reasons, reason)
				}
				continue
			}
			if i == 0 || !had[x.Signature()] {
				t.list = append(t.list, x)
			}
		}
	}
	for _, r := range reasons {
		t.problem("%s", r)
	}
	if n := len(bad) - len(reasons); n > 0 {
		t.problem("%d more tables are damaged", n)
	}
}

// Sound follows the first root pointer of candidates (physical addresses, the preferred
// one first) that leads to a root table with a sound table in it, or, without one, to a
// root table. The error is the first candidate's.
func Sound(mem Memory, candidates []uint64) (*Tables, error) {
	var empty *Tables
	var first error = ErrNoRsdp
	for i, at := range candidates {
		t, err := Parse(mem, at)
		switch {
		case err == nil && len(t.list) > 0:
			if i > 0 && first != ErrNoRsdp {
				t.problem("%s; another root pointer, at %#x, is used", strings.TrimPrefix(first.Error(), "acpi: "), at)
			}
			return t, nil
		case err == nil && empty == nil:
			empty = t
		case err != nil && first == ErrNoRsdp:
			first = err
		}
	}
	if empty != nil {
		return empty, nil
	}
	return nil, first
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
	if all := t.All(signature); len(all) > 0 {
		return all[0]
	}
	return nil
}

// All returns the tables with a signature: firmware may hand over several, and the
// first is not always the sound one.
func (t *Tables) All(signature string) (all []Table) {
	for _, x := range t.list {
		if x.Signature() == signature {
			all = append(all, x)
		}
	}
	return all
}

// Signatures lists what was found, in the root's order.
func (t *Tables) Signatures() (s []string) {
	for _, x := range t.list {
		s = append(s, x.Signature())
	}
	return s
}
