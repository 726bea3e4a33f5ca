package io

import (
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// The I/O manager's object types (SPEC P1.11); IoCompletion is ex's. Bodies are
// *Driver, *Device, *Controller, *Adapter and *File.
var DriverType, DeviceType, ControllerType, AdapterType, FileType *ob.Type

// CreateTypes makes the types (SPEC P1.11), and connects the ends of threads.
func CreateTypes() nt.Status {
	all := nt.StandardAll | 0x1FF
	generic := [4]nt.AccessMask{nt.FileGenericRead, nt.FileGenericWrite, nt.FileGenericExecute, nt.FileAllAccess}
	for _, c := range []struct {
		p *(*ob.Type)
		t ob.Type
	}{
		{&AdapterType, ob.Type{Name: "Adapter"}},
		{&ControllerType, ob.Type{Name: "Controller"}},
		{&DeviceType, ob.Type{Name: "Device", Parse: parseDevice}},
		{&DriverType, ob.Type{Name: "Driver", Delete: deleteDriver}},
		{&FileType, ob.Type{Name: "File", Waitable: true, Parse: parseFile, AnyName: true, Close: closeFile, Delete: deleteFile, QueryName: queryFileName}},
	} {
		c.t.Valid, c.t.Generic = all, generic
		var s nt.Status
		if *c.p, s = ob.CreateType(c.t); !s.OK() {
			return s
		}
	}
	ps.EndIo = endThreadIo
	return nt.StatusSuccess
}
