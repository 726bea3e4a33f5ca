//go:build ntuser

// Attack is a collection of hostile programs: each tries to bring the kernel down
// in one way. Copied over smss.exe, it runs what SESSION= names.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

var attacks = map[string]func(args []string){}

func main() {
	runtime.GOMAXPROCS(4)
	args := strings.Fields(strings.ToLower(strings.Join(os.Args[1:], " ")))
	if len(args) > 0 && args[0] == "sleep" {
		for {
			ntdll.NtDelayExecution(false, -10_000_000)
		}
	}
	if len(args) > 0 && args[0] == "storm" {
		storm(uint64(number(args, 1, 1)), time.Duration(number(args, 2, 5))*time.Second)
		ntdll.NtTerminateProcess(nt.CurrentProcess, 0x78)
	}
	fmt.Println("ATTACK begins:", args)
	time.Sleep(6 * time.Second) // phase 1's end
	if len(args) > 0 {
		if f := attacks[args[0]]; f != nil {
			f(args[1:])
		}
	}
	fmt.Println("ATTACK done")
	ntdll.NtTerminateProcess(nt.CurrentProcess, 0x600D)
}

func number(args []string, i, n int) int {
	if i < len(args) {
		if v, err := strconv.Atoi(args[i]); err == nil {
			return v
		}
	}
	return n
}

func kernel() string {
	var p nt.SystemPerformanceInformation
	var k nt.SystemKernelInformation
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &k)
	return fmt.Sprintf("available %d, commit %d of %d, heap %d, reserve %d", p.AvailablePages, p.CommittedPages, p.CommitLimit, k.KernelHeapPages, k.KernelHeapReserve)
}

func directory(root nt.Handle, name string) (h nt.Handle, s nt.Status) {
	s = ntdll.Raw(nt.SvcCreateDirectoryObject, uintptr(unsafe.Pointer(&h)), 0xF, uintptr(unsafe.Pointer(ntdll.NewAttributes(name, 0, root))))
	return
}

// nest makes n directories, each in the one before.
func nest(n, length int) (last nt.Handle) {
	name := strings.Repeat("x", length)
	last, s := directory(0, `\`+name[1:])
	for i := 1; i < n && s.OK(); i++ {
		var h nt.Handle
		if h, s = directory(last, name); s.OK() {
			last = h
		} else {
			fmt.Println("ATTACK directory", i, s, kernel())
		}
	}
	return last
}

func nameOf(h nt.Handle, size int) (n uint32, s nt.Status) {
	b := make([]byte, size)
	s = ntdll.Raw(nt.SvcQueryObject, uintptr(h), 1, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return
}

func init() {
	attacks["deep"] = func(args []string) {
		h := nest(number(args, 0, 20000), number(args, 1, 2))
		fmt.Println("ATTACK nested:", kernel())
		n, s := nameOf(h, 1<<20)
		fmt.Println("ATTACK name:", n, s)
	}
	attacks["dir"] = func(args []string) {
		root, s := directory(0, `\many`)
		if !s.OK() {
			fmt.Println("ATTACK", s)
		}
		n := number(args, 0, 1000)
		name := strings.Repeat("y", number(args, 1, 32000))
		for i := range n {
			_, s := ntdll.NtCreateEvent(ntdll.NewAttributes(name+strconv.Itoa(i), 0, root), 0, false)
			if !s.OK() {
				fmt.Println("ATTACK event", i, s, kernel())
				break
			}
		}
		fmt.Println("ATTACK made:", kernel())
		b, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 1<<30, nt.MemReserve, nt.PageReadWrite)
		var context, got uint32
		s = ntdll.Raw(nt.SvcQueryDirectoryObject, uintptr(root), uintptr(b), 1<<30, 0, 1, uintptr(unsafe.Pointer(&context)), uintptr(unsafe.Pointer(&got)))
		fmt.Println("ATTACK query:", s, kernel())
	}
	attacks["handles"] = func(args []string) {
		e, _ := ntdll.NtCreateEvent(nil, 0, false)
		var ps []nt.Handle
		for i := range number(args, 0, 16) {
			p, s := ntdll.RtlCreateUserProcess("smss.exe", "attack sleep")
			if !s.OK() {
				fmt.Println("ATTACK process", i, s)
				break
			}
			ps = append(ps, p.Handle)
			k := 0
			for ; k < 65536; k++ {
				if _, s = ntdll.NtDuplicateObject(nt.CurrentProcess, e, p.Handle, 0, 0, 2); !s.OK() {
					break
				}
			}
			fmt.Println("ATTACK process", i, k, s, kernel())
		}
		for range 3 {
			var n uint32
			var head [8]byte
			s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemHandleInformationClass, uintptr(unsafe.Pointer(&head)), 8, uintptr(unsafe.Pointer(&n)))
			fmt.Println("ATTACK handles:", n, s, kernel())
		}
	}
	attacks["chain"] = func(args []string) {
		section, s := ntdll.NtOpenSection(nt.GenericExecute|nt.GenericRead, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			fmt.Println("ATTACK section", s)
		}
		first, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, section)
		last := first
		for i := 1; i < number(args, 0, 3000) && s.OK(); i++ {
			var h nt.Handle
			if h, s = ntdll.NtCreateProcess(nil, nt.CurrentProcess, section); !s.OK() {
				fmt.Println("ATTACK process", i, s, kernel())
				break
			}
			// The one before gets the only handle that will be left; it keeps
			// one here until its own handle has gone into the one before it.
			if _, s := ntdll.NtDuplicateObject(nt.CurrentProcess, h, last, 0, 0, 2); !s.OK() {
				fmt.Println("ATTACK duplicate", i, s, kernel())
				break
			}
			if last != first {
				ntdll.NtClose(last)
			}
			last = h
			if i%500 == 0 {
				fmt.Println("ATTACK", i, kernel())
			}
		}
		if last != first {
			ntdll.NtClose(last)
		}
		fmt.Println("ATTACK chained:", kernel())
		fmt.Println("ATTACK closed:", ntdll.NtClose(first), kernel())
	}
	attacks["vads"] = func(args []string) {
		const base = 1 << 40
		step := uint64(number(args, 0, 0x20000))
		n := uint64(0)
		var s nt.Status
		for ; n < 1<<26; n++ {
			if _, _, s = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, base+n*step, 0x10000, nt.MemReserve, nt.PageReadWrite); !s.OK() {
				break
			}
			if n%100000 == 0 {
				fmt.Println("ATTACK", n, kernel())
			}
		}
		fmt.Println("ATTACK reserved:", n, s, kernel())
		// Now pieces out of the middle, which nobody counts.
		for i := uint64(0); i < n; i++ {
			if s = ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base+i*step+0x4000, 0x1000, nt.MemRelease); !s.OK() {
				fmt.Println("ATTACK split", i, s, kernel())
				break
			}
			if i%10000 == 0 {
				fmt.Println("ATTACK split", i, kernel())
			}
		}
		fmt.Println("ATTACK split:", kernel())
	}
	attacks["open"] = func(args []string) { // open ids that a process may get
		var stop atomic.Bool
		var opened, failed atomic.Int64
		for range number(args, 1, 1) {
			go func() {
				for !stop.Load() {
					for id := uint64(4); id < 400 && !stop.Load(); id += 4 {
						h, s := ntdll.NtOpenProcess(nt.ProcessQueryInformation, id)
						if s.OK() {
							ntdll.NtClose(h)
							opened.Add(1)
						}
					}
				}
			}()
		}
		section, _ := ntdll.NtOpenSection(nt.GenericExecute|nt.GenericRead, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		which := map[nt.Status]int{}
		for range number(args, 0, 20000) {
			h, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, section)
			which[s]++
			if !s.OK() {
				failed.Add(1)
				continue
			}
			if _, s := ntdll.NtQueryInformationProcess(h); !s.OK() {
				which[s|1<<24]++
			}
			ntdll.NtClose(h)
		}
		stop.Store(true)
		fmt.Println("ATTACK opened", opened.Load(), "failed", failed.Load(), which, kernel())
	}
	attacks["name"] = func(args []string) { // a name that somebody else opens and closes
		var stop atomic.Bool
		const name = `\KernelObjects\attack`
		go func() {
			for !stop.Load() {
				if h, s := ntdll.NtOpenEvent(nt.Synchronize, ntdll.NewAttributes(name, 0, 0)); s.OK() {
					ntdll.NtClose(h)
				}
			}
		}()
		lost, made := 0, 0
		for range number(args, 0, 100000) {
			h, s := ntdll.NtCreateEvent(ntdll.NewAttributes(name, 0, 0), 0, false)
			if !s.OK() {
				continue
			}
			made++
			if n, _ := nameOf(h, 256); n <= 16 {
				lost++
			}
			ntdll.NtClose(h)
		}
		stop.Store(true)
		fmt.Println("ATTACK made", made, "of them without their name:", lost)
	}
	attacks["profile"] = func(args []string) { // a service that walks through 4 GB
		size := uint64(number(args, 0, 64)) << 20
		var section nt.Handle
		s := ntdll.Raw(nt.SvcCreateSection, uintptr(unsafe.Pointer(&section)), uintptr(nt.AllAccess&^0xFFE0), 0, uintptr(unsafe.Pointer(&size)), nt.PageReadWrite, 0x8000000, 0)
		base := uint64(1 << 40)
		for i := uint64(0); i < 1<<32/size && s.OK(); i++ {
			at, view := base+i*size, size
			s = ntdll.Raw(nt.SvcMapViewOfSection, uintptr(section), ^uintptr(0), uintptr(unsafe.Pointer(&at)), 0, 0, 0, uintptr(unsafe.Pointer(&view)), 2, 0, nt.PageReadWrite)
		}
		fmt.Println("ATTACK mapped:", s, kernel())
		go func() {
			for i := 0; ; i++ {
				b := time.Now()
				time.Sleep(100 * time.Millisecond)
				if d := time.Since(b); d > time.Second {
					fmt.Println("ATTACK a sleep of 0.1 s took", d)
				}
			}
		}()
		go func() { // somebody uses the kernel's heap
			for {
				h, _ := ntdll.NtCreateEvent(ntdll.NewAttributes(`\KernelObjects\`+strings.Repeat("z", 20000), 0, 0), 0, false)
				ntdll.NtClose(h)
			}
		}()
		time.Sleep(time.Second)
		b := time.Now()
		var h nt.Handle
		s = ntdll.Raw(nt.SvcCreateProfile, uintptr(unsafe.Pointer(&h)), ^uintptr(0), 0, 1<<20, 2, uintptr(base), 0xFFFFFFFC, nt.ProfileTime, 0xFF)
		fmt.Println("ATTACK profile:", s, time.Since(b), kernel())
	}
	attacks["status"] = func([]string) {
		var h nt.Handle
		p := uintptr(unsafe.Pointer(&h))
		fmt.Println("ATTACK wait for 0 objects:", ntdll.Raw(nt.SvcWaitForMultipleObjects, 0, p, 1, 0, 0))
		fmt.Println("ATTACK wait for 65 objects:", ntdll.Raw(nt.SvcWaitForMultipleObjects, 65, p, 1, 0, 0))
		fmt.Println("ATTACK wait type 2:", ntdll.Raw(nt.SvcWaitForMultipleObjects, 1, p, 2, 0, 0))
		fmt.Println("ATTACK timer type 2:", ntdll.Raw(nt.SvcCreateTimer, p, 0x1F0003, 0, 2))
		t, _ := ntdll.NtCreateTimer(nil, 0)
		fmt.Println("ATTACK period -1:", ntdll.NtSetTimer(t, -1, -1))
		// an APC that does: mov dword [rcx], 1; ret. The runtime has a dispatcher?
		base, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, base, []byte{0xEB, 0xFE})
		c := nt.Context{Rip: base, Rsp: base + 0xF000}
		th, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, false)
		fmt.Println("ATTACK thread:", s)
		time.Sleep(50 * time.Millisecond)
		ntdll.NtTerminateThread(th, 1)
		ntdll.NtWaitForSingleObject(th, false, nil)
		old, s := ntdll.NtSuspendThread(th)
		fmt.Println("ATTACK suspend a thread that has ended:", old, s)
		old, s = ntdll.NtSuspendThread(th)
		fmt.Println("ATTACK and again:", old, s)
		x := nt.Context{ContextFlags: nt.ContextFull}
		fmt.Println("ATTACK its context:", ntdll.NtGetContextThread(th, &x))
	}
	_ = binary.LittleEndian
}

// memory is a pointer to what has not been allocated by Go.
func memory(va uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&va)) }
