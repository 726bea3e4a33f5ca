package fat

import (
	"strings"

	"gont/nt"
)

// OpenOptions say how a file is opened (NtCreateFile).
type OpenOptions struct {
	// Disposition is nt.FileOpen and its kind.
	Disposition uint32
	// Options: nt.FileDirectoryFile and nt.FileNonDirectoryFile count.
	Options uint32
	// Attributes of a file that is made or overwritten.
	Attributes uint32
	// Check, if not nil, is asked with the lock held before anything is changed, for a
	// file that exists, with its attributes: share modes are its business. Its error is Open's.
	Check func(n *Node, attributes uint32) error
}

// Open opens the file that path leads to from directory dir (nil: the root), components
// separated by backslashes, and makes or empties it as the disposition says; "" leads to dir itself,
// which may be a file. It returns the node, which the caller has to Close, and what was done
// (nt.FileOpened and its kind).
//
// Errors: STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND, _COLLISION, _INVALID,
// STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_DELETE_PENDING,
// STATUS_ACCESS_DENIED, STATUS_DISK_FULL, STATUS_CANNOT_MAKE, and those of a damaged volume
// or device.
func (v *Volume) Open(dir *Node, path string, o OpenOptions) (*Node, uint32, error) {
	v.lock.Lock()
	n, action, err := v.open(dir, path, &o)
	v.lock.Unlock()
	return n, action, err
}

// open is Open with the lock held. It may change the options.
func (v *Volume) open(dir *Node, path string, o *OpenOptions) (*Node, uint32, error) {
	if v.gone {
		return nil, 0, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	if o.Disposition > nt.FileOverwriteIf {
		return nil, 0, fail(nt.StatusInvalidParameter, "disposition %d", o.Disposition)
	}
	root := dir == nil
	if root {
		if n := v.last.find(path, v.names); n != nil {
			n.reference()
			return v.openNode(n, o)
		}
		dir = v.root
	}
	whole := path
	if dir.removed || dir.doomed {
		return nil, 0, fail(nt.StatusDeletePending, "directory %s is deleted", dir.name)
	}
	if path != "" && path[0] == '\\' {
		path = path[1:]
	}
	if n := len(path); n > 0 && path[n-1] == '\\' {
		path, root = path[:n-1], false
		if o.Options&nt.FileNonDirectoryFile != 0 {
			return nil, 0, fail(nt.StatusObjectNameInvalid, "%q names a directory", path)
		}
		o.Options |= nt.FileDirectoryFile
	}
	dir.reference()
	dir, name, err := v.walk(dir, path)
	if err != nil {
		return nil, 0, err
	}
	n, action, err := v.openIn(dir, name, o)
	dir.dereference()
	if root && err == nil {
		v.last.keep(whole, v.names, n)
	}
	return n, action, err
}

// walk goes down to the last directory of a path. It takes the reference to dir and gives one to
// the directory that it returns, with the rest of the path: "" is the directory itself.
func (v *Volume) walk(dir *Node, path string) (*Node, string, error) {
	for {
		i := strings.IndexByte(path, '\\')
		if i < 0 {
			return dir, path, nil
		}
		name := path[:i]
		n, err := dir.child(name)
		dir.dereference()
		if err != nil {
			return nil, "", err
		}
		switch dir = n; {
		case n == nil:
			return nil, "", fail(nt.StatusObjectPathNotFound, "there is no %s", name)
		case !n.IsDirectory():
			err = fail(nt.StatusObjectPathNotFound, "%s is no directory", name)
		case n.doomed:
			err = fail(nt.StatusDeletePending, "directory %s is deleted", name)
		}
		if err != nil {
			n.dereference()
			return nil, "", err
		}
		path = path[i+1:]
	}
}

// openIn opens or makes the file of a directory that has a name; "" is the directory.
func (v *Volume) openIn(dir *Node, name string, o *OpenOptions) (*Node, uint32, error) {
	if name == "" {
		dir.reference()
		return v.openNode(dir, o)
	}
	n, err := dir.child(name)
	switch {
	case err != nil:
		return nil, 0, err
	case n == nil:
		return v.create(dir, name, o)
	}
	return v.openNode(n, o)
}

// openNode opens a file that exists, and takes over the reference to it.
func (v *Volume) openNode(n *Node, o *OpenOptions) (*Node, uint32, error) {
	action, err := v.admit(n, o)
	if err != nil {
		n.dereference()
		return nil, action, err
	}
	return n, action, nil
}

// admit is openNode without the reference: it looks whether the file may be opened, and empties it.
func (v *Volume) admit(n *Node, o *OpenOptions) (action uint32, err error) {
	overwrite := o.Disposition == nt.FileSupersede || o.Disposition == nt.FileOverwrite || o.Disposition == nt.FileOverwriteIf
	switch {
	case n.doomed || n.removed:
		return 0, fail(nt.StatusDeletePending, "%s is deleted", n.name)
	case o.Disposition == nt.FileCreate:
		return nt.FileExists, fail(nt.StatusObjectNameCollision, "%s exists", n.name)
	case n.IsDirectory() && o.Options&nt.FileNonDirectoryFile != 0:
		return 0, fail(nt.StatusFileIsADirectory, "%s is a directory", n.name)
	case !n.IsDirectory() && o.Options&nt.FileDirectoryFile != 0:
		return 0, fail(nt.StatusNotADirectory, "%s is no directory", n.name)
	case n.IsDirectory() && overwrite:
		return 0, fail(nt.StatusObjectNameCollision, "%s is a directory", n.name)
	}
	if overwrite {
		hidden := n.attr & (nt.FileAttributeHidden | nt.FileAttributeSystem)
		if n.attr&nt.FileAttributeReadOnly != 0 || hidden&^o.Attributes != 0 {
			return 0, fail(nt.StatusAccessDenied, "%s may not be overwritten", n.name)
		}
	}
	if o.Check != nil {
		if err := o.Check(n, n.attr); err != nil {
			return 0, err
		}
	}
	action = nt.FileOpened
	if overwrite {
		if err := v.touch(); err != nil {
			return 0, err
		}
		if o.Disposition == nt.FileSupersede {
			n.attr, action = o.Attributes&attrUser|nt.FileAttributeArchive, nt.FileSuperseded
		} else {
			n.attr, action = n.attr|o.Attributes&attrUser|nt.FileAttributeArchive, nt.FileOverwritten
		}
		n.changedNow()
		if err := n.setSize(0); err != nil {
			return 0, err
		}
	}
	return action, nil
}

// create makes a file that does not exist.
func (v *Volume) create(dir *Node, name string, o *OpenOptions) (*Node, uint32, error) {
	if o.Disposition == nt.FileOpen || o.Disposition == nt.FileOverwrite {
		return nil, nt.FileDoesNotExist, fail(nt.StatusObjectNameNotFound, "there is no %s", name)
	}
	if err := v.touch(); err != nil {
		return nil, 0, err
	}
	n, err := dir.newNode(name, o.Attributes, o.Options&nt.FileDirectoryFile != 0)
	if err != nil {
		return nil, 0, err
	}
	return n, nt.FileCreated, nil
}

// Close takes an open back. The last one deletes the file, if that was asked for, and gives
// up clusters behind its end.
func (n *Node) Close() error {
	v := n.v
	v.lock.Lock()
	err := n.close()
	v.lock.Unlock()
	return err
}

// close is Close with the lock held.
func (n *Node) close() error {
	v := n.v
	var err error
	if !v.gone && n.refs == 1 && n.parent != nil && !n.removed {
		if n.unlinked {
			err = n.giveUp()
		} else if n.doomed {
			err = n.erase()
		} else if !n.IsDirectory() {
			err = n.tidy()
		}
	}
	n.dereference()
	return err
}

// tidy brings a file's entry and its chain to its size, at the last close.
func (n *Node) tidy() error {
	if err := n.settle(); err != nil {
		return err
	}
	if !n.whole || n.length <= n.needs(n.size) {
		return nil
	}
	if err := n.v.touch(); err != nil {
		return err
	}
	if err := n.shrink(n.needs(n.size)); err != nil {
		return err
	}
	return n.store()
}

// SetDelete says whether the file is deleted when nobody has it open any more.
// STATUS_CANNOT_DELETE for the root and files that may only be read,
// STATUS_DIRECTORY_NOT_EMPTY.
func (n *Node) SetDelete(on bool) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if on {
		switch {
		case v.gone:
			return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
		case v.o.ReadOnly:
			return fail(nt.StatusMediaWriteProtected, "the volume is mounted for reading")
		case n.parent == nil || n.attr&nt.FileAttributeReadOnly != 0:
			return fail(nt.StatusCannotDelete, "%s cannot be deleted", n.name)
		case n.IsDirectory():
			if err := n.build(); err != nil {
				return err
			}
			if n.dir.live > 0 {
				return fail(nt.StatusDirectoryNotEmpty, "directory %s is not empty", n.name)
			}
			v.names++
		}
	}
	n.doomed = on
	return nil
}

// erase removes a file's entry and gives up its clusters.
func (n *Node) erase() error {
	v := n.v
	if err := v.touch(); err != nil {
		return err
	}
	if n.IsDirectory() {
		if n.dir.live > 0 {
			return fail(nt.StatusDirectoryNotEmpty, "directory %s is not empty", n.name)
		}
		if err := n.forgetSectors(); err != nil {
			return err
		}
	}
	if err := n.removeEntry(); err != nil {
		return err
	}
	n.forgetChain()
	return nil
}

// removeEntry takes the entry out of the directory.
func (n *Node) removeEntry() error {
	if err := n.parent.remove(n.slot, n.lfn, false); err != nil {
		return err
	}
	n.forget()
	delete(n.v.unsettled, n)
	return nil
}

// forgetChain gives up the clusters of a file without an entry.
func (n *Node) forgetChain() {
	n.v.release(n.first)
	n.removed, n.first, n.runs = true, 0, nil
	n.whole, n.length, n.size, n.valid = true, 0, 0, 0
}

// forgetSectors drops what the cache has of a directory that goes. What waits there may be
// what others have to come after: then everything is written first. Children that nobody
// has open are dropped from memory: their place is nobody's any more.
func (n *Node) forgetSectors() error {
	v := n.v
	for i := 0; i < len(v.idle); {
		if v.idle[i].parent == n {
			v.idle[i].dismiss()
			i = 0
			continue
		}
		i++
	}
	for pass := range 2 {
		for i := uint32(0); ; {
			c, count, err := n.at(i)
			if err != nil {
				return err
			}
			if c == 0 {
				break
			}
			s, sectors := v.g.sectorOf(c), count*v.g.perCluster
			if pass == 1 {
				v.cache.forget(s, sectors)
			} else if v.cache.isDirty(s, sectors) {
				if err := v.flush(); err != nil {
					return err
				}
			}
			i += count
		}
	}
	return nil
}
