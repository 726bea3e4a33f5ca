//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// storm is a child's work: threads of machine code in all kinds of waits, and
// goroutines that do everything to them that one thread can do to another.
func storm(seed uint64, length time.Duration) {
	code, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x20000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	data := (*[16]uint64)(memory(code + 0x10000))
	e, _ := ntdll.NtCreateEvent(nil, 1, false)
	data[0] = uint64(e)
	hour := int64(-20_000)
	data[2] = uint64(hour)
	var h nt.Handle
	at := uintptr(unsafe.Pointer(&h))
	ntdll.Raw(nt.SvcCreateIoCompletion, at, 0x1F0003, 0, 0)
	data[4] = uint64(h)
	m1, _ := ntdll.NtCreateMutant(nil, false)
	m2, _ := ntdll.NtCreateMutant(nil, false)
	data[5], data[6] = uint64(m1), uint64(m2)
	ntdll.Raw(nt.SvcCreateEventPair, at, 0x1F0000, 0)
	data[7] = uint64(h)
	region, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x40000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	data[9] = region
	data[10], _, _ = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x40000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, code+0xF000, []byte{0xFF, 0x41, 0, 0xC3})
	entry := map[string]uint64{}
	var names []string
	for n, b := range victims {
		entry[n] = code + uint64(len(names))*0x200
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, entry[n], b)
		names = append(names, n)
	}
	const count = 24
	var threads [count]atomic.Uint64
	var stack [count]uint64
	for i := range stack {
		stack[i], _, _ = ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	}
	end := time.Now().Add(length)
	var made, ops atomic.Int64
	var all sync.WaitGroup
	for g := range 3 {
		all.Add(1)
		go func() {
			defer all.Done()
			runtime.LockOSThread()
			ntdll.NtSetPriorityThread(nt.CurrentThread, 10)
			r := rand.New(rand.NewPCG(seed, uint64(g)))
			x := new(nt.Context)
			for time.Now().Before(end) {
				ops.Add(1)
				i := r.IntN(count)
				t := nt.Handle(threads[i].Load())
				if t == 0 {
					c := nt.Context{Rip: entry[names[r.IntN(len(names))]], Rbx: code + 0x10000, Rsp: stack[i] + 0xF000}
					if n, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{StackBase: stack[i] + 0x10000, StackLimit: stack[i], Allocation: stack[i]}, r.IntN(3) == 0); s.OK() {
						made.Add(1)
						if !threads[i].CompareAndSwap(0, uint64(n)) {
							ntdll.NtTerminateThread(n, 3)
							ntdll.NtClose(n)
						}
					}
					continue
				}
				switch r.IntN(20) {
				case 0, 1:
					ntdll.NtSuspendThread(t)
				case 2, 3, 4:
					ntdll.NtResumeThread(t)
				case 5:
					ntdll.NtAlertThread(t)
				case 6:
					ntdll.NtAlertResumeThread(t)
				case 7:
					ntdll.NtQueueApcThread(t, code+0xF000, code+0x11000, 0, 0)
				case 8:
					x.ContextFlags = nt.ContextAll
					ntdll.NtGetContextThread(t, x)
				case 9: // all but the registers that the loops need
					x.ContextFlags = nt.ContextAll
					if s := ntdll.NtGetContextThread(t, x); s.OK() {
						x.ContextFlags = []uint32{nt.ContextFloatingPoint, nt.ContextAll, nt.ContextSegments}[r.IntN(3)]
						ntdll.NtSetContextThread(t, x)
					}
				case 10:
					ntdll.NtSetPriorityThread(t, 1+int32(r.IntN(7)))
				case 11, 12:
					if threads[i].CompareAndSwap(uint64(t), 0) {
						ntdll.NtTerminateThread(t, 7)
						if r.IntN(2) == 0 {
							limit := int64(-100_000_000)
							if s := ntdll.NtWaitForSingleObject(t, false, &limit); s != 0 {
								fmt.Println("STORM a thread does not end:", s)
							}
						}
						ntdll.NtClose(t)
					}
				case 13, 14:
					ntdll.NtSetEvent(e)
				case 15:
					ntdll.Raw(nt.SvcPulseEvent, uintptr(e), 0)
				case 16, 17:
					ntdll.Raw(nt.SvcSetIoCompletion, uintptr(data[4]), 1, 2, 3, 4)
				case 18:
					b, size := region+uint64(r.IntN(64))*0x1000, uint64(0x1000)
					if r.IntN(2) == 0 {
						b += data[10] - region
						ntdll.NtLockVirtualMemory(nt.CurrentProcess, b, size, 1)
						ntdll.NtUnlockVirtualMemory(nt.CurrentProcess, b, size, 1)
						continue
					}
					switch r.IntN(5) {
					case 0:
						ntdll.NtFreeVirtualMemory(nt.CurrentProcess, b, size, nt.MemDecommit)
						ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, b, size, nt.MemCommit, nt.PageReadWrite)
					case 1:
						ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b, size, nt.PageReadWrite|nt.PageGuard)
					case 2:
						ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b, size, nt.PageReadOnly)
						ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b, size, nt.PageReadWrite)
					case 3:
						ntdll.NtLockVirtualMemory(nt.CurrentProcess, b, size, 1)
					case 4:
						ntdll.NtUnlockVirtualMemory(nt.CurrentProcess, b, size, 1)
					}
				case 19:
					one := uint64(1 + r.IntN(3))
					ntdll.Raw(nt.SvcSetInformationThread, uintptr(t), nt.ThreadAffinityMaskClass, uintptr(unsafe.Pointer(&one)), 8)
				}
			}
		}()
	}
	all.Wait()
	fmt.Println("STORM", seed, "made", made.Load(), "threads,", ops.Load(), "operations")
}

func init() {
	attacks["storms"] = func(args []string) {
		n, seconds := number(args, 0, 10), number(args, 1, 5)
		r := rand.New(rand.NewPCG(uint64(number(args, 2, 1)), 9))
		fmt.Println("ATTACK before:", kernel())
		ends := map[nt.Status]int{}
		for i := range n {
			p, s := ntdll.RtlCreateUserProcess("smss.exe", fmt.Sprintf("attack storm %d %d", r.Uint32(), seconds))
			if !s.OK() {
				fmt.Println("ATTACK process:", s)
				continue
			}
			ntdll.NtResumeThread(p.Thread)
			stop := time.Now().Add(time.Duration(r.IntN(2*seconds*1000)+500) * time.Millisecond)
			b := make([]byte, 0x8000)
			for time.Now().Before(stop) {
				switch r.IntN(6) {
				case 0:
					ntdll.NtReadVirtualMemory(p.Handle, 0x140001000+uint64(r.IntN(64))<<12, b)
				case 1:
					if a, _, s := ntdll.NtAllocateVirtualMemory(p.Handle, 0, 0x30000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s.OK() {
						ntdll.NtWriteVirtualMemory(p.Handle, a, b)
						ntdll.NtFreeVirtualMemory(p.Handle, a, 0, nt.MemRelease)
					}
				case 2:
					if a, _, s := ntdll.NtAllocateVirtualMemory(p.Handle, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite); s.OK() {
						ntdll.NtWriteVirtualMemory(p.Handle, a, []byte{0xEB, 0xFE})
						c := nt.Context{Rip: a, Rsp: a + 0xF000}
						if t, _, s := ntdll.NtCreateThread(p.Handle, &c, &ntdll.InitialTeb{}, r.IntN(2) == 0); s.OK() {
							ntdll.NtSuspendThread(t)
							ntdll.NtTerminateThread(t, 1)
							ntdll.NtClose(t)
						}
						ntdll.NtFreeVirtualMemory(p.Handle, a, 0, nt.MemRelease)
					}
				case 3:
					ntdll.NtDuplicateObject(nt.CurrentProcess, p.Thread, p.Handle, 0, 0, 2)
				case 4:
					time.Sleep(time.Millisecond)
				case 5:
					ntdll.QueryProcesses()
				}
			}
			ntdll.NtTerminateProcess(p.Handle, 0x77)
			limit := int64(-200_000_000)
			if s := ntdll.NtWaitForSingleObject(p.Handle, false, &limit); s != 0 {
				fmt.Println("ATTACK a process does not end:", i, s)
				list, _ := ntdll.QueryProcesses()
				for _, q := range list {
					for _, t := range q.Threads {
						fmt.Println("ATTACK", q.Name, q.UniqueProcessID, t.ClientID, "state", t.ThreadState, "priority", t.Priority)
					}
				}
			}
			info, _ := ntdll.NtQueryInformationProcess(p.Handle)
			ends[info.ExitStatus]++
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
		}
		time.Sleep(time.Second)
		list, _ := ntdll.QueryProcesses()
		fmt.Println("ATTACK after:", kernel(), "processes", len(list), ends)
	}
	_ = binary.LittleEndian
}
