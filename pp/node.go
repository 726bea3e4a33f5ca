package pp

import (
	"strings"

	"gont/ex"
	"gont/io"
	"gont/nt"
)

// Node is a device in the tree (DEVICE_NODE).
type Node struct {
	// Path is the device's key below Enum: enumerator, device, instance.
	Path string
	io.Identity
	Bus       io.InterfaceType
	BusNumber uint32
	Resources []io.Resource // that the firmware has given it
	Class     string        // by its service, "" unknown
	ClassGUID string
	Service   string // that serves it, "" none
	State     State
	Problem   Problem
	Status    nt.Status // of what has failed

	parent, child, sibling *Node
	physical               *io.Device
	driver                 *io.Driver
	refused                []*io.Device // that its bus has told of and that are left out
}

// State is how far a device has come.
type State uint8

// The states.
const (
	Found   State = iota // no driver
	Added                // AddDevice has been called
	Started              // works
	Removed              // is not there any more
)

func (s State) String() string {
	return [...]string{"found", "added", "started", "removed"}[s]
}

// Problem is why a device does not work; the values are NT's (CM_PROB_...).
type Problem uint32

// The problems.
const (
	NoProblem        Problem = 0
	NotConfigured    Problem = 1
	FailedStart      Problem = 10
	ResourceConflict Problem = 12
	Disabled         Problem = 22
	NotThere         Problem = 24
	FailedInstall    Problem = 28 // no driver is known
	FailedAdd        Problem = 31
	DriverMissing    Problem = 39
)

func (p Problem) String() string {
	switch p {
	case NoProblem:
		return ""
	case NotConfigured:
		return "not configured"
	case FailedStart:
		return "the device has not started"
	case ResourceConflict:
		return "another device has its resources"
	case Disabled:
		return "disabled"
	case NotThere:
		return "it is not there any more"
	case FailedInstall:
		return "no driver is known for it"
	case FailedAdd:
		return "the driver refuses it"
	case DriverMissing:
		return "its driver is not loaded"
	}
	return "unknown"
}

var (
	treeLock *ex.Resource
	root     *Node
)

// InitSystem0 makes the tree's lock and its root (SPEC P0.18).
func InitSystem0() nt.Status {
	treeLock = ex.NewResource()
	loaded, started = map[string]*io.Driver{}, false
	root = &Node{Path: `HTREE\ROOT\0`, Identity: io.Identity{DeviceID: `HTREE\ROOT`, InstanceID: "0"}, State: Started}
	if treeLock.AcquireExclusive(false) {
		treeLock.Release()
		return nt.StatusSuccess
	}
	return nt.StatusUnsuccessful
}

// add appends a node below parent. treeLock is held exclusively.
func (n *Node) add(parent *Node) {
	n.parent = parent
	p := &parent.child
	for *p != nil {
		p = &(*p).sibling
	}
	*p = n
}

// find returns the node with a path, nil if there is none. treeLock is held.
func find(path string) (found *Node) {
	root.walk(0, func(n *Node, _ int) bool {
		if strings.EqualFold(n.Path, path) {
			found = n
		}
		return found == nil
	})
	return found
}

// walk calls f for a node and all below it, parents first, until f returns false. The tree
// is as deep as bridges are: 256 at most.
func (n *Node) walk(depth int, f func(n *Node, depth int) bool) bool {
	if !f(n, depth) {
		return false
	}
	for c := n.child; c != nil; c = c.sibling {
		if !c.walk(depth+1, f) {
			return false
		}
	}
	return true
}

// Information is what Devices tells of a node.
type Information struct {
	Path, Description, Service string
	Depth                      int
	State                      State
	Problem                    Problem
	Status                     nt.Status
	Resources                  []io.Resource
}

// Devices lists the tree, parents before their children.
func Devices() (list []Information) {
	treeLock.AcquireShared(true)
	defer treeLock.Release()
	root.walk(0, func(n *Node, depth int) bool {
		list = append(list, Information{n.Path, n.Description, n.Service, depth, n.State, n.Problem, n.Status, n.Resources})
		return true
	})
	return list
}
