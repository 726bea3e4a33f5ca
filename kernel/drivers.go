//go:build kernel

package main

import (
	"fmt"
	"strings"

	"gont/arc"
	"gont/ex"
	"gont/ex/realtime"
	"gont/hal"
	"gont/inbv/display"
	"gont/io"
	"gont/io/bootdevice"
	"gont/io/drivers"
	"gont/io/order"
	"gont/kd/dbgprint"
	"gont/kernel/bugcheck"
	"gont/kernel/systemfiles"
	"gont/nt"
	"gont/pp"
)

// driverImages are the drivers' files that OSLDR has read.
var driverImages io.Images

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
	io.Entries, io.SystemRoot = drivers.Entries, strings.TrimSuffix(loader.systemRoot, `\`)
	io.ReadImage, io.BootLog = systemfiles.DriverFiles(&driverImages, `\ArcName\`+loader.arcName), ex.TheBootLog.Image
	io.Log = func(driver string, s nt.Status, text string) {
		dbgprint.Line(fmt.Sprintf("driver %s: %s (%v)", driver, text, s))
	}
	if s := io.InitSystem(); !s.OK() {
		return s
	}
	for _, f := range loader.files {
		if io.IsDriverFile(f.Name) {
			driverImages.Keep(io.SystemRoot+`\System32\drivers\`+f.Name, io.Image{Bytes: loaderReader.Bytes(f.Base, f.Length)})
		}
	}
	list, status := bootDrivers()
	if !status.OK() {
		return status
	}
	mode, _ := options.SafeMode()
	b := io.Boot{LastKnownGood: loader.lastKnownGood != arc.CurrentSet, Safe: io.SafeDrivers(mode), Failed: driverFailed}
	b.Progress = func(n, all int) { display.DriverProgress(n, all+1) }
	b.StartBootDrivers(list)
	checkBootVolume(options.Has("BOOTVOLUME"), "the option BOOTVOLUME needs it")
	b.StartSystemDrivers()
	pp.Missing()
	systemfiles.Say, systemfiles.Note = func(text string) { display.String(text + "\n") }, dbgprint.Line
	systemfiles.Start(bugcheck.Last)
	problems, s := io.CreateDosDevices()
	for _, p := range problems {
		dbgprint.Line("P1.34: " + p)
	}
	return s
}

// bootDrivers reads the loader's list.
func bootDrivers() (list []io.BootDriver, s nt.Status) {
	read, ok := loaderReader.BootDrivers(loaderBlockAddress())
	if !ok {
		return nil, fail(fmt.Errorf("the loader's list of boot drivers is damaged"))
	}
	for _, d := range read {
		list = append(list, io.BootDriver{RegistryPath: d.RegistryPath, File: d.FilePath, Status: nt.Status(d.Status), Reason: d.Reason, Image: d.Image})
		driverImages.Keep(d.FilePath, io.Image{Bytes: d.Image, InMemory: true})
	}
	return list, nt.StatusSuccess
}

// driverFailed acts by ErrorControl (SPEC I6).
func driverFailed(f io.Failure) {
	text := f.String()
	if f.Start == io.SystemStart && f.Action >= order.GoOn && f.Reason == io.FileUnreadable {
		checkBootVolume(true, text)
	}
	dbgprint.Line("P1.34: " + text)
	switch f.Action {
	case order.Warn, order.GoOn:
		display.Warn(text)
	case order.Restart:
		restartLastKnownGood(text)
	case order.Stop:
		const badLastKnownGood = 1
		bugcheck.Check(ex.CriticalServiceFailed, badLastKnownGood, uint64(f.Status), 0, 0, "P1.34 IoInitSystem: "+text+"; this is the last known good configuration already")
	}
}

// checkBootVolume says so when no driver reaches the boot volume, and stops when it is needed (I3).
func checkBootVolume(needed bool, why string) {
	if report := bootdevice.Check(loader.arcName); report != "" && needed {
		bugcheck.Check(ex.InaccessibleBootDevice, 0, 0, 0, 0, "P1.34 IoInitSystem: "+why+"; "+report)
	}
}

// restartLastKnownGood restarts, and has OSLDR take the last known good configuration
// (SPEC I6): by a message in the alarm registers of the real-time clock.
func restartLastKnownGood(why string) {
	dbgprint.Settle() // the text is sent when String returns
	display.String("Warning: " + why + "\nThe system restarts with the last known good configuration.\n")
	left := false
	realtime.WithClock(func() {
		left = hal.HasRealTimeClock() && hal.LeaveRestartMessage(arc.RestartMessage{Kind: arc.RestartLastKnownGood, Number: uint8(loader.bootEntry)})
	})
	if !left {
		bugcheck.Check(ex.SetEnvVarFailed, 0, 0, 0, 0, "P1.34 IoInitSystem: "+why+"; the loader cannot be told: the real-time clock has no room")
	}
	hal.DisableInterrupts()
	hal.Reboot()
}
