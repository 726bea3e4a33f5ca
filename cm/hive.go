package cm

import (
	"gont/cm/regf"
	"gont/ke"
	"gont/nt"
)

// mu guards the registry.
var mu ke.FastMutex

// master is the hive of \Registry, \Registry\Machine and \Registry\User, whose subkeys are
// mounts of other hives. It is in no file. nil before InitSystem1.
var master *hive

// hive is a hive of the registry.
type hive struct {
	r     *regf.Hive
	busy  *busy
	nodes map[regf.Cell]*node // keys that somebody has open, and idle ones that nobody has
	idle  int
	exit  regf.Cell // its mount point, a key of master; NoCell for master itself
	// volatile hives are in no file; all their keys are volatile.
	volatile bool
	restored bool                // volatile, and made of a file: it can be unloaded
	mounts   map[regf.Cell]*hive // master's: hives by mount point
	// adopted are the bytes that the bins of a hive that was loaded lie in; pool.
	adopted []byte
	file    hiveFiles
	watches int // how many watches its nodes have
}

// node is a key that is open (KEY_CONTROL_BLOCK). There is one for all who have it open.
type node struct {
	hive    *hive
	cell    regf.Cell
	refs    int
	deleted bool
	dropped bool // it was idle, and is not its hive's node of the cell any more
	watches *watch
}

// mostIdle is how many nodes that nobody has open a hive keeps (delayed close): a key that is
// opened again soon needs no new one.
const mostIdle = 64

// node returns the node of a cell, with a reference. mu is held.
func (h *hive) node(c regf.Cell) *node {
	n := h.nodes[c]
	if n == nil {
		n = &node{hive: h, cell: c}
		h.nodes[c] = n
		n.refs++
		return n
	}
	n.reference()
	return n
}

// reference takes one more reference to a node that is its hive's. mu is held.
func (n *node) reference() {
	if n.refs == 0 {
		n.hive.idle--
	}
	n.refs++
}

// release gives a reference to a node back. mu is held.
func (n *node) release() {
	if n.refs--; n.refs > 0 || n.deleted {
		return
	}
	h := n.hive
	if h.idle++; h.idle > mostIdle {
		for c, x := range h.nodes {
			if x.refs == 0 {
				x.dropped = true
				delete(h.nodes, c)
			}
		}
		h.idle = 0
	}
}

// open returns how many keys of a hive somebody has open. mu is held.
func (h *hive) open() int { return len(h.nodes) - h.idle }

// gone marks a node as deleted. mu is held.
func (n *node) gone() {
	if n.refs == 0 {
		n.hive.idle--
	}
	n.deleted = true
	delete(n.hive.nodes, n.cell)
}

// inside goes from a mount point to the root of the hive that is mounted there. mu is held.
func inside(h *hive, c regf.Cell) (*hive, regf.Cell) {
	if h == master {
		if m := h.mounts[c]; m != nil {
			return m, m.r.Root()
		}
	}
	return h, c
}

// outside goes from a hive's root to its mount point, which has its name and its parent.
// mu is held.
func outside(h *hive, c regf.Cell) (*hive, regf.Cell) {
	if c == h.r.Root() && h != master {
		return master, h.exit
	}
	return h, c
}

// appendPath appends the full name of a key. mu is held.
func appendPath(u []uint16, h *hive, c regf.Cell) []uint16 {
	type step struct {
		h *hive
		c regf.Cell
	}
	var few [16]step
	steps := few[:0]
	for {
		h, c = outside(h, c)
		steps = append(steps, step{h, c})
		if c == h.r.Root() {
			break
		}
		c = h.r.Parent(c)
	}
	for i := len(steps) - 1; i >= 0; i-- {
		u = steps[i].h.r.AppendName(append(u, '\\'), steps[i].c)
	}
	return u
}

// now is the time that changed keys get.
func now() uint64 { return clock() }

// Host tests have their own.
var (
	clock              = ke.SystemTime
	memory regf.Memory = poolMemory{}
	poll               = ke.Poll
)

// pollNow lets other threads run. No locks.
func pollNow() { poll() }

// status is what services say of an error of a hive's.
func status(err error) nt.Status {
	switch err {
	case nil:
		return nt.StatusSuccess
	case regf.ErrNotFound:
		return nt.StatusObjectNameNotFound
	case regf.ErrExists:
		return nt.StatusObjectNameCollision
	case regf.ErrHasSubkeys, regf.ErrNoDelete:
		return nt.StatusCannotDelete
	case regf.ErrNotVolatile:
		return nt.StatusChildMustBeVolatile
	case regf.ErrNoMemory, regf.ErrFull:
		return nt.StatusInsufficientResources
	case regf.ErrNotHive:
		return nt.StatusNotRegistryFile
	}
	switch err.(type) {
	case *regf.Refusal:
		return nt.StatusRegistryCorrupt
	case *regf.FileError:
		return nt.StatusRegistryIoFailed
	}
	return nt.StatusInvalidParameter // ErrName, ErrTooDeep, ErrTooBig, ErrSecurity
}
