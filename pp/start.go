package pp

import (
	"fmt"
	"strings"

	"gont/io"
	"gont/nt"
)

// Say prints a line for who watches the boot; the kernel sets it.
var Say = func(string) {}

// AddPhysical puts a device that a bus has found into the tree and the registry: physical
// answers for it. It returns nil, and says so, for one that cannot be believed, or that is
// there already. treeLock is held exclusively.
func addPhysical(parent *Node, physical *io.Device) *Node {
	n := &Node{physical: physical}
	if s := io.PnpRequest(physical, io.QueryId, &n.Identity); !s.OK() || !sound(&n.Identity) {
		Say(fmt.Sprintf("PnP: a device below %s has no sound name (%q, %q): it is left out", parent.Path, n.DeviceID, n.InstanceID))
		return nil
	}
	n.Path = n.DeviceID + `\` + n.InstanceID
	if find(n.Path) != nil {
		Say("PnP: there is a second " + n.Path + ", which is left out")
		return nil
	}
	var a io.ResourceAnswer
	if io.PnpRequest(physical, io.QueryResources, &a).OK() {
		n.Bus, n.BusNumber, n.Resources = a.Bus, a.Number, a.Resources
	}
	if s := n.record(); !s.OK() {
		Say(fmt.Sprintf("PnP: %s cannot be written to the registry: %v", n.Path, s))
		n.Status = s
	}
	n.add(parent)
	return n
}

// DriverLoaded starts every device that a driver's service serves. The kernel calls it when
// a driver's DriverEntry has returned with success (SPEC P1.34).
func DriverLoaded(d *io.Driver) {
	if d.AddDevice == nil {
		return
	}
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	loaded[strings.ToLower(d.Name)] = d
	var list []*Node
	root.walk(0, func(n *Node, _ int) bool {
		if n.State == Found && n.physical != nil && n.Problem == NoProblem && strings.EqualFold(n.Service, d.Name) {
			list = append(list, n)
		}
		return true
	})
	for _, n := range list {
		n.start(d)
	}
}

// start gives a node to a driver. treeLock is held exclusively, over all that drivers do
// meanwhile: they do not come back here.
func (n *Node) start(d *io.Driver) {
	n.driver = d
	if r, by, ok := claim(n.Resources, n); !ok {
		n.Problem = ResourceConflict
		who := ""
		switch x := by.(type) {
		case *Node:
			who = " is " + x.Path + "'s"
		case string:
			who = " is used by " + x
		default:
			who = " cannot be"
		}
		Say(fmt.Sprintf("PnP: %s is not started: %v%s", n.Path, r, who))
		n.recordControl()
		return
	}
	s := d.AddDevice(d, n.physical)
	if !s.OK() {
		n.fail(FailedAdd, s)
		return
	}
	for _, v := range d.Devices() {
		v.Ready()
	}
	n.State = Added
	s = io.PnpRequest(n.physical, io.StartDevice, &io.StartParameters{Resources: n.Resources})
	if !s.OK() {
		io.PnpRequest(n.physical, io.RemoveDevice, nil)
		n.fail(FailedStart, s)
		return
	}
	for _, v := range d.Devices() {
		v.Ready()
	}
	n.State = Started
	n.recordControl()
	n.report()
	n.enumerate()
}

func (n *Node) fail(p Problem, s nt.Status) {
	n.State, n.Problem, n.Status = Found, p, s
	release(n)
	n.recordControl()
	Say(fmt.Sprintf("PnP: %s: %v (%v)", n.Path, p, s))
}

// Missing marks the devices whose service has not been started when the drivers have:
// what is left has the problem "no driver loaded".
func Missing() {
	treeLock.AcquireExclusive(true)
	defer treeLock.Release()
	started = true
	root.walk(0, func(n *Node, _ int) bool {
		if n.State == Found && n.physical != nil && n.Problem == NoProblem {
			n.Problem = DriverMissing
			n.recordControl()
		}
		return true
	})
}
