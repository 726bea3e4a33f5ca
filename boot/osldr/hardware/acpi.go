package hardware

import "gont/hal/acpi/root"

// Table is a table of ACPI that is there.
type Table struct {
	Signature [4]byte
	Length    uint32
	Address   uint64
}

// Limits of what is believed of tables.
const (
	headerSize = 36
	maxTables  = 128
	maxLength  = 16 << 20
)

// Memory returns n bytes at a physical address, nil where they cannot be read.
type Memory func(address uint64, n int) []byte

// AcpiTables lists the tables that the root pointer at an address leads to, those
// whose headers can be read; and how many processors the first MADT lists as enabled (ACPI
// 6.5, 5.2.7, 5.2.8, 5.2.12). The kernel looks closer.
func AcpiTables(memory Memory, address uint64) (list []Table, processors int) {
	b := memory(address, root.WholeSize)
	if b == nil {
		return nil, 0
	}
	p, ok := root.Read(b)
	if !ok {
		return nil, 0
	}
	entries, size := body(memory, p.Xsdt, "XSDT"), 8
	if entries == nil {
		entries, size = body(memory, p.Rsdt, "RSDT"), 4
	}
	for ; len(entries) >= size && len(list) < maxTables; entries = entries[size:] {
		at := uint64(word(entries))
		if size == 8 {
			at |= uint64(word(entries[4:])) << 32
		}
		h := memory(at, headerSize)
		if at == 0 || h == nil {
			continue
		}
		t := Table{Length: word(h[4:]), Address: at}
		copy(t.Signature[:], h)
		if t.Length < headerSize || t.Length > maxLength {
			continue
		}
		list = append(list, t)
		if string(h[:4]) == "APIC" && processors == 0 {
			processors = count(body(memory, at, "APIC"))
		}
	}
	return list, processors
}

// BootFlags are the FADT's IAPC_BOOT_ARCH (ACPI 6.5, table 5.10), 0 where it has none.
func BootFlags(memory Memory, tables []Table) uint16 {
	const at = 109
	for _, t := range tables {
		if string(t.Signature[:]) != "FACP" || t.Length < at+2 {
			continue
		}
		if b := memory(t.Address, int(t.Length)); b != nil && root.SumsToZero(b) {
			return uint16(b[at]) | uint16(b[at+1])<<8
		}
	}
	return 0
}

// Bits of BootFlags.
const NoVga = 4

// body is what follows a table's header; nil where there is no such table, or its sum is
// wrong.
func body(memory Memory, address uint64, signature string) []byte {
	if address == 0 {
		return nil
	}
	h := memory(address, headerSize)
	if h == nil || string(h[:4]) != signature {
		return nil
	}
	n := word(h[4:])
	if n < headerSize || n > maxLength {
		return nil
	}
	if h = memory(address, int(n)); h == nil || !root.SumsToZero(h) {
		return nil
	}
	return h[headerSize:]
}

// count counts the enabled processors of a MADT.
func count(madt []byte) (n int) {
	const fixed, localApic, localX2apic, enabled = 8, 0, 9, 1
	if len(madt) < fixed {
		return 0
	}
	for b := madt[fixed:]; len(b) >= 2 && int(b[1]) >= 2 && int(b[1]) <= len(b); b = b[b[1]:] {
		switch {
		case b[0] == localApic && b[1] >= 8 && b[4]&enabled != 0:
			n++
		case b[0] == localX2apic && b[1] >= 16 && b[8]&enabled != 0:
			n++
		}
	}
	return min(n, 256)
}

// acpi is the data of the ACPI BIOS: the root pointer's address, how many tables there are,
// and each one's signature, length and address.
func (f *Facts) acpi() []byte {
	b := le32(le64(nil, f.AcpiRoot), uint32(len(f.Acpi)))
	for _, t := range f.Acpi {
		b = append(b, t.Signature[:]...)
		b = le64(le32(b, t.Length), t.Address)
	}
	return b
}
