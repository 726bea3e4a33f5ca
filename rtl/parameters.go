// Package rtl is the run-time library that kernel and programs share: the parameters of
// processes.
package rtl

import (
	"encoding/binary"
	"unicode/utf16"

	"gont/nt"
)

// System32 is where programs are, below the system root.
const System32 = `System32\`

// BuildParameters makes RTL_USER_PROCESS_PARAMETERS with offsets for pointers
// (not normalized): setUpProcess adds the address it puts them at.
func BuildParameters(image, command string) []byte {
	b := make([]byte, nt.ParamsSize)
	put := func(at int, s string) {
		u := utf16.Encode([]rune(s))
		off := len(b)
		for _, c := range u {
			b = append(b, byte(c), byte(c>>8))
		}
		b = append(b, 0, 0)
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		binary.LittleEndian.PutUint16(b[at:], uint16(len(u)*2))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(u)*2+2))
		binary.LittleEndian.PutUint64(b[at+8:], uint64(off))
	}
	put(nt.ParamsCurrentDir, `C:\Windows\`)
	put(nt.ParamsDllPath, `C:\Windows\System32`)
	put(nt.ParamsImagePathName, image)
	put(nt.ParamsCommandLine, command)
	binary.LittleEndian.PutUint32(b[nt.ParamsMaximumLength:], uint32(len(b)))
	binary.LittleEndian.PutUint32(b[nt.ParamsLength:], uint32(len(b)))
	return b
}

// BuildEnvironment makes the block: NAME=value, each ended by a zero, and one
// zero more.
func BuildEnvironment() []byte {
	var b []byte
	for _, s := range []string{`Path=C:\Windows\System32;C:\Windows`, `SystemDrive=C:`, `SystemRoot=C:\Windows`, ""} {
		for _, c := range utf16.Encode([]rune(s)) {
			b = append(b, byte(c), byte(c>>8))
		}
		b = append(b, 0, 0)
	}
	return b
}
