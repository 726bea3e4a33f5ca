package fastfat

import (
	"strings"
	"time"
	"unsafe"

	"gont/fs/fat"
	"gont/fsrtl"
	"gont/io"
	"gont/io/oplock"
	"gont/nt"
)

// setInformation serves SetInformation.
func (v *volume) setInformation(irp *io.IRP) nt.Status {
	c, l := of(irp), irp.Location()
	if c == nil || c.fcb == nil {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if l.Code == nt.FileRenameInformationClass {
		if s := c.fcb.breakOplock(irp, oplock.Rename); !s.OK() {
			return done(irp, s, 0)
		}
	}
	// Who changes names keeps out who opens and closes.
	names := l.Code == nt.FileRenameInformationClass || l.Code == nt.FileDispositionInformationClass
	if names {
		v.opens.Lock()
		defer v.opens.Unlock()
	}
	s := nt.Status(nt.StatusSuccess)
	if l.Code == nt.FileEndOfFileInformationClass || l.Code == nt.FileAllocationInformationClass {
		s = c.enterFor(irp, true, oplock.Resize)
	} else {
		s = c.enter(true)
	}
	if !s.OK() {
		return done(irp, s, 0)
	}
	s, filter := v.set(irp, c)
	c.leave()
	v.lazy.note()
	if s.OK() && filter != 0 {
		v.report(c.fcb.node, filter, fsrtl.ActionModified)
	}
	return done(irp, s, 0)
}

// set changes what the class says, and returns what those that watch are told.
func (v *volume) set(irp *io.IRP, c *ccb) (s nt.Status, filter uint32) {
	n := c.fcb.node
	switch irp.Location().Code {
	case nt.FileBasicInformationClass:
		var b nt.FileBasicInformation
		if s := input(irp, &b); !s.OK() {
			return s, 0
		}
		return setBasic(n, &b)
	case nt.FileDispositionInformationClass:
		var on uint8
		if s := input(irp, &on); !s.OK() {
			return s, 0
		}
		if on != 0 && !c.fcb.inUse().OK() {
			return nt.StatusCannotDelete, 0 // a program runs it or maps it
		}
		return status(n.SetDelete(on != 0)), 0
	case nt.FileEndOfFileInformationClass, nt.FileAllocationInformationClass:
		var size int64
		switch s := input(irp, &size); {
		case !s.OK():
			return s, 0
		case size < 0 || n.IsDirectory():
			return nt.StatusInvalidParameter, 0
		case irp.Location().Code == nt.FileAllocationInformationClass:
			if uint64(size) < n.Size() {
				return c.fcb.setSize(uint64(size)), nt.FileNotifyChangeSize
			}
			return status(n.SetAllocation(uint64(size))), nt.FileNotifyChangeSize
		}
		return c.fcb.setSize(uint64(size)), nt.FileNotifyChangeSize
	case nt.FileRenameInformationClass:
		t, ok := irp.Location().Argument.(*io.RenameTarget)
		if !ok {
			return nt.StatusInvalidParameter, 0
		}
		return v.rename(c, t), 0
	case nt.FileLinkInformationClass:
		return nt.StatusInvalidDeviceRequest, 0 // a file of FAT has one name
	}
	return nt.StatusInvalidParameter, 0
}

// input reads a request's value.
func input[T any](irp *io.IRP, v *T) nt.Status {
	n := unsafe.Sizeof(*v)
	if uintptr(len(irp.SystemBuffer)) < n || uintptr(irp.Location().Length) < n {
		return nt.StatusInfoLengthMismatch
	}
	copy(bytesOf(v), irp.SystemBuffer)
	return nt.StatusSuccess
}

// setBasic changes times and attributes. A time of 0 or -1 stays.
func setBasic(n *fat.Node, b *nt.FileBasicInformation) (nt.Status, uint32) {
	a, filter := b.FileAttributes, uint32(0)
	if a&nt.FileAttributeDirectory != 0 && !n.IsDirectory() || a&^nt.FileAttributeValid != 0 {
		return nt.StatusInvalidParameter, 0
	}
	if a != 0 {
		filter |= nt.FileNotifyChangeAttributes
		if a &= nt.FileAttributeReadOnly | nt.FileAttributeHidden | nt.FileAttributeSystem | nt.FileAttributeArchive; a == 0 {
			a = nt.FileAttributeNormal
		}
	}
	var t fat.Times
	for _, x := range []struct {
		from   int64
		to     *time.Time
		filter uint32
	}{{b.CreationTime, &t.Created, nt.FileNotifyChangeCreation}, {b.LastAccessTime, &t.Accessed, nt.FileNotifyChangeLastAccess},
		{b.LastWriteTime, &t.Written, nt.FileNotifyChangeLastWrite}} {
		switch {
		case x.from < -1:
			return nt.StatusInvalidParameter, 0
		case x.from > 0:
			*x.to = fromSystem(x.from)
			filter |= x.filter
		}
	}
	if b.ChangeTime < -1 {
		return nt.StatusInvalidParameter, 0
	}
	if filter == 0 {
		return nt.StatusSuccess, 0
	}
	return status(n.SetInfo(a, t)), filter
}

// rename gives a file another name. A directory in which something is open keeps its name. opens
// and the file's resource are held.
func (v *volume) rename(c *ccb, t *io.RenameTarget) nt.Status {
	n := c.fcb.node
	var dir *fat.Node
	if t.Directory != nil {
		d, _ := t.Directory.Context2.(*ccb)
		switch {
		case d == nil || d.fcb == nil || !d.fcb.node.IsDirectory():
			return nt.StatusInvalidParameter
		case d.cleaned:
			return nt.StatusFileClosed
		}
		dir = d.fcb.node
	}
	old := n.Path()
	if n.IsDirectory() {
		for x := range v.files {
			if x.handles > 0 && strings.HasPrefix(x.node.Path(), old+`\`) {
				return nt.StatusAccessDenied
			}
		}
	}
	if t.Replace {
		if s := v.evictNamed(dir, t.Name); !s.OK() {
			return s
		}
	}
	if err := n.Rename(dir, t.Name, t.Replace); err != nil {
		return status(err)
	}
	if now := n.Path(); now != old {
		filter := nameFilter(n)
		if before, after := strings.LastIndexByte(old, '\\'), strings.LastIndexByte(now, '\\'); old[:before] == now[:after] {
			v.notify.Report(old, filter, fsrtl.ActionRenamedOldName)
			v.notify.Report(now, filter, fsrtl.ActionRenamedNewName)
		} else {
			v.notify.Report(old, filter, fsrtl.ActionRemoved)
			v.notify.Report(now, filter, fsrtl.ActionAdded)
		}
	}
	return nt.StatusSuccess
}
