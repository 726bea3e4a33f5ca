//go:build kernel

package main

import (
	"strings"

	"gont/ex"
	"gont/io"
	"gont/ke"
	"gont/kernel/systemfiles"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/rtl"
)

// session is ExpLoadInitialProcess's (SPEC P1.43): the session manager with its
// environment and parameters.
var session sessionState

type sessionState struct {
	process *ps.Process
	thread  *ps.Thread
	handle  nt.Handle // System's handle of the process
}

// loadInitialProcess goes through the four stages; each has a stop code of its
// own.
func loadInitialProcess() nt.Status {
	const name = "smss.exe"
	var params, env []byte
	stages := []struct {
		id string
		do func() nt.Status
	}{
		{"P1.43.1", func() nt.Status {
			params = ex.InitCopy(rtl.BuildParameters(`\SystemRoot\`+rtl.System32+name, sessionCommand(name)))
			if params == nil {
				return nt.StatusNoMemory
			}
			return nt.StatusSuccess
		}},
		{"P1.43.2", func() nt.Status {
			env = ex.InitCopy(rtl.BuildEnvironment())
			if env == nil {
				return nt.StatusNoMemory
			}
			return nt.StatusSuccess
		}},
		{"P1.43.3", func() nt.Status { return createSession(name, params, env) }},
		{"P1.43.4", func() nt.Status {
			deferOutput()
			ke.StartThread(session.thread.Thread)
			return nt.StatusSuccess
		}},
	}
	for _, st := range stages {
		if s := part(st.id, st.do); !s.OK() {
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

// release gives back what only the start needed (SPEC P1.46).
func (l *sessionState) release() {
	ps.System.Handles.Close(l.handle)
	l.thread.Object.Dereference()
	l.thread = nil
}

// createSession makes the section of every boot image that the boot volume cannot give, and the session
// manager's process and first thread. P1.44 frees what OSLDR has read of the others. With a debugger
// all are kept: it reads names out of pages that are in memory, and these stay there.
func createSession(name string, params, env []byte) nt.Status {
	for _, f := range loader.files {
		if io.IsDriverFile(f.Name) || f.Name != name && !debugSettings.Enabled && systemfiles.Needless(f.Name, options.Text("BOOTFILES")) {
			continue // P1.34 has kept the driver; the program's file is on the boot volume
		}
		if st, err := mm.AddBootImage(`\SystemRoot\`+rtl.System32+f.Name, loaderReader.Bytes(f.Base, f.Length)); err != nil {
			failureText = loader.systemRoot + rtl.System32 + f.Name + ": " + err.Error()
			return st
		} else if !st.OK() {
			return st
		}
	}
	section, s := ob.Lookup(nil, `\BootImages\`+name, true, mm.SectionType)
	if !s.OK() {
		failureText = loader.systemRoot + rtl.System32 + name + ": " + s.String() + ": the loader has not read this file"
		return s
	}
	defer section.Dereference()
	p, s := ps.CreateProcess(ps.System, name, section, ps.SystemToken, false)
	if !s.OK() {
		return s
	}
	session.process = p
	if session.handle, s = ps.System.Handles.Insert(p.Object, nt.AllAccess, 0); !s.OK() {
		return s
	}
	if s := ps.SetUpProcess(p, params, env); !s.OK() {
		return s
	}
	session.thread, s = ps.CreateInitialThread(p)
	return s
}
