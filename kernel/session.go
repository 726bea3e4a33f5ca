//go:build kernel

package main

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"gont/arc"
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se"
)

// session is ExpLoadInitialProcess's (SPEC P1.43): the session manager with its
// environment and parameters.
var session sessionState

type sessionState struct {
	process *ps.Process
	thread  *ps.Thread
	handle  nt.Handle // System's handle of the process
	buffers [][]byte  // pool, until P1.46
}

var initTag = mm.Tag{'I', 'n', 'i', 't'}

// system32 is where programs are, below the system root.
const system32 = `System32\`

// loadInitialProcess goes through the four stages; each has a stop code of its
// own.
func loadInitialProcess() nt.Status {
	const name = "smss.exe"
	var params, env []byte
	stages := []struct {
		id   string
		code ex.BugCode
		do   func() nt.Status
	}{
		{"P1.43.1", ex.Session1Initialization, func() nt.Status {
			params = poolBuffer(buildParameters(`\SystemRoot\`+system32+name, sessionCommand(name)))
			if params == nil {
				return nt.StatusNoMemory
			}
			return nt.StatusSuccess
		}},
		{"P1.43.2", ex.Session2Initialization, func() nt.Status {
			env = poolBuffer(buildEnvironment())
			if env == nil {
				return nt.StatusNoMemory
			}
			return nt.StatusSuccess
		}},
		{"P1.43.3", ex.Session3Initialization, func() nt.Status { return createSession(name, params, env) }},
		{"P1.43.4", ex.Session4Initialization, func() nt.Status {
			ke.StartThread(session.thread.Thread)
			return nt.StatusSuccess
		}},
	}
	for _, st := range stages {
		if s := part(st.id, st.do); !s.OK() {
			stageCode = st.code
			return s
		}
	}
	return nt.StatusSuccess
}

// sessionCommand is the session manager's command line: its name, and what the
// option SESSION= gives it, commas for blanks.
func sessionCommand(name string) string {
	if more := options.Text("SESSION"); more != "" {
		name += " " + strings.ReplaceAll(more, ",", " ")
	}
	return name
}

// poolBuffer copies b into pool that P1.46 frees.
func poolBuffer(b []byte) []byte {
	p := mm.AllocatePool(mm.PagedPool, len(b), initTag)
	if p != nil {
		copy(p, b)
		session.buffers = append(session.buffers, p)
	}
	return p
}

// release gives back what only the start needed (SPEC P1.46).
func (l *sessionState) release() {
	ps.System.Handles.Close(l.handle)
	for _, b := range l.buffers {
		mm.FreePool(b, initTag)
	}
	l.buffers = nil
	l.thread.Object.Dereference()
	l.thread = nil
}

// createSession makes the section of every boot image, and the session
// manager's process and first thread.
func createSession(name string, params, env []byte) nt.Status {
	for file, f := range loader.files {
		s, err := mm.NewImageSection(file, hal.Bytes(f.base-arc.PhysMap, int(f.length)))
		if err != nil {
			failureText = loader.systemRoot + system32 + file + ": " + err.Error()
			return mm.ImageStatus(err)
		}
		o := ob.New(sectionType, s)
		st := ob.Insert(bootImages, o, file, true, true)
		o.Dereference()
		if !st.OK() {
			return st
		}
	}
	section, s := ob.Lookup(nil, `\BootImages\`+name, true, sectionType)
	if !s.OK() {
		failureText = loader.systemRoot + system32 + name + ": " + s.String() + ": the loader has not read this file"
		return s
	}
	defer section.Dereference()
	p, s := ps.CreateProcess(ps.System, name, section, se.System, false)
	if !s.OK() {
		return s
	}
	session.process = p
	if session.handle, s = ps.System.Handles.Insert(p.Object, nt.AllAccess, 0); !s.OK() {
		return s
	}
	if s := setUpProcess(p, params, env); !s.OK() {
		return s
	}
	session.thread, s = createInitialThread(p)
	return s
}

// buildParameters makes RTL_USER_PROCESS_PARAMETERS with offsets for pointers
// (not normalized): setUpProcess adds the address it puts them at.
func buildParameters(image, command string) []byte {
	b := make([]byte, nt.ParamsSize)
	put := func(at int, s string) {
		u := utf16.Encode([]rune(s))
		off := len(b)
		for _, c := range u {
			b = append(b, byte(c), byte(c>>8))
		}
		b = append(b, 0, 0)
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		binary.LittleEndian.PutUint16(b[at:], uint16(len(u)*2))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(u)*2+2))
		binary.LittleEndian.PutUint64(b[at+8:], uint64(off))
	}
	put(nt.ParamsCurrentDir, `C:\Windows\`)
	put(nt.ParamsDllPath, `C:\Windows\System32`)
	put(nt.ParamsImagePathName, image)
	put(nt.ParamsCommandLine, command)
	binary.LittleEndian.PutUint32(b[nt.ParamsMaximumLength:], uint32(len(b)))
	binary.LittleEndian.PutUint32(b[nt.ParamsLength:], uint32(len(b)))
	return b
}

// buildEnvironment makes the block: NAME=value, each ended by a zero, and one
// zero more.
func buildEnvironment() []byte {
	var b []byte
	for _, s := range []string{`Path=C:\Windows\System32;C:\Windows`, `SystemDrive=C:`, `SystemRoot=C:\Windows`, ""} {
		for _, c := range utf16.Encode([]rune(s)) {
			b = append(b, byte(c), byte(c>>8))
		}
		b = append(b, 0, 0)
	}
	return b
}

// setUpProcess puts PEB, parameters and environment into a new process.
func setUpProcess(p *ps.Process, params, env []byte) nt.Status {
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
	peb := makePeb(p)
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

func makePeb(p *ps.Process) []byte {
	le := binary.LittleEndian
	peb := make([]byte, 0x200)
	if p.Section != nil {
		s := p.Section.Body.(*mm.Section)
		le.PutUint64(peb[nt.PebImageBaseAddress:], s.Base)
		le.PutUint32(peb[nt.PebImageSubsystem:], uint32(s.Subsystem))
	}
	le.PutUint32(peb[nt.PebNumberOfProcessors:], uint32(ke.Processors()))
	le.PutUint32(peb[nt.PebOSMajorVersion:], nt.NtMajor)
	le.PutUint32(peb[nt.PebOSMinorVersion:], nt.NtMinor)
	le.PutUint16(peb[nt.PebOSBuildNumber:], nt.NtBuild)
	return peb
}

// createInitialThread makes the stack and the thread that starts at the image's
// entry point, RCX = PEB.
func createInitialThread(p *ps.Process) (*ps.Thread, nt.Status) {
	s := p.Section.Body.(*mm.Section)
	base, limit, allocation, st := p.Space.CreateStack(s.StackReserve, s.StackCommit)
	if !st.OK() {
		return nil, st
	}
	var c nt.Context
	c.Rip, c.Rcx, c.Rsp = s.Entry, p.Peb, base-0x28
	return createUserThread(p, &c, base, limit, allocation)
}

// createUserThread makes a thread with a TEB of its own. Its stack is committed
// from stackLimit to stackBase and allocated from stackAllocation on.
func createUserThread(p *ps.Process, c *nt.Context, stackBase, stackLimit, stackAllocation uint64) (*ps.Thread, nt.Status) {
	teb, _, s := p.Space.Allocate(0, nt.TebSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return nil, s
	}
	x := hal.NewContext()
	// The general registers are all taken; floating point if the flags say so.
	c.ContextFlags |= nt.ContextControl | nt.ContextInteger
	ps.SetContext(x, c)
	x.GsBase = teb
	x.FsBase = teb + nt.TebFsBase
	t, s := ps.CreateThread(p, x, teb)
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
