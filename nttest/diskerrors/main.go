//go:build ntuser

// Diskerrors is a session manager that uses disks which fail now and then (SPEC I10): it reads and
// writes those whose first sector says that they are for it, piece by piece, and works with
// files of a volume, of which some requests fail. It tells how many did, does all again,
// and goes on.
//
//	ERRORS disk 1: 512 reads, 20 failed (STATUS_IO_DEVICE_ERROR); 512 writes, 20 failed (STATUS_IO_DEVICE_ERROR)
//	ERRORS disk 1 again: 512 reads, 0 failed (); 512 writes, 0 failed (); same true
//	ERRORS files: pass 1, 10 failed (STATUS_IO_DEVICE_ERROR)
//	ERRORS done
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"gont/nt"
	"gont/ntdll"
)

const (
	marker    = "GONT ERRORS"
	piece     = 4096    // of a request
	readAt    = 1 << 20 // where pieces are read, writeAt, where they are written
	writeAt   = 4 << 20
	pieces    = 512
	mostDisks = 16
	files     = 24
	mostPass  = 30
)

func main() {
	fmt.Println("GoNT Session Manager (diskerrors)")
	for n := range mostDisks {
		h, s := ntdll.NtOpenFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(fmt.Sprintf(`\??\PhysicalDrive%d`, n), nt.ObjCaseInsensitive, 0),
			nt.FileShareValid, nt.FileSynchronousIoNonalert)
		if s.OK() {
			disk(n, h)
			ntdll.NtClose(h)
		}
	}
	volume()
	fmt.Println("ERRORS done")
	for {
		ntdll.NtDelayExecution(false, -10_000_000_000)
	}
}

// failures counts statuses that are none of success.
type failures struct {
	n    int
	list []string
}

func (f *failures) add(s nt.Status) {
	if s.OK() {
		return
	}
	f.n++
	if !slices.Contains(f.list, s.String()) {
		f.list = append(f.list, s.String())
		slices.Sort(f.list)
	}
}

func (f *failures) String() string {
	return fmt.Sprintf("%d failed (%s)", f.n, strings.Join(f.list, " "))
}

// contents are what piece i of a disk gets.
func contents(b []byte, i int) {
	for j := 0; j < len(b); j += 8 {
		binary.LittleEndian.PutUint32(b[j:], uint32(i))
		binary.LittleEndian.PutUint32(b[j+4:], uint32(j))
	}
}

// disk reads and writes one that is for it, twice: what fails fails once.
func disk(n int, h nt.Handle) {
	b, want := make([]byte, piece), make([]byte, piece)
	at := int64(0)
	if _, s := ntdll.NtReadFile(h, nil, b, &at); !s.OK() || !bytes.HasPrefix(b, []byte(marker)) {
		return
	}
	for _, when := range []string{"", " again"} {
		var reads, writes failures
		for i := range pieces {
			at := int64(readAt + i*piece)
			_, s := ntdll.NtReadFile(h, nil, b, &at)
			reads.add(s)
			at = int64(writeAt + i*piece)
			contents(want, i)
			_, s = ntdll.NtWriteFile(h, nil, want, &at)
			writes.add(s)
		}
		same := ""
		if when != "" {
			good := true
			for i := range pieces {
				at := int64(writeAt + i*piece)
				contents(want, i)
				_, s := ntdll.NtReadFile(h, nil, b, &at)
				good = good && s.OK() && bytes.Equal(b, want)
			}
			same = fmt.Sprintf("; same %v", good)
		}
		fmt.Printf("ERRORS disk %d%s: %d reads, %v; %d writes, %v%s\n", n, when, pieces, &reads, pieces, &writes, same)
	}
}

// letter finds the volume that has a file system and is not the boot volume: the disks without
// partitions are volumes, too.
func letter() string {
	for c := 'D'; c <= 'Z'; c++ {
		name := fmt.Sprintf(`\??\%c:\`, c)
		h, s := ntdll.NtOpenFile(nt.FileReadData|nt.Synchronize, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0), nt.FileShareValid, nt.FileSynchronousIoNonalert)
		if s.OK() {
			ntdll.NtClose(h)
		}
		if s != nt.StatusUnrecognizedVolume && s != nt.StatusObjectNameNotFound && s != nt.StatusObjectPathNotFound {
			fmt.Printf("ERRORS volume %c: %v\n", c, s)
			return name
		}
	}
	return ""
}

// volume reads the files of a volume and writes others, until a pass has no failure.
func volume() {
	root := letter()
	open := func(name string, disposition uint32) (nt.Handle, nt.Status) {
		h, _, s := ntdll.NtCreateFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(root+name, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid, disposition,
			nt.FileSynchronousIoNonalert)
		return h, s
	}
	b := make([]byte, 20_000)
	for pass := 1; pass <= mostPass; pass++ {
		var f failures
		for i := range files {
			if h, s := open(fmt.Sprintf("file %d", i), nt.FileOpen); s.OK() {
				_, s = ntdll.NtReadFile(h, nil, b, nil)
				f.add(s)
				ntdll.NtClose(h)
			} else {
				f.add(s)
			}
			h, s := open(fmt.Sprintf("written %d", i), nt.FileOverwriteIf)
			if !s.OK() {
				f.add(s)
				continue
			}
			contents(b, i)
			at := int64(0)
			_, s = ntdll.NtWriteFile(h, nil, b, &at)
			f.add(s)
			f.add(ntdll.NtFlushBuffersFile(h))
			ntdll.NtClose(h)
		}
		fmt.Printf("ERRORS files: pass %d, %v\n", pass, &f)
		if f.n == 0 {
			return
		}
	}
}
