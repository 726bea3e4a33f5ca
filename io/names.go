package io

import (
	"gont/nt"
	"gont/ob"
)

// CreateSymbolicLink is IoCreateSymbolicLink: a permanent link from a path to a device's
// name. PASSIVE_LEVEL.
func CreateSymbolicLink(path, target string) nt.Status { return ob.CreateSymbolicLink(path, target) }

// DeleteSymbolicLink is IoDeleteSymbolicLink. PASSIVE_LEVEL.
func DeleteSymbolicLink(path string) nt.Status {
	o, s := ob.Lookup(nil, path, true, ob.LinkType)
	if !s.OK() {
		return s
	}
	o.MakeTemporary()
	o.Dereference()
	return nt.StatusSuccess
}
