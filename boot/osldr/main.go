//go:build tamago && osldr

// Command osldr is the long-mode part of OSLDR (SPEC B4, B5, B8): it reads
// \boot.ini, lets the user choose, loads the kernel, the SYSTEM hive and the
// session manager from the FAT32 volume through the BIOS, and enters the kernel
// with a LOADER_PARAMETER_BLOCK.
//
// It runs with GOOS=tamago, identity mapped, on one thread, interrupts off. It
// keeps away from fmt, strings and all that reflects: the program is read from
// the disk by a BIOS, and every 100 kB cost a hundredth of a second there.
//
// What does not touch the machine is in packages below this folder and tested
// on the host.
package main

import (
	"runtime/goos"

	"gont/arc"
	"gont/boot/osldr/bootini"
	"gont/boot/osldr/fat"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/menu"
	"gont/boot/osldr/sectors"
	"gont/boot/osldr/status"
)

func main() {
	attach()
	goos.Exit = func(int32) { bios(&biosRegs{number: thunkRestart}) }

	l := &loader{}
	l.begin("B4.1")
	l.memory()
	l.begin("B4.2")
	l.mount()
	l.begin("B4.3")
	config := l.bootIni()
	l.begin("B4.4")
	entry, reason := l.choose(&config)
	l.extension.TscMenuDone = rdtsc()
	l.boot(entry, reason)
}

// loader is what OSLDR knows while it works.
type loader struct {
	e820      []arc.E820Entry
	memoryMap *memmap.Map
	disk      *sectors.Reader
	geometry  sectors.Geometry
	volume    *fat.Volume
	extension arc.LoaderParameterExtension
	progress  progress
	steps     steps
	report    string // lines that the kernel gets, too
}

func (l *loader) mount() {
	l.disk, l.geometry = drive(ho.drive).open()
	v, err := fat.Mount(l.disk, uint64(ho.volume))
	if err != nil {
		fatal("OSLDR cannot read the boot volume: ", status.Text(err))
	}
	l.volume = v
}

// bootIni reads the menu. Nothing wrong with it keeps the machine from
// starting: there is always an entry.
func (l *loader) bootIni() bootini.Config {
	const path, most = `\boot.ini`, 64 << 10
	var text []byte
	f, err := l.volume.Open(path)
	if err == nil && f.Len() > most {
		err = status.Corrupt("file is larger than 64 KiB")
	}
	if err == nil {
		text = make([]byte, f.Len(), f.Len()+fat.SectorSize)
		err = f.ReadAt(text, 0)
	}
	if err != nil {
		l.stepError(err)
		say(path, ": ", status.Text(err), "\nStarting ", bootini.BuiltIn().Entries[0].Title, ".\n")
		return bootini.BuiltIn()
	}
	c := bootini.Parse(text)
	for _, p := range c.Problems {
		say(menu.ProblemText(p), "\n")
	}
	if more := menu.Unnamed(&c, len(c.Problems), menu.Columns); more != "" {
		say(path, ": ", more, "\n")
	}
	return c
}

// choose takes what the kernel before has asked for, and shows the menu when there is
// something to choose, or a key has been pressed already.
func (l *loader) choose(c *bootini.Config) (bootini.Entry, arc.LastKnownGood) {
	t := &terminal{}
	first := t.Key()
	m, asked := takeRestart()
	l.extension.Message = m
	reason := arc.CurrentSet
	if asked {
		if int(m.Number) < len(c.Entries) {
			c.Default = int(m.Number)
		}
		switch m.Kind {
		case arc.RestartLastKnownGood:
			reason = arc.LastKnownGoodDriver
			say("A driver could not start; the Last Known Good Configuration is used.\n")
		case arc.RestartAskedGood:
			reason = arc.LastKnownGoodAsked
			say("The Last Known Good Configuration is used, as was asked for before the restart.\n")
		}
	}
	if first == menu.None && (asked || len(c.Entries) == 1 || c.Timeout == 0) {
		return c.Entries[c.Default], reason
	}
	var e bootini.Entry
	switch first {
	case menu.None:
		e = menu.Run(t, c, c.Timeout)
	case menu.F8:
		e = menu.Advanced(t, c)
	default:
		e = menu.Run(t, c, -1)
	}
	t.Clear()
	l.progress.interactive = t.typed
	return e, reason
}

// takeRestart reads the message of the kernel before (package arc) and removes it, so
// that it counts once.
func takeRestart() (arc.RestartMessage, bool) {
	read := func(register byte) byte {
		outb(0x70, register)
		return inb(0x71)
	}
	if read(arc.ClockRegisterB)&arc.AlarmEnable != 0 {
		return arc.RestartMessage{}, false
	}
	m, ok := arc.TakeRestart(read(arc.AlarmSeconds), read(arc.AlarmMinutes), read(arc.AlarmHours))
	if ok {
		for _, register := range []byte{arc.AlarmSeconds, arc.AlarmMinutes, arc.AlarmHours} {
			outb(0x70, register)
			outb(0x71, 0)
		}
	}
	return m, ok
}
