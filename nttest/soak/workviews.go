//go:build ntuser

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// mappedImage is a program that viewsRound starts now and then; the test has put it there.
const mappedImage = `\??\C:\plain.exe`

// viewsRound: a file's section, two views of it, and reads and writes of the file are one; a mapped
// file is not cut off, one that is not any more is, and has zeros when it grows again. An image
// is mapped now and then.
func viewsRound(w *hand) error {
	directory, _ := w.state.(nt.Handle)
	if directory == 0 {
		var err error
		if directory, err = openFolder("views"); err != nil {
			return err
		}
		w.state = directory
	}
	if w.IntN(6) == 0 {
		return imageRound(w)
	}
	x := &fileWorker{directory: directory, files: map[string]content{}}
	options := uint32(0)
	if w.IntN(3) == 0 {
		options = nt.FileDeleteOnClose
	}
	h, err := x.open("view.dat", nt.FileOpenIf, options)
	if err != nil {
		return err
	}
	defer ntdll.NtClose(h)
	size := uint64(1+w.IntN(64))*nt.PageSize - w.Uint64N(2)*w.Uint64N(nt.PageSize/8)*8
	setEnd := func(n uint64) nt.Status {
		return ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, binary.LittleEndian.AppendUint64(nil, n))
	}
	w.step(1)
	if s := setEnd(0); !s.OK() {
		return expect("empty the file", s, 0)
	}
	if s := setEnd(size); crowded(s) {
		return nil
	} else if !s.OK() {
		return expect("make the file longer", s, 0)
	}
	return useViews(w, h, size, setEnd)
}

func useViews(w *hand, h nt.Handle, size uint64, setEnd func(uint64) nt.Status) (err error) {
	me, salt := nt.CurrentProcess, w.Uint64()
	w.step(2)
	section, s := ntdll.NtCreateFileSection(nt.StandardAll|0x1F, h, 0, nt.PageReadWrite, nt.SecCommit)
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("NtCreateSection", s, 0)
	}
	var views []uint64
	unmap := func() {
		for _, v := range views {
			ntdll.NtUnmapViewOfSection(me, v)
		}
		views = nil
		ntdll.NtClose(section)
	}
	for range 2 {
		v, _, s := ntdll.NtMapViewOfSection(section, me, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
		if !s.OK() {
			unmap()
			if scarce(s) {
				return nil
			}
			return expect("NtMapViewOfSection", s, 0)
		}
		views = append(views, v)
	}
	err = coherent(w, h, views, size, salt)
	w.step(8)
	pages := func(n uint64) uint64 { return (n + nt.PageSize - 1) / nt.PageSize }
	if s := setEnd(size / 2); err == nil && pages(size/2) < pages(size) { // in the last page the end may move
		err = expect("cut off a mapped file", s, nt.StatusUserMappedFile)
	}
	unmap()
	if err != nil {
		return err
	}
	// What was written is there without the views; what is cut off is zero when it comes again.
	w.step(9)
	half := size / 2 &^ 7
	if s := setEnd(half); !s.OK() {
		return expect("cut the file off", s, 0)
	}
	if s := setEnd(size); !s.OK() && !crowded(s) {
		return expect("make it longer again", s, 0)
	} else if !s.OK() {
		return nil
	}
	w.step(10)
	b, zero := make([]byte, size), int64(0)
	n, s := ntdll.NtReadFile(h, nil, b, &zero)
	if scarce(s) {
		return nil
	}
	if !s.OK() || n != size {
		return fmt.Errorf("read of %d: %w, %d", size, s, n)
	}
	if !bytes.Equal(b[:half], viewBytes(salt, 0, half)) {
		return fmt.Errorf("the file has not what the views had")
	}
	if len(bytes.Trim(b[half:], "\x00")) > 0 {
		return fmt.Errorf("what was cut off is there again")
	}
	return nil
}

func viewBytes(salt, at, n uint64) []byte {
	b := make([]byte, n)
	for i := uint64(0); i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], pattern(at+i, salt))
	}
	return b
}

// coherent writes half of the file by the one view and half by NtWriteFile, and reads it by the other view
// and NtReadFile.
func coherent(w *hand, h nt.Handle, views []uint64, size, salt uint64) error {
	end := size &^ 7
	w.step(3)
	for at := uint64(0); at < end; {
		n := min(end-at, 8*(1+w.Uint64N(3000)))
		switch w.IntN(2) {
		case 0:
			for i := at; i < at+n; i += 8 {
				word(views[0] + i).Store(pattern(i, salt))
			}
		default:
			o := int64(at)
			if _, s := ntdll.NtWriteFile(h, nil, viewBytes(salt, at, n), &o); scarce(s) {
				continue
			} else if !s.OK() {
				return expect("NtWriteFile", s, 0)
			}
		}
		at += n
	}
	w.step(4)
	if w.IntN(3) == 0 {
		if s := ntdll.NtFlushBuffersFile(h); !s.OK() && !crowded(s) {
			return expect("NtFlushBuffersFile", s, 0)
		}
	}
	if w.IntN(3) == 0 {
		ntdll.NtDelayExecution(false, -int64(w.IntN(second/10)))
	}
	w.step(5)
	for i := uint64(0); i < end; i += 8 {
		if v, want := word(views[1]+i).Load(), pattern(i, salt); v != want {
			return fmt.Errorf("the second view has %#x at %#x of %#x, not %#x", v, i, size, want)
		}
	}
	w.step(6)
	at := w.Uint64N(end/8) * 8
	n := min(end-at, 8*(1+w.Uint64N(5000)))
	b, o := make([]byte, n), int64(at)
	got, s := ntdll.NtReadFile(h, nil, b, &o)
	if scarce(s) {
		return nil
	}
	if !s.OK() || got != n || !bytes.Equal(b, viewBytes(salt, at, n)) {
		return fmt.Errorf("NtReadFile of %d at %#x of %#x: %w, %d bytes that are others", n, at, size, s, got)
	}
	// Into a view of the same file.
	w.step(7)
	into, o := views[0]+at, int64(at)
	_, s = ntdll.NtReadFile(h, nil, unsafe.Slice((*byte)(address(into)), n), &o)
	if !s.OK() && !scarce(s) {
		return expect("NtReadFile into a view of the file", s, 0)
	}
	return nil
}

// imageRound starts a program from its file, whose pages are read, shared and given up with others'.
func imageRound(w *hand) error {
	w.step(20)
	p, s := ntdll.RtlCreateUserProcess(mappedImage, "soak child exit")
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("start a program from its file", s, 0)
	}
	defer ntdll.NtClose(p.Handle)
	defer ntdll.NtClose(p.Thread)
	ntdll.NtResumeThread(p.Thread)
	if err := wait("the end of a program from a file", p.Handle); err != nil {
		return err
	}
	i, _ := ntdll.NtQueryInformationProcess(p.Handle)
	if e := i.ExitStatus; e != 0x1234 && !scarce(e) && e != 2 {
		return fmt.Errorf("a program from a file ended with %v", e)
	}
	return nil
}

// viewsEnd takes the file away.
func viewsEnd(w *hand) error {
	directory, _ := w.state.(nt.Handle)
	if directory == 0 {
		return nil
	}
	s := ntdll.NtDeleteFile(attributes("view.dat", directory))
	ntdll.NtClose(directory)
	if s == nt.StatusObjectNameNotFound {
		return nil
	}
	return expect("NtDeleteFile", s, 0)
}
