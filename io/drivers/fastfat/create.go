package fastfat

import (
	"gont/ex"
	"gont/fs/fat"
	"gont/fsrtl"
	"gont/io"
	"gont/io/oplock"
	"gont/nt"
)

// create serves Create: opens or makes a file.
func (v *volume) create(irp *io.IRP) nt.Status {
	var action uint32
	var s nt.Status
	for {
		v.opens.Lock()
		action, s = v.open(irp.Location())
		b := v.breaking
		v.breaking = nil
		v.opens.Unlock()
		if b == nil {
			break
		}
		apply(b.effect)
		if s != nt.StatusOplockBreakInProgress || irp.Location().Options&nt.FileCompleteIfOplocked != 0 {
			b.forget()
			break
		}
		if s = b.wait(irp.Mode); !s.OK() {
			break
		}
	}
	if action != nt.FileOpened && s.OK() {
		v.lazy.note()
	}
	return done(irp, s, uint64(action))
}

// open finds out what is to be opened. opens is held.
//
// Where an oplock is in the way v.breaking is the break that has begun; without FILE_COMPLETE_IF_OPLOCKED the status is
// STATUS_OPLOCK_BREAK_IN_PROGRESS, nothing is open, and the caller tries again at the break's end.
func (v *volume) open(l *io.StackLocation) (action uint32, s nt.Status) {
	f := l.File
	switch {
	case v.gone:
		return 0, nt.StatusVolumeDismounted
	case v.locked != nil:
		return 0, nt.StatusAccessDenied
	case l.Options&nt.FileOpenByFileID != 0:
		return v.openByID(l)
	}
	var dir *fat.Node
	if f.Related != nil {
		r, _ := f.Related.Context2.(*ccb)
		switch {
		case r == nil || r.cleaned:
			return 0, nt.StatusFileClosed
		case r.fcb == nil && f.Name != "":
			return 0, nt.StatusInvalidParameter
		case r.fcb != nil && !r.fcb.node.IsDirectory():
			return 0, nt.StatusInvalidParameter
		case r.fcb != nil:
			dir = r.fcb.node
		}
	}
	if dir == nil && f.Name == "" {
		return v.openVolume(l)
	}
	return v.openFile(l, dir, f.Name)
}

// openByID opens the file with an id (fat.Info.ID), which the file object's name carries. What the name begins at says which volume is
// meant, and nothing more: it may be the volume itself or any file. opens is held.
//
// STATUS_INVALID_PARAMETER where the name is no id, and where nothing has the id. What is opened is renamed and deleted as if it had been
// opened by its name: NTFS refuses that, where a file may have several, and FAT has one.
func (v *volume) openByID(l *io.StackLocation) (uint32, nt.Status) {
	if f := l.File; f.Related != nil {
		if r, _ := f.Related.Context2.(*ccb); r == nil || r.cleaned {
			return 0, nt.StatusFileClosed
		}
	}
	id, ok := l.File.FileID()
	if !ok {
		return 0, nt.StatusInvalidParameter
	}
	n, err := v.fs.ByID(id)
	if err != nil {
		return 0, status(err)
	}
	action, s := v.openFile(l, n, "")
	n.Release()
	return action, s
}

// openVolume opens the volume as a whole.
func (v *volume) openVolume(l *io.StackLocation) (uint32, nt.Status) {
	switch {
	case l.Options&nt.FileDirectoryFile != 0:
		return 0, nt.StatusNotADirectory
	case l.Options&nt.FileDeleteOnClose != 0:
		return 0, nt.StatusCannotDelete
	case l.Disposition != nt.FileOpen && l.Disposition != nt.FileOpenIf:
		return 0, nt.StatusAccessDenied
	}
	c := &ccb{access: rights(l.DesiredAccess), share: l.ShareAccess}
	if s := v.share.Check(c.access, c.share); !s.OK() {
		return 0, s
	}
	v.share.Add(c.access, c.share)
	v.handles++
	l.File.Context2 = c
	return nt.FileOpened, nt.StatusSuccess
}

// rights are those that an open really asks for.
func rights(access nt.AccessMask) nt.AccessMask {
	if access&nt.MaximumAllowed != 0 {
		access |= nt.FileAllAccess
	}
	return access
}

// writing are the rights that a file which may only be read does not give.
const writing = nt.FileWriteData | nt.FileAppendData

// openFile opens or makes the file or directory with a name below dir, nil being the root; "" is dir, which may be a file then.
func (v *volume) openFile(l *io.StackLocation, dir *fat.Node, name string) (uint32, nt.Status) {
	f := l.File
	c := v.newCcb()
	c.access, c.share, c.deleteOnClose = rights(l.DesiredAccess), l.ShareAccess, l.Options&nt.FileDeleteOnClose != 0
	// What the disposition does to a file counts as a use of it.
	uses := c.access
	switch l.Disposition {
	case nt.FileSupersede:
		uses |= nt.Delete
	case nt.FileOverwrite, nt.FileOverwriteIf:
		uses |= nt.FileWriteData
	}
	o := &v.opener
	o.l, o.c, o.uses = l, c, uses
	n, action, err := v.fs.Open(dir, name, fat.OpenOptions{Disposition: l.Disposition, Options: l.Options, Attributes: l.FileAttributes, Check: o.ask})
	o.l, o.c = nil, nil
	if err != nil {
		if s := status(err); s == nt.StatusSharingViolation && v.breaking != nil && v.breaking.batch {
			return nt.FileOpBatchBreakUnderway, s
		}
		return action, status(err)
	}
	if s := v.room(n, l, action); !s.OK() {
		return 0, s
	}
	x := fcbOf(n)
	if x == nil {
		x = &fcb{volume: v, node: n, resource: ex.NewResource(), mapping: ex.NewFastMutex()}
		v.add(x)
	} else if x.handles == 0 {
		v.unkeep(x)
	}
	if m := x.cache.Load(); m != nil && action != nt.FileOpened {
		m.Area.ForgetImage()
		m.SetSize(x.node.Size()) // it is empty
	}
	x.share.Add(c.access, c.share)
	x.handles++
	v.handles++
	c.fcb = x
	f.Context, f.Context2 = x, c
	switch action {
	case nt.FileCreated:
		v.report(n, nameFilter(n), fsrtl.ActionAdded)
	case nt.FileOverwritten, nt.FileSuperseded:
		v.report(n, nt.FileNotifyChangeSize|nt.FileNotifyChangeLastWrite|nt.FileNotifyChangeAttributes, fsrtl.ActionModified)
	}
	if v.breaking != nil && v.breaking.done != nil {
		return action, nt.StatusOplockBreakInProgress
	}
	return action, nt.StatusSuccess
}

// room gives a file that is new or empty the clusters that were asked for. When there are none
// the open fails, and a new file goes again.
func (v *volume) room(n *fat.Node, l *io.StackLocation, action uint32) nt.Status {
	if l.ByteOffset == 0 || action == nt.FileOpened || n.IsDirectory() {
		return nt.StatusSuccess
	}
	err := n.SetAllocation(uint64(l.ByteOffset))
	if err == nil {
		return nt.StatusSuccess
	}
	if action == nt.FileCreated {
		n.SetDelete(true)
	}
	n.Close()
	return status(err)
}

// nameFilter is what a change of the node's name is called.
func nameFilter(n *fat.Node) uint32 {
	if n.IsDirectory() {
		return nt.FileNotifyChangeDirName
	}
	return nt.FileNotifyChangeFileName
}

// cleanup serves Cleanup: the last handle of a file object has gone, and with the last one of a
// file that is to be deleted, the file.
func (v *volume) cleanup(irp *io.IRP) nt.Status {
	f, c := irp.Location().File, of(irp)
	if c == nil {
		return done(irp, nt.StatusSuccess, 0)
	}
	v.opens.Lock()
	v.handles--
	if v.locked == f {
		v.unlock()
	}
	if c.fcb == nil {
		c.cleaned = true
		v.share.Remove(c.access, c.share)
		v.opens.Unlock()
		return done(irp, nt.StatusSuccess, 0)
	}
	x := c.fcb
	var broken oplock.Effect
	o := x.oplocks.Load()
	if o != nil {
		o.lock.Lock()
		broken = o.o.Cleanup(f)
		o.lock.Unlock()
	}
	x.locks.UnlockFile(f)
	v.notify.Cleanup(f)
	if !f.Synchronous() {
		driver.posts.queue.CancelFile(f)
	}
	x.resource.AcquireExclusive(true)
	c.cleaned = true
	x.settleTimes()
	if c.deleteOnClose {
		x.node.SetDelete(true) // a directory that is not empty stays
	}
	x.share.Remove(c.access, c.share)
	x.handles--
	path := ""
	filter := nameFilter(x.node)
	if x.handles == 0 {
		x.oplocks.Store(nil)
		if x.node.Doomed() {
			path = x.node.Path()
		}
		switch {
		case x.cache.Load() == nil:
			v.remove(x)
		case path != "" || v.gone:
			v.remove(x)
			x.dropCache()
			x.node.Unlink() // sections may use it
		default:
			x.node.Trim()
			v.keep(x)
		}
	}
	s := status(x.node.Close())
	x.resource.Release()
	v.opens.Unlock()
	if o != nil {
		apply(broken)
	}
	if path != "" && s.OK() {
		v.notify.Report(path, filter, fsrtl.ActionRemoved)
	}
	if v.fs.Changed() {
		v.lazy.note()
	}
	return done(irp, s, 0)
}

// close serves Close: nobody references the file object any more.
func (v *volume) close(irp *io.IRP) nt.Status {
	f, c := irp.Location().File, of(irp)
	f.Context, f.Context2 = nil, nil
	if c != nil {
		*c = ccb{}
		v.spare.Store(c)
	}
	return done(irp, nt.StatusSuccess, 0)
}
