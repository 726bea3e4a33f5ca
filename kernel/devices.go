//go:build kernel

package main

import (
	"gont/hal"
	"gont/inbv/display"
	"gont/io/drivers"
	"gont/io/drivers/bootvid"
	"gont/io/drivers/disk"
	"gont/io/drivers/serial"
	"gont/io/mountmgr"
	"gont/kd"
	"gont/kd/dbgprint"
)

// connectDevices hands the drivers what they share with the kernel, before they are
// started: the serial port that its text goes to, and the screen.
func connectDevices() {
	drivers.Say(dbgprint.Line)
	mountmgr.Start(loader.arcName)
	if disks, ok := loaderReader.Disks(hal.LoaderBlock().ArcDiskInformation); ok {
		for _, d := range disks {
			disk.ArcDisks = append(disk.ArcDisks, disk.ArcDisk{Name: d.Name, Signature: d.Signature, CheckSum: d.CheckSum, Sectors: d.Sectors, Gpt: d.IsGpt != 0, ID: d.GptSignature})
		}
	}
	serial.Shared = func(base uint16) (serial.Console, bool) {
		claimed := kd.Claims(base) || base == hal.EmergencyPort()
		if hal.SerialPresent() && base == hal.DebugPort {
			return dbgprint.Console{}, claimed
		}
		return nil, claimed
	}
	bootvid.Screen = &display.Terminal{}
}
