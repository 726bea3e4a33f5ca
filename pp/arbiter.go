package pp

import (
	"gont/io"
	"gont/rtl"
)

// The arbiters: who has which ports, memory and interrupts. treeLock guards them.
var arbiters struct {
	ports, memory, interrupts, dma rtl.RangeList
}

// InitializeRangeLists is RtlInitializeRangeListPackage's part of P1.27: nobody has anything.
func InitializeRangeLists() {
	arbiters.ports, arbiters.memory, arbiters.interrupts, arbiters.dma = rtl.RangeList{}, rtl.RangeList{}, rtl.RangeList{}, rtl.RangeList{}
}

func arbiter(k io.ResourceKind) *rtl.RangeList {
	switch k {
	case io.PortResource:
		return &arbiters.ports
	case io.MemoryResource:
		return &arbiters.memory
	case io.InterruptResource:
		return &arbiters.interrupts
	}
	return &arbiters.dma
}

// span is a resource as a range; ok is false for one that has no end.
func span(r io.Resource, owner any) (rtl.Range, bool) {
	if r.Length == 0 || r.Start+r.Length-1 < r.Start {
		return rtl.Range{}, false
	}
	return rtl.Range{Start: r.Start, End: r.Start + r.Length - 1, Shared: r.Shared, Owner: owner}, true
}

// claim takes resources for an owner, all or none. conflict tells which one somebody else
// has, and who.
func claim(list []io.Resource, owner any) (conflict io.Resource, by any, ok bool) {
	for _, r := range list {
		x, sound := span(r, owner)
		if !sound {
			release(owner)
			return r, nil, false
		}
		if c, ok := arbiter(r.Kind).Add(x); !ok {
			release(owner)
			return r, c.Owner, false
		}
	}
	return io.Resource{}, nil, true
}

func release(owner any) {
	for _, k := range []io.ResourceKind{io.PortResource, io.MemoryResource, io.InterruptResource, io.DmaResource} {
		arbiter(k).DeleteOwner(owner)
	}
}
