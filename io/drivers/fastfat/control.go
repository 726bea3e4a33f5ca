package fastfat

import (
	"fmt"
	"strings"
	"unsafe"

	"gont/io"
	"gont/nt"
	"gont/ps"
)

// fileSystemControl serves the control codes of file systems.
func (v *volume) fileSystemControl(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	if c == nil || l.Minor != io.UserFsRequest {
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	switch l.Code {
	case nt.FsctlLockVolume, nt.FsctlUnlockVolume, nt.FsctlDismountVolume, nt.FsctlMarkVolumeDirty, nt.FsctlIsVolumeDirty, nt.FsctlCheckVolume:
		if c.fcb != nil {
			return done(irp, nt.StatusInvalidParameter, 0)
		}
	}
	switch l.Code {
	case nt.FsctlLockVolume:
		return done(irp, v.lock(l.File), 0)
	case nt.FsctlUnlockVolume:
		v.opens.Lock()
		s := nt.Status(nt.StatusNotLocked)
		if v.locked == l.File {
			v.unlock()
			s = nt.StatusSuccess
		}
		v.opens.Unlock()
		return done(irp, s, 0)
	case nt.FsctlDismountVolume:
		v.opens.Lock()
		s := nt.Status(nt.StatusAccessDenied)
		if (v.locked == nil || v.locked == l.File) && !v.pages() {
			s = v.dismount()
		}
		v.opens.Unlock()
		return done(irp, s, 0)
	case nt.FsctlIsVolumeMounted:
		v.opens.Lock()
		gone := v.gone
		v.opens.Unlock()
		if gone {
			return done(irp, nt.StatusVolumeDismounted, 0)
		}
		return done(irp, nt.StatusSuccess, 0)
	case nt.FsctlMarkVolumeDirty:
		return done(irp, status(v.fs.MarkDirty()), 0)
	case nt.FsctlIsVolumeDirty:
		return v.isDirty(irp)
	case nt.FsctlCheckVolume:
		return v.check(irp)
	case nt.FsctlGetVolumeBitmap:
		return v.bitmap(irp)
	case nt.FsctlGetRetrievalPointers:
		return v.retrievalPointers(irp)
	case nt.FsctlRequestOplockLevel1, nt.FsctlRequestOplockLevel2, nt.FsctlRequestBatchOplock, nt.FsctlRequestFilterOplock,
		nt.FsctlOplockBreakAcknowledge, nt.FsctlOplockBreakAckNo2, nt.FsctlOpBatchAckClosePending, nt.FsctlOplockBreakNotify:
		return v.oplockControl(irp)
	case nt.FsctlFilePrefetch:
		return done(irp, v.prefetch(irp), 0)
	case nt.FsctlQueryRetrievalPointers:
		return v.queryRetrievalPointers(irp)
	}
	return done(irp, nt.StatusInvalidDeviceRequest, 0)
}

// lock is FSCTL_LOCK_VOLUME: nobody else has anything of the volume open, and nobody can open
// anything until the lock is taken back.
func (v *volume) lock(f *io.File) nt.Status {
	v.opens.Lock()
	defer v.opens.Unlock()
	switch {
	case v.gone:
		return nt.StatusVolumeDismounted
	case v.locked != nil || v.handles > 1:
		return nt.StatusAccessDenied
	}
	v.drain()
	v.reopen()
	if !v.evictAll() {
		return nt.StatusAccessDenied // a program maps a file, or the disk refuses what is to be written
	}
	if err := v.fs.Clean(); err != nil {
		return status(err)
	}
	v.locked, v.written = f, false
	return nt.StatusSuccess
}

// unlock takes the lock back. A volume whose sectors were written meanwhile is mounted anew at
// the next open. opens is held.
func (v *volume) unlock() {
	v.locked = nil
	if v.written && !v.gone {
		v.dismount()
	}
}

func (v *volume) isDirty(irp *io.IRP) nt.Status {
	i, err := v.fs.Info()
	switch {
	case err != nil:
		return done(irp, status(err), 0)
	case irp.Location().Length < 4:
		return done(irp, nt.StatusBufferTooSmall, 0)
	}
	flags := uint32(0)
	if i.Dirty {
		flags = nt.VolumeIsDirty
	}
	return done(irp, nt.StatusSuccess, uint64(copy(irp.SystemBuffer, bytesOf(&flags))))
}

// check looks at the whole volume and, where the input says so and the volume is locked, mends
// it. The answer is a VolumeCheck and as many lines as have room.
func (v *volume) check(irp *io.IRP) nt.Status {
	l := irp.Location()
	mend := l.InputLength > 0 && irp.SystemBuffer[0] != 0
	v.opens.Lock()
	mine := v.locked == l.File
	v.opens.Unlock()
	if mend && !mine {
		return done(irp, nt.StatusAccessDenied, 0)
	}
	var a nt.VolumeCheck
	head := int(unsafe.Sizeof(a))
	if int(l.Length) < head {
		return done(irp, nt.StatusBufferTooSmall, 0)
	}
	r, err := v.fs.Check(mend)
	if err != nil {
		return done(irp, status(err), 0)
	}
	a = nt.VolumeCheck{Findings: uint32(r.Count), Files: uint32(r.Files), Directories: uint32(r.Directories), LostClusters: r.Lost}
	if r.Mended {
		a.Mended = 1
	}
	var lines strings.Builder
	for _, f := range r.Found {
		fmt.Fprintln(&lines, f)
	}
	n := copy(irp.SystemBuffer[head:l.Length], lines.String())
	a.TextLength = uint32(n)
	copy(irp.SystemBuffer, bytesOf(&a))
	return done(irp, nt.StatusSuccess, uint64(head+n))
}

// startOf reads the first argument of a METHOD_NEITHER code, a number of a cluster.
func startOf(irp *io.IRP) (start int64, s nt.Status) {
	l := irp.Location()
	if l.InputLength < 8 {
		return 0, nt.StatusInvalidParameter
	}
	if s = ps.CopyFrom(irp.Thread, unsafe.Pointer(&start), l.Type3InputBuffer, 8); s.OK() && start < 0 {
		s = nt.StatusInvalidParameter
	}
	return start, s
}

// give completes a METHOD_NEITHER code with an answer.
func give(irp *io.IRP, b []byte, s nt.Status) nt.Status {
	if c := ps.CopyTo(irp.Thread, irp.UserBuffer, unsafe.Pointer(unsafe.SliceData(b)), uint64(len(b))); !c.OK() {
		return done(irp, c, 0)
	}
	return done(irp, s, uint64(len(b)))
}

// bitmapBytes is the most of a bitmap that one call returns.
const bitmapBytes = 64 << 10

// bitmap is FSCTL_GET_VOLUME_BITMAP.
func (v *volume) bitmap(irp *io.IRP) nt.Status {
	start, s := startOf(irp)
	if !s.OK() {
		return done(irp, s, 0)
	}
	var h nt.VolumeBitmapBuffer
	head, room := int(unsafe.Sizeof(h)), int(irp.Location().Length)
	if room < head+1 {
		return done(irp, nt.StatusBufferTooSmall, 0)
	}
	h.StartingLcn = start &^ 7
	if h.StartingLcn >= 1<<28 {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	b := make([]byte, min(room-head, bitmapBytes))
	clusters, err := v.fs.Bitmap(uint32(h.StartingLcn), b)
	if err != nil {
		return done(irp, status(err), 0)
	}
	h.BitmapSize = int64(clusters)
	s = nt.StatusSuccess
	if n := int(clusters+7) / 8; n > len(b) {
		s = nt.StatusBufferOverflow
	} else {
		b = b[:n]
	}
	return give(irp, append(append([]byte(nil), bytesOf(&h)...), b...), s)
}

// mostPointers is how many runs one call returns.
const mostPointers = 1024

// retrievalPointers is FSCTL_GET_RETRIEVAL_POINTERS.
func (v *volume) retrievalPointers(irp *io.IRP) nt.Status {
	start, s := startOf(irp)
	c := of(irp)
	switch {
	case !s.OK():
		return done(irp, s, 0)
	case c.fcb == nil || start >= 1<<28:
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	var h nt.RetrievalPointersBuffer
	const pair = 16
	head, room := int(unsafe.Sizeof(h)), int(irp.Location().Length)
	if room < head+pair {
		return done(irp, nt.StatusBufferTooSmall, 0)
	}
	if s := c.enter(false); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	i, err := v.fs.Info()
	if err != nil {
		return done(irp, status(err), 0)
	}
	size := int64(i.ClusterSize)
	most := min((room-head)/pair, mostPointers)
	runs, err := c.fcb.node.Runs(uint64(start*size), most+1)
	switch {
	case err != nil:
		return done(irp, status(err), 0)
	case len(runs) == 0:
		return done(irp, nt.StatusEndOfFile, 0)
	}
	s = nt.StatusSuccess
	if len(runs) > most {
		runs, s = runs[:most], nt.StatusBufferOverflow
	}
	h.ExtentCount, h.StartingVcn = uint32(len(runs)), start
	b := append([]byte(nil), bytesOf(&h)...)
	for _, r := range runs {
		p := [2]int64{int64(r.Offset+r.Length) / size, int64(v.fs.ClusterOf(r.Sector))}
		b = append(b, bytesOf(&p)...)
	}
	return give(irp, b, s)
}

// bytesOf is a value's memory. T must hold no pointers.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }
