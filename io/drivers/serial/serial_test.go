package serial

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// uart plays a chip, with its other end: what it sends is in sent, in brings bytes.
type uart struct {
	kind          kind
	ier, lcr, mcr uint8
	fcr, scr      uint8
	div           uint16
	rx            []byte
	errors        uint8 // of LSR, with the next byte
	sent          []byte
	thre          bool // the transmitter's interrupt is pending
	dead, stuck   bool
	modem         uint8
	sending       bool // and not empty yet
}

func (u *uart) in(r uint16) uint8 {
	if u.dead {
		return 0xFF
	}
	dlab := u.lcr&lcrDLAB != 0
	switch r {
	case regData:
		if dlab {
			return uint8(u.div)
		}
		if len(u.rx) == 0 {
			return 0
		}
		c := u.rx[0]
		u.rx = u.rx[1:]
		return c
	case regIER:
		if dlab {
			return uint8(u.div >> 8)
		}
		return u.ier
	case regIIR:
		bits := uint8(0)
		if u.fcr&1 != 0 {
			bits = [...]uint8{0, 0, 0x80, 0xC0}[u.kind]
		}
		switch {
		case u.stuck:
			return 0x0E | bits
		case u.errors != 0 && u.ier&ierLine != 0:
			return 6 | bits
		case len(u.rx) > 0 && u.ier&ierRx != 0:
			return 4 | bits
		case u.thre && u.ier&ierTx != 0:
			u.thre = false // reading clears it
			return 2 | bits
		}
		return 1 | bits
	case regLCR:
		return u.lcr
	case regMCR:
		return u.mcr
	case regLSR:
		v := u.errors | lsrTHRE
		u.errors = 0
		if len(u.rx) > 0 {
			v |= lsrData
		}
		return v
	case regMSR:
		return u.modem
	}
	if u.kind == i8250 {
		return 0
	}
	return u.scr
}

func (u *uart) out(r uint16, v uint8) {
	if u.dead {
		return
	}
	dlab := u.lcr&lcrDLAB != 0
	switch r {
	case regData:
		if dlab {
			u.div = u.div&0xFF00 | uint16(v)
			return
		}
		u.sent = append(u.sent, v)
		u.sending = true
	case regIER:
		if dlab {
			u.div = u.div&0xFF | uint16(v)<<8
			return
		}
		if v&ierTx != 0 && u.ier&ierTx == 0 {
			u.thre = true // the transmitter is empty
		}
		u.ier = v
	case regIIR:
		u.fcr = v
	case regLCR:
		u.lcr = v
	case regMCR:
		u.mcr = v
	case regSCR:
		u.scr = v
	}
}

// bench is a port at a chip, in a system with one processor.
type bench struct {
	t   *testing.T
	u   *uart
	p   *port
	d   *io.Device
	now uint64
}

func newBench(t *testing.T, k kind) *bench {
	b := &bench{t: t, u: &uart{kind: k}, now: 1_000_000}
	ke.Initialize(ke.Hooks{Now: func() uint64 { return b.now }})
	b.p = newPort(b.u)
	b.p.synchronize = func(f func()) { f() }
	b.p.expect = func() {}
	b.p.start()
	driver := &io.Driver{}
	DriverEntry(driver, "")
	b.d = &io.Device{Driver: driver, StackSize: 1, Flags: io.BufferedIo, Extension: &extension{port: b.p}}
	return b
}

// interrupt is what happens when the chip interrupts.
func (b *bench) interrupt() {
	if b.u.sending {
		b.u.sending, b.u.thre = false, true
	}
	old := ke.RaiseIrql(ke.DispatchLevel)
	b.p.service()
	ke.LowerIrql(old)
}

// settle lets interrupts come until there are none.
func (b *bench) settle() {
	for range 50000 {
		u := b.u
		if !(u.errors != 0 && u.ier&ierLine != 0 || len(u.rx) > 0 && u.ier&ierRx != 0 || (u.thre || u.sending) && u.ier&ierTx != 0) {
			return
		}
		b.interrupt()
	}
	b.t.Fatal("interrupts do not end")
}

func (b *bench) advance(ms int) {
	for end := b.now + uint64(ms)*10_000; b.now < end; {
		b.now = min(b.now+ke.TimeIncrement, end)
		ke.Tick(1, false)
	}
}

// request is one on its way.
type request struct {
	irp  *io.IRP
	done bool
	s    nt.Status
	n    int
}

func (b *bench) send(major uint8, buffer []byte) *request {
	r := &request{irp: io.AllocateIrp(1)}
	r.irp.SystemBuffer = buffer
	l := r.irp.NextLocation()
	l.Major, l.Length = major, uint32(len(buffer))
	r.irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
		r.done, r.s, r.n = true, irp.IoStatus.Status, int(irp.IoStatus.Information)
		return nt.StatusMoreProcessingRequired
	}, nil, true, true, true)
	io.CallDriver(b.d, r.irp)
	return r
}

func (r *request) want(t *testing.T, what string, s nt.Status, n int) {
	t.Helper()
	if !r.done || r.s != s || r.n != n {
		t.Errorf("%s: done %v, %v, %d bytes; want %v, %d", what, r.done, r.s, r.n, s, n)
	}
}

func ioctl[T any](b *bench, code uint32, v T) nt.Status {
	buf := make([]byte, unsafe.Sizeof(v))
	copy(buf, unsafe.Slice((*byte)(unsafe.Pointer(&v)), len(buf)))
	s, _ := b.p.control(code, buf, uint32(len(buf)), uint32(len(buf)))
	return s
}

func query[T any](b *bench, code uint32) (v T) {
	buf := make([]byte, unsafe.Sizeof(v))
	if s, n := b.p.control(code, buf, 0, uint32(len(buf))); !s.OK() || n != len(buf) {
		b.t.Errorf("%#x: %v, %d bytes", code, s, n)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&v)), len(buf)), buf)
	return v
}

// TestKinds (I10): the chips are told apart.
func TestKinds(t *testing.T) {
	for _, k := range []kind{i8250, i16450, i16550, i16550A} {
		if got := identify(&uart{kind: k}); got != k {
			t.Errorf("%v is taken for %v", k, got)
		}
	}
}

// TestSpeeds: speeds and lines, and those that the chip has not.
func TestSpeeds(t *testing.T) {
	b := newBench(t, i16550A)
	if v := query[uint32](b, nt.IoctlSerialGetBaudRate); v != 9600 {
		t.Errorf("%d baud at the start", v)
	}
	for baud, div := range map[uint32]uint16{115200: 1, 57600: 2, 9600: 12, 300: 384, 110: 1047, 2: 57600} {
		if s := ioctl(b, nt.IoctlSerialSetBaudRate, baud); !s.OK() || b.u.div != div {
			t.Errorf("%d: %v, divisor %d", baud, s, b.u.div)
		}
	}
	for _, baud := range []uint32{0, 1, 115201, 100000, ^uint32(0)} {
		if s := ioctl(b, nt.IoctlSerialSetBaudRate, baud); s != nt.StatusInvalidParameter {
			t.Errorf("%d: %v", baud, s)
		}
	}
	if b.u.lcr&lcrDLAB != 0 || b.u.ier != b.p.ier {
		t.Errorf("LCR %#x, IER %#x", b.u.lcr, b.u.ier)
	}
	for _, v := range [][3]uint8{{0, 0, 8}, {2, 2, 7}, {1, 1, 5}, {0, 3, 8}, {2, 4, 6}} {
		c := nt.SerialLineControl{StopBits: v[0], Parity: v[1], WordLength: v[2]}
		if s := ioctl(b, nt.IoctlSerialSetLineControl, c); !s.OK() {
			t.Errorf("%v: %v", c, s)
		}
		if got := query[nt.SerialLineControl](b, nt.IoctlSerialGetLineControl); got != c {
			t.Errorf("%v: %v", c, got)
		}
	}
	for _, v := range [][3]uint8{{0, 0, 4}, {0, 0, 9}, {1, 0, 8}, {2, 0, 5}, {3, 0, 8}, {0, 5, 8}} {
		c := nt.SerialLineControl{StopBits: v[0], Parity: v[1], WordLength: v[2]}
		if s := ioctl(b, nt.IoctlSerialSetLineControl, c); s != nt.StatusInvalidParameter {
			t.Errorf("%v: %v", c, s)
		}
	}
	for _, code := range []uint32{nt.IoctlSerialSetBaudRate, nt.IoctlSerialGetBaudRate, nt.IoctlSerialSetTimeouts, nt.IoctlSerialGetCommStatus, nt.IoctlSerialPurge} {
		if s, n := b.p.control(code, nil, 0, 0); s != nt.StatusBufferTooSmall || n != 0 {
			t.Errorf("%#x without a buffer: %v", code, s)
		}
		if s, _ := b.p.control(code, make([]byte, 3), 3, 3); s != nt.StatusBufferTooSmall {
			t.Errorf("%#x with three bytes: %v", code, s)
		}
	}
	if s, _ := b.p.control(0x12345678, make([]byte, 64), 64, 64); s != nt.StatusInvalidDeviceRequest {
		t.Errorf("an unknown code: %v", s)
	}
}

// TestRead: bytes that come before, during and after the request; more than the FIFO; two
// requests in a row.
func TestRead(t *testing.T) {
	b := newBench(t, i16550A)
	b.u.rx = []byte("hel")
	b.settle()
	first, second := make([]byte, 5), make([]byte, 2)
	r1, r2 := b.send(io.Read, first), b.send(io.Read, second)
	if r1.done || r2.done {
		t.Fatal("done too early")
	}
	b.u.rx = []byte("lo, ")
	b.settle()
	r1.want(t, "first", nt.StatusSuccess, 5)
	r2.want(t, "second", nt.StatusSuccess, 2)
	if string(first)+string(second) != "hello, " {
		t.Errorf("%q %q", first, second)
	}
	big := make([]byte, 10000)
	r := b.send(io.Read, big)
	var want []byte
	for i := range 1000 {
		chunk := bytes.Repeat([]byte{byte(i)}, 10)
		want = append(want, chunk...)
		b.u.rx = append(b.u.rx, chunk...)
		b.settle()
	}
	r.want(t, "big", nt.StatusSuccess, 10000)
	if !bytes.Equal(big, want) {
		t.Error("bytes of the big read are wrong")
	}
}

// TestTimeouts: those of SERIAL_TIMEOUTS.
func TestTimeouts(t *testing.T) {
	b := newBench(t, i16550A)
	set := func(v nt.SerialTimeouts) {
		if s := ioctl(b, nt.IoctlSerialSetTimeouts, v); !s.OK() {
			t.Fatal(s)
		}
		if got := query[nt.SerialTimeouts](b, nt.IoctlSerialGetTimeouts); got != v {
			t.Errorf("%+v", got)
		}
	}
	set(nt.SerialTimeouts{ReadIntervalTimeout: never})
	b.u.rx = []byte("ab")
	b.settle()
	b.send(io.Read, make([]byte, 10)).want(t, "what is there", nt.StatusSuccess, 2)
	b.send(io.Read, make([]byte, 10)).want(t, "nothing is there", nt.StatusSuccess, 0)

	set(nt.SerialTimeouts{ReadTotalTimeoutMultiplier: 10, ReadTotalTimeoutConstant: 100})
	r := b.send(io.Read, make([]byte, 10))
	b.advance(150)
	if r.done {
		t.Error("total: too early")
	}
	b.u.rx = []byte("x")
	b.settle()
	b.advance(100)
	r.want(t, "total", nt.StatusTimeout, 1)

	set(nt.SerialTimeouts{ReadIntervalTimeout: 50})
	r = b.send(io.Read, make([]byte, 10))
	b.advance(500)
	if r.done {
		t.Error("interval: before the first byte")
	}
	for range 3 {
		b.u.rx = []byte("y")
		b.settle()
		b.advance(30)
	}
	if r.done {
		t.Error("interval: too early")
	}
	b.advance(60)
	r.want(t, "interval", nt.StatusTimeout, 3)

	set(nt.SerialTimeouts{ReadIntervalTimeout: never, ReadTotalTimeoutMultiplier: never, ReadTotalTimeoutConstant: 1000})
	r = b.send(io.Read, make([]byte, 10))
	b.advance(500)
	if r.done {
		t.Error("any: without a byte")
	}
	b.u.rx = []byte("zz")
	b.settle()
	r.want(t, "any", nt.StatusSuccess, 2)
	r = b.send(io.Read, make([]byte, 10))
	b.advance(1100)
	r.want(t, "any, late", nt.StatusTimeout, 0)

	if s := ioctl(b, nt.IoctlSerialSetTimeouts, nt.SerialTimeouts{ReadIntervalTimeout: never, ReadTotalTimeoutMultiplier: never, ReadTotalTimeoutConstant: never}); s != nt.StatusInvalidParameter {
		t.Errorf("three times never: %v", s)
	}
	set(nt.SerialTimeouts{WriteTotalTimeoutConstant: 100})
	b.u.ier, b.p.ier = 0, 0 // nothing is sent any more
	r = b.send(io.Write, []byte("abc"))
	b.advance(200)
	r.want(t, "write", nt.StatusTimeout, 0)
}

// TestWrite: by the FIFO's size, by one, more than the ring; a write ends when its bytes are out.
func TestWrite(t *testing.T) {
	for _, k := range []kind{i8250, i16450, i16550, i16550A} {
		b := newBench(t, k)
		text := bytes.Repeat([]byte("0123456789"), 1000)
		r := b.send(io.Write, slices.Clone(text))
		r2 := b.send(io.Write, []byte("end"))
		if r.done || len(b.u.sent) > 0 {
			t.Fatalf("%v: done at once", k)
		}
		b.interrupt()
		if len(b.u.sent) != k.fifo() {
			t.Errorf("%v: %d bytes at once", k, len(b.u.sent))
		}
		b.settle()
		r.want(t, k.String(), nt.StatusSuccess, len(text))
		r2.want(t, k.String(), nt.StatusSuccess, 3)
		if string(b.u.sent) != string(text)+"end" || b.u.ier&ierTx != 0 {
			t.Errorf("%v: %d bytes, IER %#x", k, len(b.u.sent), b.u.ier)
		}
	}
}

// TestErrors: the receiver's errors, a ring that is full, a break; they are told once.
func TestErrors(t *testing.T) {
	b := newBench(t, i16550A)
	b.u.rx, b.u.errors = []byte("a"), lsrPE|lsrFE|lsrOE
	b.settle()
	b.u.rx, b.u.errors = []byte{0}, lsrBI
	b.settle()
	for range ringSize + 100 {
		b.u.rx = append(b.u.rx, 'x')
	}
	b.settle()
	v := query[nt.SerialStatus](b, nt.IoctlSerialGetCommStatus)
	if v.Errors != nt.SerialErrorParity|nt.SerialErrorFraming|nt.SerialErrorOverrun|nt.SerialErrorBreak|nt.SerialErrorQueueOverrun || v.AmountInInQueue != ringSize {
		t.Errorf("%+v", v)
	}
	if v = query[nt.SerialStatus](b, nt.IoctlSerialGetCommStatus); v.Errors != 0 {
		t.Errorf("told twice: %+v", v)
	}
	if s := query[nt.SerialStatistics](b, nt.IoctlSerialGetStats); s.BufferOverruns != 101 || s.ParityErrors != 1 {
		t.Errorf("%+v", s)
	}
	if s := ioctl(b, nt.IoctlSerialPurge, uint32(nt.SerialPurgeRxClear)); !s.OK() || b.p.rx.len() != 0 {
		t.Errorf("purge: %v", s)
	}
	if s := ioctl(b, nt.IoctlSerialPurge, uint32(16)); s != nt.StatusInvalidParameter {
		t.Errorf("purge of nothing: %v", s)
	}
}

// TestCancel: requests that wait are cancelled, by themselves, by a purge and when the port
// stops; the next one is not mistaken for it.
func TestCancel(t *testing.T) {
	b := newBench(t, i16550A)
	b.u.rx = []byte("ab")
	r := b.send(io.Read, make([]byte, 5))
	b.settle()
	io.CancelIrp(r.irp)
	r.want(t, "cancelled", nt.StatusCancelled, 0)
	r = b.send(io.Read, make([]byte, 1))
	b.u.rx = []byte("c")
	b.settle()
	r.want(t, "the next", nt.StatusSuccess, 1)
	r = b.send(io.Read, make([]byte, 1))
	ioctl(b, nt.IoctlSerialPurge, uint32(nt.SerialPurgeRxAbort))
	r.want(t, "purged", nt.StatusCancelled, 0)
	b.p.stop()
	if b.u.ier != 0 || b.u.mcr&mcrOut2 != 0 {
		t.Errorf("IER %#x, MCR %#x", b.u.ier, b.u.mcr)
	}
}

// TestStuck: a chip that says for ever that there is something, and one that has gone, do not
// hang the processor.
func TestStuck(t *testing.T) {
	b := newBench(t, i16550A)
	b.u.stuck = true
	b.interrupt()
	b.u.stuck, b.u.dead = false, true
	b.interrupt()
	if n := b.p.rx.len(); n > 64*serviceRounds {
		t.Errorf("%d bytes of a dead chip", n)
	}
}

// queue is the kernel's, for a port that is shared.
type queue struct {
	u     *uart
	text  []byte
	kick  func()
	fails nt.Status
}

func (q *queue) Connect(kick func()) { q.kick = kick }
func (q *queue) Waiting() int        { return len(q.text) }
func (q *queue) Pump() bool {
	n := min(16, len(q.text))
	for _, c := range q.text[:n] {
		q.u.out(regData, c)
	}
	q.text = q.text[n:]
	return len(q.text) > 0
}
func (q *queue) Write(b []byte) nt.Status {
	if q.fails != 0 {
		return q.fails
	}
	q.text = append(q.text, b...)
	return nt.StatusSuccess
}

// TestShared (K2): a port that the kernel's text goes to keeps its settings and what it has
// received; what programs write goes through the kernel's queue, in one piece.
func TestShared(t *testing.T) {
	b := newBench(t, i16550A)
	b.u = &uart{kind: i16550A, div: 1, lcr: 3, fcr: 1, rx: []byte("early")}
	b.p = newPort(b.u)
	b.p.synchronize, b.p.expect = func(f func()) { f() }, func() {}
	q := &queue{u: b.u}
	b.p.console = q
	b.p.start()
	b.d.Extension.(*extension).port = b.p
	q.Connect(b.p.kick)
	if b.u.div != 1 || b.u.lcr != 3 || b.u.mcr&mcrOut2 == 0 {
		t.Errorf("divisor %d, LCR %#x, MCR %#x", b.u.div, b.u.lcr, b.u.mcr)
	}
	early := make([]byte, 5)
	b.send(io.Read, early).want(t, "early", nt.StatusSuccess, 5)
	q.text = append(q.text, "kernel: "...)
	b.send(io.Write, []byte("a long line of a program's, which is sent in pieces\r\n")).want(t, "write", nt.StatusSuccess, 53)
	q.text = append(q.text, "kernel again"...)
	q.kick()
	b.settle()
	if string(b.u.sent) != "kernel: a long line of a program's, which is sent in pieces\r\nkernel again" || b.u.ier&ierTx != 0 {
		t.Errorf("%q, IER %#x", b.u.sent, b.u.ier)
	}
	q.fails = nt.StatusThreadIsTerminating
	b.send(io.Write, []byte("x")).want(t, "of a thread that ends", nt.StatusCancelled, 0)
}
