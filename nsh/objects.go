//go:build ntuser

package main

import (
	"strings"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

func attributes(path string) *ntdll.Attributes {
	return ntdll.NewAttributes(path, nt.ObjCaseInsensitive, 0)
}

// parent cuts the last name off a path.
func parent(path string) (dir, name string) {
	at := strings.LastIndex(path, `\`)
	if at <= 0 {
		return `\`, path[at+1:]
	}
	return path[:at], path[at+1:]
}

func below(dir, name string) string { return strings.TrimSuffix(dir, `\`) + `\` + name }

// list is a directory's entries.
func list(path string) ([]ntdll.DirectoryEntry, nt.Status) {
	h, s := ntdll.NtOpenDirectoryObject(nt.DirectoryQuery, attributes(path))
	if !s.OK() {
		return nil, s
	}
	defer ntdll.NtClose(h)
	return ntdll.NtQueryDirectoryObject(h)
}

// target is where a symbolic link leads.
func target(path string) (string, nt.Status) {
	h, s := ntdll.NtOpenSymbolicLinkObject(nt.SymbolicLinkQuery, attributes(path))
	if !s.OK() {
		return "", s
	}
	defer ntdll.NtClose(h)
	return ntdll.NtQuerySymbolicLinkObject(h)
}

func (services) Directory(path string) (out []shell.Entry, s nt.Status) {
	entries, s := list(path)
	for _, e := range entries {
		x := shell.Entry{Name: e.Name, Type: e.Type}
		if e.Type == "SymbolicLink" {
			x.Target, _ = target(below(path, e.Name)) // it may be gone by now
		}
		out = append(out, x)
	}
	return out, s
}

// Object looks the type up in the parent, then opens the object by its type's service.
func (services) Object(path string) (o shell.Object, s nt.Status) {
	dir, name := parent(path)
	if name == "" {
		o.Type = "Directory"
	} else if entries, s := list(dir); !s.OK() {
		return o, s
	} else {
		for _, e := range entries {
			if strings.EqualFold(e.Name, name) {
				o.Type = e.Type
			}
		}
	}
	if o.Type == "" {
		return o, nt.StatusObjectNameNotFound
	}
	if o.Type == "SymbolicLink" {
		if o.Target, s = target(path); !s.OK() {
			return o, s
		}
	}
	h, s := openAny(o.Type, path)
	if s == nt.StatusObjectTypeMismatch { // nothing opens objects of this type
		return o, nt.StatusSuccess
	}
	if !s.OK() {
		return o, s
	}
	defer ntdll.NtClose(h)
	o.Basic, s = ntdll.QueryObject(h)
	o.Known = s.OK()
	o.Name, _ = ntdll.QueryObjectName(h)
	return o, s
}

// openAny opens an object by its type's name.
func openAny(typ, path string) (nt.Handle, nt.Status) {
	return ntdll.NtOpenObject(typ, attributes(path))
}

func (services) Handles(pid uint64) (out []shell.Handle, s nt.Status) {
	all, s := ntdll.QueryHandles()
	if !s.OK() {
		return nil, s
	}
	types, s := ntdll.QueryObjectTypes()
	if !s.OK() {
		return nil, s
	}
	// Names are asked of copies of the handles; who does not let a handle be copied
	// (the System process) has handles without names here.
	process, opened := ntdll.NtOpenProcess(nt.ProcessDupHandle, pid)
	if opened.OK() {
		defer ntdll.NtClose(process)
	}
	for _, h := range all {
		if uint64(h.UniqueProcessID) != pid {
			continue
		}
		x := shell.Handle{SystemHandle: h}
		if i := int(h.ObjectTypeIndex) - 1; i >= 0 && i < len(types) {
			x.Type = types[i]
		}
		if opened.OK() {
			if mine, s := ntdll.NtDuplicateObject(process, nt.Handle(h.HandleValue), nt.CurrentProcess, 0, 0, nt.DuplicateSameAccess); s.OK() {
				x.Name, _ = ntdll.QueryObjectName(mine)
				ntdll.NtClose(mine)
			}
		}
		out = append(out, x)
	}
	return out, nt.StatusSuccess
}
