package loadertest

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"gont/arc"
)

// handed is what the test kernel printed.
type handed struct {
	cpu         []uint64 // rflags cr0 cr4 efer rsp rcx
	lpb, ext    []byte
	descriptors [][]uint64 // type base count
	images      [][]uint64
	e820        [][]uint64
	pte         map[uint64]uint64
	bss         []uint64
	strings     []string
	files       []string
	hive        string
	pages       pages
	alarm       []uint64 // registers of the real-time clock
	bios        []uint64 // EAX and flags of a BIOS call
}

// parse reads a transcript.
func parse(t *testing.T, text string) *handed {
	t.Helper()
	h := &handed{pte: map[uint64]uint64{}}
	numbers := func(s string) (v []uint64) {
		for _, f := range strings.Fields(s) {
			var n uint64
			if _, err := fmt.Sscanf(f, "%x", &n); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			v = append(v, n)
		}
		return v
	}
	bytes := func(s string) []byte {
		b, err := hex.DecodeString(strings.TrimSpace(s))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return b
	}
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "CPU":
			h.cpu = numbers(rest)
		case "LPB":
			h.lpb = bytes(rest)
		case "EXT":
			h.ext = bytes(rest)
		case "MD":
			h.descriptors = append(h.descriptors, numbers(rest))
		case "IMG":
			h.images = append(h.images, numbers(rest))
		case "E820":
			h.e820 = append(h.e820, numbers(rest))
		case "PTE":
			v := numbers(rest)
			h.pte[v[0]] = v[1]
		case "BSS":
			h.bss = numbers(rest)
		case "STR":
			h.strings = append(h.strings, rest)
		case "FILE":
			h.files = append(h.files, rest)
		case "RTC":
			h.alarm = numbers(rest)
		case "BIOS":
			h.bios = numbers(rest)
		case "PAGE":
			if err := h.page(rest); err != nil {
				t.Fatal(err)
			}
		case "HIVE":
			h.hive = strings.TrimSpace(rest)
		}
	}
	if len(h.lpb) != arc.BlockSize || len(h.ext) != arc.ExtensionSize || len(h.cpu) != 6 || len(h.bss) != 2 {
		t.Fatalf("transcript is not whole:\n%s", text)
	}
	return h
}

// want is what varies between machines.
type want struct {
	options   string
	drive     uint32
	mib       uint64
	noVGA     bool
	textMode  bool   // no graphics mode is set
	signature uint32 // at 1B8h of the disk's first sector, 0 for the base image's
}

// check tests everything a kernel relies on.
func (h *handed) check(t *testing.T, w want) {
	t.Helper()
	le := binary.LittleEndian
	const (
		wp, pg, pe     = 1 << 16, 1 << 31, 1
		intEnable      = 1 << 9
		direction      = 1 << 10
		nx, writable   = 1 << 63, 2
		user           = 4
		efer           = 0xD01 // SCE LME LMA NXE
		pae, fxsr, xmm = 0x20, 0x200, 0x400
	)
	if h.cpu[0]&(intEnable|direction) != 0 || h.cpu[1]&(wp|pg|pe) != wp|pg|pe || h.cpu[1]&0xC != 0 ||
		h.cpu[2]&(pae|fxsr|xmm) != pae|fxsr|xmm || h.cpu[3] != efer {
		t.Errorf("processor state %x", h.cpu)
	}
	stack := le.Uint64(h.lpb[64:])
	if h.cpu[4] != stack || stack%16 != 0 || h.cpu[5]>>47 != 1<<17-1 {
		t.Errorf("stack %#x, LPB %#x", h.cpu[4], h.cpu[5])
	}
	if le.Uint32(h.lpb) != arc.OsMajorVersion || le.Uint32(h.lpb[4:]) != arc.OsMinorVersion ||
		le.Uint32(h.lpb[8:]) != arc.BlockSize || le.Uint32(h.ext) != arc.ExtensionSize {
		t.Error("version or size")
	}
	const device = "multi(0)disk(0)rdisk(0)partition(1)"
	wantStrings := []string{kernelPath, "ntoskrnl.exe", device, device, `\Windows\`, `\`, w.options, smssPath}
	if strings.Join(h.strings, "|") != strings.Join(wantStrings, "|") {
		t.Errorf("strings %q", h.strings)
	}
	h.checkSystem(t)
	h.checkHardware(t, w)
	first := hex.EncodeToString(smss()[:16])
	if len(h.files) != 1 || !strings.Contains(h.files[0], first) || !strings.Contains(h.files[0], fmt.Sprintf("%016x", 300_001)) {
		t.Errorf("files %q", h.files)
	}
	if got := le.Uint32(h.ext[4:]); got != w.drive {
		t.Errorf("boot disk %#x", got)
	}
	start, menu, kernel := le.Uint64(h.ext[24:]), le.Uint64(h.ext[32:]), le.Uint64(h.ext[40:])
	if start == 0 || menu <= start || kernel <= menu {
		t.Errorf("times %d %d %d", start, menu, kernel)
	}
	if strings.Count(string(h.ext[48:80]), string(h.ext[48:49])) > 8 {
		t.Errorf("random seed %x", h.ext[48:80])
	}
	if le.Uint32(h.ext[116:]) != 3 || le.Uint64(h.ext[8:]) == 0 {
		t.Error("video mode or RSDP")
	}
	if h.bss[0] != 0 || h.bss[1] != 0x1122334455667788 {
		t.Errorf("BSS %x", h.bss)
	}

	// W^X, the physical map, nothing else.
	const base = 0xFFFFFFFF80200000
	for off, flags := range map[uint64]uint64{0: nx, 0x1000: 0, 0x2000: nx | writable, 0x3000: nx | writable, 0x5000: nx | writable} {
		if e := h.pte[base+off]; e&1 == 0 || e&(nx|writable|user) != flags {
			t.Errorf("page at image+%#x: %#x", off, e)
		}
	}
	if h.pte[base+0x6000] != 0 {
		t.Error("something is mapped behind the image")
	}
	high := le.Uint64(h.ext[136:])
	for _, p := range []uint64{0, 0xB8000, 0xFFE00000, 1 << 32, 0x17FE00000} {
		e := h.pte[arc.PhysMap+p]
		if mapped := p < max(high, 1<<32); (e&1 == 1) != mapped || mapped && (e&(nx|writable|user) != nx|writable || e&^0xFFF&^nx != p&^0x1FFFFF) {
			t.Errorf("physical map of %#x: %#x", p, e)
		}
	}
	h.memory(t, w, high)
}

// checkSystem tests what comes from the SYSTEM hive, and the files that it names.
func (h *handed) checkSystem(t *testing.T) {
	t.Helper()
	x, p, r := h.extension(), h.block(), h.reader()
	if !strings.HasPrefix(h.hive, hex.EncodeToString([]byte("regf"))) || h.registry(t).number("Select", "Current") != 1 {
		t.Errorf("hive %s", h.hive)
	}
	if x.ControlSet != 1 || x.FailedSet != 0 || x.LastKnownGood != arc.CurrentSet || x.HiveSource != arc.HiveSound || x.HiveFaults != 0 {
		t.Errorf("control set %d, failed %d, %v, hive from %v, %d faults", x.ControlSet, x.FailedSet, x.LastKnownGood, x.HiveSource, x.HiveFaults)
	}
	report, ok := r.Text(x.HiveReport)
	notes, good := r.Text(x.LoaderNotes)
	if report != "" || notes != "" || !ok || !good {
		t.Errorf("report %q, notes %q", report, notes)
	}
	want := []string{"Other " + driverPath + " 00000000", `Good \Windows\System32\drivers\Good.sys 00000000`}
	if got := h.drivers(t); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("drivers %q", got)
	}
	ansi, oem, table := r.NlsTables(p.NlsData)
	for name, b := range map[string][]byte{"c_1252.nls": ansi, "c_437.nls": oem, "l_intl.nls": table} {
		if string(b) != string(testFile(name)) {
			t.Errorf("%s: %d bytes", name, len(b))
		}
	}
}

// checkHardware tests the hardware tree, the disks, and what else the firmware has told
// (B7).
func (h *handed) checkHardware(t *testing.T, w want) {
	t.Helper()
	x, p, r := h.extension(), h.block(), h.reader()
	tree, ok := r.Components(p.ConfigurationRoot)
	if !ok || tree.Type != arc.ArcSystem {
		t.Fatalf("hardware tree %+v, %v", tree, ok)
	}
	found := map[string]*arc.Component{}
	var walk func(c *arc.Component, path string)
	walk = func(c *arc.Component, path string) {
		path += "\\" + c.Type.String()
		if c.Identifier != "" && c.Class != arc.ProcessorClass {
			path += "=" + c.Identifier
		}
		found[path] = c
		for _, k := range c.Children {
			walk(k, path)
		}
	}
	walk(tree, "")
	disks, ok := r.Disks(p.ArcDiskInformation)
	if !ok || len(disks) == 0 || disks[0].Name != "multi(0)disk(0)rdisk(0)" || disks[0].BiosDrive != w.drive || disks[0].ValidPartitionTable != 1 || disks[0].Signature != cmp.Or(w.signature, 1) {
		t.Fatalf("disks %+v, %v", disks, ok)
	}
	const isa = `\System=AT/AT COMPATIBLE\MultifunctionAdapter=ISA`
	for _, path := range []string{`\System=AT/AT COMPATIBLE\CentralProcessor`, `\System=AT/AT COMPATIBLE\FloatingPointProcessor`,
		`\System=AT/AT COMPATIBLE\MultifunctionAdapter=PCI`, `\System=AT/AT COMPATIBLE\MultifunctionAdapter=ACPI BIOS`,
		isa + `\KeyboardController\KeyboardPeripheral=PCAT_ENHANCED`, isa + `\SerialController=COM1`,
		isa + `\DiskController\DiskPeripheral=` + fmt.Sprintf("%08x-%08x-A", disks[0].CheckSum, disks[0].Signature)} {
		if found[path] == nil {
			t.Errorf("the tree has no %s", path)
			continue
		}
		if _, ok := arc.Resources(found[path].Data); found[path].Data != nil && !ok {
			t.Errorf("%s has bad data", path)
		}
	}
	if acpi := found[`\System=AT/AT COMPATIBLE\MultifunctionAdapter=ACPI BIOS`]; acpi != nil {
		list, _ := arc.Resources(acpi.Data)
		if !strings.Contains(string(list[0].Data), "FACP") || !strings.Contains(string(list[0].Data), "APIC") {
			t.Errorf("ACPI tables %q", list[0].Data)
		}
	}
	date, _ := r.Text(x.BiosDate)
	if len(date) != 8 || date[2] != '/' {
		t.Errorf("BIOS date %q", date)
	}
	if edd := r.Bytes(x.Edd, uint64(x.EddLength)); x.EddVersion != 0 && (len(edd) < 26 || x.EddFlags&1 == 0 || binary.LittleEndian.Uint16(edd[24:]) != 512 ||
		disks[0].Sectors != binary.LittleEndian.Uint64(edd[16:])) {
		t.Errorf("EDD version %#x, flags %#x, %x; %d sectors", x.EddVersion, x.EddFlags, edd, disks[0].Sectors)
	}
	if x.SmbiosEntry == 0 || x.SmbiosTable == 0 || x.SmbiosLength == 0 || x.SmbiosVersion>>16 < 2 {
		t.Errorf("SMBIOS anchor %#x, table %#x, %d bytes, version %#x", x.SmbiosEntry, x.SmbiosTable, x.SmbiosLength, x.SmbiosVersion)
	}
	if w.noVGA {
		if x.Video.FrameBuffer != 0 || p.OemFontFile != 0 || x.OemFontHeight != 0 {
			t.Errorf("no VGA: video mode %+v, font at %#x", x.Video, p.OemFontFile)
		}
		return
	}
	// INT 10h AH=0Fh: AH is the number of columns, 80 or 100.
	if len(h.bios) != 2 || h.bios[0] == 0x0F00 || h.bios[0]>>8 < 40 {
		t.Errorf("the BIOS call of the kernel: %x", h.bios)
	}
	if w.textMode {
		if x.Video != (arc.VideoMode{}) {
			t.Errorf("text mode: video mode %+v", x.Video)
		}
	} else if m := x.Video; m.Width != 800 || m.Height != 600 || m.BitsPerPixel != 32 || m.Pitch < 3200 || m.FrameBuffer < 1<<20 || m.Size < 4*800*600 ||
		m.RedSize != 8 || m.RedShift != 16 || m.GreenShift != 8 || m.BlueShift != 0 {
		t.Errorf("video mode %+v", m)
	}
	font := r.Bytes(p.OemFontFile, 256*uint64(x.OemFontHeight))
	if x.OemFontHeight != 16 || len(font) != 4096 || font[16*'A'+7] == 0 || font[16*' '+7] != 0 || font[16*0xDB+7] != 0xFF {
		t.Errorf("OEM font of height %d, %d bytes", x.OemFontHeight, len(font))
	}
}

// memory checks the descriptors against the firmware's own rows.
func (h *handed) memory(t *testing.T, w want, high uint64) {
	t.Helper()
	counts := map[arc.MemoryType]uint64{}
	end := uint64(0)
	for i, d := range h.descriptors {
		if d[1] < end || d[2] == 0 || d[0] >= uint64(arc.LoaderMaximum) {
			t.Errorf("descriptor %d: %x", i, d)
		}
		end = d[1] + d[2]
		counts[arc.MemoryType(d[0])] += d[2]
	}
	typeOf := func(page uint64) arc.MemoryType {
		for _, d := range h.descriptors {
			if d[1] <= page && page < d[1]+d[2] {
				return arc.MemoryType(d[0])
			}
		}
		return arc.LoaderMaximum
	}
	ram, top := uint64(0), uint64(0)
	for _, r := range h.e820 {
		if r[2] != 1 {
			continue
		}
		ram += r[1]
		top = max(top, r[0]+r[1])
		for p := (r[0] + 4095) / 4096; p < (r[0]+r[1])/4096; p += 97 {
			if typeOf(p) == arc.LoaderMaximum {
				t.Fatalf("page %#x is in no descriptor", p)
			}
		}
		if last := (r[0]+r[1])/4096 - 1; typeOf(last) == arc.LoaderMaximum {
			t.Errorf("page %#x is in no descriptor", last)
		}
	}
	if top != high {
		t.Errorf("highest RAM %#x, firmware says %#x", high, top)
	}
	if w.mib != 0 && (ram>>20 > w.mib || ram>>20+2 < w.mib) {
		t.Errorf("%d MiB of RAM, machine has %d", ram>>20, w.mib)
	}
	le := binary.LittleEndian
	heap, pages := le.Uint64(h.ext[80:]), le.Uint64(h.ext[88:])
	need := uint64(8 << 20)
	if ram < 63<<20 {
		need = 5 << 20
	}
	if pages*4096 != need || (heap+pages)*4096 > 1<<32 {
		t.Errorf("kernel heap %#x, %d pages", heap, pages)
	}
	for p := heap; p < heap+pages; p++ {
		if typeOf(p) != arc.LoaderMemoryData {
			t.Fatalf("kernel heap page %#x has type %d", p, typeOf(p))
		}
	}
	image := h.images[0]
	if len(h.images) != 1 || typeOf(image[3]) != arc.LoaderSystemCode || counts[arc.LoaderSystemCode] != 6 {
		t.Errorf("image %x, %d pages of system code", image, counts[arc.LoaderSystemCode])
	}
	if typeOf(0) != arc.LoaderFirmwarePermanent || counts[arc.LoaderStartupKernelStack] != 4 ||
		counts[arc.LoaderRegistryData] != uint64(len(h.registry(t).bytes())/4096) || counts[arc.LoaderBootDriver] != 74+2*3 || counts[arc.LoaderLoadedProgram] == 0 {
		t.Errorf("pages by type %v", counts)
	}
	if free := counts[arc.LoaderFree] * 4096; free+24<<20 < ram {
		t.Errorf("only %d of %d MiB are free", free>>20, ram>>20)
	}
}
