package partition

import (
	"fmt"
	"hash/crc32"
	"unicode/utf16"
)

// A GPT header (UEFI 2.10, table 5.5) and its entries (table 5.6).
const (
	gptSignature = "EFI PART"
	gptRevision  = 0x00010000
	gptHeader    = 92
	gptEntry     = 128
	mostEntries  = 1024
)

// header is a GPT header whose checksum is right.
type header struct {
	alternate             uint64
	first, last           uint64 // that partitions may have
	disk                  GUID
	entries               uint64 // sector
	count, size, entrySum uint32
}

// readHeader reads and checks the header at a sector.
func readHeader(d Device, at uint64) (*header, error) {
	if at == 0 || at >= d.Sectors() {
		return nil, fmt.Errorf("sector %d is not on the disk", at)
	}
	b := make([]byte, d.SectorSize())
	if err := d.ReadAt(b, at); err != nil {
		return nil, err
	}
	size := le.Uint32(b[12:])
	switch {
	case string(b[:8]) != gptSignature:
		return nil, fmt.Errorf("no signature")
	case le.Uint32(b[8:]) != gptRevision:
		return nil, fmt.Errorf("revision %X", le.Uint32(b[8:]))
	case size < gptHeader || int(size) > len(b):
		return nil, fmt.Errorf("a header of %d bytes", size)
	}
	sum := le.Uint32(b[16:])
	le.PutUint32(b[16:], 0)
	if got := crc32.ChecksumIEEE(b[:size]); got != sum {
		return nil, fmt.Errorf("the header's checksum is %08X, not %08X", got, sum)
	}
	h := &header{alternate: le.Uint64(b[32:]), first: le.Uint64(b[40:]), last: le.Uint64(b[48:]), entries: le.Uint64(b[72:]),
		count: le.Uint32(b[80:]), size: le.Uint32(b[84:]), entrySum: le.Uint32(b[88:])}
	copy(h.disk[:], b[56:])
	switch {
	case le.Uint64(b[24:]) != at:
		return nil, fmt.Errorf("the header says that it is sector %d", le.Uint64(b[24:]))
	case h.size < gptEntry || h.size > 4096 || h.size&(h.size-1) != 0 || h.count == 0 || h.count > mostEntries:
		return nil, fmt.Errorf("%d entries of %d bytes", h.count, h.size)
	case h.first > h.last || h.last >= d.Sectors():
		return nil, fmt.Errorf("partitions may lie within sectors %d to %d of %d", h.first, h.last, d.Sectors())
	}
	return h, nil
}

// read reads and checks the entries.
func (h *header) read(d Device) ([]byte, error) {
	size := uint64(d.SectorSize())
	bytes := uint64(h.count) * uint64(h.size)
	sectors := (bytes + size - 1) / size
	if h.entries < 2 || h.entries > d.Sectors() || sectors > d.Sectors()-h.entries {
		return nil, fmt.Errorf("the entries are at sector %d", h.entries)
	}
	b := make([]byte, sectors*size)
	const step = 64 << 10
	for at := uint64(0); at < uint64(len(b)); at += step {
		if err := d.ReadAt(b[at:min(at+step, uint64(len(b)))], h.entries+at/size); err != nil {
			return nil, err
		}
	}
	b = b[:bytes]
	if got := crc32.ChecksumIEEE(b); got != h.entrySum {
		return nil, fmt.Errorf("the entries' checksum is %08X, not %08X", got, h.entrySum)
	}
	return b, nil
}

// readGPT reads the GPT at sector 1, or, where that is damaged, the one at the disk's end.
func readGPT(t *Table, d Device) {
	try := func(at uint64) (h *header, b []byte, err error) {
		if h, err = readHeader(d, at); err == nil {
			b, err = h.read(d)
		}
		return h, b, err
	}
	h, b, err := try(1)
	if err != nil {
		t.problem("the GPT at sector 1: %v", err)
		places := []uint64{d.Sectors() - 1}
		if h != nil && h.alternate != places[0] { // the header is right, its entries are not
			places = []uint64{h.alternate, places[0]}
		}
		for _, at := range places {
			if h, b, err = try(at); err == nil {
				t.Backup = true
				break
			}
			t.problem("the GPT's copy at sector %d: %v", at, err)
		}
		if err != nil {
			return
		}
	}
	t.ID = h.disk
	for i := range h.count {
		e := b[i*h.size:][:h.size]
		p := Partition{Start: le.Uint64(e[32:]), Attributes: le.Uint64(e[48:])}
		copy(p.TypeID[:], e)
		copy(p.ID[:], e[16:])
		if p.TypeID == (GUID{}) {
			continue
		}
		last := le.Uint64(e[40:])
		if last < p.Start || last == ^uint64(0) {
			t.problem("entry %d: sectors %d to %d", i, p.Start, last)
			continue
		}
		p.Sectors = last - p.Start + 1
		var name []uint16
		for o := 56; o < gptEntry; o += 2 {
			c := le.Uint16(e[o:])
			if c == 0 {
				break
			}
			name = append(name, c)
		}
		p.Name = string(utf16.Decode(name))
		t.add(p, h.first, h.last+1)
	}
}

// basicData is the type of partitions that NT's programs use: EBD0A0A2-B9E5-4433-87C0-68B6B72699C7.
var basicData = GUID{0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7}

// efiSystem is the type of the EFI system partition: C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
var efiSystem = GUID{0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B}

// noLetter is the attribute of basic data partitions that are to have no drive letter.
const noLetter = 1 << 63

// Letter reports whether a partition of a GPT is to have a drive letter: it is a basic data
// partition, and its attributes do not forbid it.
func (p *Partition) Letter() bool { return p.TypeID == basicData && p.Attributes&noLetter == 0 }
