package ps

import (
	"gont/mm"
	"gont/nt"
)

// VMCounters is the process's VM_COUNTERS_EX.
func (p *Process) VMCounters() *nt.VMCountersEx {
	v := &nt.VMCountersEx{}
	if p.Space != nil {
		u := p.Space.Use()
		v.VirtualSize, v.PeakVirtualSize, v.PageFaultCount = u.Size, u.PeakSize, uint32(u.Faults)
		v.WorkingSetSize, v.PeakWorkingSetSize = u.Pages*mm.PageSize, u.PeakPages*mm.PageSize
		now, peak := p.Space.Commit()
		v.PagefileUsage, v.PeakPagefileUsage = now*mm.PageSize, peak*mm.PageSize
		v.PrivateUsage = v.PagefileUsage
	}
	return v
}
