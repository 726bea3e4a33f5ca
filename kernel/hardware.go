//go:build kernel

package main

import (
	"fmt"
	"unsafe"

	"gont/arc"
	"gont/cm"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/nt"
)

// firmware is what the firmware has in its own memory, which nobody maps after P0.10.
var firmware struct {
	biosDate string
	smbios   cm.Firmware
}

// mostSmbios is how much of the SMBIOS structures is read, in bytes.
const mostSmbios = 64 << 10

// readFirmware takes over what the firmware says of itself (part of P0.1).
func readFirmware(e *arc.LoaderParameterExtension) {
	firmware.biosDate = cm.BiosDate(unsafe.Slice((*byte)(hal.Phys(0xFFFF5)), 8))
	if n := min(uint64(e.SmbiosLength), mostSmbios); e.SmbiosTable != 0 && n > 0 && e.SmbiosTable < e.HighestRam {
		firmware.smbios = cm.ReadFirmware(unsafe.Slice((*byte)(hal.Phys(e.SmbiosTable)), n))
	}
}

// describeHardware fills HARDWARE\DESCRIPTION (part of P1.22): the loader's tree, and what the
// kernel knows of the processors.
func describeHardware() nt.Status {
	tree, ok := loaderReader.Components(hal.LoaderBlock().ConfigurationRoot)
	if tree != nil {
		if s := cm.SetComponents(tree); !s.OK() {
			return s
		}
	}
	if !ok && hal.LoaderBlock().ConfigurationRoot != 0 {
		dbgprint.Line("P1.22: the loader's hardware tree is damaged; what could be read of it is taken")
	}
	p := hal.IdentifyProcessor()
	tsc, _ := hal.Frequencies()
	m := cm.Machine{Identifier: "AT/AT COMPATIBLE", SystemBiosDate: firmware.biosDate, Firmware: firmware.smbios}
	for range ke.Processors() {
		m.Processors = append(m.Processors, cm.Processor{Identifier: fmt.Sprintf("AMD64 Family %d Model %d Stepping %d", p.Family, p.Model, p.Stepping),
			VendorIdentifier: p.Vendor, Name: p.Brand, MHz: uint32(tsc / 1_000_000), FeatureSet: p.FeatureEDX})
	}
	return cm.SetMachine(m)
}
