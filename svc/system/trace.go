package system

import (
	"unicode/utf16"
	"unsafe"

	"gont/etw"
	"gont/mm"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtTraceControl(function, *input, length, *output, length, *returned) starts, reads and
// stops sessions of event tracing (SPEC P1.49). Who asks must hold
// SeSystemProfilePrivilege. input is a nt.TraceRequest; *returned is how much of output
// has been written.
func NtTraceControl(c *svc.Call) nt.Status {
	t := c.Thread
	if !t.Process.Holds(se.SystemProfilePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var request nt.TraceRequest
	function, length := c.Uint32(1), c.Uint32(3)
	if function != nt.TraceList {
		if length < uint32(unsafe.Sizeof(request)) {
			return nt.StatusInfoLengthMismatch
		}
		if s := svc.Get(t, c.Arg(2), &request); !s.OK() {
			return s
		}
	}
	if request.Session > 0xFFFF {
		return nt.StatusInvalidParameter
	}
	id := uint16(request.Session)
	var out []byte
	s := nt.StatusSuccess
	switch function {
	case nt.TraceStart:
		name, s := traceName(c, length-uint32(unsafe.Sizeof(request)))
		if !s.OK() {
			return s
		}
		if id, s = etw.Start(name, request.BufferSize); !s.OK() {
			return s
		}
		q, _ := etw.Query(id)
		if s = traceAnswer(c, svc.AsBytes(&q)); !s.OK() {
			etw.Stop(id) // nobody knows its number
		}
		return s
	case nt.TraceStop:
		return etw.Stop(id)
	case nt.TraceQuery:
		var q nt.TraceSession
		if q, s = etw.Query(id); s.OK() {
			out = svc.AsBytes(&q)
		}
	case nt.TraceEnable:
		return etw.Enable(id, request.Provider)
	case nt.TraceRead:
		if s := svc.ProbeWrite(t, c.Arg(4), uint64(c.Uint32(5))); !s.OK() {
			return s // what is read is gone
		}
		if s := svc.ProbeOptional(t, c.Arg(6), 4); !s.OK() {
			return s
		}
		out, s = etw.Read(id, int(min(c.Uint32(5), etw.MaximumBuffer)))
	case nt.TraceList:
		for _, p := range etw.Providers() {
			e := nt.TraceProvider{ID: p.ID}
			copy(e.Name[:], p.Name)
			out = svc.AppendValue(out, &e)
		}
	default:
		return nt.StatusInvalidParameter
	}
	if !s.OK() {
		return s
	}
	return traceAnswer(c, out)
}

// traceName reads the name behind a request: length bytes of UTF-16.
func traceName(c *svc.Call, length uint32) (string, nt.Status) {
	if length%2 != 0 || length > 2*etw.MaximumName {
		return "", nt.StatusInvalidParameter
	}
	units := make([]uint16, length/2)
	if length > 0 {
		at := c.Arg(2) + uint64(unsafe.Sizeof(nt.TraceRequest{}))
		if s := svc.CopyFrom(c.Thread, unsafe.Pointer(&units[0]), at, uint64(length)); !s.OK() {
			return "", s
		}
	}
	return string(utf16.Decode(units)), nt.StatusSuccess
}

func traceAnswer(c *svc.Call, b []byte) nt.Status {
	n := uint32(len(b))
	if s := svc.PutOptional(c.Thread, c.Arg(6), &n); !s.OK() {
		return s
	}
	if c.Uint32(5) < n {
		return nt.StatusBufferTooSmall
	}
	if n == 0 {
		return nt.StatusSuccess
	}
	return svc.CopyTo(c.Thread, c.Arg(4), unsafe.Pointer(&b[0]), uint64(n))
}
