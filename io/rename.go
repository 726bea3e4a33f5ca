package io

import (
	"strings"

	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// RenameTarget is what SetInformation of FileRenameInformation carries as Argument: the file is
// to be called Name, in Directory, or where it is if that is nil.
type RenameTarget struct {
	Directory *File // open, of the same volume
	Name      string
	Replace   bool
}

// Rename is NtSetInformationFile's work for FileRenameInformation: name is one that begins at
// root, a directory, or with a backslash at the root of the namespace, or else a name in the
// directory where the file is. STATUS_NOT_SAME_DEVICE for another volume. PASSIVE_LEVEL.
func (f *File) Rename(r *Request, root *ob.Object, name string, replace bool) nt.Status {
	t := &RenameTarget{Name: name, Replace: replace}
	o, s := f.renameDirectory(root, t)
	if !s.OK() {
		r.drop()
		return s
	}
	if o != nil {
		defer o.Dereference()
	}
	irp, l, s := begin(r, f, SetInformation)
	if s != nt.StatusSuccess {
		return s
	}
	l.Code, l.Argument = nt.FileRenameInformationClass, t
	return irp.send(l)
}

// renameDirectory opens the directory that the new name is in (SL_OPEN_TARGET_DIRECTORY, in
// kind): t gets it, and the last part of the name. The caller dereferences the object.
func (f *File) renameDirectory(root *ob.Object, t *RenameTarget) (*ob.Object, nt.Status) {
	at := strings.LastIndexByte(t.Name, '\\')
	if root == nil && at < 0 {
		return nil, nt.StatusSuccess
	}
	o, s := root, nt.Status(nt.StatusSuccess)
	if at >= 0 {
		p := &OpenPacket{Access: nt.FileWriteData | nt.Synchronize, Disposition: nt.FileOpen, Options: nt.FileDirectoryFile,
			ShareAccess: nt.FileShareValid, Mode: ke.UserMode}
		o, s = ob.OpenByName(root, t.Name[:at+1], true, FileType, p)
		if s == nt.StatusObjectNameNotFound {
			s = nt.StatusObjectPathNotFound
		}
		if !s.OK() {
			return nil, s
		}
		t.Name = t.Name[at+1:]
	} else {
		o.Reference()
	}
	d, ok := o.Body.(*File)
	switch {
	case !ok:
		s = nt.StatusObjectTypeMismatch
	case d.target != f.target:
		s = nt.StatusNotSameDevice
	default:
		t.Directory = d
		return o, s
	}
	o.Dereference()
	return nil, s
}
