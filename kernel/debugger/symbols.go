//go:build kernel

package debugger

import (
	"errors"
	"runtime"
	"strings"

	"gont/hal"
	"gont/kd"
	"gont/kd/pclntab"
	"gont/pe"
	"gont/ps"
)

// Symbols of the kernel are those of the Go runtime's own tables, which the image has; those of
// a program are in the same kind of table of its image, which is read by page tables: a page
// that is not in memory is not brought in.

// userTop is where ring 3's addresses end.
const userTop = 1 << 47

// symbolAt names an address of the kernel's code.
func symbolAt(address uint64) string {
	if f := runtime.FuncForPC(uintptr(address)); f != nil {
		return f.Name()
	}
	return ""
}

// processOf returns the process of a thread, or the one that has the id itself; nil for none, and
// for one without memory of its own.
func processOf(id uint64) *ps.Process {
	p := ps.DebugProcess(id)
	if t := find(id); t != nil {
		p = t.Process
	}
	if p == nil || p.Space == nil {
		return nil
	}
	return p
}

func (m *target) ProcessOf(thread uint64) uint64 {
	if t := find(thread); t != nil && t.Process != nil {
		return t.Process.ID
	}
	return 0
}

// program is an image in a process.
type program struct {
	name       string // without folder and .exe
	base, size uint64
}

// programs calls yield for the images of a thread's process.
func programs(thread uint64, yield func(program) bool) {
	p := processOf(thread)
	if p == nil {
		return
	}
	p.Space.DebugImages(func(name string, base, size uint64) bool {
		name = name[strings.LastIndexByte(name, '\\')+1:]
		if n := len(name) - 4; n > 0 && strings.EqualFold(name[n:], ".exe") {
			name = name[:n]
		}
		return yield(program{name, base, size})
	})
}

// errNoTable: the image has no function table; a program in assembly has none.
var errNoTable = errors.New("no symbols")

// table opens the function table of a program.
func (m *target) table(thread uint64, p program) (*pclntab.Table, error) {
	if m.Read(thread, p.base, m.page[:]) != len(m.page) {
		return nil, pclntab.ErrAbsent
	}
	at, _, code, ok := pe.GoTable(m.page[:])
	if !ok || uint64(at) >= p.size {
		return nil, errNoTable
	}
	return pclntab.Open(func(address uint64, b []byte) int { return m.Read(thread, address, b) }, p.base+uint64(at), p.base+uint64(code))
}

// function finds the function of a program that has an address of ring 3. in is false where no
// image lies there.
func (m *target) function(thread, address uint64) (p program, t *pclntab.Table, f pclntab.Function, in bool, err error) {
	programs(thread, func(x program) bool {
		in = address-x.base < x.size
		p = x
		return !in
	})
	if !in {
		return
	}
	if t, err = m.table(thread, p); err == nil {
		f, err = t.Find(address)
	}
	return
}

func (m *target) Symbol(thread, address uint64) (s kd.Symbol, ok bool) {
	if address < userTop {
		p, t, f, in, err := m.function(thread, address)
		if !in {
			return s, false
		}
		s.Module = p.name
		if err != nil {
			s.Offset = address - p.base
			if errors.Is(err, pclntab.ErrAbsent) || errors.Is(err, pclntab.ErrFormat) {
				s.Missing = err.Error()
			}
			return s, true
		}
		s.Name, s.Offset = f.Name, address-f.Entry
		s.File, s.Line = t.Line(&f, address)
		return s, true
	}
	f := runtime.FuncForPC(uintptr(address))
	if f == nil {
		return s, false
	}
	s.Offset = address - uint64(f.Entry())
	hal.Inlined(uintptr(address), func(name, file string, line int) bool {
		if s.Name != "" {
			s.Inlined = append(s.Inlined, kd.Call{Name: s.Name, File: s.File, Line: s.Line})
		}
		s.Name, s.File, s.Line = name, file, line
		return true
	})
	return s, true
}

// Lookup takes NAME, gont/NAME, PROGRAM!NAME, and nt!NAME for the kernel's. The kernel's come first.
func (m *target) Lookup(thread uint64, name string) (address uint64, ok bool) {
	module, rest, named := strings.Cut(name, "!")
	if !named || module == "nt" {
		if named {
			name = rest
		}
		hal.Functions(func(entry, end uintptr, n string) bool {
			if n == name || strings.TrimPrefix(n, "gont/") == name {
				address, ok = uint64(entry), true
			}
			return !ok
		})
	}
	if ok || module == "nt" && named {
		return address, ok
	}
	if !named {
		module, rest = "", name
	}
	programs(thread, func(p program) bool {
		if module != "" && !strings.EqualFold(module, p.name) {
			return true
		}
		if t, err := m.table(thread, p); err == nil {
			t.Each(func(f pclntab.Function) bool {
				if f.Name == rest || strings.TrimPrefix(f.Name, "gont/") == rest {
					address, ok = f.Entry, true
				}
				return !ok
			})
		}
		return !ok
	})
	return address, ok
}

func (m *target) Symbols(thread uint64, yield func(name string, address uint64) bool) (absent int) {
	more := true
	hal.Functions(func(entry, end uintptr, n string) bool {
		more = yield(n, uint64(entry))
		return more
	})
	programs(thread, func(p program) bool {
		if !more {
			return false
		}
		t, err := m.table(thread, p)
		if err != nil {
			if !errors.Is(err, errNoTable) {
				absent++
			}
			return true
		}
		absent += t.Each(func(f pclntab.Function) bool {
			more = yield(p.name+"!"+f.Name, f.Entry)
			return more
		})
		return more
	})
	return absent
}

func (m *target) FrameSize(thread, address uint64) (bytes int64, ok bool) {
	if address < userTop {
		_, t, f, in, err := m.function(thread, address)
		if !in || err != nil {
			return 0, false
		}
		return t.FrameSize(&f, address)
	}
	n, ok := hal.FrameSize(uintptr(address))
	return int64(n), ok
}
