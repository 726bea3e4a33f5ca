package ps

import (
	"encoding/binary"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/trap"
)

// SetUpProcess puts PEB, parameters and environment into a new process.
func SetUpProcess(p *Process, params, env []byte) nt.Status {
	size := uint64(nt.PebSize + len(params) + len(env))
	base, _, s := p.Space.Allocate(0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return s
	}
	at := base + nt.PebSize
	le := binary.LittleEndian
	pp := append([]byte(nil), params...)
	for _, f := range []int{nt.ParamsCurrentDir, nt.ParamsDllPath, nt.ParamsImagePathName, nt.ParamsCommandLine} {
		le.PutUint64(pp[f+8:], le.Uint64(pp[f+8:])+at)
	}
	le.PutUint32(pp[nt.ParamsFlags:], 1) // normalized
	le.PutUint64(pp[nt.ParamsEnvironment:], at+uint64(len(pp)))
	le.PutUint64(pp[nt.ParamsEnvironmentSize:], uint64(len(env)))
	peb := MakePeb(p)
	le.PutUint64(peb[nt.PebProcessParameters:], at)
	p.Peb = base
	for _, w := range []struct {
		va uint64
		b  []byte
	}{{base, peb}, {at, pp}, {at + uint64(len(pp)), env}} {
		if _, s := p.Space.WriteBytes(w.va, w.b); !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// PebSettings is what new processes find in their PEBs of the control vector (SPEC P0.7). It
// is set in phase 0.
var PebSettings struct {
	GlobalFlag             uint32
	CSDVersion             uint16
	CriticalSectionTimeout uint64 // seconds
	// Heap is HeapSegmentReserve, HeapSegmentCommit, HeapDeCommitTotalFreeThreshold,
	// HeapDeCommitFreeBlockThreshold, in bytes.
	Heap [4]uint64
}

// MakePeb returns the PEB of a new process.
func MakePeb(p *Process) []byte {
	le := binary.LittleEndian
	peb := make([]byte, 0x200)
	if section := p.ImageSection(); section != nil {
		defer section.Dereference()
		s := section.Body.(*mm.Section)
		le.PutUint64(peb[nt.PebImageBaseAddress:], p.imageBase)
		le.PutUint32(peb[nt.PebImageSubsystem:], uint32(s.Subsystem))
	}
	le.PutUint32(peb[nt.PebNumberOfProcessors:], uint32(ke.Processors()))
	le.PutUint32(peb[nt.PebOSMajorVersion:], nt.NtMajor)
	le.PutUint32(peb[nt.PebOSMinorVersion:], nt.NtMinor)
	le.PutUint16(peb[nt.PebOSBuildNumber:], nt.NtBuild)
	le.PutUint16(peb[nt.PebOSCSDVersion:], PebSettings.CSDVersion)
	le.PutUint32(peb[nt.PebNtGlobalFlag:], PebSettings.GlobalFlag)
	le.PutUint64(peb[nt.PebCriticalSectionTimeout:], uint64(-int64(PebSettings.CriticalSectionTimeout)*10_000_000))
	for i, v := range PebSettings.Heap {
		le.PutUint64(peb[nt.PebHeapSegmentReserve+8*i:], v)
	}
	return peb
}

// CreateInitialThread makes the stack and the thread that starts at the image's
// entry point, RCX = PEB. STATUS_PROCESS_IS_TERMINATING when the process has ended.
func CreateInitialThread(p *Process) (*Thread, nt.Status) {
	section := p.ImageSection()
	if section == nil {
		return nil, nt.StatusProcessIsTerminating
	}
	defer section.Dereference()
	s := section.Body.(*mm.Section)
	base, limit, allocation, st := p.Space.CreateStack(s.StackReserve, s.StackCommit)
	if !st.OK() {
		return nil, st
	}
	var c nt.Context
	c.Rip, c.Rcx, c.Rsp = s.Entry-s.Base+p.imageBase, p.Peb, base-0x28
	return CreateUserThread(p, &c, base, limit, allocation)
}

// CreateUserThread makes a thread with a TEB of its own. Its stack is committed
// from stackLimit to stackBase and allocated from stackAllocation on.
func CreateUserThread(p *Process, c *nt.Context, stackBase, stackLimit, stackAllocation uint64) (*Thread, nt.Status) {
	teb, _, s := p.Space.Allocate(0, nt.TebSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return nil, s
	}
	x := hal.NewContext()
	// The general registers are all taken; floating point if the flags say so.
	c.ContextFlags |= nt.ContextControl | nt.ContextInteger
	trap.SetContext(x, c)
	x.GsBase = teb
	x.FsBase = teb + nt.TebFsBase
	t, s := CreateThread(p, x, teb)
	if !s.OK() {
		p.Space.Free(teb, 0, nt.MemRelease)
		return nil, s
	}
	le := binary.LittleEndian
	b := make([]byte, 0x68)
	le.PutUint64(b[nt.TebStackBase:], stackBase)
	le.PutUint64(b[nt.TebStackLimit:], stackLimit)
	le.PutUint64(b[nt.TebSelf:], teb)
	le.PutUint64(b[nt.TebClientID:], p.ID)
	le.PutUint64(b[nt.TebClientID+8:], t.ID)
	le.PutUint64(b[nt.TebPeb:], p.Peb)
	_, s = p.Space.WriteBytes(teb, b)
	if s.OK() {
		_, s = p.Space.WriteBytes(teb+nt.TebDeallocationStack, le.AppendUint64(nil, stackAllocation))
	}
	if !s.OK() {
		t.Terminate(s)
		ke.StartThread(t.Thread)
		t.Object.Dereference()
		return nil, s
	}
	return t, nt.StatusSuccess
}
