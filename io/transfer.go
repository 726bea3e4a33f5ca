package io

import (
	"unsafe"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// MaximumBuffered is how many bytes a buffered request may move: one pool block.
const MaximumBuffered = mm.MaximumPoolBlock

// Read is NtReadFile's work: length bytes from *offset on, nil being the file's position,
// to the program's buffer. STATUS_PENDING when the driver has not finished and the file
// is not synchronous. PASSIVE_LEVEL.
func (f *File) Read(r *Request, buffer uint64, length uint32, offset *int64, key uint32) nt.Status {
	return f.transfer(r, Read, buffer, length, offset, key)
}

// Write is NtWriteFile's work, Read's other direction.
func (f *File) Write(r *Request, buffer uint64, length uint32, offset *int64, key uint32) nt.Status {
	return f.transfer(r, Write, buffer, length, offset, key)
}

func (f *File) transfer(r *Request, major uint8, buffer uint64, length uint32, offset *int64, key uint32) nt.Status {
	at, s := int64(nt.FileUseFilePointerPosition), nt.Status(nt.StatusSuccess)
	if offset != nil {
		at = *offset
	}
	if at < 0 || f.Options.Load()&nt.FileNoIntermediateBuffering != 0 {
		s = f.checkStart(major, at, length)
	}
	if s.OK() && length > 0 && !ps.UserSpan(buffer, uint64(length)) {
		s = nt.StatusAccessViolation
	}
	if !s.OK() {
		r.drop()
		return s
	}
	if r.ApcRoutine == 0 {
		if s, ok := f.Fast(r.Thread, major, buffer, length, at, r.Iosb, r.Event); ok {
			r.drop()
			return s
		}
	}
	irp, l, s := begin(r, f, major)
	if s != nt.StatusSuccess {
		return s
	}
	if at == nt.FileUseFilePointerPosition {
		at = f.position
	}
	l.Length, l.Key, l.ByteOffset = length, key, at
	t := r.Thread
	switch {
	case l.Device.Flags&BufferedIo != 0:
		if length > MaximumBuffered {
			return irp.fail(nt.StatusInsufficientResources)
		}
		if major == Read && length > 0 {
			s = ps.ProbeWrite(t, buffer, uint64(length))
		}
		if s.OK() {
			s = irp.systemBuffer(int(length))
		}
		if s.OK() && major == Write {
			s = irp.fill(t, buffer, length)
		} else if s.OK() {
			irp.user, irp.outLength = buffer, length
			irp.flags |= inputFlag
		}
	case l.Device.Flags&DirectIo != 0:
		access := mm.Write
		if major == Write {
			access = mm.Read
		}
		s = irp.lockBuffer(t, buffer, length, access)
	default:
		irp.UserBuffer = buffer
	}
	if !s.OK() {
		return irp.fail(s)
	}
	return irp.send(l)
}

// checkStart checks where a transfer is to begin: FileUseFilePointerPosition is the
// file's position, which only who has the turn may read.
func (f *File) checkStart(major uint8, at int64, length uint32) nt.Status {
	switch {
	case at == nt.FileUseFilePointerPosition && f.synchronous:
	case at == nt.FileWriteToEndOfFile && major == Write:
	case at < 0:
		return nt.StatusInvalidParameter
	}
	if n := int64(f.Device.SectorSize); n > 0 && f.Options.Load()&nt.FileNoIntermediateBuffering != 0 {
		if int64(length)%n != 0 || at > 0 && at%n != 0 {
			return nt.StatusInvalidParameter
		}
	}
	return nt.StatusSuccess
}

// Fast is Read or Write by the driver's way that needs no request (FAST_IO_DISPATCH). ok is false, and nothing is
// done, when there has to be a request: for what is checked there, for who wants a packet, and where the
// driver says so. at may be FileUseFilePointerPosition; iosb can be written; event, or nil, stays the caller's. PASSIVE_LEVEL.
func (f *File) Fast(t *ps.Thread, major uint8, buffer uint64, length uint32, at int64, iosb uint64, event *ob.Object) (s nt.Status, ok bool) {
	if at < 0 && (at != nt.FileUseFilePointerPosition || !f.synchronous) || f.Options.Load()&nt.FileNoIntermediateBuffering != 0 ||
		length > 0 && !ps.UserSpan(buffer, uint64(length)) {
		return 0, false
	}
	top, _ := f.target.top()
	do := top.Driver.FastIo.Read
	if major == Write {
		do = top.Driver.FastIo.Write
	}
	if do == nil || f.completion.Load() != nil {
		return 0, false
	}
	if f.synchronous {
		if !f.busy.CompareAndSwap(0, 1) {
			if s := f.enter(); s != nt.StatusSuccess {
				return s, true
			}
		}
		if at == nt.FileUseFilePointerPosition {
			at = f.position
		}
	}
	status, ok := do(f, t, buffer, length, at)
	if ok && !isError(status.Status) {
		block := nt.IoStatusBlock{Status: status.Status, Information: status.Information}
		ps.CopyTo(t, iosb, unsafe.Pointer(&block), uint64(unsafe.Sizeof(block)))
		if event != nil {
			event.Body.(*ke.Event).Set()
		} else if !f.signalled || !f.synchronous {
			f.signal()
		}
	}
	if f.synchronous {
		f.leave()
	}
	return status.Status, ok
}

// Advance moves the place where the next transfer of a synchronous file begins: the
// driver's business, while it has a request of the file.
func (f *File) Advance(at int64) { f.position = at }

// CurrentByteOffset is where the next transfer of a synchronous file begins, for the driver while
// it has a request of the file.
func (f *File) CurrentByteOffset() int64 { return f.position }

// DeviceControl is NtDeviceIoControlFile's work, and NtFsControlFile's with fs: a
// control code with its two buffers at the program's addresses.
func (f *File) DeviceControl(r *Request, fs bool, code uint32, in uint64, inLength uint32, out uint64, outLength uint32) nt.Status {
	major := uint8(DeviceControl)
	if fs {
		major = FileSystemControl
	}
	method := code & 3
	if method != nt.MethodNeither && (inLength > 0 && !ps.UserSpan(in, uint64(inLength)) || outLength > 0 && !ps.UserSpan(out, uint64(outLength))) {
		r.drop()
		return nt.StatusAccessViolation
	}
	irp, l, s := begin(r, f, major)
	if s != nt.StatusSuccess {
		return s
	}
	l.Length, l.InputLength, l.Code = outLength, inLength, code
	if method != nt.MethodNeither && inLength|outLength == 0 {
		return irp.send(l)
	}
	t, system := r.Thread, inLength
	switch method {
	case nt.MethodBuffered:
		system = max(inLength, outLength)
		if outLength > 0 {
			s = ps.ProbeWrite(t, out, uint64(outLength))
			irp.user, irp.outLength = out, outLength
			irp.flags |= inputFlag
		}
	case nt.MethodNeither:
		l.Type3InputBuffer, irp.UserBuffer = in, out
		return irp.send(l)
	}
	if system > MaximumBuffered {
		s = nt.StatusInsufficientResources
	}
	if s.OK() {
		s = irp.systemBuffer(int(system))
	}
	if s.OK() {
		s = irp.fill(t, in, inLength)
	}
	if s.OK() && method == nt.MethodOutDirect {
		s = irp.lockBuffer(t, out, outLength, mm.Write)
	} else if s.OK() && method == nt.MethodInDirect {
		s = irp.lockBuffer(t, out, outLength, mm.Read)
	}
	if !s.OK() {
		return irp.fail(s)
	}
	return irp.send(l)
}

// Flush is NtFlushBuffersFile's work.
func (f *File) Flush(r *Request) nt.Status {
	irp, l, s := begin(r, f, FlushBuffers)
	if s != nt.StatusSuccess {
		return s
	}
	return irp.send(l)
}

// Query is NtQueryInformationFile's work for classes that the driver answers, and with
// volume NtQueryVolumeInformationFile's: up to length bytes to the program's buffer.
func (f *File) Query(r *Request, volume bool, class uint32, buffer uint64, length uint32) nt.Status {
	major := uint8(QueryInformation)
	if volume {
		major = QueryVolumeInformation
	}
	return f.information(r, major, class, buffer, length)
}

// Set is NtSetInformationFile's work for classes that the driver takes.
func (f *File) Set(r *Request, class uint32, buffer uint64, length uint32) nt.Status {
	return f.information(r, SetInformation, class, buffer, length)
}

func (f *File) information(r *Request, major uint8, class uint32, buffer uint64, length uint32) nt.Status {
	if !ps.UserSpan(buffer, uint64(length)) {
		r.drop()
		return nt.StatusAccessViolation
	}
	irp, l, s := begin(r, f, major)
	if s != nt.StatusSuccess {
		return s
	}
	l.Length, l.Code = length, class
	if length > MaximumBuffered {
		return irp.fail(nt.StatusInsufficientResources)
	}
	if s = irp.systemBuffer(int(length)); s.OK() && (major == SetInformation || major == SetVolumeInformation) {
		s = irp.fill(r.Thread, buffer, length)
	} else if s.OK() {
		irp.user, irp.outLength = buffer, length
		irp.flags |= inputFlag
	}
	if !s.OK() {
		return irp.fail(s)
	}
	return irp.send(l)
}
