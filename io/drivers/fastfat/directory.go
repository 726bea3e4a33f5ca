package fastfat

import (
	"encoding/binary"
	"unsafe"

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
	w := &entryWriter{b: b, k: &k, last: -1, single: l.Flags&io.ReturnSingleEntry != 0}
	next, err := c.fcb.node.ReadDir(c.cursor, c.pattern, w)
	if w.last >= 0 && (w.overflow || w.single) && err == nil {
		// ReadDir gives the entry again at which it was stopped: it is skipped once.
		next, err = c.fcb.node.ReadDir(next, c.pattern, &skipper{})
	}
	if err != nil {
		return 0, status(err)
	}
	c.cursor = next
	switch {
	case w.overflow:
		return w.used, nt.StatusBufferOverflow
	case w.last >= 0:
		return w.used, nt.StatusSuccess
	case first:
		return 0, nt.StatusNoSuchFile
	}
	return 0, nt.StatusNoMoreFiles
}

// skipper lets ReadDir pass one entry.
type skipper struct{ passed bool }

// Take is ReadDir's.
func (s *skipper) Take(*fat.Entry) bool {
	was := s.passed
	s.passed = true
	return !was
}

// entryWriter writes entries of a directory to a request's buffer, which holds zeros.
type entryWriter struct {
	b        []byte
	k        *layout
	used     int
	last     int  // where the last entry begins; -1: there is none
	overflow bool // the first entry has not got all of its name
	single   bool // one is enough
}

// Take writes an entry, and reports whether another one may follow. One that has no room is
// not written, but for the first: of that there is as much as there is room for.
func (w *entryWriter) Take(e *fat.Entry) bool {
	k, b, le := w.k, w.b, binary.LittleEndian
	at, length := (w.used+7)&^7, 2*len(e.Name)
	if at+k.name+length > len(b) {
		if w.last >= 0 {
			return false
		}
		w.overflow = true
	}
	if w.last >= 0 {
		put32(b, w.last, at-w.last)
	}
	w.last = at
	b = b[at:]
	if !k.attributesOnly {
		h := (*[64]byte)(b)
		le.PutUint64(h[8:], uint64(e.Created))
		le.PutUint64(h[16:], uint64(e.Accessed))
		le.PutUint64(h[24:], uint64(e.Written))
		le.PutUint64(h[32:], uint64(e.Written)) // of the change
		le.PutUint64(h[40:], e.Size)
		le.PutUint64(h[48:], e.Allocation)
		le.PutUint32(h[56:], attributes(e.Attributes))
	}
	put32(b, k.length, length)
	if k.short > 0 && len(e.Short) > 0 {
		b[k.short] = uint8(copy(b[k.short+2:k.short+26], unitBytes(e.Short)))
	}
	if k.id > 0 {
		le.PutUint64(b[k.id:], e.ID)
	}
	w.used = at + k.name + copy(b[k.name:], unitBytes(e.Name))&^1
	return !w.overflow && !w.single
}

// put32 stores a ULONG. A slice from at on would take longer.
func put32(b []byte, at, v int) {
	_ = b[at+3]
	*(*uint32)(unsafe.Pointer(&b[at])) = uint32(v)
}

// unitBytes is text in UTF-16 as bytes.
func unitBytes(u []uint16) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), 2*len(u))
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
