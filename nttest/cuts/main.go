//go:build ntuser

// Cuts is a session manager that changes files of the boot volume and a value of the registry
// (nttest/cutplan) for ever, says after each step that it is done, and after some, when all is
// flushed, that it is safe; the test kills the machine at some moment. Each start works in a
// directory of its own.
//
//	CUTS directory 0, files of 0 others read
//	CUTS done 1
//	CUTS safe 3
//	CUTS key 4
//	CUTS FAILED: append File with number 3.dat: STATUS_...
package main

import (
	"encoding/binary"
	"fmt"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/cutplan"
)

const (
	folder = `\??\C:\cuts %d`
	key    = `\Registry\Machine\SYSTEM\Cuts`
	// keyEvery is how many steps there are to a change of the registry.
	keyEvery = 8
)

func main() {
	fmt.Println("GoNT Session Manager (cuts)")
	if err := work(); err != nil {
		fmt.Println("CUTS FAILED:", err)
	}
	for {
		ntdll.NtDelayExecution(false, -10_000_000_000)
	}
}

func attributes(path string, root nt.Handle) *ntdll.Attributes {
	return ntdll.NewAttributes(path, nt.ObjCaseInsensitive, root)
}

func work() error {
	var directory nt.Handle
	number, read := 0, 0
	for ; ; number++ {
		name := fmt.Sprintf(folder, number)
		h, information, s := ntdll.NtCreateFile(nt.FileGenericRead|nt.FileGenericWrite, attributes(name, 0), 0, nt.FileShareValid, nt.FileOpenIf,
			nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
		if !s.OK() {
			return fmt.Errorf("%s: %w", name, s)
		}
		if directory = h; information == nt.FileCreated {
			break
		}
		n, err := readAll(h)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		read += n
		ntdll.NtClose(h)
	}
	fmt.Printf("CUTS directory %d, files of %d others read\n", number, read)
	k, _, s := ntdll.NtCreateKey(nt.KeyAllAccess, attributes(key, 0), 0)
	if !s.OK() {
		return fmt.Errorf("the key: %w", s)
	}
	p := cutplan.New(uint64(number))
	for {
		for _, o := range p.Step() {
			if err := do(directory, o); err != nil {
				return fmt.Errorf("%v %s: %w", o.Kind, o.Name, err)
			}
		}
		if p.Done%keyEvery == 0 {
			s := ntdll.NtSetValueKey(k, "n", nt.RegDword, binary.LittleEndian.AppendUint32(nil, uint32(number*1_000_000+p.Done)))
			if s.OK() {
				s = ntdll.NtFlushKey(k)
			}
			if !s.OK() {
				return fmt.Errorf("the registry: %w", s)
			}
			fmt.Println("CUTS key", p.Done)
		}
		if p.Done%cutplan.FlushEvery != 0 {
			fmt.Println("CUTS done", p.Done)
			continue
		}
		if s := ntdll.NtFlushBuffersFile(directory); !s.OK() {
			return fmt.Errorf("flush: %w", s)
		}
		fmt.Println("CUTS safe", p.Done)
	}
}

// readAll reads the files of a directory, of an earlier start.
func readAll(d nt.Handle) (n int, err error) {
	b := make([]byte, 64<<10)
	ntdll.ReadDirectory(d, "*", func(e ntdll.DirectoryFile) bool {
		if e.Name == "." || e.Name == ".." {
			return true
		}
		h, s := ntdll.NtOpenFile(nt.FileReadData|nt.Synchronize, attributes(e.Name, d), nt.FileShareValid, nt.FileSynchronousIoNonalert)
		if s.OK() {
			_, s = ntdll.NtReadFile(h, nil, b, nil)
			ntdll.NtClose(h)
		}
		if !s.OK() && s != nt.StatusEndOfFile {
			err = fmt.Errorf("%s: %w", e.Name, s)
		}
		n++
		return err == nil
	})
	return n, err
}

// do does one operation.
func do(d nt.Handle, o cutplan.Operation) error {
	disposition := uint32(nt.FileOpen)
	if o.Kind == cutplan.Create {
		disposition = nt.FileCreate
	}
	h, _, s := ntdll.NtCreateFile(nt.FileReadData|nt.FileWriteData|nt.Delete|nt.Synchronize, attributes(o.Name, d), 0, nt.FileShareValid, disposition, nt.FileSynchronousIoNonalert)
	if !s.OK() {
		return s
	}
	defer ntdll.NtClose(h)
	switch o.Kind {
	case cutplan.Truncate:
		s = ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, binary.LittleEndian.AppendUint64(nil, uint64(o.At)))
	case cutplan.Rename:
		s = ntdll.Rename(h, d, o.To, true)
	case cutplan.Delete:
		s = ntdll.NtSetInformationFile(h, nt.FileDispositionInformationClass, []byte{1})
	default:
		at := int64(o.At)
		_, s = ntdll.NtWriteFile(h, nil, o.Data, &at)
	}
	return s.Err()
}
