//go:build ntuser

package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func spin(pattern, n uint64) bool
func service(pattern, number, r10, rdx uint64) bool
func touch(pattern uint64, p *byte) bool
func x87(number, r10, rdx uint64) (cw uint64, pi float64)

func init() { register("registers", registersChild) }

// registersChild looks for ever whether its registers stay.
func registersChild([]string) nt.Status {
	for p := uint64(0x1111222233330000); spin(p, 100000); p += 0x10000 {
	}
	return nt.StatusUnsuccessful
}

var registerTests = []test{
	{"registers-service", func() error {
		for i := uint64(0); i < 200; i++ {
			if !service(0xA5A5000000000000+i<<20, uint64(nt.SvcGetCurrentProcessorNumber), 0, 0) {
				return fmt.Errorf("round %d", i)
			}
		}
		// One that blocks, so that other threads run in between.
		interval := int64(-10_000)
		for i := uint64(0); i < 10; i++ {
			if !service(0x5A5A000000000000+i<<20, uint64(nt.SvcDelayExecution), 0, uint64(uintptr(unsafe.Pointer(&interval)))) {
				return fmt.Errorf("delay %d", i)
			}
		}
		return nil
	}},
	{"registers-fault", func() error {
		base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 64<<12, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		for a := base; a < base+size; a += nt.PageSize {
			if !touch(a<<8|1, at(uintptr(a))) {
				return fmt.Errorf("fault at %#x", a)
			}
		}
		return nil
	}},
	{"registers-x87", func() error {
		p, err := start("registers") // enters ring 3 with a state of its own
		if err != nil {
			return err
		}
		defer func() {
			ntdll.NtTerminateProcess(p.Handle, 0)
			ntdll.NtWaitForSingleObject(p.Handle, false, nil)
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
		}()
		interval := int64(-30 * 10_000)
		for i := 0; i < 5; i++ {
			cw, pi := x87(uint64(nt.SvcDelayExecution), 0, uint64(uintptr(unsafe.Pointer(&interval))))
			if cw != 0x27F || pi != math.Pi {
				return fmt.Errorf("round %d: control word %#x, pi is %v", i, cw, pi)
			}
		}
		return nil
	}},
	{"registers-preemption", func() error {
		p, err := start("registers")
		if err != nil {
			return err
		}
		bad := error(nil)
		for begin := time.Now(); time.Since(begin) < 500*time.Millisecond && bad == nil; {
			if !spin(0x4444000000000000, 300000) {
				bad = fmt.Errorf("a register changed")
			}
		}
		zero := int64(0)
		if s := ntdll.NtWaitForSingleObject(p.Handle, false, &zero); s != nt.StatusTimeout && bad == nil {
			bad = fmt.Errorf("the other process found a register changed")
		}
		ntdll.NtTerminateProcess(p.Handle, 0)
		ntdll.NtWaitForSingleObject(p.Handle, false, nil)
		ntdll.NtClose(p.Handle)
		ntdll.NtClose(p.Thread)
		return bad
	}},
}

var memoryTests = []test{
	{"demand-zero", func() error {
		base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 4<<20, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		b := unsafe.Slice(at(uintptr(base)), size)
		for i := range b {
			if b[i] != 0 {
				return fmt.Errorf("byte %d is %#x", i, b[i])
			}
		}
		for i := range b {
			b[i] = 0xAA
		}
		return expect("NtFreeVirtualMemory", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease), 0)
	}},
	{"virtual-memory", func() error {
		me := nt.CurrentProcess
		base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 0x20000, nt.MemReserve, nt.PageReadWrite)
		if !s.OK() {
			return expect("reserve", s, 0)
		}
		m, s := ntdll.NtQueryVirtualMemory(me, base)
		if !s.OK() || m.State != nt.MemReserve || m.RegionSize != 0x20000 {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, base+0x3000, 0x2000, nt.MemCommit, nt.PageReadWrite); !s.OK() {
			return expect("commit", s, 0)
		}
		*at(uintptr(base + 0x4FFF)) = 1
		if m, s = ntdll.NtQueryVirtualMemory(me, base+0x3000); !s.OK() || m.State != nt.MemCommit || m.RegionSize != 0x2000 {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, base, 0x1000, nt.MemReserve, nt.PageReadWrite); s != nt.StatusConflictingAddresses {
			return expect("reserve twice", s, nt.StatusConflictingAddresses)
		}
		if _, s := ntdll.NtProtectVirtualMemory(me, base, 0x1000, nt.PageReadOnly); s != nt.StatusNotCommitted {
			return expect("protect what is reserved", s, nt.StatusNotCommitted)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 0x1000, nt.MemCommit, 0x77); s != nt.StatusInvalidPageProtection {
			return expect("protection 77h", s, nt.StatusInvalidPageProtection)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(me, 0xFFFF800000000000, 0x1000, nt.MemCommit|nt.MemReserve, nt.PageReadWrite); s != nt.StatusInvalidParameter2 {
			return expect("a kernel address", s, nt.StatusInvalidParameter2)
		}
		return expect("release", ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease), 0)
	}},
	{"read-write-process", func() error {
		a, b := []byte("from here"), make([]byte, 9)
		n, s := ntdll.NtWriteVirtualMemory(nt.CurrentProcess, uint64(uintptr(unsafe.Pointer(&b[0]))), a)
		if !s.OK() || n != 9 || string(b) != string(a) {
			return fmt.Errorf("write: %v %d %q", s, n, b)
		}
		if _, s = ntdll.NtReadVirtualMemory(nt.CurrentProcess, 0x1000, b); s != nt.StatusPartialCopy {
			return expect("read of nothing", s, nt.StatusPartialCopy)
		}
		return copyRules()
	}},
}

var runtimeTests = []test{
	{"go-goroutines", func() error {
		c := make(chan int)
		for i := 0; i < 500; i++ {
			go func() { c <- i }()
		}
		sum := 0
		for i := 0; i < 500; i++ {
			sum += <-c
		}
		if sum != 500*499/2 {
			return fmt.Errorf("%d", sum)
		}
		return nil
	}},
	{"go-gc", func() error {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var list [][]byte
		for i := 0; i < 3000; i++ {
			list = append(list, make([]byte, 16<<10))
			if len(list) > 50 {
				list = list[25:]
			}
		}
		runtime.ReadMemStats(&after)
		if after.NumGC == before.NumGC {
			return fmt.Errorf("no collection ran")
		}
		return nil
	}},
	{"go-arguments", func() error {
		if len(os.Args) != 1 || os.Args[0] != "smss.exe" || os.Getenv("SystemRoot") != `C:\Windows` {
			return fmt.Errorf("%q, SystemRoot=%q", os.Args, os.Getenv("SystemRoot"))
		}
		return nil
	}},
	{"go-clock", func() error {
		t, s := ntdll.NtQuerySystemTime()
		if !s.OK() {
			return expect("NtQuerySystemTime", s, nt.StatusSuccess)
		}
		if d := time.Now().Unix() - (int64(t/10_000_000) - 11644473600); d < -1 || d > 1 {
			return fmt.Errorf("time.Now is %d s off", d)
		}
		return nil
	}},
	{"go-timers", func() error {
		begin := time.Now()
		fired := make(chan bool)
		time.AfterFunc(40*time.Millisecond, func() { fired <- true })
		select {
		case <-fired:
		case <-time.After(5 * time.Second):
			return fmt.Errorf("AfterFunc did not fire")
		}
		if d := time.Since(begin); d < 40*time.Millisecond {
			return fmt.Errorf("40 ms took %v", d)
		}
		return nil
	}},
	{"go-recursion", func() error {
		var f func(n int) int
		f = func(n int) int {
			if n == 0 {
				return 0
			}
			return 1 + f(n-1)
		}
		if got := f(100000); got != 100000 {
			return fmt.Errorf("%d", got)
		}
		return nil
	}},
	{"go-threads", func() error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
		var wg sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for i := 0; i < 12; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for j := 0; j < 200; j++ {
					mu.Lock()
					n++
					mu.Unlock()
					if j%50 == 0 {
						runtime.GC()
					}
				}
			}()
		}
		wg.Wait()
		if n != 2400 {
			return fmt.Errorf("%d of 2400", n)
		}
		return nil
	}},
}
