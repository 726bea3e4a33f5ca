package ata

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"gont/io/storage"
	"gont/nt"
)

func words(set map[int]uint16) []byte {
	b := make([]byte, 512)
	for i, v := range set {
		binary.LittleEndian.PutUint16(b[2*i:], v)
	}
	return b
}

// TestIdentify (I10): sizes, addresses, queue and cache of disks, and what is none.
func TestIdentify(t *testing.T) {
	base := map[int]uint16{0: 0x40, 27: 'Q'<<8 | 'E', 28: 'M'<<8 | 'U', 49: 0x300, 60: 0x1000}
	with := func(more map[int]uint16) map[int]uint16 {
		m := map[int]uint16{}
		for k, v := range base {
			m[k] = v
		}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	d, err := Identify(words(base))
	if err != nil || d.Model != "QEMU" || d.Sectors != 0x1000 || d.SectorSize != 512 || d.Physical != 512 || d.Lba48 || !d.Dma || d.Ncq != 0 || d.WriteCache {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = Identify(words(with(map[int]uint16{75: 31, 76: 0x100, 83: 0x4000 | 1<<10 | 1<<13, 84: 0x4000 | 1<<6, 85: 1 << 5, 102: 1, 106: 0x4000 | 1<<13 | 3})))
	if err != nil || d.Sectors != 1<<32 || d.Physical != 4096 || d.SectorSize != 512 || d.Ncq != 32 || !d.Fua || !d.FlushExt || !d.WriteCache {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = Identify(words(with(map[int]uint16{106: 0x4000 | 1<<12, 117: 2048})))
	if err != nil || d.SectorSize != 4096 {
		t.Errorf("%+v, %v", d, err)
	}
	for name, b := range map[string][]byte{
		"nothing": words(nil), "short": make([]byte, 100), "CD-ROM": words(with(map[int]uint16{0: 0x8580})), "no LBA": words(with(map[int]uint16{49: 0x100})),
		"no sectors": words(with(map[int]uint16{60: 0})), "28 bits": words(with(map[int]uint16{61: 0x1001})),
		"sector size": words(with(map[int]uint16{106: 0x5000, 117: 300})), "49 bits": words(with(map[int]uint16{83: 0x4400, 103: 0xFFFF, 102: 0xFFFF, 101: 1})),
		"checksum": words(with(map[int]uint16{255: 0x11A5})),
	} {
		if d, err := Identify(b); !errors.Is(err, ErrNotDisk) && name != "49 bits" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	ones := make([]byte, 512)
	for i := range ones {
		ones[i] = 0xFF
	}
	if _, err := Identify(ones); err == nil {
		t.Error("all ones are a disk")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		b := words(with(map[int]uint16{83: 0x4400}))
		for range 20 {
			b[r.IntN(512)] = byte(r.Uint32())
		}
		if d, err := Identify(b); err == nil && (d.Sectors == 0 || d.Sectors > 1<<48 || d.SectorSize < 512 || d.SectorSize > 4096 || d.Ncq > 32) {
			t.Fatalf("%+v", d)
		}
	}
}

// TestCommands: the command for each disk, and how it lies in a FIS.
func TestCommands(t *testing.T) {
	old, wide := &Identity{}, &Identity{Lba48: true, FlushExt: true}
	for _, c := range []struct {
		got, want Taskfile
	}{
		{old.Transfer(storage.Read, 0xABCDEF1, 256, true, false), Taskfile{ReadDma, 0, 0, 0xABCDEF1, 0x4A, false}},
		{old.Transfer(storage.Write, 1, 255, false, false), Taskfile{WriteSectors, 0, 255, 1, 0x40, false}},
		{wide.Transfer(storage.Read, 1<<40, 0x1234, true, false), Taskfile{ReadDmaExt, 0, 0x1234, 1 << 40, 0x40, true}},
		{wide.Transfer(storage.Write, 5, 1, true, true), Taskfile{WriteDmaFuaExt, 0, 1, 5, 0x40, true}},
		{wide.Transfer(storage.Write, 5, 1, false, false), Taskfile{WriteSectorsExt, 0, 1, 5, 0x40, true}},
		{Queued(storage.Write, 7, 0x102, 31, true), Taskfile{WriteFpdma, 0x102, 31 << 3, 7, 0xC0, true}},
		{Queued(storage.Read, 7, 2, 0, false), Taskfile{ReadFpdma, 2, 0, 7, 0x40, true}},
		{old.Flush(), Taskfile{Command: FlushCache, Device: 0x40}}, {wide.Flush(), Taskfile{Command: FlushCacheExt, Device: 0x40, Ext: true}},
	} {
		if c.got != c.want {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
	b := make([]byte, 20)
	f := Taskfile{0x60, 0x102, 0x1F8, 0x665544332211, 0x40, true}
	f.Fis(b)
	if string(b) != "\x27\x80\x60\x02\x11\x22\x33\x40\x44\x55\x66\x01\xF8\x01\x00\x00\x00\x00\x00\x00" {
		t.Errorf("% x", b)
	}
	for _, c := range []struct {
		status, err uint8
		want        nt.Status
	}{{0xFF, 0, nt.StatusDeviceNotConnected}, {0x41, 0x80, nt.StatusCrcError}, {0x41, 0x40, nt.StatusDeviceDataError}, {0x41, 0x10, nt.StatusNonexistentSector},
		{0x41, 4, nt.StatusIoDeviceError}, {0x61, 0x40, nt.StatusIoDeviceError}, {0x50, 0, nt.StatusIoDeviceError}} {
		if s := Status(c.status, c.err); s != c.want {
			t.Errorf("%#x, %#x: %v", c.status, c.err, s)
		}
	}
}
