// Package drivers lists the drivers that are linked into the kernel (SPEC I2).
package drivers

import (
	"gont/io"
	"gont/io/drivers/atapi"
	"gont/io/drivers/beep"
	"gont/io/drivers/bootvid"
	"gont/io/drivers/disk"
	"gont/io/drivers/example"
	"gont/io/drivers/fastfat"
	"gont/io/drivers/i8042prt"
	"gont/io/drivers/null"
	"gont/io/drivers/pci"
	"gont/io/drivers/ramdisk"
	"gont/io/drivers/rtc"
	"gont/io/drivers/serial"
	"gont/io/drivers/storahci"
	"gont/io/drivers/stornvme"
	"gont/io/drivers/usbstor"
	"gont/io/drivers/usbxhci"
	"gont/io/drivers/viostor"
	"gont/io/storport"
)

// Entries are the drivers by the names that their files import.
var Entries = map[string]io.Entry{
	"atapi.DriverEntry":    atapi.DriverEntry,
	"beep.DriverEntry":     beep.DriverEntry,
	"bootvid.DriverEntry":  bootvid.DriverEntry,
	"disk.DriverEntry":     disk.DriverEntry,
	"example.DriverEntry":  example.DriverEntry,
	"fastfat.DriverEntry":  fastfat.DriverEntry,
	"i8042prt.DriverEntry": i8042prt.DriverEntry,
	"null.DriverEntry":     null.DriverEntry,
	"pci.DriverEntry":      pci.DriverEntry,
	"ramdisk.DriverEntry":  ramdisk.DriverEntry,
	"rtc.DriverEntry":      rtc.DriverEntry,
	"serial.DriverEntry":   serial.DriverEntry,
	"storahci.DriverEntry": storahci.DriverEntry,
	"stornvme.DriverEntry": stornvme.DriverEntry,
	"usbstor.DriverEntry":  usbstor.DriverEntry,
	"usbxhci.DriverEntry":  usbxhci.DriverEntry,
	"viostor.DriverEntry":  viostor.DriverEntry,
}

// Say has the drivers print their lines for who watches the console by f. The kernel calls it
// before it starts the first driver.
func Say(f func(string)) {
	pci.Say, disk.Say, storport.Say, fastfat.Say = f, f, f, f
}
