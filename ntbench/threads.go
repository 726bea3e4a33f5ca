//go:build ntuser

package main

import (
	"fmt"
	"runtime/goos"
	"slices"
	"sync/atomic"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func addresses() (end, answer, services, rounds uint64)
func ask(set, wait uint64, setNumber, waitNumber uint32, n uint64)

// stack makes the smallest stack that a thread can have.
func stack() *ntdll.InitialTeb {
	t, s := ntdll.RtlCreateUserStack(nt.CurrentProcess, 0, 0)
	check("RtlCreateUserStack", s)
	return &t
}

func createEvent() nt.Handle {
	h, s := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)
	check("NtCreateEvent", s)
	return h
}

// createThread starts a bare thread.
func createThread(c *nt.Context, t *ntdll.InitialTeb) nt.Handle {
	c.Rsp = t.StackBase - 0x28
	c.Rdi = uint64(nt.SvcTerminateThread)
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, c, t, false)
	check("NtCreateThread", s)
	return h
}

// join waits for a thread's end.
func join(h nt.Handle) {
	ntdll.NtWaitForSingleObject(h, false, nil)
	ntdll.NtClose(h)
}

// pin ties a thread to one processor.
func pin(h nt.Handle, processor int) {
	mask := uint64(1) << processor
	check("NtSetInformationThread", ntdll.Raw(nt.SvcSetInformationThread, uintptr(h), nt.ThreadAffinityMaskClass, uintptr(unsafe.Pointer(&mask)), unsafe.Sizeof(mask)))
}

// processors is how many there are.
func processors() int {
	var b nt.SystemBasicInformation
	check("NtQuerySystemInformation", ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemBasicInformationClass, uintptr(unsafe.Pointer(&b)), unsafe.Sizeof(b), 0))
	return int(b.NumberOfProcessors)
}

func setEvents() func(n uint64) {
	h := createEvent()
	return func(n uint64) {
		for ; n > 0; n-- {
			ntdll.NtSetEvent(h)
		}
	}
}

// pingPong measures the round trip between two threads by two events: two sets,
// two waits, two switches. The other thread is tied to a processor, as the caller
// is to processor 0.
func pingPong(name string, other int) {
	a, b := createEvent(), createEvent()
	stop := new(uint64)
	_, answer, _, _ := addresses()
	t := stack()
	h := createThread(&nt.Context{Rip: answer, Rbx: uint64(b), R12: uint64(a), R13: uint64(uintptr(unsafe.Pointer(stop))),
		Rbp: uint64(nt.SvcSetEvent), Rsi: uint64(nt.SvcWaitForSingleObject)}, t)
	pin(h, other)
	measure(name, func(n uint64) {
		ask(uint64(a), uint64(b), uint32(nt.SvcSetEvent), uint32(nt.SvcWaitForSingleObject), n)
	})
	atomic.StoreUint64(stop, 1)
	ntdll.NtSetEvent(a)
	join(h)
	release(t.Allocation)
	ntdll.NtClose(a)
	ntdll.NtClose(b)
}

// threads measures a thread's life: with one stack used again and again, as
// the C library of the peer does it, and with a stack for each.
func threads() {
	end, _, _, _ := addresses()
	c := &nt.Context{Rip: end}
	t := stack()
	measure("thread.create_join", func(n uint64) {
		for ; n > 0; n-- {
			join(createThread(c, t))
		}
	})
	release(t.Allocation)
	measure("thread.create_join_stack", func(n uint64) {
		for ; n > 0; n-- {
			t := stack()
			join(createThread(c, t))
			release(t.Allocation)
		}
	})
}

// spawn starts an image that ends at once, and waits for it, n times.
func spawn(image, command string, n uint64) {
	for ; n > 0; n-- {
		p, s := ntdll.RtlCreateUserProcess(image, command)
		check("RtlCreateUserProcess", s)
		ntdll.NtResumeThread(p.Thread)
		ntdll.NtWaitForSingleObject(p.Handle, false, nil)
		ntdll.NtClose(p.Thread)
		ntdll.NtClose(p.Handle)
	}
}

// parallel lets 1, 2 and 4 threads make services at the same time, on a
// processor each: the time of one thread's service, and how many times more
// services they make than one thread does. loop.parallelN is the same with an
// empty loop, which is what the machine has to give.
func parallel() {
	_, _, services, empty := addresses()
	for _, w := range []struct {
		name string
		code uint64
		n    uint64
	}{{"syscall", services, 100_000}, {"loop", empty, 50_000_000}} {
		var single float64
		for k := 1; k <= min(processors(), 4); k *= 2 {
			var took []float64
			for range rounds {
				took = append(took, together(k, w.code, w.n)/float64(w.n))
			}
			slices.Sort(took)
			med := took[rounds/2]
			if k == 1 {
				single = med
			}
			fmt.Printf("BENCH %s.parallel%d.med %.2f ns\nBENCH %s.parallel%d.speedup %.2f x\n", w.name, k, med, w.name, k, single*float64(k)/med)
		}
	}
}

// together returns how many ns k threads take that run code with n.
func together(k int, code, n uint64) float64 {
	come, start := new(uint64), new(uint64)
	var threads []nt.Handle
	var stacks []*ntdll.InitialTeb
	for i := range k {
		t := stack()
		stacks = append(stacks, t)
		threads = append(threads, createThread(&nt.Context{Rip: code, Rbx: n, Rbp: uint64(nt.SvcGetCurrentProcessorNumber),
			R13: uint64(uintptr(unsafe.Pointer(come))), R14: uint64(uintptr(unsafe.Pointer(start)))}, t))
		pin(threads[i], i)
	}
	for atomic.LoadUint64(come) < uint64(k) {
		ntdll.NtYieldExecution()
	}
	t0 := goos.Nanotime()
	atomic.StoreUint64(start, 1)
	s := ntdll.NtWaitForMultipleObjects(threads, true, false, nil)
	d := goos.Nanotime() - t0
	check("NtWaitForMultipleObjects", s)
	for i, h := range threads {
		ntdll.NtClose(h)
		release(stacks[i].Allocation)
	}
	return float64(d)
}
