package io

import (
	"sync/atomic"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// File is FILE_OBJECT: an open of a device, or of a file on it. As a dispatcher object
// it is signalled when a request has ended that had no event of its own.
type File struct {
	ke.Event
	Object *ob.Object // lies in object
	object ob.Object
	Device *Device // that was opened
	// target is the device to the top of whose stack requests go: Device, or that of the file
	// system that has mounted it. The file has a reference to it.
	target *Device
	// Name is what followed the device's name, with its backslash; "" is the device.
	Name string
	// Related is the file that Name begins at, nil for the device.
	Related *File
	Access  nt.AccessMask // that was asked for at the open
	Share   uint32
	Options atomic.Uint32 // nt.File...: create options
	// Context and Context2 are the driver's own (FsContext, FsContext2).
	Context, Context2 any

	synchronous, alertable bool

	// Of a synchronous file: one request at a time, and where the next one begins.
	busy     atomic.Int32 // 0 free, 1 taken, more: others wait for turn
	turn     ke.Event
	position int64 // of who has the turn
	final    nt.Status
	// signalled: the file is, as who has the turn knows without a look at the event.
	signalled bool

	completion   atomic.Pointer[completionContext]
	notification atomic.Uint32 // nt.FileSkip...
	opened       bool          // the driver has said yes
	cleaned      atomic.Bool   // and has been told of the last handle
}

// completionContext is where packets of a file's requests go.
type completionContext struct {
	port  *ob.Object
	queue *ex.IoCompletion
	key   uint64
}

// RelatedDevice is IoGetRelatedDeviceObject: the highest device that requests for the file go to.
func (f *File) RelatedDevice() *Device {
	d, _ := f.target.top()
	return d
}

// closeFile is IopCloseFile: the last handle has gone; the driver cancels what it keeps
// of the file.
func closeFile(o *ob.Object) {
	f := o.Body.(*File)
	if f.opened && o.Handles() == 0 {
		f.cleanup()
	}
}

func (f *File) cleanup() {
	if !f.cleaned.Swap(true) {
		f.tell(Cleanup)
	}
}

// deleteFile is IopDeleteFile: nobody references the file any more, no request either.
func deleteFile(o *ob.Object) {
	f := o.Body.(*File)
	if f.opened {
		f.cleanup() // of one that never had a handle
		f.tell(Close)
	}
	if c := f.completion.Load(); c != nil {
		c.port.Dereference()
	}
	if f.Related != nil {
		f.Related.Object.Dereference()
	}
	if f.target != f.Device {
		f.target.release()
	}
	f.Device.release()
	*f = File{} // nobody has it any more
	ioOf(ps.Current()).file = f
}

// tell sends Cleanup or Close. There is nobody who could be told of a failure.
func (f *File) tell(major uint8) {
	top, size := f.target.top()
	irp := ownRequest(size)
	irp.File = f
	l := irp.NextLocation()
	l.Major, l.File = major, f
	Synchronously(top, irp)
	irp.release()
}

// enter takes the turn on a synchronous file (IopAcquireFileObjectLock): the caller is
// the only one who makes a request until leave. STATUS_ALERTED or STATUS_USER_APC when
// the wait for it ended so.
func (f *File) enter() nt.Status {
	if f.busy.CompareAndSwap(0, 1) {
		return nt.StatusSuccess
	}
	if f.busy.Add(1) == 1 {
		return nt.StatusSuccess
	}
	s := ke.WaitForSingleObject(&f.turn, ke.UserMode, f.alertable, nil)
	if s == nt.StatusSuccess {
		return s
	}
	for { // it gives up, unless its turn has come meanwhile
		n := f.busy.Load()
		if n > 1 && f.busy.CompareAndSwap(n, n-1) {
			return s
		}
		if n <= 1 { // the one before has passed the turn on
			ke.WaitForSingleObject(&f.turn, ke.KernelMode, false, nil)
			f.leave()
			return s
		}
	}
}

// leave passes the turn on.
func (f *File) leave() {
	if f.busy.Add(-1) > 0 {
		f.turn.Set()
	}
}

// Synchronous reports whether the file is one of which one request is made at a time.
func (f *File) Synchronous() bool { return f.synchronous }

// SetCompletion connects the file with an I/O completion object, whose reference it
// takes over. STATUS_INVALID_PARAMETER for a synchronous file, or one that has one.
func (f *File) SetCompletion(port *ob.Object, key uint64) nt.Status {
	c := &completionContext{port: port, queue: port.Body.(*ex.IoCompletion), key: key}
	if f.synchronous || !f.completion.CompareAndSwap(nil, c) {
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}

// Position and SetPosition are FilePositionInformation: STATUS_INVALID_PARAMETER for a file that is
// not synchronous, which has no position, and for a negative one.
func (f *File) Position() (int64, nt.Status) {
	if !f.synchronous {
		return 0, nt.StatusInvalidParameter
	}
	if s := f.enter(); s != nt.StatusSuccess {
		return 0, s
	}
	defer f.leave()
	return f.position, nt.StatusSuccess
}

// SetPosition sets the position.
func (f *File) SetPosition(at int64) nt.Status {
	if !f.synchronous || at < 0 {
		return nt.StatusInvalidParameter
	}
	if s := f.enter(); s != nt.StatusSuccess {
		return s
	}
	f.position = at
	f.leave()
	return nt.StatusSuccess
}

// modeOptions are the create options that FileModeInformation shows.
const modeOptions = nt.FileWriteThrough | nt.FileSequentialOnly | nt.FileNoIntermediateBuffering |
	nt.FileSynchronousIoAlert | nt.FileSynchronousIoNonalert | nt.FileDeleteOnClose

// Mode is FileModeInformation.
func (f *File) Mode() uint32 { return f.Options.Load() & modeOptions }

// SetMode changes write-through and sequential access. STATUS_INVALID_PARAMETER for what
// cannot be changed: a file does not become synchronous, nor stop being so.
func (f *File) SetMode(mode uint32) nt.Status {
	const may = nt.FileWriteThrough | nt.FileSequentialOnly
	for {
		old := f.Options.Load()
		if mode&^modeOptions != 0 || (old^mode)&modeOptions&^may != 0 {
			return nt.StatusInvalidParameter
		}
		if f.Options.CompareAndSwap(old, old&^may|mode&may) {
			return nt.StatusSuccess
		}
	}
}

// SetNotification is FileIoCompletionNotificationInformation: with
// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS requests that end at once send no packet, with
// FILE_SKIP_SET_EVENT_ON_HANDLE they do not signal the file.
func (f *File) SetNotification(flags uint32) nt.Status {
	if flags&^(nt.FileSkipCompletionPortOnSuccess|nt.FileSkipSetEventOnHandle) != 0 {
		return nt.StatusInvalidParameter
	}
	f.notification.Or(flags)
	return nt.StatusSuccess
}
