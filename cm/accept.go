package cm

import "gont/nt"

// Conditions of NtInitializeRegistry.
const (
	bootSessionManager = 0
	bootSetup          = 1
	bootAccepted       = 2 // and up: the number of the control set that Clone becomes
)

// initialized says what NtInitializeRegistry has been told; mu guards it.
var initialized struct{ session, accepted bool }

// InitializeRegistry is NtInitializeRegistry's work. The session manager says once that it is
// there: hives whose files can be had now are connected already, so nothing else is done.
// When the start is accepted, which is said once, Clone becomes control set number
// condition - 2, and Select\LastKnownGood its number (SPEC S7); the number must be of no
// control set that Select names. STATUS_ACCESS_DENIED the second time.
func InitializeRegistry(condition uint32) nt.Status {
	if master == nil || condition > bootAccepted+999 {
		return nt.StatusInvalidParameter
	}
	mu.Lock()
	done := &initialized.session
	if condition >= bootAccepted {
		done = &initialized.accepted
	}
	if *done {
		mu.Unlock()
		return nt.StatusAccessDenied
	}
	*done = true
	mu.Unlock()
	if condition < bootAccepted {
		return nt.StatusSuccess
	}
	s := acceptBoot(condition - bootAccepted)
	if !s.OK() {
		mu.Lock()
		initialized.accepted = false // it may be tried again with another number
		mu.Unlock()
	}
	return s
}

// acceptBoot copies Clone to a control set.
func acceptBoot(set uint32) nt.Status {
	if set == 0 {
		return nt.StatusInvalidParameter
	}
	system, s := OpenKey(systemKey)
	if !s.OK() {
		return s
	}
	defer system.Close()
	sel, s := system.Create("Select", false)
	if !s.OK() {
		return s
	}
	defer sel.Close()
	for _, name := range []string{"Current", "Default", "LastKnownGood", "Failed"} {
		if n, ok := sel.Uint32(name); ok && n == set {
			return nt.StatusInvalidParameter
		}
	}
	if s := system.removeOld(controlSetName(set)); !s.OK() {
		return s
	}
	from, s := system.Open("Clone")
	if !s.OK() {
		return s
	}
	defer from.Close()
	to, s := system.Create(controlSetName(set), false)
	if !s.OK() {
		return s
	}
	defer to.Close()
	if s := copyKey(from, to); !s.OK() {
		to.DeleteTree()
		return s
	}
	return sel.SetUint32("LastKnownGood", set)
}

// copyKey copies what a key holds to another one of the same hive, which is empty: of a
// volatile key all, of another what is not volatile.
func copyKey(from, to *Key) nt.Status {
	if s := to.lock(true); !s.OK() {
		return s
	}
	h := to.node.hive
	h.begin(true)
	mu.Unlock()
	var err error
	if c := from.node.cell; c.Volatile() {
		err = h.r.CopyVolatile(c, h.r, to.node.cell)
	} else {
		err = h.r.CopyTree(c, h.r, to.node.cell, false)
	}
	h.end()
	return status(err)
}
