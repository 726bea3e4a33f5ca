//go:build ntuser

package main

import (
	"strings"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

func (services) OpenKey(path string, access nt.AccessMask) (nt.Handle, nt.Status) {
	return ntdll.NtOpenKey(access, attributes(path))
}

// CreateKey makes the keys above, too: NtCreateKey makes one at a time.
func (services) CreateKey(path string, volatile bool) (h nt.Handle, created bool, s nt.Status) {
	var options uint32
	if volatile {
		options = nt.RegOptionVolatile
	}
	const access = nt.KeyRead | nt.KeyWrite
	h, created, s = ntdll.NtCreateKey(access, attributes(path), options)
	if s != nt.StatusObjectNameNotFound && s != nt.StatusObjectPathNotFound {
		return h, created, s
	}
	at := strings.LastIndex(path, `\`)
	if at <= len(`\Registry\Machine`) {
		return h, created, s
	}
	above, _, s := services{}.CreateKey(path[:at], volatile)
	if !s.OK() {
		return 0, false, s
	}
	ntdll.NtClose(above)
	return ntdll.NtCreateKey(access, attributes(path), options)
}

func (services) CloseKey(h nt.Handle) { ntdll.NtClose(h) }

// mostEntries is more than a key can have: who adds entries while others are listed
// does not keep the shell busy for ever.
const mostEntries = 1 << 20

func (services) Subkeys(h nt.Handle) (names []string, s nt.Status) {
	for i := range uint32(mostEntries) {
		name, s := ntdll.EnumerateKey(h, i)
		if s == nt.StatusNoMoreEntries {
			break
		}
		if !s.OK() {
			return nil, s
		}
		names = append(names, name)
	}
	return names, nt.StatusSuccess
}

func (services) Values(h nt.Handle) (values []shell.Value, s nt.Status) {
	for i := range uint32(mostEntries) {
		v, s := ntdll.EnumerateValueKey(h, i)
		if s == nt.StatusNoMoreEntries {
			break
		}
		if !s.OK() {
			return nil, s
		}
		values = append(values, shell.Value(v))
	}
	return values, nt.StatusSuccess
}

func (services) QueryValue(h nt.Handle, name string) (shell.Value, nt.Status) {
	v, s := ntdll.QueryValueKey(h, name)
	return shell.Value(v), s
}

func (services) SetValue(h nt.Handle, v shell.Value) nt.Status {
	return ntdll.NtSetValueKey(h, v.Name, v.Type, v.Data)
}

func (services) DeleteValue(h nt.Handle, name string) nt.Status {
	return ntdll.NtDeleteValueKey(h, name)
}

func (services) DeleteKey(h nt.Handle) nt.Status { return ntdll.NtDeleteKey(h) }

func (services) FlushKey(h nt.Handle) nt.Status { return ntdll.NtFlushKey(h) }

func (services) SaveKey(h nt.Handle, file string) nt.Status {
	f, s := openFile(file, nt.GenericWrite|nt.Delete, nt.FileCreate, nt.FileNonDirectoryFile, 0)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(f)
	if s = ntdll.NtSaveKey(h, f); !s.OK() { // no half hive stays
		gone := []byte{1}
		ntdll.NtSetInformationFile(f, nt.FileDispositionInformationClass, gone)
	}
	return s
}

func (services) LoadKey(path, file string) nt.Status {
	return ntdll.NtLoadKey(attributes(path), attributes(file))
}

func (services) UnloadKey(path string) nt.Status { return ntdll.NtUnloadKey(attributes(path)) }
