package io

import (
	"testing"
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// TestSpareFile: nothing of a file object is left in the next one that uses its memory, and none is used
// that somebody references.
func TestSpareFile(t *testing.T) {
	simulate(t, func(w *world) {
		w.driver("Test", 0)
		f, h := w.open(`\Device\Test\one`, nt.FileSynchronousIoAlert)
		f.Context, f.Context2 = 1, 2
		f.signal()
		w.expect("a position", f.SetPosition(7), nt.StatusSuccess)
		w.p.Handles.Close(h)
		x := ioOf(ps.Current())
		w.expect("it is spare", x.file, f)
		for i, l := range x.own.inline {
			w.expect("the kernel's own request, location "+string(rune('0'+i)), l.Device == nil && l.File == nil && l.Parameters == Parameters{}, true)
		}
		w.expect("and the rest of it", x.own.File == nil && x.own.flags == 0 && x.own.IoStatus == IoStatus{}, true)
		w.expect("nothing of it is kept", f.Device == nil && f.target == nil && f.Context == nil && f.Name == "", true)

		o := ob.New(ex.IoCompletionType, ex.NewIoCompletion(1))
		f2, h2 := w.open(`\Device\Test\two`, 0)
		w.expect("the same memory", f2, f)
		w.expect("its name", f2.Name, `\two`)
		w.expect("the options", f2.Mode()|f2.Options.Load(), uint32(0))
		w.expect("the context", f2.Context == nil && f2.Context2 == nil, true)
		w.expect("synchronous", f2.synchronous || f2.alertable || f2.signalled || f2.cleaned.Load(), false)
		state, _ := f2.Event.Read()
		w.expect("the event", state, int32(0))
		w.expect("a port", f2.SetCompletion(o.Reference(), 3), nt.StatusSuccess)
		w.expect("what it skips", f2.SetNotification(nt.FileSkipSetEventOnHandle), nt.StatusSuccess)
		f2.Object.Reference()
		w.p.Handles.Close(h2)
		w.expect("cleaned", f2.cleaned.Load(), true)

		f3, h3 := w.open(`\Device\Test\three`, 0)
		w.expect("other memory while it is referenced", f3 != f2, true)
		f2.Object.Dereference()
		f4, h4 := w.open(`\Device\Test\four`, 0)
		w.expect("that memory then", f4, f2)
		w.expect("no port", f4.completion.Load() == nil && f4.notification.Load() == 0 && !f4.cleaned.Load(), true)
		w.p.Handles.Close(h3)
		w.p.Handles.Close(h4)
		pointers, _ := o.Counts()
		w.expect("the port's references", pointers, 1)
		o.Dereference()
	})
}

// TestPacketAgain: an open's packet says nothing of the open before, and its name does not lie in the
// opener's memory.
func TestPacketAgain(t *testing.T) {
	simulate(t, func(w *world) {
		d := w.driver("Test", 0)
		th := ps.Current()
		var seen StackLocation
		d.Major[Create] = func(_ *Device, irp *IRP) nt.Status {
			seen = *irp.Location()
			return Complete(irp, nt.StatusSuccess, nt.FileCreated)
		}
		text := []byte(`\Device\Test\one`)
		name := unsafe.String(&text[0], len(text))
		p := NewPacket(th)
		p.Access, p.Disposition, p.Options, p.FileAttributes = nt.FileAllAccess, nt.FileCreate, nt.FileDeleteOnClose, nt.FileAttributeHidden
		p.ShareAccess, p.AllocationSize, p.Mode = nt.FileShareValid, 5, ke.UserMode
		o, s := p.Open(nil, name, true)
		w.expect("the first", s, nt.StatusSuccess)
		w.expect("what it has done", p.Information, uint64(nt.FileCreated))
		w.expect("what the driver sees", seen.ByteOffset, int64(5))
		inner := NewPacket(th)
		w.expect("another one meanwhile", inner != p, true)
		p.Release(th)
		copy(text, `\Device\Test\two`)
		f := o.Body.(*File)
		w.expect("the file's name", f.Name, `\one`)

		q := NewPacket(th)
		w.expect("the same", q, p)
		w.expect("with nothing in it", *q, OpenPacket{})
		q.Access = nt.FileReadData
		o2, s := q.Open(nil, name, true)
		w.expect("the second", s, nt.StatusSuccess)
		w.expect("its name", o2.Body.(*File).Name, `\two`)
		w.expect("the first one's name", f.Name, `\one`)
		w.expect("its parameters", seen.ByteOffset == 0 && seen.Options == 0 && seen.Disposition == 0 && seen.FileAttributes == 0 && seen.ShareAccess == 0, true)
		q.Release(th)
		_, s = NewPacket(th).Open(nil, `\Device`, true)
		w.expect("what is no file", s, nt.StatusObjectTypeMismatch)
		for _, o := range []*ob.Object{o, o2} {
			o.Dereference()
		}
	})
}
