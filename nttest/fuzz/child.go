//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/guest"
)

const (
	threadsPerChild = 3
	callsPerThread  = 250
)

// child is one process under test. It has this image, and never runs its Go
// code.
type child struct {
	handle  nt.Handle
	threads []nt.Handle
	lists   [threadsPerChild][]record
	counts  [threadsPerChild]uint64 // calls made, when last looked
	calls   uint64                  // services called while it ran, but by the parent
}

// common is what all children share with the parent.
type common struct {
	section nt.Handle
	view    nt.Handle   // a section of a file, which children map at fileView
	packets nt.Handle   // an I/O completion object that all may fill
	given   []nt.Handle // duplicated into each child, in the order of the h constants
	code    guest.Calls
	names   map[nt.Service]string
}

// newCommon makes the objects that the children get handles of; with a volume some are of files.
func newCommon(volume bool) (*common, error) {
	c := &common{names: map[nt.Service]string{}}
	c.code = guest.CallCode()
	for s := nt.Service(0); s < nt.NumServices; s++ {
		c.names[s] = s.String()
	}
	var err error
	keep := func(h nt.Handle, s nt.Status) nt.Handle {
		if !s.OK() && err == nil {
			err = s
		}
		return h
	}
	c.section = keep(ntdll.NtOpenSection(nt.GenericExecute|nt.GenericRead, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0)))
	create := func(service nt.Service, name string, access nt.AccessMask, more ...uintptr) nt.Handle {
		var h nt.Handle
		a := append([]uintptr{uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(ntdll.NewAttributes(name, 0, 0)))}, more...)
		return keep(h, ntdll.Raw(service, a...))
	}
	event := func(typ int) nt.Handle { return keep(ntdll.NtCreateEvent(nil, typ, false)) }
	timer := func(typ int) nt.Handle { return keep(ntdll.NtCreateTimer(nil, typ)) }
	directory := func() nt.Handle { return create(nt.SvcCreateDirectoryObject, `\Fuzz`, 0xF) }
	link := func() nt.Handle {
		return create(nt.SvcCreateSymbolicLinkObject, `\Fuzz\Link`, 1, uintptr(unsafe.Pointer(&ntdll.NewString(`\Fuzz`).UnicodeString)))
	}
	c.packets = keep(ntdll.NtCreateIoCompletion(nil, 1))
	c.given = []nt.Handle{event(0), event(1), keep(ntdll.NtCreateMutant(nil, false)), keep(ntdll.NtCreateSemaphore(nil, 1, 3)), timer(0), timer(1), directory(), link(), c.section,
		keep(ntdll.NtCreateEventPair(nil)), keep(ntdll.NtCreateKeyedEvent(nil, 0)), c.packets, keep(profile()), keep(key())}
	f := files(volume, keep)
	c.given = append(c.given, f.file, f.root, f.mapped, f.section)
	c.view = f.section
	return c, err
}

// drain takes out what a child has left in the common queue.
func (c *common) drain() {
	list := make([]nt.FileIoCompletionInformation, 64)
	none := int64(0)
	for {
		if n, s := ntdll.NtRemoveIoCompletionEx(c.packets, list, &none, false); s != nt.StatusSuccess || n == 0 {
			return
		}
	}
}

// key is a volatile key, with another one in it.
func key() (h nt.Handle, s nt.Status) {
	for _, path := range []string{`\Registry\User\Fuzz`, `\Registry\User\Fuzz\Sub`, `\Registry\User\Fuzz`} {
		a := ntdll.NewAttributes(path, nt.ObjCaseInsensitive, 0)
		s = ntdll.Raw(nt.SvcCreateKey, uintptr(unsafe.Pointer(&h)), uintptr(nt.KeyAllAccess), uintptr(unsafe.Pointer(a)), 0, 0, nt.RegOptionVolatile, 0)
	}
	return h, s
}

// profile is one of this program's code, for all processes, with a page of buckets.
func profile() (nt.Handle, nt.Status) {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return 0, s
	}
	return ntdll.NtCreateProfile(0, nt.UserImageBase, 1<<20, 10, base, nt.PageSize, nt.ProfileTime, ^uint64(0))
}

// newChild makes child number n of a seed, ready to run.
func (c *common) newChild(seed uint64, n int, only nt.Service) (k *child, err error) {
	defer func() {
		if e, ok := recover().(step); ok {
			if k.handle != 0 {
				k.close()
			}
			err = fmt.Errorf("%s: %w", e.what, e.status)
		}
	}()
	g := &generator{random: random(seed + uint64(n)*0x9E3779B97F4A7C15), code: c.code, names: c.names, only: only}
	k = &child{}
	var s nt.Status
	k.handle, s = ntdll.NtCreateProcess(nil, nt.CurrentProcess, c.section)
	must("NtCreateProcess", s)
	for _, h := range append(c.given, k.handle) {
		_, s = ntdll.NtDuplicateObject(nt.CurrentProcess, h, k.handle, 0, 0, nt.DuplicateSameAccess)
		must("NtDuplicateObject", s)
	}
	info, s := ntdll.NtQueryInformationProcess(k.handle)
	must("NtQueryInformationProcess", s)
	k.arena(g, info.UniqueProcessID)
	_, _, s = ntdll.NtMapViewOfSection(c.view, k.handle, fileView, 0, 0, viewSize, nt.ViewUnmap, 0, nt.PageReadWrite)
	must("NtMapViewOfSection", s)
	to := c.code.Exception
	must("NtSetInformationProcess", ntdll.Raw(nt.SvcSetInformationProcess, uintptr(k.handle), nt.ProcessExceptionDispatcher, uintptr(unsafe.Pointer(&to)), 8))
	for i := range k.lists {
		k.list(g, i)
	}
	k.racer(g)
	return k, nil
}

// step is what failed while a child was made.
type step struct {
	what   string
	status nt.Status
}

func must(what string, s nt.Status) {
	if !s.OK() {
		panic(step{what, s})
	}
}

func (k *child) allocate(base, size uint64, protect uint32) {
	_, _, s := ntdll.NtAllocateVirtualMemory(k.handle, base, size, nt.MemReserve|nt.MemCommit, protect)
	must("NtAllocateVirtualMemory", s)
}

func (k *child) protect(base, size uint64, protect uint32) {
	_, s := ntdll.NtProtectVirtualMemory(k.handle, base, size, protect)
	must("NtProtectVirtualMemory", s)
}

func (k *child) write(base uint64, b []byte) {
	_, s := ntdll.NtWriteVirtualMemory(k.handle, base, b)
	must("NtWriteVirtualMemory", s)
}

// arena makes what the calls' pointers point at.
func (k *child) arena(g *generator, id uint64) {
	k.allocate(arena, arenaSize, nt.PageReadWrite)
	k.write(arena, makeWords(&g.random))
	k.write(blocks, makeBlocks(&g.random, g.code, nt.ClientID{UniqueProcess: id, UniqueThread: id + 4}))
	k.protect(blocks, blockPages*nt.PageSize, nt.PageReadOnly)
	k.protect(noAccess, nt.PageSize, nt.PageNoAccess)
	k.protect(guarded, nt.PageSize, nt.PageReadWrite|nt.PageGuard)
	s := ntdll.NtFreeVirtualMemory(k.handle, uncommited, nt.PageSize, nt.MemDecommit)
	must("NtFreeVirtualMemory", s)
	k.allocate(scratch, scratchSize, nt.PageReadWrite)
}

// list makes thread i with its calls.
func (k *child) list(g *generator, i int) {
	base := uint64(listBase + i*listStride)
	k.allocate(base, stackAt+stackSize, nt.PageReadWrite)
	for range callsPerThread {
		k.lists[i] = append(k.lists[i], g.call())
	}
	le := binary.LittleEndian
	h := make([]byte, headerSize)
	le.PutUint64(h[8:], base+recordsAt)
	le.PutUint64(h[16:], base+recordsAt+callsPerThread*recordSize)
	le.PutUint64(h[24:], base+stackAt+stackSize-0x400)
	k.write(base, h)
	k.write(base+recordsAt, unsafe.Slice((*byte)(unsafe.Pointer(&k.lists[i][0])), callsPerThread*recordSize))
	k.write(base+stackAt+stackSize-0x400+0x48, []byte{255, 255, 255, 255, 255, 255, 255, 255}) // a ninth argument
	k.thread(g.code.List, base, base+stackAt+stackSize-0x100, base+stackAt)
}

// racer makes the thread that writes over the others' arguments.
func (k *child) racer(g *generator) {
	base := uint64(listBase + threadsPerChild*listStride)
	k.allocate(base, 0x10000, nt.PageReadWrite)
	b := make([]byte, 0x200)
	le := binary.LittleEndian
	for i, v := range []uint64{uint64(1 + g.below(200_000)), arena, dataPages*nt.PageSize/8 - 1, base + 0x100, g.next() | 1} {
		le.PutUint64(b[i*8:], v)
	}
	for i := range 16 {
		le.PutUint64(b[0x100+i*8:], pick(&g.random, 0, scratch, arena+8*freeWords, noAccess-4, uint64(g.below(24)*4), boundary[g.below(len(boundary))], 0x1000))
	}
	k.write(base, b)
	k.thread(g.code.Racer, base, base+0xFF00, base+0x1000)
}

// thread makes one that waits to be resumed.
func (k *child) thread(code, header, sp, limit uint64) {
	x := nt.Context{Rip: code, Rsp: sp, R13: header}
	h, _, s := ntdll.NtCreateThread(k.handle, &x, &ntdll.InitialTeb{StackBase: sp &^ 0xFFF, StackLimit: limit, Allocation: limit}, true)
	must("NtCreateThread", s)
	k.threads = append(k.threads, h)
	_, s = ntdll.NtDuplicateObject(nt.CurrentProcess, h, k.handle, 0, 0, nt.DuplicateSameAccess)
	must("NtDuplicateObject", s)
}

// look reads how far the threads are.
func (k *child) look() (sum uint64) {
	for i := range k.counts {
		var b [8]byte
		if n, s := ntdll.NtReadVirtualMemory(k.handle, uint64(listBase+i*listStride), b[:]); s.OK() && n == 8 {
			if v := binary.LittleEndian.Uint64(b[:]); v <= callsPerThread {
				k.counts[i] = v
			}
		}
		sum += k.counts[i]
	}
	return sum
}

const second = 10_000_000 // in units of 100 ns

// run lets a child go and waits for its end, which is brought about when its
// threads make no calls any more.
func (k *child) run() error {
	before := systemCalls()
	own := uint64(1 + len(k.threads))
	defer func() { k.calls = max(systemCalls()-before, own) - own }()
	for _, h := range k.threads {
		ntdll.NtResumeThread(h)
	}
	for still, before := 0, uint64(0); ; {
		poll := int64(-second / 50)
		own += 1 + threadsPerChild
		if s := ntdll.NtWaitForSingleObject(k.handle, false, &poll); s == nt.StatusSuccess {
			return nil
		}
		sum := k.look()
		if still++; sum != before {
			still, before = 0, sum
		}
		if still >= 5 {
			return k.end()
		}
	}
}

// systemCalls is how many services have been called since the start.
func systemCalls() uint64 {
	var p nt.SystemKernelInformation
	ntdll.QuerySystem(nt.SystemKernelInformationClass, &p)
	return p.SystemCalls
}

// end ends a child. A process that is asked to end has to.
func (k *child) end() error {
	ntdll.NtTerminateProcess(k.handle, 0x77)
	limit := int64(-20 * second)
	if s := ntdll.NtWaitForSingleObject(k.handle, false, &limit); s != nt.StatusSuccess {
		return fmt.Errorf("a process does not end: %v", s)
	}
	return nil
}

// close gives everything of a child back.
func (k *child) close() {
	for _, h := range append(k.threads, k.handle) {
		ntdll.NtClose(h)
	}
}

// last prints the calls around where each thread was last seen.
func (k *child) last() {
	for i, list := range k.lists {
		at := int(k.counts[i])
		for j := max(at-4, 0); j < min(at+12, len(list)); j++ {
			fmt.Printf("FUZZ thread %d call %d: %v %#x\n", i, j, list[j].service, list[j].args)
		}
	}
}
