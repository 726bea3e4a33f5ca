//go:build tamago && osldr

package main

import (
	"gont/arc"
	"gont/arc/options"
	"gont/boot/osldr/bootini"
	"gont/boot/osldr/fat"
	"gont/boot/osldr/firmware"
	"gont/boot/osldr/lpb"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/paging"
	"gont/boot/osldr/status"
	"gont/hal/acpi/root"
	"gont/pe"
)

// stackPages is the size of the kernel's boot stack.
const stackPages = 4

// boot loads everything for an entry and enters its kernel.
func (l *loader) boot(e bootini.Entry, reason arc.LastKnownGood) {
	l.begin("B5.1")
	line := options.Line(e.Options)
	if n := options.Number(line, "MAXMEM", options.LeastMaxmem, options.MostMaxmem); n != 0 {
		maxmem = n * megabyte
		l.memoryMap.Limit(maxmem / memmap.PageSize)
	}
	l.choosePartition(e)
	system := e.Path.Directory + `\System32\`
	kernel := "ntoskrnl.exe"
	if k := options.Value(line, "KERNEL"); k != "" {
		kernel = k
	}
	if reason == arc.CurrentSet && hasOption(line, "LASTKNOWNGOOD") {
		reason = arc.LastKnownGoodAsked
	}
	l.progress.start(e.Title)

	l.progress.stage(0, 30)
	image, phys := l.image(system + kernel)
	l.progress.stage(30, 34)
	l.begin("B6.1")
	hive, set := l.hive(system+`config\`, reason)
	hiveLines := l.report
	l.report = ""
	l.begin("B5.2")
	nls := l.nls(hive, set.Root, system)
	var programs []string
	if !hasOption(line, "NOSHELL") && !hasOption(line, "SESSION") {
		programs = hive.Programs(set.Root)
	}
	l.begin("B5.3")
	drivers := l.drivers(hive, set.Root, e.Path.Directory, pe.ReadExports(memory(phys, int(image.Size))))
	hiveFile := l.hiveForKernel(hive, system+`config\SYSTEM`)
	l.progress.stage(70, 100)
	l.begin("B5.4")
	files := l.bootFiles(system, "smss.exe,"+options.Value(line, "BOOTFILES"))
	files = l.programs(files, system, programs)
	l.progress.stop()

	l.begin("B8.1")
	stack := l.need(stackPages, arc.LoaderStartupKernelStack)
	clear(memory(stack, stackPages*memmap.PageSize))
	tables := l.addressSpace(image, phys)

	x := &l.extension
	x.ControlSet, x.FailedSet, x.LastKnownGood = set.Set, set.Failed, set.Reason
	x.HiveSource, x.HiveFaults = hive.Source, uint32(hive.Faults)
	x.BootDisk, x.BootEntry = ho.drive, uint32(e.Number)
	l.begin("B7.1")
	l.findTables()
	facts := l.facts()
	font := oemFont()
	if font != nil {
		x.OemFontHeight = fontHeight
	}
	x.EddVersion, x.EddFlags = uint16(ho.eddFlags>>16), uint16(ho.eddFlags)
	x.BiosCall, x.BiosRegs, x.BiosTables = ho.kernelCall, ho.kernelRegs, uint64(ho.pageTables)
	x.TscLoaderStart = ho.tscStart
	x.RandomSeed = randomSeed()
	x.VideoMode = ho.video
	x.PageTablePages = tables.Pages
	x.HighestRam = l.memoryMap.High()
	l.begin("B8.2")
	l.kernelHeap()

	// The block has a row for each of the BIOS's and a descriptor for each run,
	// of which taking its pages makes two more, and some strings.
	size := megabyte/64 + 2*len(line) + 24*len(l.e820) + 48*(len(l.memoryMap.Runs())+4) + 512*len(files) +
		len(hiveLines) + len(l.report)
	tree := facts.Tree()
	size += len(font) + tree.Size() + 128*len(facts.Disks) + len(facts.BiosDate)
	for i := range drivers {
		d := &drivers[i]
		size += 512 + len(d.RegistryPath) + 3*len(d.FilePath) + len(d.Reason)
	}
	blockPhys := l.need(pages(size), arc.LoaderOsloaderHeap)
	mem := memory(blockPhys, size)
	mem = mem[:cap(mem)]
	clear(mem)
	b := lpb.New(mem, blockPhys)
	block, err := b.Build(&lpb.Input{
		KernelStack:   stack + stackPages*memmap.PageSize + arc.PhysMap,
		Hive:          lpb.File{Base: hiveFile.phys, Length: uint64(len(hiveFile.data))},
		ArcBootDevice: e.Path.Arc(),
		BootPath:      e.Path.Directory + `\`,
		LoadOptions:   line,
		Kernel: lpb.Image{
			Path: system + kernel, Name: kernel,
			Virtual: image.Base, Entry: image.Base + uint64(image.Entry), Size: uint64(image.Size),
			PhysPage: phys / memmap.PageSize, CheckSum: image.CheckSum,
		},
		BootFiles:   files,
		Drivers:     drivers,
		Nls:         nls,
		HiveReport:  hiveLines,
		LoaderNotes: l.report,
		Hardware:    tree,
		Disks:       facts.ArcDisks(),
		BiosDate:    facts.BiosDate,
		OemFont:     font,
		Edd:         eddData(),
		E820:        l.e820,
		Extension:   *x,
	})
	if err == nil {
		err = b.Memory(l.memoryMap.Runs())
	}
	if err != nil {
		fatal("OSLDR cannot build the loader parameter block: ", status.Text(err))
	}
	if facts.Video {
		b.Extension().Video = graphicsMode(line)
	}
	l.end()
	b.Extension().Steps, b.Extension().StepCount = l.steps.list, uint64(l.steps.count)
	b.Extension().TscKernelStart = rdtsc()
	enterKernel(tables.Root, stack+stackPages*memmap.PageSize+arc.PhysMap, block,
		image.Base+uint64(image.Entry))
}

// hasOption reports whether a line of options has a word.
func hasOption(line, name string) bool {
	for o, rest, ok := options.Next(line); ok; o, rest, ok = options.Next(rest) {
		if o.Name == name {
			return true
		}
	}
	return false
}

// bootFiles reads the programs of a list with commas: the session manager, and
// what BOOTFILES= names besides.
func (l *loader) bootFiles(system, list string) (files []lpb.File) {
	for name, first := "", 0; first < len(list); {
		end := first
		for end < len(list) && list[end] != ',' {
			end++
		}
		name, first = list[first:end], end+1
		if name == "" {
			continue
		}
		c := l.read(system+name, arc.LoaderBootDriver)
		if looksLikeImage(c.data) && !isDriverFile(name) { // drivers the kernel checks, when it loads them
			parse(system+name, c)
		}
		files = append(files, lpb.File{Path: system + name, Base: c.phys, Length: uint64(len(c.data))})
	}
	return files
}

// programs adds those that the session manager will start, for a system that no driver leads to the boot
// volume. nsh.exe is read as nsh.ex_, its compressed copy, where there is one. The system does without
// a program that cannot be had: the session manager says what it misses.
func (l *loader) programs(files []lpb.File, system string, names []string) []lpb.File {
	for _, name := range names {
		path, there := system+name, false
		for _, f := range files {
			there = there || f.Path == path
		}
		if there {
			continue
		}
		c, err := l.tryRead(path[:len(path)-1]+"_", arc.LoaderBootDriver)
		if err != nil {
			c, err = l.tryRead(path, arc.LoaderBootDriver)
		}
		if err != nil {
			l.stepError(err)
			l.note(path + ": " + status.Text(err))
			continue
		}
		files = append(files, lpb.File{Path: path, Base: c.phys, Length: uint64(len(c.data))})
	}
	return files
}

// isDriverFile reports whether a file is a driver's: it may import from the kernel.
func isDriverFile(name string) bool {
	n := len(name) - 4
	return n > 0 && name[n] == '.' && name[n+1]|0x20 == 's' && name[n+2]|0x20 == 'y' && name[n+3]|0x20 == 's'
}

// choosePartition mounts the entry's partition where it is not the one that
// OSLDR came from. rdisk(0) is OSLDR's own disk, whatever its BIOS number.
func (l *loader) choosePartition(e bootini.Entry) {
	no := func(err error) {
		fatal(e.Path.Arc(), ": ", status.Text(err))
	}
	if e.Path.Disk != 0 {
		no(status.NoSuchDevice)
	}
	sector := make([]byte, fat.SectorSize)
	if err := l.disk.ReadSectors(0, sector); err != nil {
		no(err)
	}
	start, err := fat.Partition(sector, int(e.Path.Partition), uint64(ho.volume))
	if err != nil {
		no(err)
	}
	if start == uint64(ho.volume) {
		return
	}
	v, err := fat.Mount(l.disk, start)
	if err != nil {
		no(err)
	}
	l.volume = v
}

// addressSpace makes the kernel's page tables.
func (l *loader) addressSpace(m *pe.Image, phys uint64) *paging.Tables {
	t, err := paging.New(func() (uint64, error) {
		return l.need(1, arc.LoaderMemoryData), nil
	}, func(p uint64) *[512]uint64 { return at[[512]uint64](p) })
	if err == nil {
		err = t.HandOver(l.memoryMap.High())
	}
	if err == nil {
		err = t.MapImage(m, phys)
	}
	if err != nil {
		fatal("OSLDR cannot build page tables: ", status.Text(err))
	}
	return t
}

// kernelHeap reserves the run of pages that the kernel's heap begins with:
// 8 MiB, 5 MiB where memory is short.
func (l *loader) kernelHeap() {
	size := uint64(8 * megabyte)
	if l.memoryMap.Ram() < 63*megabyte || maxmem != 0 && maxmem < 64*megabyte {
		size = 5 * megabyte
	}
	n := size / memmap.PageSize
	base := l.need(n, arc.LoaderMemoryData)
	l.extension.KernelHeapPage, l.extension.KernelHeapPages = base/memmap.PageSize, n

}

// findTables looks for ACPI's and SMBIOS's anchors.
func (l *loader) findTables() {
	bios := memory(firmware.BiosStart, firmware.BiosEnd-firmware.BiosStart)
	var ebda []byte
	base := root.EbdaAddress(uint16(ho.ebda >> 4))
	if base != 0 {
		ebda = memory(base, firmware.EbdaSize)
	}
	l.extension.AcpiRsdp = firmware.Rsdp(ebda, base, bios)
	const f = 0xF0000 - firmware.BiosStart
	if i := firmware.Smbios(bios[f:]); i >= 0 {
		x := &l.extension
		x.SmbiosEntry = firmware.BiosStart + f + uint64(i)
		x.SmbiosTable, x.SmbiosLength, x.SmbiosVersion = firmware.SmbiosTable(bios[f+i:])
	}
}
