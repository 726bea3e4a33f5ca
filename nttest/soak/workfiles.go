//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"slices"

	"gont/nt"
	"gont/ntdll"
)

// folder is where workers have their files: a directory for each kind, on the boot volume.
const folder = `\??\C:\soak`

const (
	mostFiles = 12
	mostBytes = 300_000 // of a file
	allAccess = nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.FileWriteAttributes | nt.Delete | nt.Synchronize
)

// content is what a file has: runs of bytes, each of a salt, one behind the other.
type content []piece

type piece struct {
	salt uint64
	from int // where in the file its bytes would begin
	n    int
}

// size is how many bytes there are.
func (c content) size() (n int) {
	for _, p := range c {
		n += p.n
	}
	return n
}

// put replaces n bytes from at on; at is at most the size.
func (c content) put(at, n int, salt uint64) content {
	end := c.cut(0, at)
	if tail := c.size() - at - n; tail > 0 {
		return append(append(end, piece{salt, at, n}), c.cut(at+n, tail)...)
	}
	return append(end, piece{salt, at, n})
}

// cut is a part of it.
func (c content) cut(at, n int) (part content) {
	pos := 0
	for _, p := range c {
		from, to := max(at, pos), min(at+n, pos+p.n)
		if from < to {
			part = append(part, piece{p.salt, p.from + from - pos, to - from})
		}
		pos += p.n
	}
	return part
}

// bytes makes a part of the content; a salt of 0 is zeros.
func (c content) bytes(at, n int) []byte {
	b := make([]byte, 0, n)
	for _, p := range c.cut(at, n) {
		b = append(b, saltedBytes(p.salt, p.from, p.n)...)
	}
	return b
}

func saltedBytes(salt uint64, from, n int) []byte {
	b := make([]byte, n)
	if salt == 0 {
		return b
	}
	for i := range b {
		x := (uint64(from+i)/8 + 1) * salt
		b[i] = byte(x >> (8 * ((from + i) % 8)))
	}
	return b
}

// fileWorker is what the worker "files" has from one round to the next.
type fileWorker struct {
	directory nt.Handle
	files     map[string]content
	// overlapped: handles are not synchronous.
	overlapped bool
}

func attributes(name string, root nt.Handle) *ntdll.Attributes {
	return ntdll.NewAttributes(name, nt.ObjCaseInsensitive, root)
}

// openFolder makes a kind's directory, or opens it.
func openFolder(kind string) (nt.Handle, error) {
	for _, name := range []string{folder, folder + `\` + kind} {
		h, _, s := ntdll.NtCreateFile(nt.FileGenericRead|nt.FileGenericWrite, attributes(name, 0), 0, nt.FileShareValid, nt.FileOpenIf, nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
		if !s.OK() {
			return 0, fmt.Errorf("%s: %w", name, s)
		}
		if name != folder {
			return h, nil
		}
		ntdll.NtClose(h)
	}
	return 0, nil
}

func (x *fileWorker) open(name string, disposition, options uint32) (nt.Handle, error) {
	if !x.overlapped {
		options |= nt.FileSynchronousIoNonalert
	}
	h, _, s := ntdll.NtCreateFile(allAccess, attributes(name, x.directory), 0, nt.FileShareValid, disposition, options)
	if !s.OK() {
		return 0, fmt.Errorf("open of %s: %w", name, s)
	}
	return h, nil
}

// crowded says that a volume has no room, or memory none, now.
func crowded(s nt.Status) bool { return s == nt.StatusDiskFull || scarce(s) }

// write puts bytes into a file in pieces.
func (x *fileWorker) write(w *hand, h nt.Handle, name string, at, n int, align int) error {
	for n > 0 {
		k := min(n, 1+w.IntN(60_000))
		if align > 1 {
			k = min(n, (k+align-1)/align*align)
		}
		salt := w.Uint64() | 1
		_, s := x.move(h, true, saltedBytes(salt, at, k), at, align)
		if crowded(s) {
			return x.again(h, name)
		}
		if !s.OK() {
			return fmt.Errorf("write of %d at %d: %w", k, at, s)
		}
		x.files[name] = x.files[name].put(at, k, salt)
		at, n = at+k, n-k
	}
	return nil
}

// again is for a write that had no room: how much of it was done the file's size does not tell, so
// the file is emptied.
func (x *fileWorker) again(h nt.Handle, name string) error {
	x.files[name] = nil
	return expect("empty a file", ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, make([]byte, 8)), 0)
}

// same compares a part of a file.
func (x *fileWorker) same(h nt.Handle, name string, at, n int) error {
	c := x.files[name]
	n = min(n, c.size()-at)
	if n <= 0 {
		return nil
	}
	b := make([]byte, n)
	got, s := x.move(h, false, b, at, 1)
	if scarce(s) {
		return nil
	}
	if !s.OK() || got != n {
		return fmt.Errorf("read of %d at %d of %d: %w, %d", n, at, c.size(), s, got)
	}
	want := c.bytes(at, n)
	for i := range b {
		if b[i] != want[i] {
			return fmt.Errorf("byte %d of %d is %02X, not %02X; read at %d", at+i, c.size(), b[i], want[i], at)
		}
	}
	return nil
}

// filesRound does something with one of the worker's files, which stay from round to round: they are
// made, written, read, cut off, renamed, deleted, listed, flushed; now and then all are read.
func filesRound(w *hand) error {
	x, _ := w.state.(*fileWorker)
	if x == nil {
		x = &fileWorker{files: map[string]content{}}
		var err error
		if x.directory, err = openFolder("files"); err != nil {
			return err
		}
		w.state = x
	}
	name := fmt.Sprintf("File number %d.dat", w.IntN(mostFiles))
	_, exists := x.files[name]
	k := w.IntN(20)
	w.step(uint64(k))
	x.overlapped = w.IntN(4) == 0
	if err := x.operate(w, name, exists, k); err != nil {
		return fmt.Errorf("%s, operation %d: %w", name, k, err)
	}
	return nil
}

func (x *fileWorker) operate(w *hand, name string, exists bool, k int) error {
	if !exists {
		h, err := x.open(name, nt.FileCreate, 0)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		x.files[name] = nil
		return x.write(w, h, name, 0, w.IntN(mostBytes/2), 1)
	}
	size := x.files[name].size()
	switch {
	case k == 0:
		h, err := x.open(name, nt.FileOpen, nt.FileDeleteOnClose)
		if err != nil {
			return err
		}
		ntdll.NtClose(h)
		delete(x.files, name)
		_, s := ntdll.NtOpenFile(allAccess, attributes(name, x.directory), nt.FileShareValid, 0)
		return expect("open of what is deleted", s, nt.StatusObjectNameNotFound)
	case k == 1:
		return x.list()
	case k == 2:
		for n := range x.files {
			h, err := x.open(n, nt.FileOpen, 0)
			if err != nil {
				return err
			}
			err = x.same(h, n, 0, mostBytes)
			ntdll.NtClose(h)
			if err != nil {
				return fmt.Errorf("%s: %w", n, err)
			}
		}
		return nil
	}
	options, align := uint32(0), 1
	switch w.IntN(8) {
	case 0:
		options = nt.FileWriteThrough
	case 1:
		options, align = nt.FileNoIntermediateBuffering, 512
	}
	h, err := x.open(name, nt.FileOpen, options)
	if err != nil {
		return err
	}
	defer ntdll.NtClose(h)
	switch {
	case k < 8:
		at := w.IntN(size+1) / align * align
		n := (1 + w.IntN(80_000)) / align * align
		if at+n > mostBytes {
			return nil
		}
		return x.write(w, h, name, at, n, align)
	case k < 13:
		if align > 1 {
			return nil
		}
		return x.same(h, name, w.IntN(size+1), 1+w.IntN(100_000))
	case k < 15:
		n := w.IntN(size + 1)
		if w.IntN(3) == 0 {
			n = w.IntN(mostBytes)
		}
		s := ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, binary.LittleEndian.AppendUint64(nil, uint64(n)))
		if crowded(s) {
			return nil
		}
		if n <= size {
			x.files[name] = x.files[name].cut(0, n)
		} else {
			x.files[name] = x.files[name].put(size, n-size, 0)
		}
		return expect("the end of the file", s, 0)
	case k < 17:
		to := fmt.Sprintf("File number %d.dat", w.IntN(mostFiles))
		s := ntdll.Rename(h, x.directory, to, true)
		if crowded(s) || to == name {
			return nil
		}
		x.files[to] = x.files[name]
		delete(x.files, name)
		return expect("rename to "+to, s, 0)
	case k < 18:
		s := ntdll.NtFlushBuffersFile(h)
		if crowded(s) {
			return nil
		}
		return expect("NtFlushBuffersFile", s, 0)
	}
	var i nt.FileStandardInformation
	b := make([]byte, 24)
	_, s := ntdll.NtQueryInformationFile(h, nt.FileStandardInformationClass, b)
	i.EndOfFile = int64(binary.LittleEndian.Uint64(b[8:]))
	if !s.OK() || i.EndOfFile != int64(size) {
		return fmt.Errorf("%w, %d bytes, not %d", s, i.EndOfFile, size)
	}
	return nil
}

// list compares the directory with the files that there are.
func (x *fileWorker) list() error {
	var got, want []string
	ntdll.ReadDirectory(x.directory, "*", func(e ntdll.DirectoryFile) bool {
		if e.Name != "." && e.Name != ".." {
			got = append(got, e.Name)
		}
		return true
	})
	for n := range x.files {
		want = append(want, n)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the directory has %q, not %q", got, want)
	}
	return nil
}

// filesEnd takes the files away.
func filesEnd(w *hand) error {
	x, _ := w.state.(*fileWorker)
	if x == nil {
		return nil
	}
	for n := range x.files {
		if s := ntdll.NtDeleteFile(attributes(n, x.directory)); !s.OK() {
			return fmt.Errorf("delete %s: %w", n, s)
		}
	}
	ntdll.NtClose(x.directory)
	return nil
}
