package hardware

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/arc"
	"gont/boot/osldr/lpb"
	"gont/hal/acpi/root"
)

// flat is a tree as lines: depth, type, key, identifier.
func flat(c *lpb.Component, depth int, out *[]string) {
	*out = append(*out, strings.Repeat(" ", depth)+c.Type.String()+" "+string(rune('0'+c.Key))+" "+c.Identifier)
	for _, k := range c.Children {
		flat(k, depth+1, out)
	}
}

func facts() *Facts {
	return &Facts{Vendor: "AuthenticAMD", Signature: 0x000F0FB1, Processors: 2, Keyboard: true, Enhanced: true, ShiftState: 0x20, Pointer: true, Video: true,
		SerialPorts: [4]uint16{0x3F8, 0x2F8}, Pci: Pci{true, 2, 0x10, 3, 1}, AcpiRoot: 0xF5AC0,
		Acpi:  []Table{{[4]byte{'F', 'A', 'C', 'P'}, 116, 0xFFE0000}},
		Disks: []Disk{{Drive: 0x80, Signature: 0xABCD, CheckSum: 0x1234, Valid: true, Cylinders: 100, Heads: 16, PerTrack: 63}, {Drive: 0x81}}}
}

// TestTree (B7): the nodes are NT's, with what they tell.
func TestTree(t *testing.T) {
	root := facts().Tree()
	var got []string
	flat(root, 0, &got)
	want := []string{
		"System 0 AT/AT COMPATIBLE",
		" CentralProcessor 0 AMD64 Family 15 Model 251 Stepping 1", " CentralProcessor 1 AMD64 Family 15 Model 251 Stepping 1",
		" FloatingPointProcessor 0 AMD64 Family 15 Model 251 Stepping 1", " FloatingPointProcessor 1 AMD64 Family 15 Model 251 Stepping 1",
		" MultifunctionAdapter 0 PCI", " MultifunctionAdapter 1 ACPI BIOS", " MultifunctionAdapter 2 ISA",
		"  DiskController 0 ", "   DiskPeripheral 0 00001234-0000abcd-A", "   DiskPeripheral 1 00000000-00000000-X",
		"  KeyboardController 0 ", "   KeyboardPeripheral 0 PCAT_ENHANCED",
		"  PointerController 0 ", "   PointerPeripheral 0 MICROSOFT PS2 MOUSE",
		"  SerialController 0 COM1", "  SerialController 1 COM2", "  DisplayController 0 VGA Display",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var find func(c *lpb.Component, what string) *lpb.Component
	find = func(c *lpb.Component, what string) *lpb.Component {
		if c.Identifier == what {
			return c
		}
		for _, k := range c.Children {
			if f := find(k, what); f != nil {
				return f
			}
		}
		return nil
	}
	com, ok := arc.Resources(find(root, "COM2").Data)
	if !ok || len(com) != 3 || com[0].Start != 3|3<<32 || com[1].Start != 0x2F8 || com[1].Length != 8 || binary.LittleEndian.Uint32(com[2].Data[4:]) != 1843200 {
		t.Errorf("COM2 %+v", com)
	}
	pci, _ := arc.Resources(find(root, "PCI").Data)
	if string(pci[0].Data) != "\x02\x10\x04\x01" {
		t.Errorf("PCI %x", pci[0].Data)
	}
	acpi, _ := arc.Resources(find(root, "ACPI BIOS").Data)
	if b := acpi[0].Data; binary.LittleEndian.Uint64(b) != 0xF5AC0 || b[8] != 1 || string(b[12:16]) != "FACP" || binary.LittleEndian.Uint64(b[20:]) != 0xFFE0000 {
		t.Errorf("ACPI %x", b)
	}
	drives, _ := arc.Resources(root.Data)
	if b := drives[0].Data; len(b) != 24 || b[0] != 0x80 || b[2] != 99 || b[6] != 63 || b[8] != 15 || b[10] != 2 {
		t.Errorf("drives %x", b)
	}
	keyboard, _ := arc.Resources(find(root, "PCAT_ENHANCED").Data)
	if b := keyboard[0].Data; b[4] != 3 || b[6] != 0x20 {
		t.Errorf("keyboard %x", b)
	}
}

// TestLittle (B7): a machine that has nothing has a tree all the same.
func TestLittle(t *testing.T) {
	var got []string
	flat((&Facts{}).Tree(), 0, &got)
	if strings.Join(got, "|") != "System 0 AT/AT COMPATIBLE| CentralProcessor 0 x86 Family 0 Model 0 Stepping 0| FloatingPointProcessor 0 x86 Family 0 Model 0 Stepping 0| MultifunctionAdapter 0 ISA" {
		t.Errorf("%q", got)
	}
}

// TestFirstSector (B7): signature and checksum are NT's.
func TestFirstSector(t *testing.T) {
	b := make([]byte, 512)
	binary.LittleEndian.PutUint32(b[0x1B8:], 0xDEADBEEF)
	b[0], b[510], b[511] = 7, 0x55, 0xAA
	var d Disk
	d.FirstSector(b)
	sum := d.CheckSum
	for i := 0; i < 512; i += 4 {
		sum += binary.LittleEndian.Uint32(b[i:])
	}
	if sum != 0 || d.Signature != 0xDEADBEEF || !d.Valid {
		t.Errorf("%+v", d)
	}
	b[511] = 0
	if d.FirstSector(b); d.Valid {
		t.Error("a sector without its mark is valid")
	}
	if Protective(b) {
		t.Error("an MBR without mark has a GPT")
	}
	b[511], b[446+16+4] = 0xAA, 0xEE
	if !Protective(b) {
		t.Error("no GPT")
	}
	clear(b)
	if d.GptHeader(b); d.IsGpt {
		t.Error("an empty sector is a GPT header")
	}
	copy(b, "EFI PART")
	b[56], b[71] = 1, 2
	if d.GptHeader(b); !d.IsGpt || d.ID != [16]byte{1, 15: 2} {
		t.Errorf("%+v", d)
	}
	if a := (&Facts{Disks: []Disk{d}}).ArcDisks(); a[0].Signature.IsGpt != 1 || a[0].Signature.GptSignature != d.ID {
		t.Errorf("%+v", a)
	}
	disks := facts().ArcDisks()
	if len(disks) != 2 || disks[1].Name != "multi(0)disk(0)rdisk(1)" || disks[0].Signature.Signature != 0xABCD || disks[0].Signature.ValidPartitionTable != 1 || disks[1].Signature.BiosDrive != 0x81 {
		t.Errorf("%+v", disks)
	}
}

// memory is 64 KiB of tables from address 0 on.
type memory []byte

func (m memory) read(a uint64, n int) []byte {
	if a > uint64(len(m)) || uint64(n) > uint64(len(m))-a {
		return nil
	}
	return m[a:][:n]
}

func (m memory) table(at int, sign string, body []byte) {
	copy(m[at:], sign)
	binary.LittleEndian.PutUint32(m[at+4:], uint32(36+len(body)))
	copy(m[at+36:], body)
	m.seal(at, 36+len(body), at+9)
}

func (m memory) seal(at, n, sum int) {
	m[sum] = 0
	for _, c := range append([]byte(nil), m[at:at+n]...) {
		m[sum] -= c
	}
}

func tables() memory {
	m := make(memory, 1<<16)
	madt := append(make([]byte, 8), 0, 8, 0, 0, 1, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 2, 1, 0, 0, 0)
	m.table(0x2000, "APIC", madt)
	fadt := make([]byte, 80)
	fadt[109-36] = NoVga
	m.table(0x3000, "FACP", fadt)
	xsdt := binary.LittleEndian.AppendUint64(nil, 0x3000)
	xsdt = binary.LittleEndian.AppendUint64(xsdt, 0x2000)
	xsdt = binary.LittleEndian.AppendUint64(xsdt, 1<<40) // cannot be read
	m.table(0x1000, "XSDT", xsdt)
	copy(m[0x100:], "RSD PTR ")
	m[0x10F] = 2
	binary.LittleEndian.PutUint32(m[0x114:], 36)
	binary.LittleEndian.PutUint64(m[0x118:], 0x1000)
	m.seal(0x100, 20, 0x108)
	m.seal(0x100, 36, 0x120)
	if !root.SumsToZero(m[0x100:0x114]) || !root.SumsToZero(m[0x100:0x124]) || !root.SumsToZero(m[0x1000:0x1000+36+24]) {
		panic("sums")
	}
	return m
}

// TestAcpiTables (B7): the tables and the processors that are enabled.
func TestAcpiTables(t *testing.T) {
	m := tables()
	list, n := AcpiTables(m.read, 0x100)
	if len(list) != 2 || string(list[0].Signature[:]) != "FACP" || list[0].Length != 116 || list[1].Address != 0x2000 || n != 2 {
		t.Errorf("%+v, %d processors", list, n)
	}
	if f := BootFlags(m.read, list); f != 4 {
		t.Errorf("flags %#x", f)
	}
	if f := BootFlags(m.read, list[1:]); f != 0 {
		t.Errorf("flags %#x of no FADT", f)
	}
	if list, n := AcpiTables(m.read, 0x200); list != nil || n != 0 {
		t.Error("tables without a root pointer")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := append(memory(nil), m...)
		for range 1 + r.IntN(4) {
			at := []int{0x100, 0x1000, 0x2000, 0x3000}[r.IntN(4)] + r.IntN(100)
			b[at] = byte(r.Uint32())
		}
		if list, n := AcpiTables(b.read, 0x100); len(list) > maxTables || n > 256 {
			t.Fatal(list, n)
		}
	}
}

// TestDate (B7): only a date is one.
func TestDate(t *testing.T) {
	for b, want := range map[string]string{"06/23/99\x00": "06/23/99", "06/23/99": "06/23/99", "06/23/9": "", "06-23-99": "", "\xFF\xFF/23/99": "", "": ""} {
		if got := Date([]byte(b)); got != want {
			t.Errorf("%q is %q", b, got)
		}
	}
}
