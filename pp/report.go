package pp

import (
	"strings"

	"gont/io"
	"gont/nt"
)

// HARDWARE\RESOURCEMAP tells who has what (SPEC P1.27): class, driver, device.

// ReportResourceUsage is HalReportResourceUsage: what the kernel itself uses of the machine,
// under a name of the HAL's. Nobody else gets it from then on.
func ReportResourceUsage(hal string, list []io.Resource) nt.Status {
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	if _, _, ok := claim(list, hal); !ok {
		return nt.StatusConflictingAddresses
	}
	return reportAt(`Hardware Abstraction Layer`, hal, "", io.InternalBus, 0, list)
}

// ReportMemory tells of the machine's memory: `System Resources\Physical Memory`. It is
// claimed, so that no device gets it.
func ReportMemory(list []io.Resource) nt.Status {
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	if _, _, ok := claim(list, "memory"); !ok {
		return nt.StatusConflictingAddresses
	}
	return reportAt(`System Resources`, `Physical Memory`, "", io.InternalBus, 0, list)
}

// report tells of a started device.
func (n *Node) report() nt.Status {
	if len(n.Resources) == 0 {
		return nt.StatusSuccess
	}
	return reportAt(`PnP Manager`, `PnpManager`, strings.ReplaceAll(n.Path, `\`, "#"), n.Bus, n.BusNumber, n.Resources)
}

func reportAt(class, driver, prefix string, bus io.InterfaceType, number uint32, list []io.Resource) nt.Status {
	k, s := registry.create(resourcePath+`\`+class+`\`+driver, true)
	if !s.OK() {
		return s
	}
	defer k.Close()
	b := io.ResourceList(bus, number, list)
	if s = k.SetValue(prefix+".Raw", resourceList, b); s.OK() {
		s = k.SetValue(prefix+".Translated", resourceList, b)
	}
	return s
}
