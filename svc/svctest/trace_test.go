package svctest

import (
	"testing"
	"unicode/utf16"
	"unsafe"

	"gont/etw"
	"gont/ex"
	"gont/nt"
)

// TestTraceControl (P1.49): a session from its start to its end by the service, and hostile
// arguments.
func TestTraceControl(t *testing.T) {
	simulate(t, func(w *world) {
		trace := &ex.Trace{Now: func() int64 { return 0 }}
		trace.End(trace.Begin("P0.1"), nt.StatusSuccess)
		if s := etw.InitSystem(trace, &ex.BootLog{}); !s.OK() {
			t.Fatal(s)
		}
		expect := func(what string, got, want nt.Status) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		const size = uint64(unsafe.Sizeof(nt.TraceRequest{}))
		request := func(r nt.TraceRequest, name string) (at, length uint64) {
			at = put(w, dataAt+0x400, r)
			units := utf16.Encode([]rune(name))
			for i, u := range units {
				put(w, at+size+2*uint64(i), u)
			}
			return at, size + 2*uint64(len(units))
		}
		control := func(function, in, length, out, room, returned uint64) nt.Status {
			return w.service(nt.SvcTraceControl, function, in, length, out, room, returned)
		}
		in, n := request(nt.TraceRequest{BufferSize: 8192}, "Logger")
		expect("function", control(99, in, n, 0, 0, 0), nt.StatusInvalidParameter)
		expect("short", control(nt.TraceStart, in, size-1, 0, 0, 0), nt.StatusInfoLengthMismatch)
		expect("hole", control(nt.TraceStart, hole, n, 0, 0, 0), nt.StatusAccessViolation)
		expect("odd name", control(nt.TraceStart, in, n-1, dataAt, 32, 0), nt.StatusInvalidParameter)
		expect("long name", control(nt.TraceStart, in, size+1000, dataAt, 32, 0), nt.StatusInvalidParameter)
		expect("no name", control(nt.TraceStart, in, size, dataAt, 32, 0), nt.StatusInvalidParameter)
		expect("no room", control(nt.TraceStart, in, n, dataAt, 8, 0), nt.StatusBufferTooSmall)
		expect("start", control(nt.TraceStart, in, n, dataAt, 32, dataAt+64), nt.StatusSuccess)
		id := get[nt.TraceSession](w, dataAt).ID
		if id == 0 || get[uint32](w, dataAt+64) != 32 {
			t.Fatalf("session %d", id)
		}
		expect("again", control(nt.TraceStart, in, n, dataAt, 32, 0), nt.StatusObjectNameCollision)
		in, n = request(nt.TraceRequest{Session: id, Provider: nt.GUID{9}}, "")
		expect("enable nothing", control(nt.TraceEnable, in, n, 0, 0, 0), nt.StatusWmiGuidNotFound)
		in, n = request(nt.TraceRequest{Session: id, Provider: nt.BootProvider}, "")
		expect("enable", control(nt.TraceEnable, in, n, 0, 0, 0), nt.StatusSuccess)
		expect("read: hole", control(nt.TraceRead, in, n, hole, 512, 0), nt.StatusAccessViolation)
		expect("read: small", control(nt.TraceRead, in, n, dataAt+0x800, 8, 0), nt.StatusBufferTooSmall)
		expect("read", control(nt.TraceRead, in, n, dataAt+0x800, 512, dataAt+64), nt.StatusSuccess)
		h := get[nt.EventHeader](w, dataAt+0x800)
		if uint32(h.Size) != get[uint32](w, dataAt+64) || h.Event != nt.EventStep|nt.EventRundown {
			t.Errorf("%+v", h)
		}
		if text := get[[12]byte](w, dataAt+0x800+nt.EventHeaderSize); string(text[:]) != "TRACE P0.1 0" {
			t.Errorf("%q", text)
		}
		expect("read: nothing", control(nt.TraceRead, in, n, dataAt+0x800, 512, 0), nt.StatusNoMoreEntries)
		expect("query", control(nt.TraceQuery, in, n, dataAt, 32, 0), nt.StatusSuccess)
		if q := get[nt.TraceSession](w, dataAt); q.Written != 1 || q.Providers != 1 {
			t.Errorf("%+v", q)
		}
		expect("list", control(nt.TraceList, 0, 0, dataAt+0x800, 512, dataAt+64), nt.StatusSuccess)
		if n := get[uint32](w, dataAt+64); n != 3*uint32(unsafe.Sizeof(nt.TraceProvider{})) {
			t.Errorf("%d bytes of providers", n)
		}
		expect("stop", control(nt.TraceStop, in, n, 0, 0, 0), nt.StatusSuccess)
		expect("stop again", control(nt.TraceStop, in, n, 0, 0, 0), nt.StatusWmiInstanceNotFound)
		in, n = request(nt.TraceRequest{Session: 0x10000}, "")
		expect("a large number", control(nt.TraceStop, in, n, 0, 0, 0), nt.StatusInvalidParameter)
		etw.Reset()
	})
}
