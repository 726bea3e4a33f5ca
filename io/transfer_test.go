package io

import (
	"bytes"
	"testing"
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// TestDirect: a direct control code's input is copied, its output buffer is the program's own
// memory, held until the request is completed, in whatever thread; neither kind leaves both
// addresses as they are, good or bad.
func TestDirect(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		var waiting *IRP
		var neither [2]uint64
		x.Major[DeviceControl] = func(d *Device, irp *IRP) nt.Status {
			l := irp.Location()
			if l.Code == codeNeither {
				neither = [2]uint64{l.Type3InputBuffer, irp.UserBuffer}
				return Complete(irp, nt.StatusSuccess, 0)
			}
			MarkPending(irp)
			waiting = irp
			return nt.StatusPending
		}
		f, h := w.open(`\Device\Test`, 0)
		const out, n = bufAt + mm.PageSize - 3, 10 // over the end of a page
		w.p.Space.WriteBytes(bufAt, []byte{1, 2, 3, 4})
		r := func() *Request { return &Request{Thread: ps.Current(), Iosb: iosbAt} }
		w.expect("direct", f.DeviceControl(r(), false, codeDirect, bufAt, 4, out, n), nt.StatusPending)
		w.p.Space.WriteBytes(bufAt, []byte{9, 9, 9, 9})
		w.expect("the input is a copy", bytes.Equal(waiting.SystemBuffer, []byte{1, 2, 3, 4}), true)
		w.expect("the output's length", waiting.Mdl.Len(), n)
		helper := w.user("other thread", func(*ps.Thread) {
			w.expect("bytes taken", waiting.Mdl.CopyIn([]byte("0123456789"), 0), n)
			Complete(waiting, nt.StatusSuccess, n)
		})
		w.wait(helper)
		w.sleep(1)
		w.expect("the block", w.iosb(iosbAt), nt.IoStatusBlock{Information: n})
		var got [n]byte
		w.p.Space.ReadBytes(out, got[:])
		w.expect("the output", string(got[:]), "0123456789")

		w.expect("no output", f.DeviceControl(r(), false, codeDirect, bufAt, 4, 0, 0), nt.StatusPending)
		w.expect("no buffer", waiting.Mdl == nil, true)
		Complete(waiting, nt.StatusSuccess, 0)
		for _, c := range []struct {
			name      string
			code      uint32
			in, inLen uint64
			out, n    uint64
			want      nt.Status
		}{
			{"no memory", codeDirect, bufAt, 4, dataAt + dataPages*mm.PageSize - 1, 2, nt.StatusAccessViolation},
			{"no input", codeDirect, dataAt + dataPages*mm.PageSize - 1, 2, out, n, nt.StatusAccessViolation},
			{"the kernel's", codeDirect, bufAt, 4, 0xFFFF800000000000, 4, nt.StatusAccessViolation},
			{"too much", codeDirect, bufAt, 4, dataAt, mm.MaximumMdl + 1, nt.StatusAccessViolation},
		} {
			waiting = nil
			if s := f.DeviceControl(r(), false, c.code, c.in, uint32(c.inLen), c.out, uint32(c.n)); s.OK() || waiting != nil {
				t.Errorf("%s: %v, the driver has it: %v", c.name, s, waiting != nil)
			}
		}
		w.expect("neither", f.DeviceControl(r(), false, codeNeither, 77, 4, 0xFFFF800000000000, 5), nt.StatusSuccess)
		w.expect("its addresses", neither, [2]uint64{77, 0xFFFF800000000000})
		w.p.Handles.Close(h)
		w.settleFiles(1, x)
	})
}

// TestDeviceIo: reads and writes of devices that have buffers of the system, the program's own
// pages, or addresses.
func TestDeviceIo(t *testing.T) {
	for name, flags := range map[string]DeviceFlags{"buffered": BufferedIo, "direct": DirectIo, "neither": 0} {
		simulate(t, func(w *world) {
			x := w.driver("Test", flags)
			var memory [300]byte
			serve := func(d *Device, irp *IRP) nt.Status {
				l := irp.Location()
				at, n := int(l.ByteOffset), int(l.Length)
				if at+n > len(memory) {
					return Complete(irp, nt.StatusEndOfFile, 0)
				}
				s, read := nt.StatusSuccess, l.Major == Read
				switch {
				case flags == BufferedIo && read:
					copy(irp.SystemBuffer, memory[at:at+n])
				case flags == BufferedIo:
					copy(memory[at:], irp.SystemBuffer)
				case flags == DirectIo && n == 0:
				case flags == DirectIo && read:
					irp.Mdl.CopyIn(memory[at:at+n], 0)
				case flags == DirectIo:
					w.expect("it may be written", irp.Mdl.Writable(), false)
					irp.Mdl.CopyOut(memory[at:at+n], 0)
				case read:
					s = ps.CopyTo(irp.Thread, irp.UserBuffer, unsafe.Pointer(&memory[at]), uint64(n))
				default:
					s = ps.CopyFrom(irp.Thread, unsafe.Pointer(&memory[at]), irp.UserBuffer, uint64(n))
				}
				if !s.OK() {
					n = 0
				}
				return Complete(irp, s, uint64(n))
			}
			x.Major[Read], x.Major[Write] = serve, serve
			f, h := w.open(`\Device\Test`, 0)
			const from = bufAt + mm.PageSize - 100
			want := bytes.Repeat([]byte("wxyz"), 50)
			w.p.Space.WriteBytes(from, want)
			r := func() *Request { return &Request{Thread: ps.Current(), Iosb: iosbAt} }
			at := int64(20)
			w.expect(name+": write", f.Write(r(), from, 200, &at, 0), nt.StatusSuccess)
			w.expect(name+": the block", w.iosb(iosbAt), nt.IoStatusBlock{Information: 200})
			w.expect(name+": what came", bytes.Equal(memory[20:220], want), true)
			const to = bufAt + 4*mm.PageSize - 7
			w.expect(name+": read", f.Read(r(), to, 200, &at, 0), nt.StatusSuccess)
			got := make([]byte, 200)
			w.p.Space.ReadBytes(to, got)
			w.expect(name+": what was read", bytes.Equal(got, want), true)
			w.expect(name+": nothing", f.Read(r(), 0, 0, &at, 0), nt.StatusSuccess)
			end, before := int64(299), int64(-5)
			w.expect(name+": over the end", f.Read(r(), to, 2, &end, 0), nt.StatusEndOfFile)
			const hole = dataAt + dataPages*mm.PageSize - 50
			for _, do := range []func(*Request, uint64, uint32, *int64, uint32) nt.Status{f.Read, f.Write} {
				w.expect(name+": a hole", do(r(), hole, 200, &at, 0), nt.StatusAccessViolation)
				w.expect(name+": the kernel's", do(r(), 0xFFFF800000000000, 200, &at, 0), nt.StatusAccessViolation)
				w.expect(name+": before the start", do(r(), to, 2, &before, 0), nt.StatusInvalidParameter)
				w.expect(name+": nowhere", do(r(), to, 2, nil, 0), nt.StatusInvalidParameter)
			}
			w.p.Handles.Close(h)
			w.settleFiles(1, x)
		})
	}
}
