//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Devices and drivers (I1, P1.34).

const driverKey = `\Registry\Machine\System\CurrentControlSet\Services\`

// openDevice opens a device for reading and writing.
func openDevice(name string, options uint32) (nt.Handle, nt.Status) {
	return ntdll.NtOpenFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0), nt.FileShareValid, options)
}

// withExample loads the example driver, opens its device, and unloads it at the end.
func withExample(options uint32, do func(h nt.Handle) error) error {
	if s := ntdll.NtLoadDriver(driverKey + "Example"); !s.OK() {
		return expect("NtLoadDriver", s, 0)
	}
	h, s := openDevice(`\Device\Example`, options)
	if !s.OK() {
		return expect("open", s, 0)
	}
	err := do(h)
	ntdll.NtClose(h)
	if s := ntdll.NtUnloadDriver(driverKey + "Example"); err == nil && !s.OK() {
		err = expect("NtUnloadDriver", s, 0)
	}
	for range 1000 { // a read that was cancelled may keep the file for a moment
		if h, s = openDevice(`\Device\Example`, 0); s == nt.StatusObjectNameNotFound {
			return err
		}
		if s.OK() {
			ntdll.NtClose(h)
		}
		ntdll.NtDelayExecution(false, soonTime)
	}
	return expect("the device after its driver", s, nt.StatusObjectNameNotFound)
}

// lastDisk opens partition 1 of the disk with the highest number.
func lastDisk() (name string, h nt.Handle, s nt.Status) {
	for n := 15; n >= 0; n-- {
		name = fmt.Sprintf(`\Device\Harddisk%d\Partition1`, n)
		if h, s = openDevice(name, nt.FileSynchronousIoNonalert); s.OK() {
			break
		}
	}
	return name, h, s
}

var soonTime = int64(-10_000)

// ioKept is what requests may still be written to.
var ioKept []any

var ioTests = []test{
	{"io-null", func() error {
		for _, name := range []string{`\Device\Null`, `\??\NUL`, `\DosDevices\nul`} {
			h, s := openDevice(name, nt.FileSynchronousIoNonalert)
			if !s.OK() {
				return expect("open "+name, s, 0)
			}
			n, w := ntdll.NtWriteFile(h, nil, make([]byte, 5000), nil)
			_, r := ntdll.NtReadFile(h, nil, make([]byte, 16), nil)
			_, c := ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlNullNothing, nil, nil)
			_, u := ntdll.NtDeviceIoControlFile(h, nil, 0x12340000, nil, nil)
			var block nt.IoStatusBlock
			a := ntdll.Raw(nt.SvcReadFile, uintptr(h), 0, 0, 0, pointer(&block), ^uintptr(0xFFF), 16, 0, 0)
			ntdll.NtClose(h)
			if n != 5000 {
				return fmt.Errorf("%d bytes written", n)
			}
			if err := all(status{"write", w, 0}, status{"read", r, nt.StatusEndOfFile}, status{"control", c, 0},
				status{"unknown code", u, nt.StatusInvalidDeviceRequest}, status{"buffer of the kernel's", a, nt.StatusAccessViolation}); err != nil {
				return err
			}
		}
		_, s := openDevice(`\Device\Nil`, 0)
		return expect("no such device", s, nt.StatusObjectNameNotFound)
	}},
	// A driver is loaded by its key; messages, a wait for one, every kind of buffer.
	{"io-example", func() error {
		return withExample(0, func(h nt.Handle) error {
			zero := int64(0)
			event, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
			defer ntdll.NtClose(event)
			r, b := &ntdll.Request{Event: event}, make([]byte, 64)
			_, s := ntdll.NtReadFile(h, r, b, &zero)
			if err := expect("a read without a message", s, nt.StatusPending); err != nil {
				return err
			}
			early := ntdll.NtWaitForSingleObject(event, false, &noTime)
			n, w := ntdll.NtWriteFile(h, nil, []byte("a message"), &zero)
			late := ntdll.NtWaitForSingleObject(event, false, nil)
			if n != 9 || r.Block.Information != 9 || !bytes.HasPrefix(b, []byte("a message")) {
				return fmt.Errorf("%d written, %d read: %q", n, r.Block.Information, b)
			}
			if err := all(status{"before", early, nt.StatusTimeout}, status{"write", w, 0}, status{"after", late, 0}, status{"the block", r.Block.Status, 0},
				status{"loaded twice", ntdll.NtLoadDriver(driverKey + "Example"), nt.StatusImageAlreadyLoaded}); err != nil {
				return err
			}
			big := make([]byte, 3*nt.PageSize)
			n, s = ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlExampleFill, []byte{7}, big[100:])
			if !s.OK() || n != uint64(len(big)-100) || big[99] != 0 || big[100] != 7 || big[len(big)-1] != 7 {
				return fmt.Errorf("METHOD_OUT_DIRECT: %v, %d", s, n)
			}
			if n, s = ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlExampleSum, nil, big); !s.OK() || n != 7*uint64(len(big)-100) {
				return fmt.Errorf("METHOD_IN_DIRECT: %v, %d", s, n)
			}
			out := make([]byte, 200)
			if n, s = ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlExampleCopy, big[90:290], out); !s.OK() || n != 200 || out[9] != 0 || out[10] != 7 {
				return fmt.Errorf("METHOD_NEITHER: %v, %d", s, n)
			}
			var block nt.IoStatusBlock
			s = ntdll.Raw(nt.SvcDeviceIoControlFile, uintptr(h), 0, 0, 0, pointer(&block), uintptr(nt.IoctlExampleCopy), 8, 16, pointer(&out[0]), 16)
			return expect("METHOD_NEITHER from nowhere", s, nt.StatusAccessViolation)
		})
	}},
	{"io-cancel", func() error {
		return withExample(0, func(h nt.Handle) error {
			zero := int64(0)
			r, b := make([]ntdll.Request, 8), make([]byte, 64)
			for i := range r {
				if _, s := ntdll.NtReadFile(h, &r[i], b, &zero); s != nt.StatusPending {
					return expect("read", s, nt.StatusPending)
				}
			}
			s := ntdll.NtCancelIoFile(h)
			for i := range r {
				if r[i].Block.Status != nt.StatusCancelled {
					return fmt.Errorf("request %d: %v", i, r[i].Block.Status)
				}
			}
			return expect("NtCancelIoFile", s, 0)
		})
	}},
	// Threads that end, and the last handle, take their reads with them.
	{"io-ends", func() error {
		return withExample(0, func(h nt.Handle) error {
			done := make(chan error)
			r, b := make([]ntdll.Request, 3), make([]byte, 64) // they live until the driver is unloaded
			ioKept = append(ioKept, r, b)
			for i := range r {
				go func() {
					runtime.LockOSThread() // and with the goroutine the thread ends
					zero := int64(0)
					_, s := ntdll.NtReadFile(h, &r[i], b, &zero)
					done <- expect("read", s, nt.StatusPending)
				}()
			}
			for range 3 {
				if err := <-done; err != nil {
					return err
				}
			}
			return nil
		})
	}},
	// Readers and writers on all processors, some of whom cancel: no message is lost or
	// comes twice, and every request ends.
	{"io-race", func() error {
		return withExample(0, func(h nt.Handle) error {
			const writers, messages = 2, 200
			var sent, got, cancelled atomic.Int64
			errs := make(chan error, 16)
			stop := make(chan struct{})
			writersDone := make(chan struct{}, writers)
			readersDone := make(chan struct{}, writers)
			zero := int64(0)
			for range writers {
				go func() {
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
					defer func() { writersDone <- struct{}{} }()
					for i := 0; i < messages; {
						switch _, s := ntdll.NtWriteFile(h, nil, []byte{byte(i + 1)}, &zero); s {
						case nt.StatusSuccess:
							sent.Add(int64(i + 1&0xFF))
							i++
						case nt.StatusInsufficientResources: // full
							ntdll.NtYieldExecution()
						default:
							errs <- expect("write", s, 0)
							return
						}
					}
				}()
				go func() {
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
					defer func() { readersDone <- struct{}{} }()
					r, b := make([]ntdll.Request, 4), make([][]byte, 4)
					for {
						for i := range r {
							r[i] = ntdll.Request{}
							b[i] = make([]byte, 1)
							if _, s := ntdll.NtReadFile(h, &r[i], b[i], &zero); s != nt.StatusPending {
								errs <- expect("read", s, nt.StatusPending)
								return
							}
						}
						ntdll.NtCancelIoFile(h)
						for i := range r {
							switch r[i].Block.Status {
							case nt.StatusSuccess:
								got.Add(int64(b[i][0]))
							case nt.StatusCancelled:
								cancelled.Add(1)
							default:
								errs <- fmt.Errorf("a read ended with %v", r[i].Block.Status)
								return
							}
						}
						select {
						case <-stop:
							return
						default:
						}
					}
				}()
			}
			for range writers {
				<-writersDone
			}
			for range 10_000 { // what is in the driver still
				var c [2]uint32
				ntdll.NtDeviceIoControlFile(h, nil, nt.IoctlExampleCount, nil, unsafe.Slice((*byte)(unsafe.Pointer(&c)), 8))
				if c[0] == c[1] || len(errs) > 0 {
					break
				}
				ntdll.NtDelayExecution(false, soonTime)
			}
			close(stop)
			for range writers {
				<-readersDone
			}
			select {
			case err := <-errs:
				return err
			default:
			}
			if sent.Load() != got.Load() {
				return fmt.Errorf("messages worth %d sent, %d read (%d reads cancelled)", sent.Load(), got.Load(), cancelled.Load())
			}
			return nil
		})
	}},
	{"io-apc", func() error {
		return withExample(nt.FileSynchronousIoAlert, func(h nt.Handle) error {
			// An alert ends a synchronous read: it is cancelled.
			ntdll.NtAlertThread(nt.CurrentThread)
			_, s := ntdll.NtReadFile(h, nil, make([]byte, 8), nil)
			return expect("a read that is alerted", s, nt.StatusCancelled)
		})
	}},
	{"io-ramdisk", func() error {
		if s := ntdll.NtLoadDriver(driverKey + "RamDisk"); !s.OK() {
			return expect("NtLoadDriver", s, 0)
		}
		h, s := openDevice(`\??\RamDisk0`, nt.FileSynchronousIoNonalert)
		if !s.OK() {
			return expect("open", s, 0)
		}
		b := make([]byte, 128<<10)
		for i := range b {
			b[i] = byte(i * 7 >> 3)
		}
		at := int64(512)
		_, w := ntdll.NtWriteFile(h, nil, b, &at)
		back := make([]byte, len(b))
		n, r := ntdll.NtReadFile(h, nil, back, &at)
		end := int64(1 << 20)
		_, e := ntdll.NtReadFile(h, nil, back[:512], &end)
		_, m := ntdll.NtReadFile(h, nil, back[:100], &at)
		ntdll.NtClose(h)
		u := ntdll.NtUnloadDriver(driverKey + "RamDisk")
		if n != uint64(len(b)) || !bytes.Equal(b, back) {
			return fmt.Errorf("%d bytes read, which are not what was written", n)
		}
		return all(status{"write", w, 0}, status{"read", r, 0}, status{"at the end", e, nt.StatusEndOfFile},
			status{"half a sector", m, nt.StatusInvalidParameter}, status{"unload", u, 0})
	}},
	{"io-disk", func() error {
		// The class driver above the RAM disk: an empty disk is one volume. The driver has
		// been there since the start, with the disk that the system comes from.
		l := ntdll.NtLoadDriver(driverKey + "Disk")
		if s := ntdll.NtLoadDriver(driverKey + "RamDisk"); !s.OK() {
			return expect("NtLoadDriver of RamDisk", s, 0)
		}
		name, h, s := lastDisk()
		if !s.OK() {
			return expect("open", s, 0)
		}
		b := make([]byte, 128<<10)
		for i := range b {
			b[i] = byte(i * 11 >> 3)
		}
		at := int64(1024)
		_, w := ntdll.NtWriteFile(h, nil, b, &at)
		back := make([]byte, len(b))
		n, r := ntdll.NtReadFile(h, nil, back, &at)
		end := int64(1 << 20)
		_, e := ntdll.NtReadFile(h, nil, back[:512], &end)
		u := ntdll.NtUnloadDriver(driverKey + "RamDisk")
		_, g := ntdll.NtReadFile(h, nil, make([]byte, 512), &at)
		ntdll.NtClose(h)
		_, o := openDevice(name, nt.FileSynchronousIoNonalert)
		if n != uint64(len(b)) || !bytes.Equal(b, back) {
			return fmt.Errorf("%d bytes read, which are not what was written", n)
		}
		return all(status{"load Disk", l, nt.StatusImageAlreadyLoaded}, status{"write", w, 0}, status{"read", r, 0}, status{"at the end", e, nt.StatusEndOfFile},
			status{"unload RamDisk", u, 0}, status{"read of a disk that is gone", g, nt.StatusDeviceNotConnected},
			status{"open of a disk that is gone", o, nt.StatusObjectNameNotFound})
	}},
	{"io-bootdisk", func() error {
		// What the loader has called the boot partition begins with FAT's boot sector.
		h, s := openDevice(`\ArcName\multi(0)disk(0)rdisk(0)partition(1)`, nt.FileSynchronousIoNonalert)
		if !s.OK() {
			return expect("open", s, 0)
		}
		defer ntdll.NtClose(h)
		b, zero := make([]byte, 512), int64(0)
		if _, s := ntdll.NtReadFile(h, nil, b, &zero); !s.OK() {
			return expect("read", s, 0)
		}
		if b[510] != 0x55 || b[511] != 0xAA || string(b[82:87]) != "FAT32" {
			return fmt.Errorf("it begins with % x", b[:96])
		}
		return nil
	}},
	{"io-load", func() error {
		return all(status{"no key", ntdll.NtLoadDriver(driverKey + "Nobody"), nt.StatusObjectNameNotFound},
			status{"not loaded", ntdll.NtUnloadDriver(driverKey + "Example"), nt.StatusObjectNameNotFound},
			status{"no name", ntdll.NtLoadDriver(""), nt.StatusInvalidParameter})
	}},
}
