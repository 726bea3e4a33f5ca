// Package partition reads the partition tables of disks: MBR with extended partitions, and
// GPT (UEFI specification 2.10, chapter 5), whose headers and entries have checksums and a
// copy at the disk's end (SPEC I8). It changes nothing.
//
// Nothing that is read is believed: a partition that leaves the disk or lies on another one is
// left out, a chain of extended partitions is followed for at most 128 links, and what was left
// out or read from the copy is said.
package partition

import (
	"encoding/binary"
	"fmt"
	"strings"

	"gont/nt"
)

var le = binary.LittleEndian

// Device is a disk.
type Device interface {
	// SectorSize is a power of two from 512 to 4096.
	SectorSize() int
	Sectors() uint64
	// ReadAt fills p, whole sectors, from sector on.
	ReadAt(p []byte, sector uint64) error
}

// Scheme is how a disk is divided.
type Scheme int

// The schemes.
const (
	// None: there is no table; a volume may fill the disk.
	None Scheme = iota
	MBR
	GPT
)

func (s Scheme) String() string { return [...]string{"no table", "MBR", "GPT"}[s] }

// GUID is a UUID as it lies on a disk.
type GUID [16]byte

func (g GUID) String() string {
	return fmt.Sprintf("{%08x-%04x-%04x-%04x-%012x}", le.Uint32(g[:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:10], g[10:])
}

// Partition is a part of a disk.
type Partition struct {
	// Number counts from 1: NT's M of \Device\HarddiskN\PartitionM. Partitions in the extended
	// one come behind the others.
	Number     int
	Start      uint64 // sector of the disk
	Sectors    uint64
	Type       byte // of an MBR
	Active     bool
	Logical    bool // it lies in the extended partition
	TypeID, ID GUID // of a GPT
	Attributes uint64
	Name       string
}

// Kind says what a partition is for, for people: the type of an MBR's with the name of those that there are file systems
// for here, of a GPT's the type's name or number, or that there is no table.
func (p *Partition) Kind() string {
	switch {
	case p.TypeID == basicData:
		return "basic data"
	case p.TypeID == efiSystem:
		return "EFI system"
	case p.TypeID != GUID{}:
		return p.TypeID.String()
	case p.Type == 0:
		return "whole disk"
	}
	name := map[byte]string{0x01: " FAT12", 0x04: " FAT16", 0x06: " FAT16", 0x0B: " FAT32", 0x0C: " FAT32", 0x0E: " FAT16", 0x07: " NTFS", 0x83: " Linux"}[p.Type]
	return fmt.Sprintf("%02X%s", p.Type, name)
}

// Table is what a disk's tables say.
type Table struct {
	Scheme     Scheme
	Signature  uint32 // of an MBR
	CheckSum   uint32 // the number that makes the sum of the first 128 words of sector 0 zero
	ID         GUID   // of a GPT disk
	Partitions []Partition
	Backup     bool     // the GPT's copy was used
	Problems   []string // what was left out, and why
}

func (t *Table) problem(format string, a ...any) {
	if len(t.Problems) < 32 {
		t.Problems = append(t.Problems, fmt.Sprintf(format, a...))
	}
}

// add puts a partition into the table if it lies on the disk and on no other one.
func (t *Table) add(p Partition, first, behind uint64) {
	end := p.Start + p.Sectors
	if p.Sectors == 0 || end < p.Start || p.Start < first || end > behind {
		t.problem("the partition of sectors %d to %d does not lie within %d to %d", p.Start, end-1, first, behind-1)
		return
	}
	for _, o := range t.Partitions {
		if p.Start < o.Start+o.Sectors && o.Start < end {
			t.problem("the partition of sectors %d to %d lies on partition %d", p.Start, end-1, o.Number)
			return
		}
	}
	p.Number = len(t.Partitions) + 1
	t.Partitions = append(t.Partitions, p)
}

const (
	signature    = 0xAA55
	mbrEntries   = 446
	typeFree     = 0x00
	typeGPT      = 0xEE
	mostExtended = 128
)

func extended(kind byte) bool { return kind == 0x05 || kind == 0x0F || kind == 0x85 }

// Read reads a disk's tables. The error is the device's, for the first sector; other sectors
// that cannot be read, and tables that make no sense, are problems of the Table.
func Read(d Device) (*Table, error) {
	size := d.SectorSize()
	if size < 512 || size > 4096 || size&(size-1) != 0 || d.Sectors() == 0 {
		return nil, nt.StatusInvalidParameter
	}
	b := make([]byte, size)
	if err := d.ReadAt(b, 0); err != nil {
		return nil, err
	}
	t := &Table{CheckSum: checkSum(b[:512])}
	if le.Uint16(b[510:]) != signature || !plausible(b) {
		return t, nil
	}
	t.Scheme, t.Signature = MBR, le.Uint32(b[440:])
	for i := range 4 {
		if b[mbrEntries+16*i+4] == typeGPT {
			t.Scheme = GPT
			readGPT(t, d)
			return t, nil
		}
	}
	readMBR(t, d, b)
	return t, nil
}

// checkSum is what NT's loader tells a disk's first sector by.
func checkSum(b []byte) (sum uint32) {
	for i := 0; i < len(b); i += 4 {
		sum -= le.Uint32(b[i:])
	}
	return sum
}

// plausible tells a table from the code of a boot sector of a disk without one: flags are 0
// or 80h, and an entry is used.
func plausible(b []byte) bool {
	used := false
	for i := range 4 {
		e := b[mbrEntries+16*i:][:16]
		if e[0]&0x7F != 0 {
			return false
		}
		used = used || e[4] != typeFree
	}
	if !used && strings.HasPrefix(string(b[54:]), "FAT") || strings.HasPrefix(string(b[82:]), "FAT32") && b[0] == 0xEB && !used {
		return false
	}
	return true
}

// readMBR reads the four entries of sector 0, and then what the extended ones lead to.
func readMBR(t *Table, d Device, b []byte) {
	type span struct{ start, sectors uint64 }
	var chains []span
	for i := range 4 {
		e := b[mbrEntries+16*i:][:16]
		start, sectors := uint64(le.Uint32(e[8:])), uint64(le.Uint32(e[12:]))
		switch {
		case e[4] == typeFree || sectors == 0:
		case extended(e[4]):
			if start == 0 || start >= d.Sectors() {
				t.problem("the extended partition begins at sector %d of %d", start, d.Sectors())
				continue
			}
			chains = append(chains, span{start, sectors})
		default:
			t.add(Partition{Start: start, Sectors: sectors, Type: e[4], Active: e[0] == 0x80}, 1, d.Sectors())
		}
	}
	for _, c := range chains {
		readExtended(t, d, c.start, min(c.start+c.sectors, d.Sectors()))
	}
}

// readExtended follows the chain of tables in an extended partition: each has a partition,
// counted from the table, and the next table, counted from the first.
func readExtended(t *Table, d Device, base, behind uint64) {
	b := make([]byte, d.SectorSize())
	seen := map[uint64]bool{}
	for at, n := base, 0; ; n++ {
		switch {
		case n == mostExtended:
			t.problem("more than %d extended tables", mostExtended)
			return
		case seen[at]:
			t.problem("the extended tables lead back to sector %d", at)
			return
		}
		seen[at] = true
		if err := d.ReadAt(b, at); err != nil {
			t.problem("the extended table at sector %d: %v", at, err)
			return
		}
		if le.Uint16(b[510:]) != signature {
			t.problem("there is no extended table at sector %d", at)
			return
		}
		next := uint64(0)
		for i := range 4 {
			e := b[mbrEntries+16*i:][:16]
			start, sectors := uint64(le.Uint32(e[8:])), uint64(le.Uint32(e[12:]))
			switch {
			case e[4] == typeFree || sectors == 0:
			case extended(e[4]):
				if next == 0 {
					next = base + start
				}
			default:
				t.add(Partition{Start: at + start, Sectors: sectors, Type: e[4], Active: e[0] == 0x80, Logical: true}, base+1, behind)
			}
		}
		if next == 0 {
			return
		}
		if next <= base || next >= behind {
			t.problem("the extended table at sector %d leads to sector %d", at, next)
			return
		}
		at = next
	}
}
