package bugcheck

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// TestFaults (K1): what each fault of ring 0 stops the system with.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		f    hal.TrapFrame
		code ex.BugCode
		p    [4]uint64
		text string
	}{
		{hal.TrapFrame{Vector: hal.ExceptionNMI, Rip: 5}, ex.NmiHardwareFailure, [4]uint64{2, 0, 5, 0}, "non-maskable interrupt"},
		{hal.TrapFrame{Vector: hal.ExceptionMachineCheck}, ex.MachineCheckException, [4]uint64{18}, "machine check"},
		{hal.TrapFrame{Vector: hal.ExceptionPageFault, Cr2: 0x10, Rip: 7, ErrorCode: hal.FaultWrite}, ex.PageFaultInNonpagedArea, [4]uint64{0x10, 2, 7, 0}, "the kernel touched memory that is not there"},
		{hal.TrapFrame{Vector: hal.ExceptionPageFault, Cr2: 0x10, Rip: 7, ErrorCode: hal.FaultWrite | hal.FaultPresent}, ex.AttemptedWriteToReadonly, [4]uint64{0x10, 3, 7, 0}, "the kernel wrote to read-only memory"},
		{hal.TrapFrame{Vector: hal.ExceptionPageFault, Cr2: 0x10, Rip: 0x10, ErrorCode: hal.FaultFetch | hal.FaultPresent}, ex.AttemptedExecuteOfNoexecute, [4]uint64{0x10, 1, 0x10, 0}, "the kernel ran into data"},
		{hal.TrapFrame{Vector: hal.VectorNoPage, Cr2: 0x20}, ex.NoPagesAvailable, [4]uint64{0x20, 99, 0, 0}, "no page left for the kernel's heap"},
		{hal.TrapFrame{Vector: hal.ExceptionDivide, Rip: 8, Rsp: 9}, ex.KmodeExceptionNotHandled, [4]uint64{0, 8, 0, 9}, "processor exception in the kernel"},
		{hal.TrapFrame{Vector: hal.ExceptionDoubleFault, Rip: 8, Rsp: 9}, ex.UnexpectedKernelModeTrap, [4]uint64{8, 0, 8, 9}, "double fault"},
		{hal.TrapFrame{Vector: 12, ErrorCode: 3}, ex.UnexpectedKernelModeTrap, [4]uint64{12, 3, 0, 0}, ""},
	} {
		if code, p, text := faultReason(&c.f, 99); code != c.code || p != c.p || text != c.text {
			t.Errorf("%+v: %v %#x %q", c.f, code, p, text)
		}
	}
}

// TestPanics: panics that components mean for the stop screen have their own codes.
func TestPanics(t *testing.T) {
	for _, c := range []struct {
		r    any
		code ex.BugCode
		p    [4]uint64
	}{
		{mm.ListCorrupt{Page: 1, Want: 2, Got: 3}, ex.PfnListCorrupt, [4]uint64{1, 2, 3, 0}},
		{mm.SlotFree(7), ex.PfnListCorrupt, [4]uint64{7}},
		{ke.IrqlError(2), ex.IRQLNotLessOrEqual, [4]uint64{2}},
		{errors.New("a mistake"), ex.KmodeExceptionNotHandled, [4]uint64{}},
		{nil, ex.KmodeExceptionNotHandled, [4]uint64{}},
	} {
		if code, p, text := panicReason(c.r); code != c.code || p != c.p || !strings.HasPrefix(text, "panic: ") {
			t.Errorf("%v: %v %#x %q", c.r, code, p, text)
		}
	}
	for last, want := range map[string]ex.BugCode{"fatal error: runtime: out of memory\n": ex.NoPagesAvailable, "runtime: cannot allocate memory": ex.NoPagesAvailable,
		"goroutine stack exceeds 1048576-byte limit": ex.UnexpectedKernelModeTrap, "fatal: morestack on g0: stack overflow": ex.UnexpectedKernelModeTrap,
		"all goroutines are asleep - deadlock!": ex.GoRuntimeFailure, "": ex.GoRuntimeFailure} {
		if code, _, text := runtimeReason(2, []byte(last)); code != want || text == "" {
			t.Errorf("%q: %v", last, code)
		}
	}
}

// screen collects what a writer puts, without allocating.
type screen struct {
	b     [4096]byte
	n     int
	shown int
}

func (s *screen) writer() writer {
	return writer{put: func(c byte) { s.b[s.n] = c; s.n++ }, show: func() { s.shown++ }}
}

// TestScreen (K1): the first lines of a stop; nothing of them allocates.
func TestScreen(t *testing.T) {
	s := &screen{}
	w := s.writer()
	context := hal.NewContext()
	context.R10, context.R9 = 0xAB, 1
	thread := &ps.Thread{Context: context, Service: uint32(nt.SvcClose) + 1}
	k := &ke.Thread{Name: "t", Owner: thread}
	bank := &hal.MachineCheckBank{Bank: 4, Status: 1 << 63, Addr: 0x1000}
	write := func() {
		s.n = 0
		w.head(0xDEAD0001, "GO_RUNTIME_FAILURE", [4]uint64{1, 2, 3, 0xFFFFFFFFFFFFFFFF})
		w.decimal(0)
		w.decimal(1234567890)
		w.service(k)
		w.bank(bank)
	}
	if n := testing.AllocsPerRun(10, write); n != 0 {
		t.Errorf("%v allocations", n)
	}
	want := `
*** STOP: 0xdead0001 (0x0000000000000001, 0x0000000000000002, 0x0000000000000003, 0xffffffffffffffff)
*** GO_RUNTIME_FAILURE
01234567890*** in NtClose (0x00000000000000ab, 0x0000000000000000, 0x0000000000000000, 0x0000000000000001)
*** machine-check bank 4: status 0x8000000000000000, address 0x0000000000001000, misc 0x0000000000000000
***   no error, ` + bank.Severity() + "\n"
	if got := string(s.b[:s.n]); got != want || s.shown == 0 {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	s.n = 0
	thread.Service = 0
	w.service(k)
	if w.service(&ke.Thread{}); s.n != 0 {
		t.Errorf("a thread in no service: %q", s.b[:s.n])
	}
}

// TestWaiting: of the stacks of a stalled system those that wait for a lock or a channel are
// told, and no others.
func TestWaiting(t *testing.T) {
	block, ready := make(chan int), make(chan int)
	defer close(block)
	go func() {
		ready <- 0
		<-block
	}()
	<-ready
	var list []string
	for range 1000 {
		runtime.Gosched()
		b := make([]byte, 64<<10)
		if list = waiting(string(b[:runtime.Stack(b, true)])); strings.Contains(strings.Join(list, ""), "[chan receive]:\ngont/kernel/bugcheck.TestWaiting.") {
			break
		}
	}
	if text := strings.Join(list, ""); !strings.Contains(text, "TestWaiting.") {
		t.Errorf("the goroutine that waits is not told of: %s", text)
	}
	for _, s := range []string{"", "goroutine 1 [running]:\nmain.main()", "goroutine 2 [GC worker (idle)]:\nx", "goroutine 3 [coroutine]:\nke.swap()"} {
		if list := waiting(s); len(list) != 0 {
			t.Errorf("%q is told of: %q", s, list)
		}
	}
}
