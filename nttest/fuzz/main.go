//go:build ntuser

// Fuzz is a session manager that attacks the system services. It makes one
// process after another, each with the same few objects and some memory of
// every kind, and lets three threads of it make 250 calls each of any service
// with arguments that mostly fit, while a fourth writes over what the
// arguments point at. The calls come from a seed. The process may end as it
// likes; afterwards every count of the system must be as before.
//
// Arguments, from the boot option SESSION=: seed:N, calls:N (how many in all),
// first:N (the first child's number), only:NAME (one service), files:0 (no volume on a RAM disk).
//
//	FUZZ seed 1, 20000 calls
//	FUZZ 10000 calls, 14 processes
//	FUZZ done: 20124 calls, 27 processes, 0 failed
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/counts"
	"gont/nttest/harness"
)

// self is this process.
var self nt.ClientID

// settings are what the command line says.
type settings struct {
	seed  uint64
	calls uint64
	first int
	only  nt.Service
	files uint64 // 0: no volume is made
}

func parse(args []string) (o settings, err error) {
	o = settings{seed: 1, calls: 20000, only: nt.NumServices, files: 1}
	for _, a := range args {
		name, value, _ := strings.Cut(strings.ToLower(a), ":") // the loader capitalizes options
		var n uint64
		if name != "only" {
			if n, err = strconv.ParseUint(value, 0, 64); err != nil {
				return o, err
			}
		}
		switch name {
		case "seed":
			o.seed = n
		case "calls":
			o.calls = n
		case "first":
			o.first = int(n)
		case "files":
			o.files = n
		case "only":
			if o.only = serviceNamed(value); o.only == nt.NumServices {
				return o, fmt.Errorf("no service is called %q", value)
			}
		default:
			return o, fmt.Errorf("what is %q?", a)
		}
	}
	return o, nil
}

func serviceNamed(name string) nt.Service {
	for s := nt.Service(0); s < nt.NumServices; s++ {
		if strings.EqualFold(s.String(), name) {
			return s
		}
	}
	return nt.NumServices
}

func main() {
	runtime.LockOSThread()
	fmt.Println("GoNT Session Manager (fuzzer)")
	if err := fuzz(os.Args[1:]); err != nil {
		fmt.Println("FUZZ FAILED:", err)
		harness.Done("FUZZ", "", 1)
	}
	ntdll.NtShutdownSystem(nt.ShutdownPowerOff)
}

func fuzz(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	fmt.Printf("FUZZ seed %d, %d calls\n", o.seed, o.calls)
	info, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
	self = info.ClientID
	// The children may set any priority, and run for ever at it.
	if s := ntdll.NtSetPriorityThread(nt.CurrentThread, 31); !s.OK() {
		return fmt.Errorf("NtSetInformationThread: %w", s)
	}
	ballast := make([]byte, 16<<20) // heap enough: it does not grow while pages are counted
	for i := 0; i < len(ballast); i += nt.PageSize {
		ballast[i] = 1
	}
	runtime.GC()
	harness.WaitForPhase1()
	c, err := newCommon(o.files != 0)
	if err != nil {
		return err
	}
	f := &fuzzer{common: c, settings: o}
	if err := f.calibrate(); err != nil {
		return err
	}
	for f.made < o.calls {
		if err := f.one(); err != nil {
			return err
		}
	}
	if grown := counts.HeapPages() - f.heap; grown > heapLimit {
		return fmt.Errorf("the kernel's heap has grown by %d pages", grown)
	}
	harness.Done("FUZZ", fmt.Sprintf("%d calls, %d processes", f.made, f.children), 0)
	return nil
}

// heapLimit is how far the kernel's heap may grow in pages, however long it
// takes.
const heapLimit = 4096

// fuzzer is a run.
type fuzzer struct {
	*common
	settings
	before   counts.Counts
	heap     int64
	made     uint64
	children int
	said     uint64
}

// calibrate runs a few children before anything is counted: what is made once
// and kept is there afterwards.
func (f *fuzzer) calibrate() error {
	for i := range 3 {
		if _, err := f.child(-1-i, f.only); err != nil {
			return err
		}
	}
	f.heap = counts.HeapPages()
	var err error
	for try := 0; try < 20; try++ { // what ends takes its time
		last := f.before
		if f.before, err = f.settle(); err != nil || last != nil && f.before.Differs(last) == "" {
			return err
		}
		ntdll.NtDelayExecution(false, -second/10)
	}
	return fmt.Errorf("the counts do not come to rest")
}

// one runs the next child and compares the counts.
func (f *fuzzer) one() error {
	n := f.first + f.children
	k, err := f.child(n, f.only)
	if err == nil {
		err = f.compare()
	}
	if err != nil {
		fmt.Printf("FUZZ failed with SESSION=seed:%d,first:%d,calls:%d,files:%d\n", f.seed, n, threadsPerChild*callsPerThread, f.files)
		fmt.Println("FUZZ failed:", err)
		if k != nil {
			k.last()
		}
		f.suspects(n)
		return err
	}
	f.children++
	// What a child does beyond its lists, by headers that it has written over, is
	// not counted.
	f.made += min(k.calls, threadsPerChild*callsPerThread)
	if f.made/10000 != f.said {
		f.said = f.made / 10000
		fmt.Printf("FUZZ %d calls, %d processes\n", f.made, f.children)
	}
	return nil
}

// child runs child number n to its end.
func (f *fuzzer) child(n int, only nt.Service) (*child, error) {
	k, err := f.newChild(f.seed, n, only)
	if err != nil {
		return nil, err
	}
	err = k.run()
	k.close()
	return k, err
}

// settle counts after everybody else has gone.
func (f *fuzzer) settle() (counts.Counts, error) {
	list, s := ntdll.QueryProcesses()
	if !s.OK() {
		return nil, s
	}
	for _, p := range list {
		if p.UniqueProcessID > 4 && p.UniqueProcessID != self.UniqueProcess {
			endOrphan(p.UniqueProcessID)
		}
	}
	f.drain()
	return counts.Take(self.UniqueProcess)
}

// endOrphan ends a process that a child has made.
func endOrphan(id uint64) {
	var h nt.Handle
	var a nt.ObjectAttributes
	a.Length = uint32(unsafe.Sizeof(a))
	cid := nt.ClientID{UniqueProcess: id}
	if s := ntdll.Raw(nt.SvcOpenProcess, uintptr(unsafe.Pointer(&h)), uintptr(nt.AllAccess), uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&cid))); !s.OK() {
		return // it has ended meanwhile
	}
	limit := int64(-5 * second)
	ntdll.NtTerminateProcess(h, 0x78)
	ntdll.NtWaitForSingleObject(h, false, &limit)
	ntdll.NtClose(h)
}

// patience is how often, every 50 ms, compare looks before something counts as left
// behind: where the machine is slow the zero-page thread alone may need seconds for
// what a child had.
const patience = 200

// compare looks for what is left of the children. What ends takes its time.
func (f *fuzzer) compare() error {
	for try := 0; ; try++ {
		now, err := f.settle()
		if err != nil {
			return err
		}
		d := now.Differs(f.before)
		if d == "" {
			return nil
		}
		if try == patience {
			f.before = now
			return fmt.Errorf("left behind: %s", d)
		}
		ntdll.NtDelayExecution(false, -second/20)
	}
}

// suspects calls each service alone, with the arguments of the child that
// failed, and names those after which something is left.
func (f *fuzzer) suspects(n int) {
	for s := nt.Service(0); s < nt.NumServices; s++ {
		if s == nt.SvcDisplayString {
			continue
		}
		if _, err := f.child(n, s); err != nil {
			fmt.Printf("FUZZ suspect %v: %v\n", s, err)
			return
		}
		if err := f.compare(); err != nil {
			fmt.Printf("FUZZ suspect %v: %v\n", s, err)
		}
	}
}
