//go:build kernel

package debugger

import (
	"runtime"
	"strings"

	"gont/hal"
	"gont/kd"
)

// Symbols of the kernel are those of the Go runtime's own tables, which the image has.

// symbolAt names an address of the kernel's code.
func symbolAt(address uint64) string {
	if f := runtime.FuncForPC(uintptr(address)); f != nil {
		return f.Name()
	}
	return ""
}

func (m *target) Symbol(thread, address uint64) (s kd.Symbol, ok bool) {
	f := runtime.FuncForPC(uintptr(address))
	if f == nil {
		return s, false
	}
	s.Name, s.Offset = f.Name(), address-uint64(f.Entry())
	s.File, s.Line = f.FileLine(uintptr(address))
	return s, true
}

func (m *target) Lookup(name string) (address uint64, ok bool) {
	hal.Functions(func(entry, end uintptr, n string) bool {
		if n == name || strings.TrimPrefix(n, "gont/") == name {
			address, ok = uint64(entry), true
		}
		return !ok
	})
	return address, ok
}

func (m *target) Symbols(yield func(name string, address uint64) bool) {
	hal.Functions(func(entry, end uintptr, n string) bool { return yield(n, uint64(entry)) })
}

func (m *target) FrameSize(thread, address uint64) (bytes int64, ok bool) {
	n, ok := hal.FrameSize(uintptr(address))
	return int64(n), ok
}
