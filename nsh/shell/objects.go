package shell

import (
	"fmt"
	"strings"

	"gont/nt"
)

// Entry is an object of a directory.
type Entry struct {
	Name, Type string
	Target     string // of a symbolic link
}

// Object is what a path leads to.
type Object struct {
	Type   string
	Name   string // as the object itself says it; empty where it cannot be asked
	Target string // of a symbolic link
	// Basic is what NtQueryObject says, and Known that it could be asked.
	Basic nt.ObjectBasicInformation
	Known bool
}

// Handle is a handle of some process.
type Handle struct {
	nt.SystemHandle
	Type, Name string
}

// Objects are the services around objects and handles. A path is absolute.
type Objects interface {
	// Directory lists a directory, or that to which a symbolic link leads.
	Directory(path string) ([]Entry, nt.Status)
	// Object tells of one object; a symbolic link stands for itself.
	Object(path string) (Object, nt.Status)
	// Handles lists the handles of a process.
	Handles(pid uint64) ([]Handle, nt.Status)
}

const objMore = `Without PATH it lists the root. A symbolic link is shown, and what it leads to
where that is a directory.
`

func object(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	path := `\`
	if len(args) == 1 {
		path = args[0]
	}
	if !strings.HasPrefix(path, `\`) {
		return wrong(`%q does not start at \`, path)
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, `\`)
	}
	o, st := s.sys.Object(path)
	if !st.OK() {
		return failed(path, st)
	}
	if o.Type == "Directory" || o.Type == "SymbolicLink" {
		list, st := s.sys.Directory(path)
		if o.Type == "SymbolicLink" {
			s.printf("%s is a SymbolicLink -> %s\n", oneLine(path), oneLine(o.Target))
			if st == nt.StatusObjectTypeMismatch {
				return nil
			}
		}
		if !st.OK() {
			return failed(path, st)
		}
		return s.directory(list)
	}
	s.printf("%s is a %s", oneLine(path), oneLine(o.Type))
	if o.Name != "" && !strings.EqualFold(o.Name, path) {
		s.printf(", its own name is %s", oneLine(o.Name))
	}
	s.printf("\n")
	if o.Known {
		// The handle that asked is one of each.
		s.printf("  %d handle%s, %d pointer%s besides this question's\n", less(o.Basic.HandleCount), plural(int(less(o.Basic.HandleCount))),
			less(o.Basic.PointerCount), plural(int(less(o.Basic.PointerCount))))
	}
	return nil
}

func less(n uint32) uint32 { return max(n, 1) - 1 }

func (s *Shell) directory(list []Entry) error {
	if len(list) == 0 {
		s.none("objects")
		return nil
	}
	var rows [][]string
	for _, e := range list {
		target := ""
		if e.Type == "SymbolicLink" {
			target = "-> " + e.Target
		}
		rows = append(rows, []string{e.Name, e.Type, target})
	}
	s.table([]string{"<Name", "<Type", "<"}, rows)
	return nil
}

func handles(s *Shell, args []string) error {
	pid, err := processID(args)
	if err != nil {
		return err
	}
	list, st := s.sys.Handles(pid)
	if !st.OK() {
		return failed(fmt.Sprint("process ", pid), st)
	}
	if len(list) == 0 {
		if _, err := s.process(pid); err != nil {
			return err
		}
		s.none("handles")
		return nil
	}
	var rows [][]string
	for _, h := range list {
		flags := ""
		if h.HandleAttributes&nt.ObjProtectClose != 0 {
			flags += "P"
		}
		if h.HandleAttributes&nt.ObjInherit != 0 {
			flags += "I"
		}
		rows = append(rows, []string{fmt.Sprintf("%x", h.HandleValue), fmt.Sprintf("%08x", uint32(h.GrantedAccess)), flags, h.Type, h.Name})
	}
	s.table([]string{"Handle", "Access", "<", "<Type", "<Name"}, rows)
	return nil
}
