//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// idName is a name that is the bytes of a file's id, behind a prefix, with what points at it.
type idName struct {
	attributes *ntdll.Attributes
	name       nt.UnicodeString
	units      []uint16
}

// newIDName makes the name of length bytes behind the prefix, of which the first eight are the id.
func newIDName(root nt.Handle, prefix string, id uint64, length int) *idName {
	n := &idName{attributes: ntdll.NewAttributes("", nt.ObjCaseInsensitive, root)}
	for _, c := range prefix {
		n.units = append(n.units, uint16(c))
	}
	for i := range 8 {
		n.units = append(n.units, uint16(id>>(16*i&63)))
	}
	n.name.Length = uint16(2*len(prefix) + length)
	n.name.MaximumLength = n.name.Length
	n.name.Buffer = uint64(uintptr(unsafe.Pointer(&n.units[0])))
	n.attributes.ObjectName = uint64(uintptr(unsafe.Pointer(&n.name)))
	return n
}

// openID opens what has an id, from root.
func openID(root nt.Handle, id uint64, access nt.AccessMask, disposition, options uint32) (nt.Handle, uint64, nt.Status) {
	n := newIDName(root, "", id, 8)
	defer runtime.KeepAlive(n)
	return ntdll.NtCreateFile(access|nt.Synchronize, n.attributes, nt.FileAttributeNormal, nt.FileShareValid, disposition,
		options|nt.FileOpenByFileID|nt.FileSynchronousIoNonalert)
}

// idOf is what FileInternalInformation says.
func idOf(h nt.Handle) (uint64, nt.Status) {
	var id [1]uint64
	_, s := ntdll.NtQueryInformationFile(h, nt.FileInternalInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&id[0])), 8))
	return id[0], s
}

// pathOf is what FileNameInformation says.
func pathOf(h nt.Handle) string {
	b := make([]byte, 600)
	n, s := ntdll.NtQueryInformationFile(h, nt.FileNameInformationClass, b)
	if !s.OK() {
		return s.String()
	}
	var text []byte
	for i := 4; i+1 < int(n); i += 2 {
		text = append(text, b[i])
	}
	return string(text)
}

// listedIDs are the ids that a directory's list has, by name.
func listedIDs(d nt.Handle) (map[string]uint64, nt.Status) {
	const nameAt, idAt = 80, 72 // FILE_ID_FULL_DIR_INFORMATION
	m := map[string]uint64{}
	words := make([]uint64, 512)
	b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	for restart := true; ; restart = false {
		_, s := ntdll.NtQueryDirectoryFile(d, nt.FileIDFullDirectoryInformationClass, b, false, "", restart)
		if s == nt.StatusNoMoreFiles {
			return m, nt.StatusSuccess
		}
		if !s.OK() {
			return m, s
		}
		for at := uint32(0); ; {
			e := (*nt.FileDirectoryInformation)(unsafe.Pointer(&b[at]))
			var name []byte
			for i := uint32(0); i < e.FileNameLength; i += 2 {
				name = append(name, b[at+nameAt+i])
			}
			m[string(name)] = *(*uint64)(unsafe.Pointer(&b[at+idAt]))
			if e.NextEntryOffset == 0 {
				break
			}
			at += e.NextEntryOffset
		}
	}
}

// openByID is the row open-by-id (I10): files and directories are opened by the ids that a list and their handles give, from
// the volume, from a directory, from a file and by a path; what is no id, and ids of nothing.
func openByID() error {
	d, _, s := createFile(0, `\dir`, nt.FileReadData|nt.FileWriteData, nt.FileShareValid, nt.FileCreate, nt.FileDirectoryFile)
	if !s.OK() {
		return expect("a directory", s, 0)
	}
	defer ntdll.NtClose(d)
	f, _, s := createFile(d, "a file with a long name", everything, nt.FileShareValid, nt.FileCreate, 0)
	if !s.OK() {
		return expect("a file", s, 0)
	}
	defer ntdll.NtClose(f)
	data := bytes.Repeat([]byte("by its id "), 1000)
	_, w := ntdll.NtWriteFile(f, nil, data, nil)
	for i := range 100 { // an id that begins with a backslash, 5Ch, is among them
		h, _, s := createFile(d, fmt.Sprint("F", i), nt.FileReadData, nt.FileShareValid, nt.FileCreate, 0)
		if !s.OK() {
			return expect("one of many", s, 0)
		}
		ntdll.NtClose(h)
	}
	volume, _, v := createFile(0, "", nt.FileReadData, nt.FileShareValid, nt.FileOpen, 0)
	root, _, r := createFile(0, `\`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, nt.FileDirectoryFile)
	defer ntdll.NtClose(volume)
	defer ntdll.NtClose(root)
	id, q := idOf(f)
	top, t := idOf(root)
	if err := all(status{"write", w, 0}, status{"the volume", v, 0}, status{"the root", r, 0}, status{"the file's id", q, 0}, status{"the root's id", t, 0}); err != nil {
		return err
	}
	list, s := listedIDs(d)
	if own, _ := idOf(d); !s.OK() || len(list) != 103 || list["a file with a long name"] != id || list["."] != own || list[".."] != top || id == 0 || top == 0 {
		return fmt.Errorf("the list (%v) has %d ids, %X; the file %X, the root %X", s, len(list), list["a file with a long name"], id, top)
	}
	backslash := false
	for name, id := range list {
		path := map[string]string{".": `\dir`, "..": `\`}[name]
		if path == "" {
			path = `\dir\` + name
		}
		backslash = backslash || uint16(id) == '\\'
		for i, from := range []nt.Handle{volume, root, f} {
			h, information, s := openID(from, id, nt.FileReadAttributes, nt.FileOpen, 0)
			got := pathOf(h)
			ntdll.NtClose(h)
			if !s.OK() || information != nt.FileOpened || got != path {
				return fmt.Errorf("%s by its id %X, from %d: %v, %d, %s", name, id, i, s, information, got)
			}
		}
		n := newIDName(0, fileVolume+`\`, id, 8)
		h, s := ntdll.NtOpenFile(nt.FileReadAttributes|nt.Synchronize, n.attributes, nt.FileShareValid, nt.FileOpenByFileID|nt.FileSynchronousIoNonalert)
		runtime.KeepAlive(n)
		got := pathOf(h)
		ntdll.NtClose(h)
		if !s.OK() || got != path {
			return fmt.Errorf("%s by the path with its id %X: %v, %s", name, id, s, got)
		}
	}
	if !backslash {
		return fmt.Errorf("no id begins with a backslash")
	}
	return openByIDMore(root, f, id, data)
}

// openByIDMore is the rest of the row, for a file that is open as f.
func openByIDMore(root, f nt.Handle, id uint64, data []byte) error {
	h, _, s := openID(root, id, everything, nt.FileOpen, 0)
	if !s.OK() {
		return expect("open", s, 0)
	}
	back := make([]byte, len(data)+1)
	n, r := ntdll.NtReadFile(h, nil, back, nil)
	if !bytes.Equal(back[:n], data) {
		return fmt.Errorf("%d bytes (%v), which are others", n, r)
	}
	bad := func(id uint64, length int) nt.Status {
		n := newIDName(root, "", id, length)
		h, _, s := ntdll.NtCreateFile(nt.FileReadData|nt.Synchronize, n.attributes, 0, nt.FileShareValid, nt.FileOpenIf, nt.FileOpenByFileID|nt.FileSynchronousIoNonalert)
		runtime.KeepAlive(n)
		if s.OK() {
			ntdll.NtClose(h)
		}
		return s
	}
	create := func(disposition, options uint32) nt.Status {
		h, _, s := openID(root, id, nt.FileReadData|nt.FileWriteData, disposition, options)
		if s.OK() {
			ntdll.NtClose(h)
		}
		return s
	}
	const invalid = nt.StatusInvalidParameter
	err := all(status{"no bytes", bad(id, 0), invalid}, status{"two bytes", bad(id, 2), invalid}, status{"an odd length", bad(id, 7), nt.StatusObjectNameInvalid},
		status{"ten bytes", bad(id, 10), invalid}, status{"sixteen bytes", bad(id, 16), invalid},
		status{"zero", bad(0, 8), invalid}, status{"all ones", bad(^uint64(0), 8), invalid}, status{"half characters", bad(0xD800_DC00_DBFF_D800, 8), invalid},
		status{"a part of a long name", bad(id-1, 8), invalid}, status{"a place behind the end", bad(id+1000, 8), invalid},
		status{"FILE_CREATE", create(nt.FileCreate, 0), nt.StatusObjectNameCollision}, status{"no directory", create(nt.FileOpen, nt.FileDirectoryFile), nt.StatusNotADirectory},
		status{"FILE_OVERWRITE", create(nt.FileOverwrite, 0), 0},
		status{"rename", ntdll.Rename(h, 0, "another name that is longer than the old one was", false), 0})
	if err != nil {
		return err
	}
	now, q := idOf(f)
	if path := pathOf(f); now == id || path != `\dir\another name that is longer than the old one was` {
		return fmt.Errorf("after the rename: %s, %X, was %X", path, now, id)
	}
	old := bad(id, 8)
	ntdll.NtClose(h)
	h, _, s = openID(root, now, everything, nt.FileOpen, nt.FileDeleteOnClose)
	ntdll.NtClose(h)
	_, _, pending := openID(root, now, everything, nt.FileOpen, 0)
	return all(status{"the new id", q, 0}, status{"the old id", old, invalid}, status{"delete on close", s, 0}, status{"what is to go", pending, nt.StatusDeletePending})
}
