// Package bootdevice looks, when the boot-start drivers have been started, whether one of them
// reaches the partition that OSLDR was started from (SPEC I3, I8): whether \ArcName leads there. If
// not, it says which controllers there are, by PCI class and driver, what has become of each, and
// which disks the drivers have found.
//
// A start does without the partition as long as nothing needs it: OSLDR has read the boot-start
// drivers and the first programs by the BIOS. It is needed by the option BOOTVOLUME, and by a
// driver of Start 1 that has ErrorControl 2 or 3 and whose file nobody can read. Then the kernel
// stops with INACCESSIBLE_BOOT_DEVICE and this list.
package bootdevice

import (
	"fmt"
	"strings"

	"gont/io"
	"gont/io/drivers/disk"
	"gont/ob"
	"gont/pp"
)

// Check reports, and says line by line on the console, what there is to say when \ArcName does not
// lead from a partition's ARC name to a device; "" when it does. PASSIVE_LEVEL.
func Check(arcName string) string {
	if o, s := ob.Lookup(nil, `\ArcName\`+arcName, true, io.DeviceType); s.OK() {
		o.Dereference()
		return ""
	}
	list := Report(arcName)
	for _, l := range list {
		pp.Say("P1.34: " + l)
	}
	return strings.Join(list, "; ")
}

// Report is what there is to say of a partition that no driver reaches, a sentence for each line:
// the partition, the controllers, the disks. PASSIVE_LEVEL.
func Report(arcName string) []string {
	lines := []string{"no driver reaches the boot volume, " + arcName}
	for _, c := range pp.StorageControllers() {
		lines = append(lines, controller(&c))
	}
	if len(lines) == 1 {
		lines = append(lines, "no bus has told of a controller for disks")
	}
	disks := disk.Disks()
	for i := range disks {
		lines = append(lines, found(&disks[i]))
	}
	if len(disks) == 0 {
		lines = append(lines, "no driver has found a disk")
	}
	return lines
}

// controller says what has become of a controller.
func controller(c *pp.Controller) string {
	text := fmt.Sprintf("%s (PCI class %s, %s): ", c.Description, c.Class, strings.TrimPrefix(c.Location, "PCI "))
	switch {
	case c.Service == "":
		return text + "no driver is known for it"
	case c.State == pp.Started:
		return text + c.Service + ", started"
	case c.Problem == pp.NoProblem:
		return text + c.Service + ", not started"
	case c.Status.OK():
		return text + c.Service + ", " + c.Problem.String()
	}
	return fmt.Sprintf("%s%s, %v (%v)", text, c.Service, c.Problem, c.Status)
}

// found says what is known of a disk.
func found(d *disk.DiskInfo) string {
	text := fmt.Sprintf("disk %d (%s), %d sectors of %d bytes: ", d.Number, d.Name, d.Sectors, d.SectorSize)
	switch {
	case d.Dead:
		return text + "does not answer"
	case !d.Known:
		return text + "its partition table has not been read"
	case d.Arc == "":
		return text + fmt.Sprintf("%d partitions, not one of the BIOS's disks", len(d.Partitions))
	}
	return text + fmt.Sprintf("%d partitions, the BIOS's %s", len(d.Partitions), d.Arc)
}
