//go:build kernel

package main

import (
	"fmt"
	"slices"
	"strings"

	"gont/arc"
	"gont/cm"
	"gont/ex"
	"gont/hal"
	"gont/io"
	"gont/io/drivers/beep"
	"gont/io/drivers/bootvid"
	"gont/io/drivers/example"
	"gont/io/drivers/i8042prt"
	"gont/io/drivers/null"
	"gont/io/drivers/pci"
	"gont/io/drivers/ramdisk"
	"gont/io/drivers/rtc"
	"gont/io/drivers/serial"
	"gont/io/order"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/pp"
)

// driverEntries are the drivers that are linked into the kernel, by the names that their
// files import.
var driverEntries = map[string]io.Entry{
	"beep.DriverEntry":     beep.DriverEntry,
	"bootvid.DriverEntry":  bootvid.DriverEntry,
	"example.DriverEntry":  example.DriverEntry,
	"i8042prt.DriverEntry": i8042prt.DriverEntry,
	"null.DriverEntry":     null.DriverEntry,
	"pci.DriverEntry":      pci.DriverEntry,
	"ramdisk.DriverEntry":  ramdisk.DriverEntry,
	"rtc.DriverEntry":      rtc.DriverEntry,
	"serial.DriverEntry":   serial.DriverEntry,
}

// createIoTypes is SPEC P1.11.
func createIoTypes() nt.Status {
	if s := ex.CreateIoCompletionType(); !s.OK() {
		return s
	}
	return io.CreateTypes()
}

// ioInitSystem is SPEC P1.34: boot-start drivers in the order of the loader's list, then
// system-start ones.
func ioInitSystem() nt.Status {
	io.Entries, io.SystemRoot = driverEntries, strings.TrimSuffix(loader.systemRoot, `\`)
	io.ReadImage, io.BootLog = readDriverImage, ex.TheBootLog.Image
	io.Log = func(driver string, s nt.Status, text string) {
		dbgPrintLine(fmt.Sprintf("driver %s: %s (%v)", driver, text, s))
	}
	if s := io.InitSystem(); !s.OK() {
		return s
	}
	keepDriverFiles()
	list, status := bootDrivers()
	if !status.OK() {
		return status
	}
	b := io.Boot{LastKnownGood: loader.lastKnownGood != arc.CurrentSet, Safe: safeDrivers(), Failed: driverFailed}
	system := 0
	b.Progress = func(n, all int) { driverProgress(n, len(list)+system+1) }
	b.StartBootDrivers(list)
	system = len(list)
	b.Progress = func(n, all int) { driverProgress(system+n, system+all+1) }
	b.StartSystemDrivers()
	pp.Missing()
	return createDosDevices()
}

// bootDrivers reads the loader's list.
func bootDrivers() (list []io.BootDriver, s nt.Status) {
	read, ok := loaderReader.BootDrivers(loaderBlockAddress())
	if !ok {
		return nil, fail(fmt.Errorf("the loader's list of boot drivers is damaged"))
	}
	for _, d := range read {
		list = append(list, io.BootDriver{RegistryPath: d.RegistryPath, File: d.FilePath, Status: nt.Status(d.Status), Reason: d.Reason, Image: d.Image})
		keepDriverImage(d.FilePath, d.Image, true)
	}
	return list, nt.StatusSuccess
}

// safeDrivers are the names that safe mode starts, nil without it.
func safeDrivers() []string {
	mode, _ := options.SafeMode()
	if mode == 0 {
		return nil
	}
	name := []string{"", "Minimal", "Network", "Network"}[mode]
	list := []string{}
	if k, s := cm.OpenKey(io.ControlKey + `\SafeBoot\` + name); s.OK() {
		list = append(list, k.Subkeys()...)
		k.Close()
	}
	return list
}

// driverFailed acts by ErrorControl (SPEC I6).
func driverFailed(f io.Failure) {
	text := fmt.Sprintf("the driver %s was not started: %v", f.Name, f.Status)
	if f.Reason != "" {
		text += ", " + f.Reason
	}
	if f.File != "" {
		text += " (" + f.File + ")"
	}
	dbgPrintLine("P1.34: " + text)
	switch f.Action {
	case order.Warn, order.GoOn:
		warn(text)
	case order.Restart:
		restartLastKnownGood(text)
	case order.Stop:
		const badLastKnownGood = 1
		bugCheck(ex.CriticalServiceFailed, badLastKnownGood, uint64(f.Status), 0, 0, "P1.34 IoInitSystem: "+text+"; this is the last known good configuration already")
	}
}

// warn says something on the screen, whatever the options are: the serial port has it
// already.
func warn(text string) {
	text = "Warning: " + text + "\n"
	screenLock.Lock()
	defer screenLock.Unlock()
	for i := range len(text) {
		hal.EmergencyPut(text[i])
	}
	screen.Write(oem(text))
}

// restartLastKnownGood restarts, and has OSLDR take the last known good configuration
// (SPEC I6): by a message in the alarm registers of the real-time clock.
func restartLastKnownGood(why string) {
	display("Warning: " + why + "\nThe system restarts with the last known good configuration.\n")
	outputDeferred.Store(false)
	realTimeClock.Lock()
	told := hal.HasRealTimeClock() && hal.LeaveRestartMessage(arc.RestartMessage{Kind: arc.RestartLastKnownGood, Number: uint8(loader.bootEntry)})
	realTimeClock.Unlock()
	if !told {
		bugCheck(ex.SetEnvVarFailed, 0, 0, 0, 0, "P1.34 IoInitSystem: "+why+"; the loader cannot be told: the real-time clock has no room")
	}
	hal.DisableInterrupts()
	hal.Reboot()
}

// createDosDevices makes the links of Session Manager\DOS Devices, which are smss's to
// make once it reads the registry.
func createDosDevices() nt.Status {
	k, s := cm.OpenKey(io.ControlKey + `\Session Manager\DOS Devices`)
	if !s.OK() {
		return nt.StatusSuccess
	}
	defer k.Close()
	for _, name := range k.Values() {
		target, ok := k.Text(name)
		if !ok || name == "" || strings.ContainsAny(name, `\`) {
			dbgPrintLine(fmt.Sprintf("P1.34: DOS Devices has no name of a device: %q", name))
			continue
		}
		if s := ob.CreateSymbolicLink(`\??\`+name, target); !s.OK() && s != nt.StatusObjectNameCollision {
			return s
		}
	}
	return nt.StatusSuccess
}

// driverFiles are the images of drivers that are in memory until there is a file system:
// those of boot drivers, and files that the loader was asked to read (BOOTFILES).
var driverFiles []driverFile

type driverFile struct {
	path     string
	bytes    []byte // pool
	inMemory bool   // laid out as in memory
}

var driverTag = mm.Tag{'D', 'r', 'v', 'F'}

func keepDriverImage(path string, b []byte, inMemory bool) {
	if len(b) == 0 || len(b) > mm.MaximumPoolBlock {
		return
	}
	p := mm.AllocatePool(mm.PagedPool, len(b), driverTag)
	if p == nil {
		return
	}
	copy(p, b)
	driverFiles = append(driverFiles, driverFile{path, p[:len(b)], inMemory})
}

// keepDriverFiles keeps the drivers among the loader's files.
func keepDriverFiles() {
	for name, f := range loader.files {
		if isDriverFile(name) {
			keepDriverImage(io.SystemRoot+`\System32\drivers\`+name, hal.Bytes(f.base-arc.PhysMap, int(f.length)), false)
		}
	}
}

func isDriverFile(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".sys") }

// readDriverImage is io.ReadImage.
func readDriverImage(path string) (io.Image, nt.Status) {
	i := slices.IndexFunc(driverFiles, func(f driverFile) bool { return strings.EqualFold(f.path, path) })
	if i < 0 {
		return io.Image{}, nt.StatusObjectNameNotFound
	}
	return io.Image{Bytes: driverFiles[i].bytes, InMemory: driverFiles[i].inMemory}, nt.StatusSuccess
}
