//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"strconv"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/counts"
)

// I/O completion objects (P1.10).

// packetLimit is how many packets a process may have on their way.
const packetLimit = 16384

func packet(i uint64) nt.FileIoCompletionInformation {
	return nt.FileIoCompletionInformation{KeyContext: i, ApcContext: ^i, IoStatus: nt.IoStatusBlock{Status: nt.Status(i * 7), Information: i << 33}}
}

// packetBytes is the pool that packets take.
func packetBytes() (int64, error) {
	info, _ := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
	c, err := counts.Take(info.UniqueProcessID)
	return c["pool bytes of Icp "], err
}

var completionTests = []test{
	{"io-completion", func() error {
		h, s := ntdll.NtCreateIoCompletion(nil, 0)
		if !s.OK() {
			return expect("NtCreateIoCompletion", s, 0)
		}
		defer ntdll.NtClose(h)
		if err := expect("an empty one is not signalled", ntdll.NtWaitForSingleObject(h, false, &noTime), nt.StatusTimeout); err != nil {
			return err
		}
		for i := range uint64(8) {
			if s := ntdll.NtSetIoCompletion(h, packet(i)); !s.OK() {
				return expect("NtSetIoCompletion", s, 0)
			}
		}
		if n, s := ntdll.NtQueryIoCompletion(h); n != 8 || !s.OK() {
			return fmt.Errorf("NtQueryIoCompletion: %d %v", n, s)
		}
		// One that cannot be stored is not lost.
		if err := all(
			status{"signalled", ntdll.NtWaitForSingleObject(h, false, &noTime), 0},
			status{"nowhere to put it", ntdll.Raw(nt.SvcRemoveIoCompletion, uintptr(h), 8, 8, 8, pointer(&noTime)), nt.StatusAccessViolation}); err != nil {
			return err
		}
		for i := range uint64(3) {
			if p, s := ntdll.NtRemoveIoCompletion(h, nil); p != packet(i) || !s.OK() {
				return fmt.Errorf("packet %d: %v %+v", i, s, p)
			}
		}
		list := make([]nt.FileIoCompletionInformation, 4)
		n, s := ntdll.NtRemoveIoCompletionEx(h, list, nil, false)
		if n != 4 || !s.OK() || list[0] != packet(3) || list[3] != packet(6) {
			return fmt.Errorf("NtRemoveIoCompletionEx: %d %v %+v", n, s, list)
		}
		if n, s = ntdll.NtRemoveIoCompletionEx(h, list, nil, false); n != 1 || !s.OK() || list[0] != packet(7) {
			return fmt.Errorf("NtRemoveIoCompletionEx: %d %v %+v", n, s, list)
		}
		soon := int64(-30 * 10_000)
		_, late := ntdll.NtRemoveIoCompletion(h, &soon)
		_, lateEx := ntdll.NtRemoveIoCompletionEx(h, list, &noTime, false)
		ntdll.NtAlertThread(nt.CurrentThread)
		_, alerted := ntdll.NtRemoveIoCompletionEx(h, list, nil, true)
		return all(status{"empty", late, nt.StatusTimeout}, status{"empty, Ex", lateEx, nt.StatusTimeout}, status{"alerted", alerted, nt.StatusAlerted})
	}},
	// Waiters get what comes; with the last handle the queue ends.
	{"io-completion-ends", func() error {
		h, s := ntdll.NtCreateIoCompletion(ntdll.NewAttributes(`\TestCompletion`, 0, 0), 2)
		if !s.OK() {
			return expect("NtCreateIoCompletion", s, 0)
		}
		before, err := packetBytes()
		if err != nil {
			return err
		}
		o, s := ntdll.NtOpenIoCompletion(nt.IoCompletionSet, ntdll.NewAttributes(`\TestCompletion`, 0, 0))
		if !s.OK() {
			return expect("NtOpenIoCompletion", s, 0)
		}
		c := newCallers()
		defer c.end()
		var waiters []nt.Handle
		for range 3 {
			w, err := c.begin(nt.SvcRemoveIoCompletion, uint64(o), c.output(), c.output()+8, c.output()+16, 0)
			if err != nil {
				return err
			}
			waiters = append(waiters, w)
		}
		ntdll.NtTerminateThread(waiters[2], 9) // the one that would be served first
		if err := ends(waiters[2], 9); err != nil {
			return err
		}
		ntdll.NtSetIoCompletion(o, packet(5))
		if err := ends(waiters[1], 0); err != nil {
			return err
		}
		if got := *(*nt.FileIoCompletionInformation)(pointerAt(c.base + callBlocks + callBlock + callOutput)); got != packet(5) {
			return fmt.Errorf("the waiter has got %+v", got)
		}
		ntdll.NtClose(h)
		if now, _ := ntdll.NtQueryInformationThread(waiters[0]); now.ExitStatus != nt.StatusPending {
			return fmt.Errorf("with a handle left, the other has ended with %v", now.ExitStatus)
		}
		ntdll.NtClose(o)
		if err := ends(waiters[0], nt.StatusAbandoned); err != nil {
			return err
		}
		// Packets that nobody has taken go, too.
		h, _ = ntdll.NtCreateIoCompletion(nil, 1)
		for i := range uint64(1000) {
			ntdll.NtSetIoCompletion(h, packet(i))
		}
		if now, err := packetBytes(); err != nil || now < before+32000 {
			return fmt.Errorf("1000 packets take %d bytes of pool, %w", now-before, err)
		}
		ntdll.NtClose(h)
		if now, err := packetBytes(); err != nil || now != before {
			return fmt.Errorf("%d bytes of pool are left, %w", now-before, err)
		}
		return nil
	}},
	// A process may have so many packets, in whatever queues, and they go with it.
	{"io-completion-limit", func() error {
		before, err := packetBytes()
		if err != nil {
			return err
		}
		h, _ := ntdll.NtCreateIoCompletion(ntdll.NewAttributes("", nt.ObjInherit, 0), 1)
		for range 2 {
			p, s := ntdll.RtlCreateUserProcessInherit("smss.exe", fmt.Sprintf("nttest packets %d", h), true)
			if !s.OK() {
				return expect("RtlCreateUserProcess", s, 0)
			}
			ntdll.NtResumeThread(p.Thread)
			limit := -int64(60 * time.Second / 100)
			s = ntdll.NtWaitForSingleObject(p.Handle, false, &limit)
			info, _ := ntdll.NtQueryInformationProcess(p.Handle)
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
			if err := all(status{"wait", s, 0}, status{"the child", info.ExitStatus, survived}); err != nil {
				return err
			}
		}
		n, _ := ntdll.NtQueryIoCompletion(h)
		first, s := ntdll.NtRemoveIoCompletion(h, &noTime)
		if n != packetLimit || !s.OK() || first != packet(0) {
			return fmt.Errorf("%d packets of the children's are left; the first: %v %+v", n, s, first)
		}
		ntdll.NtClose(h)
		if now, err := packetBytes(); err != nil || now != before {
			return fmt.Errorf("%d bytes of pool are left, %w", now-before, err)
		}
		return nil
	}},
	// Processes that fill a queue and end, one after another: each has its limit,
	// and together they are stopped by the system's.
	{"io-completion-hog", func() error {
		before, err := packetBytes()
		if err != nil {
			return err
		}
		if s, err := run(3*time.Minute, "packet-hog"); err != nil || s != survived {
			return fmt.Errorf("the child: %v %v", s, err)
		}
		if now, err := packetBytes(); err != nil || now != before {
			return fmt.Errorf("%d bytes of pool are left, %w", now-before, err)
		}
		return nil
	}},
	{"io-completion-refused", func() error {
		h, _ := ntdll.NtCreateIoCompletion(nil, 1)
		defer ntdll.NtClose(h)
		query, set := weak(h, nt.IoCompletionQuery), weak(h, nt.IoCompletionSet)
		defer ntdll.NtClose(query)
		defer ntdll.NtClose(set)
		_, take := ntdll.NtRemoveIoCompletion(query, &noTime)
		_, depth := ntdll.NtQueryIoCompletion(set)
		_, none := ntdll.NtRemoveIoCompletionEx(h, nil, &noTime, false)
		list := make([]nt.FileIoCompletionInformation, 1)
		var v [2]int32
		ntdll.NtSetIoCompletion(h, packet(1))
		bad := ntdll.Raw(nt.SvcRemoveIoCompletionEx, uintptr(h), pointer(&list[0]), 1, 8, pointer(&noTime), 0)
		n, _ := ntdll.NtQueryIoCompletion(h)
		if n != 1 {
			return fmt.Errorf("%d packets", n)
		}
		return all(
			status{"set without the right", ntdll.NtSetIoCompletion(query, packet(1)), nt.StatusAccessDenied},
			status{"remove without the right", take, nt.StatusAccessDenied},
			status{"query without the right", depth, nt.StatusAccessDenied},
			status{"room for none", none, nt.StatusInvalidParameter},
			status{"nowhere to put the count", bad, nt.StatusAccessViolation},
			status{"class 1", ntdll.Raw(nt.SvcQueryIoCompletion, uintptr(h), 1, pointer(&v), 4, 0), nt.StatusInvalidInfoClass},
			status{"8 bytes", ntdll.Raw(nt.SvcQueryIoCompletion, uintptr(h), 0, pointer(&v), 8, 0), nt.StatusInfoLengthMismatch},
			status{"a bad timeout", ntdll.Raw(nt.SvcRemoveIoCompletion, uintptr(h), pointer(&list[0]), pointer(&list[0]), pointer(&list[0]), 8), nt.StatusAccessViolation})
	}},
}

func init() {
	handle := func(args []string) nt.Handle {
		h, _ := strconv.Atoi(args[0])
		return nt.Handle(h)
	}
	register("packets", func(args []string) nt.Status { return packetsChild(handle(args)) })
	register("packet-hog", func([]string) nt.Status { return packetHog() })
	register("packet-fill", func(args []string) nt.Status { return packetFill(handle(args)) })
}

// packetHog lets children fill one queue until they cannot. What this process needs itself
// it has from the first child on: its garbage is collected before each child, and it
// prints when the queue is gone, for until then there may be no memory to print with.
func packetHog() nt.Status {
	h, s := ntdll.NtCreateIoCompletion(ntdll.NewAttributes("", nt.ObjInherit, 0), 1)
	if !s.OK() {
		return s
	}
	for i := range 40 {
		runtime.GC()
		p, s := ntdll.RtlCreateUserProcessInherit("smss.exe", fmt.Sprintf("nttest packet-fill %d", h), true)
		if s.OK() {
			ntdll.NtResumeThread(p.Thread)
			ntdll.NtWaitForSingleObject(p.Handle, false, nil)
			info, _ := ntdll.NtQueryInformationProcess(p.Handle)
			s = info.ExitStatus
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
		}
		if s != survived {
			n, _ := ntdll.NtQueryIoCompletion(h)
			ntdll.NtClose(h)
			fmt.Printf("nttest: child %d could not fill the queue of %d packets: %v\n", i, n, s)
			break
		}
	}
	return survived
}

// packetFill fills a queue as far as this process may.
func packetFill(h nt.Handle) nt.Status {
	for i := range uint64(packetLimit) {
		if s := ntdll.NtSetIoCompletion(h, packet(i)); !s.OK() {
			return s
		}
	}
	return survived
}

// packetsChild fills a queue that it has inherited and one of its own, takes all out of the
// inherited one again if it was full before, and ends.
func packetsChild(h nt.Handle) nt.Status {
	before, _ := ntdll.NtQueryIoCompletion(h)
	own, s := ntdll.NtCreateIoCompletion(nil, 1)
	if !s.OK() {
		return s
	}
	to := h
	if before != 0 {
		to = own
	}
	for i := range uint64(packetLimit) {
		if s := ntdll.NtSetIoCompletion(to, packet(i)); !s.OK() {
			fmt.Println("nttest: packet", i, s)
			return s
		}
	}
	for _, q := range []nt.Handle{h, own} {
		if s := ntdll.NtSetIoCompletion(q, packet(0)); s != nt.StatusInsufficientResources {
			fmt.Println("nttest: one too many:", s)
			return nt.StatusUnsuccessful
		}
	}
	list := make([]nt.FileIoCompletionInformation, 100)
	n, s := ntdll.NtRemoveIoCompletionEx(to, list, &noTime, false)
	if !s.OK() || n == 0 {
		return nt.StatusUnsuccessful
	}
	for _, p := range list[:n] {
		if s := ntdll.NtSetIoCompletion(own, p); !s.OK() {
			return s
		}
	}
	if to == h { // put back what the parent looks for
		rest := make([]nt.FileIoCompletionInformation, 64)
		for {
			n, s := ntdll.NtRemoveIoCompletionEx(h, rest, &noTime, false)
			if s == nt.StatusTimeout || n == 0 {
				break
			}
		}
		for {
			if _, s := ntdll.NtRemoveIoCompletion(own, &noTime); s == nt.StatusTimeout {
				break
			}
		}
		for i := range uint64(packetLimit) {
			if s := ntdll.NtSetIoCompletion(h, packet(i)); !s.OK() {
				return s
			}
		}
	}
	return survived
}
