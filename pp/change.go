package pp

import (
	"fmt"
	"slices"
	"strings"

	"gont/ex"
	"gont/io"
)

// Devices that come and go while the system runs.

// loaded are the drivers that serve devices, by the name of their service in lower case; started
// says that the drivers of the start have been loaded. treeLock guards them.
var (
	loaded  = map[string]*io.Driver{}
	started bool
)

// RelationsChanged is io.InvalidateDeviceRelations: a worker thread asks the bus for its devices
// again. PASSIVE_LEVEL.
func RelationsChanged(physical *io.Device) {
	ex.QueueWorkItem(ex.NewWorkItem(func(any) { Reenumerate(physical) }, nil), ex.DelayedWorkQueue)
}

// Reenumerate asks a bus for its devices: those that it does not tell of any more are removed, and
// new ones are started, if their driver is loaded. PASSIVE_LEVEL, without locks.
func Reenumerate(physical *io.Device) {
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	var n *Node
	root.walk(0, func(x *Node, _ int) bool {
		if x.physical == physical {
			n = x
		}
		return n == nil
	})
	if n == nil || n.State != Started {
		return
	}
	n.enumerate()
}

// enumerate asks a bus that works for its devices. treeLock is held exclusively.
func (n *Node) enumerate() {
	var r io.DeviceRelations
	if !io.PnpRequest(n.physical, io.QueryDeviceRelations, &r).OK() {
		return
	}
	known := map[*io.Device]bool{}
	for c := n.child; c != nil; {
		next := c.sibling
		if slices.Contains(r.Devices, c.physical) {
			known[c.physical] = true
		} else if c.physical != nil {
			c.remove()
		}
		c = next
	}
	n.refused = slices.DeleteFunc(n.refused, func(physical *io.Device) bool {
		known[physical] = true
		if slices.Contains(r.Devices, physical) {
			return false
		}
		io.PnpRequest(physical, io.RemoveDevice, nil)
		io.DeleteDevice(physical)
		return true
	})
	for _, physical := range r.Devices {
		if known[physical] {
			continue
		}
		if c := addPhysical(n, physical); c != nil {
			c.startIfLoaded()
		} else {
			n.refused = append(n.refused, physical)
		}
	}
}

// startIfLoaded starts a node whose driver is there.
func (n *Node) startIfLoaded() {
	if n.State != Found || n.Problem != NoProblem {
		return
	}
	if d := loaded[strings.ToLower(n.Service)]; d != nil && !d.Unloading() {
		n.start(d)
	} else if started {
		n.Problem = DriverMissing
		n.recordControl()
		Say(fmt.Sprintf("PnP: %s: %v (%s)", n.Path, n.Problem, n.Service))
	}
}

// remove takes a device out of the tree that its bus does not tell of any more, with all below it.
// Its driver hears of it. treeLock is held exclusively.
func (n *Node) remove() {
	for n.child != nil {
		n.child.remove()
	}
	io.PnpRequest(n.physical, io.SurpriseRemoval, nil)
	if s := io.PnpRequest(n.physical, io.RemoveDevice, nil); !s.OK() {
		Say(fmt.Sprintf("PnP: %s cannot be removed: %v", n.Path, s))
	}
	release(n)
	n.State, n.Problem = Removed, NotThere
	n.recordControl()
	for p := &n.parent.child; *p != nil; p = &(*p).sibling {
		if *p == n {
			*p = n.sibling
			break
		}
	}
	if !n.physical.HasUpper() { // else a driver keeps it
		io.DeleteDevice(n.physical)
	}
}
