//go:build kernel

package main

import (
	"gont/hal"
	"gont/io"
	"gont/kd/dbgprint"
	"gont/mm"
	"gont/nt"
	"gont/pp"
)

// PnP: the tree of devices, and who has what of the machine.

// reportResources: the lists of ranges, and what the HAL uses (SPEC P1.27).
func reportResources() nt.Status {
	pp.InitializeRangeLists()
	if s := pp.ReportResourceUsage(hal.KindName(), pp.HalResources()); !s.OK() {
		return s
	}
	var memory []io.Resource
	for _, r := range mm.Installed(loader.runs) {
		memory = append(memory, io.Resource{Kind: io.MemoryResource, Start: r.Base << mm.PageShift, Length: r.Size << mm.PageShift})
	}
	return pp.ReportMemory(memory)
}

// ppInitSystem1: the devices that no bus tells of (SPEC P1.29).
func ppInitSystem1() nt.Status {
	pp.Say = dbgprint.Line
	connectDevices()
	io.Started, io.RelationsChanged = pp.DriverLoaded, pp.RelationsChanged
	return pp.InitSystem1()
}
