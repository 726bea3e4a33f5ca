package bootdevice

import (
	"testing"

	"gont/io/drivers/disk"
	"gont/nt"
	"gont/pp"
)

// TestTexts (I3): each controller and disk is named with what it has answered.
func TestTexts(t *testing.T) {
	usb := pp.Controller{Information: pp.Information{Description: "USB controller 1B36:000D"}, Class: "0C0330", Location: "PCI bus 0, device 3, function 0"}
	ahci := pp.Controller{Information: pp.Information{Description: "SATA controller 8086:2922", Service: "storahci"}, Class: "010601", Location: "PCI bus 0, device 31, function 2"}
	with := func(c pp.Controller, s pp.State, p pp.Problem, st nt.Status) string {
		c.State, c.Problem, c.Status = s, p, st
		return controller(&c)
	}
	const where = "SATA controller 8086:2922 (PCI class 010601, bus 0, device 31, function 2): storahci, "
	for got, want := range map[string]string{
		with(usb, pp.Found, pp.FailedInstall, 0):                                         "USB controller 1B36:000D (PCI class 0C0330, bus 0, device 3, function 0): no driver is known for it",
		with(ahci, pp.Started, pp.NoProblem, 0):                                          where + "started",
		with(ahci, pp.Found, pp.NoProblem, 0):                                            where + "not started",
		with(ahci, pp.Found, pp.DriverMissing, 0):                                        where + "its driver is not loaded",
		with(ahci, pp.Found, pp.FailedStart, nt.StatusIoTimeout):                         where + "the device has not started (STATUS_IO_TIMEOUT)",
		found(&disk.DiskInfo{Name: "x", Sectors: 9, SectorSize: 512, Dead: true}):        "disk 0 (x), 9 sectors of 512 bytes: does not answer",
		found(&disk.DiskInfo{Name: "x", Sectors: 9, SectorSize: 512}):                    "disk 0 (x), 9 sectors of 512 bytes: its partition table has not been read",
		found(&disk.DiskInfo{Name: "x", Sectors: 9, SectorSize: 512, Known: true}):       "disk 0 (x), 9 sectors of 512 bytes: 0 partitions, not one of the BIOS's disks",
		found(&disk.DiskInfo{Sectors: 9, SectorSize: 512, Known: true, Arc: "rdisk(1)"}): "disk 0 (), 9 sectors of 512 bytes: 0 partitions, the BIOS's rdisk(1)",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
