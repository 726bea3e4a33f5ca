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

func addresses() (end, answer, many uint64)
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

func setEvents() func(n uint64) {
	h := createEvent()
	return func(n uint64) {
		for ; n > 0; n-- {
			ntdll.NtSetEvent(h)
		}
	}
}

// pingPong measures the round trip between two threads by two events: two sets,
// two waits, two switches.
func pingPong(name string) {
	a, b := createEvent(), createEvent()
	stop := new(uint64)
	_, answer, _ := addresses()
	t := stack()
	h := createThread(&nt.Context{Rip: answer, Rbx: uint64(b), R12: uint64(a), R13: uint64(uintptr(unsafe.Pointer(stop))),
		Rbp: uint64(nt.SvcSetEvent), Rsi: uint64(nt.SvcWaitForSingleObject)}, t)
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
	end, _, _ := addresses()
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

// parallel lets 1, 2 and 4 threads make services at the same time: the time of
// one service with one thread, and by how much more of them are made in the same time.
func parallel() {
	const services = 100_000
	var single float64
	for _, k := range []int{1, 2, 4} {
		var best []float64
		for range rounds {
			best = append(best, together(k, services)/services)
		}
		slices.Sort(best)
		if k == 1 {
			single = best[0]
		}
		fmt.Printf("BENCH syscall.parallel%d.min %.1f ns\nBENCH syscall.parallel%d.speedup %.2f x\n", k, best[0], k, single*float64(k)/best[0])
	}
}

// together returns how many ns k threads take that make n services each.
func together(k int, n uint64) float64 {
	_, _, many := addresses()
	come, start := new(uint64), new(uint64)
	var threads []nt.Handle
	var stacks []*ntdll.InitialTeb
	for range k {
		t := stack()
		stacks = append(stacks, t)
		threads = append(threads, createThread(&nt.Context{Rip: many, Rbx: n, Rbp: uint64(nt.SvcGetCurrentProcessorNumber),
			R13: uint64(uintptr(unsafe.Pointer(come))), R14: uint64(uintptr(unsafe.Pointer(start)))}, t))
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
