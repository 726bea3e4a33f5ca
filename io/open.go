package io

import (
	"strings"

	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// OpenPacket is what a device's Parse procedure gets from who opens (OPEN_PACKET).
type OpenPacket struct {
	Access         nt.AccessMask // not generic any more
	Disposition    uint32
	Options        uint32
	FileAttributes uint32
	ShareAccess    uint32
	AllocationSize int64 // bytes that a new file is to have room for
	Mode           ke.Mode

	// Information is what has been done: nt.FileOpened...; of an open that has failed it is mostly 0, and FILE_OPBATCH_BREAK_UNDERWAY where
	// STATUS_SHARING_VIOLATION may be over soon.
	Information uint64
	parse       ob.Parse // Open's

	// Warning is STATUS_OPLOCK_BREAK_IN_PROGRESS where the file is open, and who had an oplock on it has not answered yet.
	Warning nt.Status
}

// NewPacket makes an OpenPacket for an open of the current thread t, which gives it back by Release: mostly
// the one of the open before.
func NewPacket(t *ps.Thread) *OpenPacket {
	x := ioOf(t)
	p := x.packet
	if p == nil {
		return new(OpenPacket)
	}
	x.packet = nil
	return p
}

// Release gives a packet of NewPacket's back, for the next open of the same thread.
func (p *OpenPacket) Release(t *ps.Thread) {
	*p = OpenPacket{}
	ioOf(t).packet = p
}

// Open opens the file that a name leads to from root (nil: the root of all names), and returns its object
// with a reference for the caller. A packet is for one open. PASSIVE_LEVEL, no locks.
func (p *OpenPacket) Open(root *ob.Object, name string, insensitive bool) (*ob.Object, nt.Status) {
	p.parse.Insensitive, p.parse.Type, p.parse.Context = insensitive, FileType, p
	return p.parse.Open(root, name)
}

// Opened is the status block's content of a successful open.
func (p *OpenPacket) Opened() uint64 { return p.Information }

// parseDevice is IopParseDevice: makes a file object and asks the driver.
func parseDevice(o *ob.Object, p *ob.Parse) nt.Status {
	packet, ok := p.Context.(*OpenPacket)
	if !ok {
		if p.Name != "" {
			return nt.StatusObjectTypeMismatch
		}
		p.Object = o.Reference()
		return nt.StatusSuccess
	}
	return open(o.Body.(*Device), nil, p, packet)
}

// parseFile: a name that begins at an open file or directory. Only a file's id (FileID) may begin with a backslash.
func parseFile(o *ob.Object, p *ob.Parse) nt.Status {
	packet, ok := p.Context.(*OpenPacket)
	if strings.HasPrefix(p.Name, `\`) && !(ok && packet.Options&nt.FileOpenByFileID != 0) {
		return nt.StatusObjectPathSyntaxBad
	}
	if !ok {
		if p.Name != "" {
			return nt.StatusObjectTypeMismatch
		}
		p.Object = o.Reference()
		return nt.StatusSuccess
	}
	f := o.Body.(*File)
	return open(f.Device, f, p, packet)
}

// attributesOnly are the rights with which a disk is opened as a device, and its volume is not
// mounted.
const attributesOnly = nt.Synchronize | nt.FileReadAttributes | nt.ReadControl | nt.WriteDac | nt.WriteOwner

// openTarget references the device that requests for a file of d go to.
func openTarget(d *Device, related *File, p *ob.Parse, packet *OpenPacket) (target *Device, s nt.Status) {
	switch {
	case related != nil && related.target != d:
		return related.target, related.target.reference(false)
	case d.vpb != nil && related == nil && (p.Name != "" || packet.Access&^attributesOnly != 0):
		return d.vpb.open(p.Name == "")
	}
	return d, nt.StatusSuccess
}

// open makes a file of a device and sends Create.
func open(d *Device, related *File, p *ob.Parse, packet *OpenPacket) nt.Status {
	if s := d.reference(d.Flags&Exclusive != 0); !s.OK() {
		return s
	}
	target, s := openTarget(d, related, p, packet)
	if !s.OK() {
		d.release()
		return s
	}
	x := ioOf(ps.Current())
	f := x.newFile()
	f.Device, f.target, f.Name, f.Related, f.Access, f.Share = d, target, x.ownName(p.Name), related, packet.Access, packet.ShareAccess
	f.synchronous = packet.Options&(nt.FileSynchronousIoAlert|nt.FileSynchronousIoNonalert) != 0
	f.alertable = packet.Options&nt.FileSynchronousIoAlert != 0
	f.Options.Store(packet.Options)
	if related != nil {
		related.Object.Reference()
	}
	top, size := target.top()
	irp := ownRequest(size)
	irp.Mode, irp.File = packet.Mode, f
	l := irp.NextLocation()
	l.Major, l.File = Create, f
	l.DesiredAccess, l.Disposition, l.Options = packet.Access, packet.Disposition, packet.Options
	l.FileAttributes, l.ShareAccess, l.ByteOffset = packet.FileAttributes, packet.ShareAccess, packet.AllocationSize
	s = Synchronously(top, irp)
	information := irp.IoStatus.Information
	irp.release()
	switch {
	case s == nt.StatusReparse && strings.HasPrefix(f.Name, `\`):
		p.Path = f.Name
	case s == nt.StatusReparse:
		s = nt.StatusObjectNameInvalid
	case s.OK():
		f.opened = true
		packet.Information, packet.Warning = information, s
		p.Object = f.Object
		return nt.StatusSuccess
	}
	packet.Information = information
	f.Object.Dereference()
	return s
}

// newFile makes a file object with one reference, mostly of the memory of one that the thread has
// deleted.
func (x *threadIo) newFile() *File {
	f := x.file
	if f == nil {
		f = new(File)
	} else {
		x.file = nil
	}
	f.Event = *ke.NewEvent(nt.NotificationEvent, false)
	f.turn = *ke.NewEvent(nt.SynchronizationEvent, false)
	f.object.Initialize(FileType, f)
	f.Object = &f.object
	return f
}

// ownName is a name that lies in memory of its opener's, in memory of its own: that of the file that
// the thread has opened before, where that has the same name.
func (x *threadIo) ownName(name string) string {
	if x.name != name {
		x.name = strings.Clone(name)
	}
	return x.name
}

// QueryOpen asks for FileNetworkOpenInformation of what a name on a device, from its backslash on,
// leads to, without a file object (FAST_IO_QUERY_OPEN). ok is false when the driver cannot, or
// nobody has mounted the volume yet: then the file has to be opened. PASSIVE_LEVEL.
func QueryOpen(d *Device, name string, v *nt.FileNetworkOpenInformation) (s nt.Status, ok bool) {
	if d.vpb == nil || name == "" || d.Flags&Exclusive != 0 {
		return 0, false
	}
	if volume := d.vpb.mounted(); volume != nil {
		top, _ := volume.top()
		if f := top.Driver.FastIo.QueryOpen; f != nil {
			s, ok = f(top, name, v)
		}
		volume.release()
	}
	return s, ok
}
