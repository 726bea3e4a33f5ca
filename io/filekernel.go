package io

import (
	"gont/ke"
	"gont/nt"
)

// RequestKernel sends a request of the kernel's to the file's device stack and waits for its
// end. fill sets the request's location: the major function and what belongs to it. moved,
// if not nil, gets the status block's Information. On a synchronous file the request waits
// for its turn as those of programs do. PASSIVE_LEVEL.
func (f *File) RequestKernel(fill func(*StackLocation), moved *uint64) nt.Status {
	if f.synchronous {
		if s := f.enter(); s != nt.StatusSuccess {
			return s
		}
		defer f.leave()
	}
	top, size := f.target.top()
	irp := ownRequest(size)
	irp.Mode, irp.File = ke.KernelMode, f
	l := irp.NextLocation()
	fill(l)
	l.File = f
	s := Synchronously(top, irp)
	if moved != nil {
		*moved = irp.IoStatus.Information
	}
	irp.release()
	return s
}

// RenameKernel gives the file another full name on its volume; replace says whether a file
// that has the name goes. The file must have been opened for Delete. The errors are Rename's.
// PASSIVE_LEVEL.
func (f *File) RenameKernel(name string, replace bool) nt.Status {
	t := &RenameTarget{Name: name, Replace: replace}
	o, s := f.renameDirectory(nil, t)
	if !s.OK() {
		return s
	}
	if o != nil {
		defer o.Dereference()
	}
	return f.RequestKernel(func(l *StackLocation) {
		l.Major, l.Code, l.Argument = SetInformation, nt.FileRenameInformationClass, t
	}, nil)
}
