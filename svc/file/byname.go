package file

import (
	"unsafe"

	"gont/io"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// openNamed opens the file that the attributes of argument 1 name, with the rights that the service needs, for the service alone: no
// handle of it is given. The caller dereferences it.
func openNamed(c *svc.Call, access nt.AccessMask) (*ob.Object, *io.File, nt.Status) {
	if mm.HeapIsLow() {
		return nil, nil, nt.StatusInsufficientResources
	}
	if c.Arg(1) == 0 {
		return nil, nil, nt.StatusInvalidParameter
	}
	var a svc.Attributes
	if s := c.BriefAttributes(c.Arg(1), &a); !s.OK() {
		return nil, nil, s
	}
	defer a.Release()
	p := io.NewPacket(c.Thread)
	defer p.Release(c.Thread)
	p.Mode, p.Disposition, p.ShareAccess = ke.UserMode, nt.FileOpen, nt.FileShareValid
	p.Access, p.Options = access|nt.Synchronize, nt.FileSynchronousIoNonalert
	o, s := p.Open(a.Root, a.Name, a.Insensitive)
	if !s.OK() {
		return nil, nil, s
	}
	return o, o.Body.(*io.File), s
}

// NtQueryAttributesFile(attributes, *basic): FILE_BASIC_INFORMATION of a file that is not opened
// before.
func NtQueryAttributesFile(c *svc.Call) nt.Status {
	var b nt.FileBasicInformation
	var n nt.FileNetworkOpenInformation
	s, ok := queryOpen(c, &n, unsafe.Sizeof(b))
	if ok {
		b = nt.FileBasicInformation{CreationTime: n.CreationTime, LastAccessTime: n.LastAccessTime, LastWriteTime: n.LastWriteTime,
			ChangeTime: n.ChangeTime, FileAttributes: n.FileAttributes}
	} else {
		s = queryNamed(c, nt.FileBasicInformationClass, svc.AsBytes(&b))
	}
	if !s.OK() {
		return s
	}
	return svc.Put(c.Thread, c.Arg(2), &b)
}

// NtQueryFullAttributesFile(attributes, *networkOpen): FILE_NETWORK_OPEN_INFORMATION likewise.
func NtQueryFullAttributesFile(c *svc.Call) nt.Status {
	var n nt.FileNetworkOpenInformation
	s, ok := queryOpen(c, &n, unsafe.Sizeof(n))
	if !ok {
		s = queryNamed(c, nt.FileNetworkOpenInformationClass, svc.AsBytes(&n))
	}
	if !s.OK() {
		return s
	}
	return svc.Put(c.Thread, c.Arg(2), &n)
}

// queryOpen asks the file system without a file object, for an answer of size bytes at argument 2.
// ok is false when that cannot be done.
func queryOpen(c *svc.Call, n *nt.FileNetworkOpenInformation, size uintptr) (s nt.Status, ok bool) {
	var a svc.Attributes
	if c.Arg(1) == 0 {
		return 0, false
	}
	if s := c.BriefAttributes(c.Arg(1), &a); !s.OK() || a.Root != nil {
		a.Release()
		return 0, false
	}
	o, name, s := ob.FindParser(nil, a.Name, a.Insensitive, io.DeviceType)
	if !s.OK() {
		return 0, false
	}
	if s, ok = io.QueryOpen(o.Body.(*io.Device), name, n); ok {
		if e := svc.ProbeWrite(c.Thread, c.Arg(2), uint64(size)); !e.OK() {
			s = e
		}
	}
	o.Dereference()
	return s, ok
}

func queryNamed(c *svc.Call, class uint32, b []byte) nt.Status {
	if s := svc.ProbeWrite(c.Thread, c.Arg(2), uint64(len(b))); !s.OK() {
		return s
	}
	o, f, s := openNamed(c, nt.FileReadAttributes)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return f.QueryKernel(class, b)
}

// NtDeleteFile(attributes): the file goes when nobody else has it open any more.
func NtDeleteFile(c *svc.Call) nt.Status {
	o, f, s := openNamed(c, nt.Delete)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return f.SetKernel(nt.FileDispositionInformationClass, []byte{1})
}
