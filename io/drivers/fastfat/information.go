package fastfat

import (
	"unicode/utf16"
	"unsafe"

	"gont/fs/fat"
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// queryInformation serves QueryInformation.
func (v *volume) queryInformation(irp *io.IRP) nt.Status {
	c := of(irp)
	if c == nil || c.fcb == nil {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if s := c.enter(false); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	c.fcb.settleTimes()
	i, err := c.fcb.node.Info()
	if err != nil {
		return done(irp, status(err), 0)
	}
	switch irp.Location().Code {
	case nt.FileBasicInformationClass:
		return answer(irp, basic(&i))
	case nt.FileStandardInformationClass:
		return answer(irp, standard(c.fcb.node, &i))
	case nt.FileInternalInformationClass:
		return answer(irp, int64(i.ID))
	case nt.FileEaInformationClass:
		return answer(irp, uint32(0))
	case nt.FilePositionInformationClass:
		return answer(irp, irp.File.CurrentByteOffset())
	case nt.FileNameInformationClass:
		return text(irp, 0, c.fcb.node.Path())
	case nt.FileAlternateNameInformationClass:
		if i.Short == "" {
			return done(irp, nt.StatusObjectNameNotFound, 0)
		}
		return text(irp, 0, i.Short)
	case nt.FileNetworkOpenInformationClass:
		return answer(irp, networkOpen(c.fcb.node, &i))
	case nt.FileAttributeTagInformationClass:
		return answer(irp, [2]uint32{basic(&i).FileAttributes, 0})
	case nt.FileAllInformationClass:
		return v.all(irp, c.fcb.node, &i)
	}
	return done(irp, nt.StatusInvalidParameter, 0)
}

// fastQueryOpen is the way of NtQueryFullAttributesFile without a file object.
func fastQueryOpen(d *io.Device, name string, answer *nt.FileNetworkOpenInformation) (nt.Status, bool) {
	v, ok := d.Extension.(*volume)
	if !ok {
		return 0, false
	}
	ke.EnterCriticalRegion()
	v.opens.Lock()
	var s nt.Status
	if ok = !v.gone && v.locked == nil; ok {
		s = v.queryOpen(name, answer)
	}
	v.opens.Unlock()
	ke.LeaveCriticalRegion()
	return s, ok
}

// queryOpen answers for the file with a name. opens is held.
func (v *volume) queryOpen(name string, answer *nt.FileNetworkOpenInformation) nt.Status {
	n, _, err := v.fs.Open(nil, name, fat.OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		return status(err)
	}
	if x := fcbOf(n); x != nil && x.modified.Load() {
		x.resource.AcquireShared(true)
		x.settleTimes()
		x.resource.Release()
	}
	i, err := n.Brief()
	if err == nil {
		*answer = networkOpen(n, &i)
	}
	n.Close()
	return status(err)
}

func networkOpen(n *fat.Node, i *fat.Info) nt.FileNetworkOpenInformation {
	b, size := basic(i), sizes(n, i)
	return nt.FileNetworkOpenInformation{CreationTime: b.CreationTime, LastAccessTime: b.LastAccessTime, LastWriteTime: b.LastWriteTime,
		ChangeTime: b.ChangeTime, AllocationSize: size[0], EndOfFile: size[1], FileAttributes: b.FileAttributes}
}

// all is FileAllInformation: everything at once.
func (v *volume) all(irp *io.IRP, n *fat.Node, i *fat.Info) nt.Status {
	f := irp.Location().File
	a := nt.FileAllInformation{Basic: basic(i), Standard: standard(n, i), IndexNumber: int64(i.ID), AccessFlags: uint32(f.Access),
		CurrentByteOffset: f.CurrentByteOffset(), Mode: f.Mode()}
	const nameAt = 96
	if len(irp.SystemBuffer) < nameAt+4 {
		return done(irp, nt.StatusInfoLengthMismatch, 0)
	}
	copy(irp.SystemBuffer, bytesOf(&a)[:nameAt])
	return text(irp, nameAt, n.Path())
}

// answer completes a request with a value.
func answer[T any](irp *io.IRP, v T) nt.Status {
	if n := int(unsafe.Sizeof(v)); len(irp.SystemBuffer) < n || int(irp.Location().Length) < n {
		return done(irp, nt.StatusInfoLengthMismatch, 0)
	}
	return done(irp, nt.StatusSuccess, uint64(copy(irp.SystemBuffer, bytesOf(&v))))
}

// text completes a request with a name's length and its characters at an offset:
// STATUS_BUFFER_OVERFLOW when not all of them have room.
func text(irp *io.IRP, at int, name string) nt.Status {
	b := irp.SystemBuffer[:min(len(irp.SystemBuffer), int(irp.Location().Length))]
	if len(b) < at+4 {
		return done(irp, nt.StatusInfoLengthMismatch, 0)
	}
	u := units(name)
	length := uint32(len(u))
	copy(b[at:], bytesOf(&length))
	n := copy(b[at+4:], u)
	if n < len(u) {
		return done(irp, nt.StatusBufferOverflow, uint64(at+4+n))
	}
	return done(irp, nt.StatusSuccess, uint64(at+4+n))
}

// units are a name's UTF-16 characters as bytes.
func units(name string) []byte {
	u := utf16.Encode([]rune(name))
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), len(u)*2)
}

// attributes are as NT shows them: a file without any has FILE_ATTRIBUTE_NORMAL.
func attributes(a uint32) uint32 {
	if a == 0 {
		return nt.FileAttributeNormal
	}
	return a
}

func basic(i *fat.Info) nt.FileBasicInformation {
	return nt.FileBasicInformation{CreationTime: toSystem(i.Times.Created), LastAccessTime: toSystem(i.Times.Accessed),
		LastWriteTime: toSystem(i.Times.Written), ChangeTime: toSystem(i.Times.Written), FileAttributes: attributes(i.Attributes)}
}

// sizes are the allocation and the end of a file; a directory has none.
func sizes(n *fat.Node, i *fat.Info) [2]int64 {
	if n.IsDirectory() {
		return [2]int64{}
	}
	return [2]int64{int64(i.Allocation), int64(i.Size)}
}

func standard(n *fat.Node, i *fat.Info) nt.FileStandardInformation {
	size := sizes(n, i)
	a := nt.FileStandardInformation{AllocationSize: size[0], EndOfFile: size[1], NumberOfLinks: 1}
	if i.Deleted {
		a.DeletePending, a.NumberOfLinks = true, 0
	}
	a.Directory = n.IsDirectory()
	return a
}
