// Package ps is the process manager (SPEC P0.16, P1.43): processes, threads,
// client ids, and how both end.
//
// Locks: one for the lists, the client id table and the making of threads; only
// ob's own lock and, by ke.NewThread, the dispatcher lock are taken with it held, and
// nothing is called that is a dispatch point. Exported fields are set before anybody
// else can see the process or thread and stay as they are, but for the atomic
// ones; a Context, Continued and NextContext belong to their thread, and are
// changed by that thread alone, or in a kernel APC of it.
//
// IRQL: APC_LEVEL or below, which a checked build enforces (ke.FastMutex); Current may be called at any level.
package ps

import (
	"sync/atomic"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// Process is EPROCESS. It can be waited for: signalled when it has ended.
type Process struct {
	ke.Process
	ID     uint64
	Parent uint64
	Name   string
	// ImagePath is the full name of the image's file in the namespace; "" for Idle and System.
	ImagePath string
	Space     *mm.AddressSpace // nil for Idle and System
	Handles   *ob.HandleTable
	Token     *ob.Object
	Peb       uint64
	Created   uint64 // system time
	Object    *ob.Object

	// ExceptionDispatcher is where exceptions of ring 3 go, 0: nowhere.
	ExceptionDispatcher atomic.Uint64
	// ApcDispatcher is where user APCs go, 0: nowhere.
	ApcDispatcher atomic.Uint64

	base    atomic.Int32  // priority of new threads
	exit    atomic.Uint32 // nt.Status; STATUS_PENDING until the process ends
	threads map[uint64]*Thread
	section *ob.Object // mu; the image's section, nil: it has none, or it has ended
	// imageBase is where the image is mapped, which is where it is linked unless something is there.
	imageBase uint64
	exiting   bool      // it is to end, or has ended: no new threads
	listed    bool      // it can be found by its id
	times     [2]uint64 // user and kernel ticks of threads that have ended

	affinity, exitTime atomic.Uint64

	job *Job // mu; nil: it is in none

	// Packets are those that it has put into queues and nobody has taken
	// (ex.IoCompletion).
	Packets atomic.Int64
}

// ExitStatus is STATUS_PENDING until the process ends.
func (p *Process) ExitStatus() nt.Status { return nt.Status(p.exit.Load()) }

// Base is the priority that new threads get.
func (p *Process) Base() int { return int(p.base.Load()) }

// Thread is ETHREAD. It can be waited for: signalled when it has ended.
type Thread struct {
	*ke.Thread
	ID      uint64
	Process *Process
	Context *hal.Context // nil for system threads
	Teb     uint64
	Start   uint64 // address in ring 3
	Created uint64 // system time
	Object  *ob.Object

	// Continued is set by the service that has loaded the whole context, RAX
	// included; NextContext is what the thread is to go on with after the
	// service it is in. Both are the thread's own.
	Continued   bool
	NextContext *nt.Context

	// ContextSet says that another thread has set the context since ring 3 was
	// left: what was to be made of the old one is void. The thread's own.
	ContextSet bool

	// Service is the number plus one of the system service that the thread is in, 0
	// for none: its arguments are in Context then. The thread's own.
	Service uint32

	// Io is the I/O manager's: the requests that the thread has made. The thread's own.
	Io any

	exit       atomic.Uint32 // nt.Status
	exitTime   atomic.Uint64
	saturation atomic.Int32 // 1 or -1: at an end of the process's range of priorities

	// doomed are processes without threads and handles that this thread has to end, and
	// dooming is true while closeProcess ends them. Only the thread itself uses both.
	doomed  []*ob.Object
	dooming bool
}

// ExitStatus is STATUS_PENDING until the thread ends.
func (t *Thread) ExitStatus() nt.Status { return nt.Status(t.exit.Load()) }

// Object types and the first processes.
var (
	ProcessType, ThreadType *ob.Type
	Idle, System            *Process
)

var (
	mu     ke.FastMutex
	cids   = map[uint64]any{}
	nextID uint64
	active []*Process
)

// Hooks of the kernel: what runs a thread in ring 3, and how to leave an
// address space before it is destroyed.
var (
	RunUser    func(*Thread)
	LeaveSpace func(*mm.AddressSpace)
	// MemoryGoes, if it is not nil, is called before a process loses its memory (the debugger
	// takes breakpoints out of it). It is set in phase 0.
	MemoryGoes func(*Process)
	BeforeUser func(*Process) nt.Status
	// Ended is called when a process has ended, by its last thread. Another
	// thread may be ending while it is set.
	Ended atomic.Pointer[func(*Process)]
	// Traced is called when a process can be found, and when it has ended.
	Traced atomic.Pointer[func(p *Process, started bool)]
	// ForgetContext tells the processor that a context will be dropped.
	ForgetContext func(*hal.Context)
	// EndIo ends the requests that an ending thread has made, and waits for them; nil:
	// there are none. It is called by the thread itself, at PASSIVE_LEVEL.
	EndIo func(*Thread)
	// Now returns the system time; nil is 0.
	Now func() uint64
)

// InitSystem0 is phase 0 (SPEC P0.16): types, lists, Idle and System.
// idle is the boot goroutine's thread.
func InitSystem0(idle *ke.Thread) nt.Status {
	cids, nextID, active = map[uint64]any{}, 4, nil
	all := nt.AllAccess
	var s nt.Status
	if ProcessType, s = ob.CreateType(ob.Type{Name: "Process", Valid: all, Waitable: true, Delete: deleteProcess, Close: closeProcess, Generic: [4]nt.AccessMask{
		nt.ReadControl | 0x410, nt.ReadControl | 0xBEA, nt.ReadControl | 0x101001, all},
		Implied: [][2]nt.AccessMask{{nt.ProcessQueryInformation, nt.ProcessQueryLimitedInformation}}}); !s.OK() {
		return s
	}
	if ThreadType, s = ob.CreateType(ob.Type{Name: "Thread", Valid: all, Waitable: true, Delete: deleteThread, Generic: [4]nt.AccessMask{
		nt.ReadControl | 0x48, nt.ReadControl | 0x437, nt.ReadControl | 0x100800, all},
		Implied: [][2]nt.AccessMask{{nt.ThreadQueryInformation, nt.ThreadQueryLimitedInformation}, {nt.ThreadSetInformation, nt.ThreadSetLimitedInformation}}}); !s.OK() {
		return s
	}
	Idle = newProcess("Idle", nil, nil)
	Idle.ID = 0
	AdoptIdle(idle)
	System = newProcess("System", nil, SystemToken)
	System.ID = allocateID(System) // 4
	System.Handles = ob.NewHandleTable()
	mu.Lock()
	active = append(active, Idle, System)
	System.listed = true
	mu.Unlock()
	return nt.StatusSuccess
}

// AdoptIdle makes a processor's idle thread one of the process Idle.
func AdoptIdle(idle *ke.Thread) { idle.Owner = &Thread{Thread: idle, Process: Idle} }

func allocateID(v any) uint64 {
	mu.Lock()
	defer mu.Unlock()
	return lockedID(v)
}

// lockedID is allocateID with mu held.
func lockedID(v any) uint64 {
	for {
		id := nextID
		nextID += 4
		if nextID >= 1<<24 {
			nextID = 8
		}
		if _, used := cids[id]; !used {
			cids[id] = v
			return id
		}
	}
}

// freeID gives an id back that is v's. An id stays taken as long as somebody
// holds a reference to what had it: a handle to what has ended never names
// another by its id.
func freeID(id uint64, v any) {
	mu.Lock()
	if cids[id] == v {
		delete(cids, id)
	}
	mu.Unlock()
}

// LookupProcess is PsLookupProcessByProcessId: the process, referenced, or nil.
// One that has ended is found as long as somebody references it.
func LookupProcess(id uint64) *Process {
	mu.Lock()
	defer mu.Unlock()
	if p, ok := cids[id].(*Process); ok && p.listed && p.Object.TryReference() {
		return p
	}
	return nil
}

// LookupThread is PsLookupThreadByThreadId: the thread, referenced, or nil.
func LookupThread(id uint64) *Thread {
	mu.Lock()
	defer mu.Unlock()
	if t, ok := cids[id].(*Thread); ok && t.Object != nil && t.Object.TryReference() {
		return t
	}
	return nil
}

func newProcess(name string, space *mm.AddressSpace, token *ob.Object) *Process {
	p := &Process{Process: *ke.NewProcess(), Name: name, Space: space, Token: token,
		Created: now(), threads: map[uint64]*Thread{}}
	p.exit.Store(uint32(nt.StatusPending))
	p.base.Store(ke.NormalPriority)
	p.Object = ob.New(ProcessType, p)
	return p
}

// CreateProcess is PrepareProcess and Publish.
func CreateProcess(parent *Process, name string, section *ob.Object, token *ob.Object, inherit bool) (*Process, nt.Status) {
	p, s := PrepareProcess(parent, name, section, token, inherit)
	if s.OK() {
		p.Publish()
	}
	return p, s
}

// PrepareProcess makes a process with an empty address space but for what
// BeforeUser maps and, if section is not nil, the image. The one reference to
// p.Object is the active list's, and goes when the process ends. With inherit it
// has those of the parent's handles that are marked nt.ObjInherit. Nobody finds it
// before Publish.
func PrepareProcess(parent *Process, name string, section *ob.Object, token *ob.Object, inherit bool) (*Process, nt.Status) {
	space, ok := mm.NewAddressSpace()
	if !ok {
		return nil, nt.StatusNoMemory
	}
	p := newProcess(name, space, token)
	p.Parent = parent.ID
	if section != nil {
		p.ImagePath = section.Body.(*mm.Section).Path
	}
	p.Handles = ob.NewHandleTable()
	p.base.Store(parent.base.Load())
	p.affinity.Store(parent.affinity.Load())
	if inherit && parent.Handles != nil {
		p.Handles.Inherit(parent.Handles)
	}
	s := nt.StatusSuccess
	if BeforeUser != nil {
		s = BeforeUser(p)
	}
	if s.OK() && section != nil {
		p.imageBase, s = space.MapImage(section.Body.(*mm.Section))
	}
	if s.OK() {
		s = p.inherit(parent)
	}
	if !s.OK() {
		p.Object.Dereference()
		return nil, s
	}
	if token != nil {
		token.Reference()
	}
	if section != nil {
		p.section = section.Reference()
	}
	p.ID = allocateID(p)
	return p, nt.StatusSuccess
}

// Publish puts the process into the active list, where it stays until its end, and
// lets it be found by its id. One that has ended already is not listed.
// Preconditions: the caller has a reference, and if nobody else has a handle, nobody
// opens one who will not keep it.
func (p *Process) Publish() {
	mu.Lock()
	if !p.exiting {
		p.listed = true
		active = append(active, p)
	}
	mu.Unlock()
	if f := Traced.Load(); f != nil {
		(*f)(p, true)
	}
}

// rundown ends a process whose last thread is ending.
func (p *Process) rundown() {
	p.Handles.CloseAll()
	if p.Space != nil {
		if MemoryGoes != nil {
			MemoryGoes(p)
		}
		if LeaveSpace != nil {
			LeaveSpace(p.Space)
		}
		p.Space.Destroy()
	}
	p.dropSection()
	mu.Lock()
	for i, o := range active {
		if o == p {
			active = append(active[:i], active[i+1:]...)
			break
		}
	}
	mu.Unlock()
	p.leave()
	p.exitTime.Store(now())
	p.Ended()
	if f := Traced.Load(); f != nil {
		(*f)(p, false)
	}
	if f := Ended.Load(); f != nil {
		(*f)(p)
	}
	p.Object.Dereference() // the active list's
}

// ImageSection returns the section of the process's image with a reference that the caller
// gives back, or nil: the process has no image (Idle, System), or it has ended. The caller
// holds no lock of ps.
func (p *Process) ImageSection() *ob.Object {
	mu.Lock()
	defer mu.Unlock()
	if p.section == nil {
		return nil
	}
	return p.section.Reference()
}

// dropSection gives up the process's reference to its image, so that the image's file can be
// deleted by who has waited for the end of the process.
func (p *Process) dropSection() {
	mu.Lock()
	section := p.section
	p.section = nil
	mu.Unlock()
	if section != nil {
		section.Dereference()
	}
}

// closeProcess ends a process that has lost its last handle and has no thread:
// nobody could ever give it one. Its own handles may be the last ones of others like
// it, and so on: the current thread ends them one after the other.
func closeProcess(o *ob.Object) {
	if !o.Body.(*Process).unreachable() {
		return
	}
	t := Current()
	o.Reference()
	if t.doomed = append(t.doomed, o); t.dooming {
		return
	}
	t.dooming = true
	for n := 1; n > 0; n = len(t.doomed) {
		o := t.doomed[n-1]
		t.doomed = t.doomed[:n-1]
		if p := o.Body.(*Process); p.unreachable() {
			p.Terminate(nt.StatusUnsuccessful)
		}
		o.Dereference()
	}
	t.dooming, t.doomed = false, nil
}

// unreachable reports whether the process has neither a thread nor a handle.
func (p *Process) unreachable() bool {
	_, handles := p.Object.Counts()
	return handles == 0 && p.Space != nil && p.Threads() == 0
}

func deleteProcess(o *ob.Object) {
	p := o.Body.(*Process)
	if !p.exiting { // it failed while it was made
		p.leave()
		if p.Handles != nil {
			p.Handles.CloseAll()
		}
		if p.Space != nil {
			p.Space.Destroy()
		}
	}
	p.dropSection()
	if p.Token != nil && p.ID != 0 {
		p.Token.Dereference()
	}
	freeID(p.ID, p)
}

// Terminate ends a process: all its threads are asked to end with status. The
// current one ends on its way back to ring 3.
func (p *Process) Terminate(status nt.Status) nt.Status {
	mu.Lock()
	if p.exiting { // ExitStatus does not say: a program may end with STATUS_PENDING
		mu.Unlock()
		return nt.StatusProcessIsTerminating
	}
	p.exit.Store(uint32(status))
	p.exiting = true
	ts := make([]*Thread, 0, len(p.threads))
	for _, t := range p.threads {
		ts = append(ts, t)
	}
	none := len(ts) == 0
	mu.Unlock()
	for _, t := range ts {
		t.Terminate(status)
	}
	if none {
		p.rundown()
	}
	return nt.StatusSuccess
}

// TerminateOthers asks all threads of t's process but t to end with status.
func (t *Thread) TerminateOthers(status nt.Status) {
	mu.Lock()
	var ts []*Thread
	for _, o := range t.Process.threads {
		if o != t {
			ts = append(ts, o)
		}
	}
	mu.Unlock()
	for _, o := range ts {
		o.Terminate(status)
	}
}

// Active lists the processes, each with a reference for the caller, who gives it
// back by Release.
func Active() []*Process {
	mu.Lock()
	defer mu.Unlock()
	list := make([]*Process, 0, len(active))
	for _, p := range active {
		if p.Object.TryReference() {
			list = append(list, p)
		}
	}
	return list
}

// Release gives the references of Active's list back.
func Release(list []*Process) {
	for _, p := range list {
		p.Object.Dereference()
	}
}
