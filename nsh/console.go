//go:build ntuser

package main

import (
	"unsafe"

	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
	"gont/ntdll/keyboard"
)

// openConsole opens the devices that the command line names: a serial port, or a
// keyboard and a screen.
func openConsole(devices []string) (shell.Console, nt.Status) {
	switch len(devices) {
	case 1:
		return openSerial(devices[0])
	case 2:
		return openScreen(devices[0], devices[1])
	}
	return nil, nt.StatusInvalidParameter
}

// consoleStatus is the status in an error of a console.
func consoleStatus(err error) nt.Status {
	if s, ok := err.(nt.Status); ok {
		return s
	}
	return nt.StatusUnsuccessful
}

// openDevice opens a device whose requests have ended when the service returns.
func openDevice(access nt.AccessMask, name string) (nt.Handle, nt.Status) {
	return ntdll.NtOpenFile(access|nt.Synchronize, attributes(name), nt.FileShareRead|nt.FileShareWrite, nt.FileSynchronousIoNonalert)
}

// bytesOf is a value's memory. T must hold no pointers.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }

// serial is a terminal at a serial port.
type serial struct{ port nt.Handle }

// anything ends a read with what there is, as soon as there is something.
var anything = nt.SerialTimeouts{ReadIntervalTimeout: ^uint32(0), ReadTotalTimeoutMultiplier: ^uint32(0), ReadTotalTimeoutConstant: 1 << 30}

func openSerial(name string) (shell.Console, nt.Status) {
	h, s := openDevice(nt.FileReadData|nt.FileWriteData, name)
	if s.OK() {
		_, s = ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlSerialSetTimeouts, bytesOf(&anything), nil)
	}
	return serial{h}, s
}

func (c serial) Read(b []byte) (int, error) {
	for {
		n, s := ntdll.NtReadFile(c.port, nil, b, nil)
		if n > 0 || !s.OK() {
			return int(n), s.Err()
		}
	}
}

func (c serial) Write(b []byte) (int, error) { return writeAll(c.port, b) }

// writeAll writes everything.
func writeAll(h nt.Handle, b []byte) (done int, err error) {
	for done < len(b) {
		n, s := ntdll.NtWriteFile(h, nil, b[done:], nil)
		if !s.OK() {
			return done, s
		}
		if n == 0 {
			return done, nt.StatusUnsuccessful
		}
		done += int(n)
	}
	return done, nil
}

// screen is a keyboard and the screen's text device.
type screen struct {
	keyboard, video nt.Handle
	decoder         keyboard.Decoder
	lights          uint16
	pending         []byte // what keys have sent and nobody has read
}

func openScreen(keys, video string) (shell.Console, nt.Status) {
	k, s := openDevice(nt.FileReadData, keys)
	if !s.OK() {
		return nil, s
	}
	v, s := openDevice(nt.FileWriteData, video)
	return &screen{keyboard: k, video: v}, s
}

func (c *screen) Read(b []byte) (int, error) {
	for len(c.pending) == 0 {
		var keys [16]nt.KeyboardInputData
		n, s := ntdll.NtReadFile(c.keyboard, nil, bytesOf(&keys), nil)
		if !s.OK() {
			return 0, s
		}
		size := uint64(unsafe.Sizeof(keys[0]))
		for _, k := range keys[:n/size] {
			c.pending = append(c.pending, c.decoder.Key(k)...)
		}
		c.setLights()
	}
	n := copy(b, c.pending)
	c.pending = append(c.pending[:0], c.pending[n:]...)
	return n, nil
}

// setLights shows the locks; a keyboard without lights is as good.
func (c *screen) setLights() {
	if l := c.decoder.Leds(); l != c.lights {
		c.lights = l
		ntdll.NtDeviceIoControlFile(c.keyboard, nil, nt.IoctlKeyboardSetIndicators, bytesOf(&nt.KeyboardIndicators{Leds: l}), nil)
	}
}

func (c *screen) Write(b []byte) (int, error) { return writeAll(c.video, b) }
