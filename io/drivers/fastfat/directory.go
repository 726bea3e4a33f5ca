package fastfat

import (
	"encoding/binary"

	"gont/fs/fat"
	"gont/fsrtl"
	"gont/io"
	"gont/nt"
)

// layout says where the parts of a class of directory entries are; 0: it has no such part.
type layout struct {
	name           int // the name's first character
	length         int // the length of the name
	ea, short, id  int
	attributesOnly bool // names alone: no times and sizes
}

var layouts = map[uint32]layout{
	nt.FileDirectoryInformationClass:       {name: 64, length: 60},
	nt.FileFullDirectoryInformationClass:   {name: 68, length: 60, ea: 64},
	nt.FileBothDirectoryInformationClass:   {name: 94, length: 60, ea: 64, short: 68},
	nt.FileNamesInformationClass:           {name: 12, length: 8, attributesOnly: true},
	nt.FileIDBothDirectoryInformationClass: {name: 104, length: 60, ea: 64, short: 68, id: 96},
	nt.FileIDFullDirectoryInformationClass: {name: 80, length: 60, ea: 64, id: 72},
}

// directoryControl serves DirectoryControl.
func (v *volume) directoryControl(irp *io.IRP) nt.Status {
	c := of(irp)
	if c == nil || c.fcb == nil || !c.fcb.node.IsDirectory() {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	switch irp.Location().Minor {
	case io.QueryDirectory:
		if s := c.enter(true); !s.OK() {
			return done(irp, s, 0)
		}
		n, s := c.list(irp)
		c.leave()
		return done(irp, s, uint64(n))
	case io.NotifyChangeDirectory:
		return v.watch(irp, c)
	}
	return done(irp, nt.StatusInvalidDeviceRequest, 0)
}

// list fills the buffer with the entries that the pattern stands for, from where the last call
// has ended.
func (c *ccb) list(irp *io.IRP) (used int, s nt.Status) {
	l := irp.Location()
	k, ok := layouts[l.Code]
	if !ok {
		return 0, nt.StatusInvalidInfoClass
	}
	b := irp.SystemBuffer[:min(len(irp.SystemBuffer), int(l.Length))]
	if len(b) < k.name {
		return 0, nt.StatusInfoLengthMismatch
	}
	first := !c.listed
	if first {
		c.pattern, _ = l.Argument.(string)
		c.listed = true
	}
	if l.Flags&io.RestartScan != 0 {
		c.cursor = 0
	}
	last, overflow := -1, false
	next, err := c.fcb.node.ReadDir(c.cursor, c.pattern, func(e *fat.Entry) bool {
		at := (used + 7) &^ 7
		length := unitsLength(e.Name)
		switch {
		case at+k.name+length <= len(b):
		case last < 0: // not even one has room: as much as there is
			overflow = true
		default:
			return false
		}
		if last >= 0 {
			binary.LittleEndian.PutUint32(b[last:], uint32(at-last))
		}
		used = at + k.put(b[at:], e, length)
		last = at
		return !overflow && l.Flags&io.ReturnSingleEntry == 0
	})
	if last >= 0 && (overflow || l.Flags&io.ReturnSingleEntry != 0) && err == nil {
		// ReadDir gives the entry again at which it was stopped: it is skipped once.
		next, err = c.fcb.node.ReadDir(next, c.pattern, skip())
	}
	if err != nil {
		return 0, status(err)
	}
	c.cursor = next
	switch {
	case overflow:
		return used, nt.StatusBufferOverflow
	case last >= 0:
		return used, nt.StatusSuccess
	case first:
		return 0, nt.StatusNoSuchFile
	}
	return 0, nt.StatusNoMoreFiles
}

// skip lets ReadDir pass one entry.
func skip() func(*fat.Entry) bool {
	passed := false
	return func(*fat.Entry) bool {
		was := passed
		passed = true
		return !was
	}
}

// put writes an entry whose name has length bytes, and returns how many bytes it takes.
func (k *layout) put(b []byte, e *fat.Entry, length int) int {
	head := b[:k.name]
	clear(head)
	le := binary.LittleEndian
	if !k.attributesOnly {
		written := uint64(toSystem(e.Times.Written))
		le.PutUint64(head[8:], uint64(toSystem(e.Times.Created)))
		le.PutUint64(head[16:], uint64(toSystem(e.Times.Accessed)))
		le.PutUint64(head[24:], written)
		le.PutUint64(head[32:], written) // of the change
		le.PutUint64(head[40:], e.Size)
		le.PutUint64(head[48:], e.Allocation)
		le.PutUint32(head[56:], attributes(e.Attributes))
	}
	le.PutUint32(head[k.length:], uint32(length))
	if k.short > 0 && e.Short != "" {
		b[k.short] = uint8(putUnits(b[k.short+2:k.short+26], e.Short))
	}
	if k.id > 0 {
		le.PutUint64(head[k.id:], e.ID)
	}
	return k.name + putUnits(b[k.name:], e.Name)
}

// watch is NtNotifyChangeDirectoryFile: the request ends when something changes below the
// directory.
func (v *volume) watch(irp *io.IRP, c *ccb) nt.Status {
	l := irp.Location()
	if l.Code&nt.FileNotifyValid == 0 || l.Code&^uint32(nt.FileNotifyValid) != 0 {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if s := c.enter(false); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	path, f := c.fcb.node.Path(), l.File
	length, filter, tree := int(l.Length), l.Code, l.Flags&io.WatchTree != 0
	p := io.Park(irp, func() { v.notify.Forget(f) })
	if p == nil {
		return nt.StatusPending
	}
	tell := func(list []fsrtl.Change, s nt.Status) {
		p.Finish(func(irp *io.IRP) io.IoStatus {
			n, fits := putChanges(irp.SystemBuffer, list)
			if s == nt.StatusSuccess && !fits {
				n, s = 0, nt.StatusNotifyEnumDir
			}
			return io.IoStatus{Status: s, Information: uint64(n)}
		})
	}
	if s := v.notify.ChangeDirectory(f, path, tree, filter, length, tell); !s.OK() {
		tell(nil, s)
	}
	return nt.StatusPending
}

// putChanges writes FILE_NOTIFY_INFORMATIONs.
func putChanges(b []byte, list []fsrtl.Change) (used int, fits bool) {
	le := binary.LittleEndian
	last := -1
	for _, c := range list {
		name := units(c.Name)
		at := (used + 3) &^ 3
		if at+12+len(name) > len(b) {
			return 0, false
		}
		if last >= 0 {
			le.PutUint32(b[last:], uint32(at-last))
		}
		le.PutUint32(b[at:], 0)
		le.PutUint32(b[at+4:], c.Action)
		le.PutUint32(b[at+8:], uint32(len(name)))
		used, last = at+12+copy(b[at+12:], name), at
	}
	return used, true
}
