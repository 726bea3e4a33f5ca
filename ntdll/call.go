//go:build ntuser

// Package ntdll is what ring-3 programs link to reach the kernel: a stub for
// every system service, the few Rtl routines around them, and os.Stdout on
// NtDisplayString, os.Args and the environment from the process parameters. It is NT's ntdll.dll as a Go package; the hooks of the Go
// runtime are in package goos.
//
// A service that waits holds the thread that called it; other goroutines run
// meanwhile on other threads (blocking.go). A goroutine may go on in another thread
// afterwards. What belongs to a thread, as a mutant does, an alert, or a user APC, needs
// runtime.LockOSThread.
package ntdll

import (
	"os"
	"runtime/goos"
	"strings"
	"syscall"
	"unicode/utf16"
	"unsafe"

	"gont/nt"
)

// flag is BOOLEAN.
func flag(b bool) uintptr {
	if b {
		return 1
	}
	return 0
}

// Raw invokes a service with any arguments, for tests; pointers as for a
// stub (stubs.go). The
// goroutine keeps its P, so it needs none of the runtime's other threads to go on, but
// holds up other goroutines if the service waits.
//
//go:uintptrescapes
func Raw(s nt.Service, a ...uintptr) nt.Status {
	var v [12]uintptr
	copy(v[:], a)
	return nt.Status(goos.CallMany(uint32(s), &v))
}

// String holds a UNICODE_STRING and its characters.
type String struct {
	nt.UnicodeString
	chars []uint16
}

// NewString makes a UNICODE_STRING. Text beyond 32767 characters is cut.
func NewString(s string) *String {
	u := &String{chars: utf16.Encode([]rune(s))}
	if len(u.chars) > 32767 {
		u.chars = u.chars[:32767]
	}
	u.Length = uint16(len(u.chars) * 2)
	u.MaximumLength = u.Length
	u.Buffer = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(u.chars))))
	return u
}

// Attributes is OBJECT_ATTRIBUTES with what it points at.
type Attributes struct {
	nt.ObjectAttributes
	name *String
}

// NewAttributes is InitializeObjectAttributes: a name, relative to root if
// that is not 0.
func NewAttributes(name string, flags uint32, root nt.Handle) *Attributes {
	a := &Attributes{}
	a.Length = uint32(unsafe.Sizeof(a.ObjectAttributes))
	a.ObjectAttributes.Attributes = flags
	a.RootDirectory = root
	if name != "" {
		a.name = NewString(name)
		a.ObjectName = uint64(uintptr(unsafe.Pointer(&a.name.UnicodeString)))
	}
	return a
}

// text decodes a UNICODE_STRING of this process.
func text(u nt.UnicodeString) string {
	if u.Length == 0 {
		return ""
	}
	p := uintptr(u.Buffer)
	return string(utf16.Decode(unsafe.Slice(*(**uint16)(unsafe.Pointer(&p)), u.Length/2)))
}

// wallOffset is the runtime's: nanoseconds since 1970 at Nanotime 0.
//
//go:linkname wallOffset runtime.tamagoWallOffset
var wallOffset int64

func init() {
	if t, s := NtQuerySystemTime(); s.OK() {
		const unixEpoch = 116444736000000000 // 1970 in 100 ns units since 1601
		wallOffset = (int64(t)-unixEpoch)*100 - goos.Nanotime()
	}
	os.Args = strings.Fields(CommandLine())
	for _, e := range Environment() {
		if name, value, ok := strings.Cut(e, "="); ok {
			os.Setenv(name, value)
		}
	}
	syscall.Host.Write = func(fd int, b []byte) (int, syscall.Errno) {
		for n := 0; n < len(b); n += 2048 {
			if s := NtDisplayString(string(b[n:min(n+2048, len(b))])); !s.OK() {
				return n, syscall.EIO
			}
		}
		return len(b), 0
	}
}
