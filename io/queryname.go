package io

import (
	"encoding/binary"
	"unicode/utf16"

	"gont/nt"
	"gont/ob"
)

// queryFileName is IopQueryName, for NtQueryObject and whoever asks for the name of a process's image: the name of the
// device that was opened, and the name that the file system has for the file. Where the driver knows no names, what
// followed the device's name at the open stands for it. PASSIVE_LEVEL, no locks.
func queryFileName(o *ob.Object) (string, nt.Status) {
	f := o.Body.(*File)
	device := f.Device.Object.Path()
	if f.Name == "" && f.Related == nil || !f.opened {
		return device, nt.StatusSuccess
	}
	const lengthBytes, most = 4, 2 * 32767
	for room := 520; ; {
		b := make([]byte, lengthBytes+room)
		s := f.QueryKernel(nt.FileNameInformationClass, b)
		length := int(binary.LittleEndian.Uint32(b))
		switch {
		case s == nt.StatusBufferOverflow && length > room && length <= most:
			room = length
			continue
		case !s.OK() || length > room:
			return device + f.Name, nt.StatusSuccess
		}
		name := make([]uint16, length/2)
		for i := range name {
			name[i] = binary.LittleEndian.Uint16(b[lengthBytes+2*i:])
		}
		return device + string(utf16.Decode(name)), nt.StatusSuccess
	}
}
