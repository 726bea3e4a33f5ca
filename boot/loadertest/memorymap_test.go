package loadertest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"gont/arc"
	"gont/boot/badbios"
	"gont/qemu"
)

const (
	kb = uint64(1) << 10
	mb = uint64(1) << 20
	gb = uint64(1) << 30
)

// usual is what QEMU's BIOS says of a machine with 256 MiB.
var usual = []arc.E820Entry{badbios.Ram(0, 0x9FC00), badbios.Reserved(0x9FC00, 0x400), badbios.Reserved(0xF0000, 0x10000),
	badbios.Ram(mb, 254*mb), badbios.Reserved(255*mb, mb), badbios.Reserved(4*gb-256*kb, 256*kb)}

// inPieces splits rows and shuffles them.
func inPieces(rows []arc.E820Entry, n int) (out []arc.E820Entry) {
	r := rand.New(rand.NewPCG(3, 9))
	for _, e := range rows {
		for i := n; i > 0 && e.Length > 0; i-- {
			size := e.Length
			if i > 1 {
				size = min(size, e.Length/uint64(i)+uint64(r.IntN(5000)))
			}
			p := e
			p.Length = size
			out = append(out, p)
			e.Base, e.Length = e.Base+size, e.Length-size
		}
	}
	r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// many is n reserved pages with device memory's addresses.
func many(n int) (rows []arc.E820Entry) {
	for i := range uint64(n) {
		rows = append(rows, badbios.Reserved(0xE0000000+i*64*kb, 4*kb))
	}
	return rows
}

func without(rows []arc.E820Entry) (out []arc.E820Entry) {
	for _, e := range rows {
		e.Attributes = 0
		out = append(out, e)
	}
	return out
}

// TestMemoryMaps (B3, B8): maps of the BIOS in all the states that have been
// reported. free is what the kernel gets at least, in MiB; keep is never given away.
func TestMemoryMaps(t *testing.T) {
	hole := badbios.Reserved(100*mb+4096, 4096) // inside RAM
	for name, c := range map[string]struct {
		bios badbios.Bios
		free uint64
		says string
	}{
		"a row for all below 1 MiB missing": {badbios.Bios{Rows: []arc.E820Entry{badbios.Ram(0, 0xF0000), badbios.Reserved(0xF0000, 0x10000),
			badbios.Ram(2*mb, 253*mb), badbios.Reserved(255*mb, mb)}}, 230, ""},
		"200 rows first": {badbios.Bios{Rows: append(many(200), append([]arc.E820Entry{hole}, usual...)...)}, 230, ""},
		"600 pieces":     {badbios.Bios{Rows: inPieces(append([]arc.E820Entry{hole}, usual...), 100), Size: 24}, 230, ""},
		"attributes 0":   {badbios.Bios{Rows: without(append([]arc.E820Entry{hole}, usual...)), Size: 24}, 230, ""},
		"writes what differs": {badbios.Bios{Rows: append([]arc.E820Entry{badbios.Ram(0, 0x9FC00), badbios.Ram(mb, 254*mb)}, hole, badbios.Reserved(255*mb, mb)),
			Flags: badbios.Same}, 230, ""},
		"writes what differs of 24 ends with carry": {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Size: 24, Flags: badbios.Same | badbios.Carry}, 230, ""},
		"destroys registers":                        {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Flags: badbios.Mouthy}, 230, ""},
		"the last row for ever":                     {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Flags: badbios.Forever}, 230, "does not come to its end. Its 7 whole rows are used."},
		"round and round":                           {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Flags: badbios.Round}, 230, "does not come to its end. Its 7 whole rows are used."},
		"signature lost enough told":                {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Lose: 6}, 230, "does not come to its end. Its 5 whole rows are used."},
		"signature lost E801h": {badbios.Bios{Rows: append([]arc.E820Entry{hole}, usual...), Lose: 4, Flags: badbios.E801, E801: [2]uint16{0x3C00, 200 * 16}}, 180,
			"does not come to its end. E801h is used for what is missing."},
		"signature lost at once": {badbios.Bios{Rows: usual, Lose: 1, Flags: badbios.E801, E801: [2]uint16{0x3C00, 100 * 16}}, 90, "E801h is used"},
		"more rows than fit": {badbios.Bios{Rows: append(append(append([]arc.E820Entry{}, usual...), many(1000)...), hole, badbios.Ram(300*mb, mb)), LowKB: osldrEnd(t) + 2}, 80,
			"rows that there is room for. RAM in the others is not used."},
		"a little at 32 GiB": {badbios.Bios{Rows: append([]arc.E820Entry{badbios.Ram(32*gb, mb), hole}, usual...)}, 230, "1 MB of memory above 255 MB are left out"},
		"beyond the address bits": {badbios.Bios{Rows: append([]arc.E820Entry{badbios.Ram(1<<45, gb), badbios.Ram(gb, ^uint64(0)), hole}, usual...), Size: 24}, 230,
			"RAM beyond the 40 address bits"},
		"EBDA at 500h":    {badbios.Bios{Ebda: 0x50}, 230, ""},
		"EBDA at A0000h":  {badbios.Bios{Ebda: 0xA000}, 230, ""},
		"EBDA at FFFF0h":  {badbios.Bios{Ebda: 0xFFFF}, 230, ""},
		"640 KiB it says": {badbios.Bios{LowKB: 0xFFFF}, 230, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			must(t, c.bios.Install(img, file(t, "badbios.bin")))
			g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
			if c.says != "" {
				g.Expect(regexp.QuoteMeta(c.says))
			}
			g.Line(done, "missing or damaged", "exception", "needs")
			h := parse(t, g.Text())
			rows := c.bios.Rows
			if rows == nil {
				rows = h.firmware()
			}
			h.safe(t, rows, c.bios.Flags&badbios.E801 != 0)
			if free := h.free() >> 20; free < c.free {
				t.Errorf("%d MiB are free, want %d", free, c.free)
			}
		})
	}
}

// osldrEnd is where \OSLDR ends in low memory, in KB.
func osldrEnd(t *testing.T) uint16 { return uint16((0xA000 + len(file(t, "OSLDR"))) >> 10) }

// free is the bytes of free memory.
func (h *handed) free() (n uint64) {
	for _, d := range h.descriptors {
		if arc.MemoryType(d[0]) == arc.LoaderFree {
			n += d[2] * 4096
		}
	}
	return n
}

// safe: no free page lies below 1 MiB, outside the rows of RAM (unless more is
// known of it) or in a row that says something else. rows are the firmware's.
func (h *handed) safe(t *testing.T, rows []arc.E820Entry, moreRam bool) {
	t.Helper()
	for _, d := range h.descriptors {
		typ, base, end := arc.MemoryType(d[0]), d[1]*4096, (d[1]+d[2])*4096
		usable := typ == arc.LoaderFree || typ == arc.LoaderMemoryData || typ == arc.LoaderSystemCode || typ == arc.LoaderBootDriver
		if !usable {
			continue
		}
		if base < mb {
			t.Errorf("memory of type %d below 1 MiB: %#x", typ, base)
		}
		inRam := uint64(0)
		for _, r := range rows {
			last := r.Base + r.Length
			if last < r.Base {
				continue
			}
			over := min(end, last) - max(base, r.Base)
			if min(end, last) <= max(base, r.Base) {
				continue
			}
			if r.Type == 1 {
				inRam += over
			} else {
				t.Errorf("%#x-%#x has type %d, the firmware says %d of %#x-%#x", base, end, typ, r.Type, r.Base, last)
			}
		}
		if inRam != end-base && !moreRam {
			t.Errorf("%d KiB of %#x-%#x are RAM", inRam>>10, base, end)
		}
	}
}

// TestMemoryMapFailures: what cannot be started from is told, with numbers that do
// not contradict the sentence.
func TestMemoryMapFailures(t *testing.T) {
	for name, c := range map[string]struct {
		bios    badbios.Bios
		message string
	}{
		"RAM but most of it is something else too": {badbios.Bios{Rows: append([]arc.E820Entry{badbios.Reserved(20*mb, 300*mb)}, usual...)},
			"GoNT needs 32 MB of memory; this computer has only 20 MB that can be used."},
		"little and not where it is needed": {badbios.Bios{Rows: []arc.E820Entry{badbios.Ram(0, 0x9FC00), badbios.Ram(3*mb, 8*mb), badbios.Ram(4*mb, 8*mb)}},
			"GoNT needs 32 MB of memory; this computer has only 10 MB that can be used."},
		"a hole in OSLDR's own place": {badbios.Bios{Rows: append([]arc.E820Entry{badbios.Reserved(5*mb, 4096)}, usual...)},
			"GoNT needs the memory from 2 MB to 8 MB; the BIOS of this computer says that not all of it can be used."},
		"no RAM": {badbios.Bios{Rows: []arc.E820Entry{badbios.Reserved(0, 256*mb)}}, "GoNT needs 32 MB of memory; this computer has only 0 MB that can be used."},
		"RAM out of reach": {badbios.Bios{Rows: []arc.E820Entry{badbios.Ram(0, 0x9FC00), badbios.Ram(mb, 20*mb), badbios.Ram(1<<44, gb)}},
			"GoNT needs 32 MB of memory; this computer has only 21 MB that can be used."},
		"conventional memory": {badbios.Bios{LowKB: osldrEnd(t) - 14}, `This computer has too little memory below 640 KB for \OSLDR`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			must(t, c.bios.Install(img, file(t, "badbios.bin")))
			shows(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio}, c.message)
		})
	}
}

// TestMaxmem (O): nothing of OSLDR's own lies above MAXMEM, and what does not fit
// is told.
func TestMaxmem(t *testing.T) {
	entry := func(options string) []byte {
		return []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"A\" " + options + "\n")
	}
	for _, n := range []uint64{16, 24, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			img := image(t)
			must(t, img.Write(`\boot.ini`, entry(fmt.Sprintf("/Maxmem:7 /Maxmem:%d", n))))
			g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
			g.Line(done, "missing or damaged", "exception", "fit")
			for _, d := range parse(t, g.Text()).descriptors {
				typ := arc.MemoryType(d[0])
				if end := (d[1] + d[2]) * 4096; end > n*mb && typ != arc.LoaderFree && typ != arc.LoaderFirmwarePermanent {
					t.Errorf("memory of type %d up to %#x", typ, end)
				}
			}
		})
	}
	t.Run("too little", func(t *testing.T) {
		t.Parallel()
		img := image(t)
		must(t, img.Write(`\boot.ini`, entry("/MAXMEM=16")))
		must(t, img.Write(smssPath, make([]byte, 8<<20)))
		shows(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio}, "What this entry loads does not fit into the 16 MB that MAXMEM= allows.")
	})
}

// firmware is the rows that the kernel was handed.
func (h *handed) firmware() (rows []arc.E820Entry) {
	for _, r := range h.e820 {
		rows = append(rows, arc.E820Entry{Base: r[0], Length: r[1], Type: uint32(r[2]), Attributes: uint32(r[3])})
	}
	return rows
}
