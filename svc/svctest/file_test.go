package svctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gont/cm"
	"gont/io"
	"gont/io/drivers/example"
	"gont/io/drivers/null"
	"gont/io/drivers/ramdisk"
	"gont/mm"
	"gont/nt"
)

// driverFiles are files of drivers, by path.
var driverFiles = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{}
	dir, err := os.MkdirTemp("", "svctest")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	tool := filepath.Join(dir, "mkdriver")
	if out, err := exec.Command("go", "build", "-o", tool, "gont/tools/mkdriver").CombinedOutput(); err != nil {
		panic(string(out))
	}
	for name, entry := range map[string]string{"example": "example.DriverEntry", "ramdisk": "ramdisk.DriverEntry", "unknown": "unknown.DriverEntry"} {
		file := filepath.Join(dir, name)
		if out, err := exec.Command(tool, "-o", file, entry).CombinedOutput(); err != nil {
			panic(string(out))
		}
		if files[`\windows\system32\drivers\`+name+`.sys`], err = os.ReadFile(file); err != nil {
			panic(err)
		}
	}
	files[`\windows\system32\drivers\damaged.sys`] = []byte("MZ, and then nothing")
	return files
})

// startDrivers starts \Device\Null, and lets others be loaded.
func startDrivers(t testing.TB) {
	t.Helper()
	io.Entries = map[string]io.Entry{"example.DriverEntry": example.DriverEntry, "ramdisk.DriverEntry": ramdisk.DriverEntry}
	io.ReadImage = func(path string) (io.Image, nt.Status) {
		b, ok := driverFiles()[strings.ToLower(path)]
		if !ok {
			return io.Image{}, nt.StatusObjectNameNotFound
		}
		return io.Image{Bytes: b}, nt.StatusSuccess
	}
	io.Reset()
	d, s := io.NewDriver(`\Driver`, "Null", `\Registry\Machine\System\CurrentControlSet\Services\Null`)
	if s.OK() {
		s = d.Start(null.DriverEntry)
	}
	if !s.OK() {
		t.Fatal(s)
	}
	for _, name := range []string{"Example", "RamDisk", "Unknown", "Damaged", "Missing", "Program"} {
		k, s := cm.CreateKey(io.Services+`\`+name, false)
		if !s.OK() {
			t.Fatal(s)
		}
		kind := uint32(1)
		if name == "Program" {
			kind = 0x10
		}
		k.SetUint32("Type", kind)
		k.SetUint32("Start", 3)
		k.Close()
	}
}

// openFile opens a device.
func (w *world) openFile(root uint64, name string, access nt.AccessMask, options uint64) (uint64, nt.Status) {
	s := w.service(nt.SvcOpenFile, resultAt, uint64(access), w.attributes(root, name, 0), resultAt+16, 7, options)
	if !s.OK() {
		return 0, s
	}
	return get[uint64](w, resultAt), s
}

const iosbAt = resultAt + 0x40

func (w *world) blockIs(what string, s nt.Status, information uint64) {
	w.t.Helper()
	if b := get[nt.IoStatusBlock](w, iosbAt); b.Status != s || b.Information != information {
		w.t.Errorf("%s: the block is %v, %d, want %v, %d", what, b.Status, b.Information, s, information)
	}
}

// TestFileServices: from the open of a device to its end, and each bad argument with its
// status.
func TestFileServices(t *testing.T) {
	simulate(t, func(w *world) {
		const sync, rw = nt.FileSynchronousIoNonalert, nt.FileGenericRead | nt.FileGenericWrite
		h, s := w.openFile(0, `\Device\Null`, rw, sync)
		w.expect("open", s, nt.StatusSuccess)
		for _, c := range []struct {
			what   string
			name   string
			access nt.AccessMask
			option uint64
			want   nt.Status
		}{
			{"no such device", `\Device\Nil`, rw, sync, nt.StatusObjectNameNotFound},
			{"a directory of objects", `\Device`, rw, sync, nt.StatusObjectTypeMismatch},
			{"no name", ``, rw, sync, nt.StatusObjectPathSyntaxBad},
			{"synchronous without SYNCHRONIZE", `\Device\Null`, nt.FileReadData, sync, nt.StatusInvalidParameter},
			{"both kinds of synchronous", `\Device\Null`, rw, 0x30, nt.StatusInvalidParameter},
			{"both kinds of file", `\Device\Null`, rw, 0x41, nt.StatusInvalidParameter},
			{"an option that is none", `\Device\Null`, rw, 0x01000000, nt.StatusInvalidParameter},
			{"to be deleted without DELETE", `\Device\Null`, rw, sync | 0x1000, nt.StatusInvalidParameter},
			{"a right that is none", `\Device\Null`, 0x00800000, 0, nt.StatusAccessDenied},
			{"a name below a device without names", `\Device\Null\x`, rw, sync, nt.StatusSuccess},
		} {
			x, s := w.openFile(0, c.name, c.access, c.option)
			w.expect(c.what, s, c.want)
			if s.OK() {
				w.service(nt.SvcClose, x)
			}
		}
		create := func(args ...uint64) nt.Status {
			all := [11]uint64{resultAt, uint64(rw), w.attributes(0, `\Device\Null`, 0), iosbAt, 0, 0, 7, nt.FileOpen, sync, 0, 0}
			for i := 0; i+1 < len(args); i += 2 {
				all[args[i]-1] = args[i+1]
			}
			return w.service(nt.SvcCreateFile, all[:]...)
		}
		w.expect("create", create(), nt.StatusSuccess)
		w.blockIs("create", nt.StatusSuccess, nt.FileOpened)
		w.service(nt.SvcClose, get[uint64](w, resultAt))
		w.expect("create: extended attributes", create(11, 8), nt.StatusEasNotSupported)
		w.expect("create: disposition", create(8, 6), nt.StatusInvalidParameter)
		w.expect("create: share", create(7, 8), nt.StatusInvalidParameter)
		w.expect("create: attributes of the file", create(6, 0x80000000), nt.StatusInvalidParameter)
		w.expect("create: size", create(5, put(w, resultAt+0x80, int64(-1))), nt.StatusInvalidParameter)
		w.expect("create: place of the size", create(5, hole), nt.StatusAccessViolation)
		w.expect("create: place of the handle", create(1, readOnly), nt.StatusAccessViolation)
		w.expect("create: place of the block", create(4, hole), nt.StatusAccessViolation)
		w.expect("create: no attributes", create(3, 0), nt.StatusInvalidParameter)

		io := func(n nt.Service, args ...uint64) nt.Status {
			all := [9]uint64{h, 0, 0, 0, iosbAt, bufferAt, 100, 0, 0}
			for i := 0; i+1 < len(args); i += 2 {
				all[args[i]-1] = args[i+1]
			}
			return w.service(n, all[:]...)
		}
		w.expect("write", io(nt.SvcWriteFile), nt.StatusSuccess)
		w.blockIs("write", nt.StatusSuccess, 100)
		w.expect("read", io(nt.SvcReadFile), nt.StatusEndOfFile)
		w.expect("read: no handle", io(nt.SvcReadFile, 1, 0x9999), nt.StatusInvalidHandle)
		w.expect("read: not a file", io(nt.SvcReadFile, 1, ^uint64(0)), nt.StatusInvalidHandle)
		w.expect("read: buffer of the kernel's", io(nt.SvcReadFile, 6, 0xFFFF_8000_0000_0000), nt.StatusAccessViolation)
		w.expect("read: buffer across the end", io(nt.SvcReadFile, 6, nt.MaximumUserAddress-4, 7, 16), nt.StatusAccessViolation)
		w.expect("read: block read-only", io(nt.SvcReadFile, 5, readOnly), nt.StatusAccessViolation)
		w.expect("read: block not aligned", io(nt.SvcReadFile, 5, iosbAt+1), nt.StatusDatatypeMisalignment)
		w.expect("read: offset's place", io(nt.SvcReadFile, 8, hole), nt.StatusAccessViolation)
		w.expect("read: offset", io(nt.SvcReadFile, 8, put(w, resultAt+0x80, int64(-5))), nt.StatusInvalidParameter)
		w.expect("read: key's place", io(nt.SvcReadFile, 9, hole), nt.StatusAccessViolation)
		w.expect("read: event", io(nt.SvcReadFile, 2, 0x9998), nt.StatusInvalidHandle)
		w.expect("read: event of another type", io(nt.SvcReadFile, 2, h), nt.StatusObjectTypeMismatch)
		w.expect("read: APC outside", io(nt.SvcReadFile, 3, 1<<63), nt.StatusInvalidParameter)

		code := func(c uint64, in, inLength, out, outLength uint64) nt.Status {
			return w.service(nt.SvcDeviceIoControlFile, h, 0, 0, 0, iosbAt, c, in, inLength, out, outLength)
		}
		w.expect("control", code(uint64(nt.IoctlNullNothing), 0, 0, 0, 0), nt.StatusSuccess)
		w.expect("control: unknown", code(0x12345678, 0, 0, 0, 0), nt.StatusInvalidDeviceRequest)
		w.expect("control: input", code(uint64(nt.IoctlNullNothing), hole, 8, 0, 0), nt.StatusAccessViolation)
		w.expect("control: output", code(uint64(nt.IoctlNullNothing), 0, 0, readOnly, 8), nt.StatusAccessViolation)
		w.expect("control: too much", code(uint64(nt.IoctlNullNothing), dataAt, 0xFFFFFFFF, 0, 0), nt.StatusInsufficientResources)
		w.expect("file system control", w.service(nt.SvcFsControlFile, h, 0, 0, 0, iosbAt, 0, 0, 0, 0, 0), nt.StatusInvalidDeviceRequest)

		ask := func(n nt.Service, class, length uint64) nt.Status {
			return w.service(n, h, iosbAt, bufferAt, length, class)
		}
		w.expect("information: length", ask(nt.SvcQueryInformationFile, nt.FileStandardInformationClass, 20), nt.StatusInfoLengthMismatch)
		w.expect("information: class", ask(nt.SvcQueryInformationFile, 55, 100), nt.StatusInvalidInfoClass)
		w.expect("standard information", ask(nt.SvcQueryInformationFile, nt.FileStandardInformationClass, 24), nt.StatusSuccess)
		w.expect("mode", ask(nt.SvcQueryInformationFile, nt.FileModeInformationClass, 4), nt.StatusSuccess)
		if m := get[uint32](w, bufferAt); m != sync {
			t.Errorf("the mode is %#x", m)
		}
		put(w, bufferAt, uint32(sync|nt.FileSequentialOnly))
		w.expect("set the mode", ask(nt.SvcSetInformationFile, nt.FileModeInformationClass, 4), nt.StatusSuccess)
		put(w, bufferAt, uint32(0))
		w.expect("set an impossible mode", ask(nt.SvcSetInformationFile, nt.FileModeInformationClass, 4), nt.StatusInvalidParameter)
		put(w, bufferAt, int64(12345))
		w.expect("set the position", ask(nt.SvcSetInformationFile, nt.FilePositionInformationClass, 8), nt.StatusSuccess)
		put(w, bufferAt, int64(0))
		w.expect("position", ask(nt.SvcQueryInformationFile, nt.FilePositionInformationClass, 8), nt.StatusSuccess)
		if at := get[int64](w, bufferAt); at != 12345 {
			t.Errorf("the position is %d", at)
		}
		w.expect("access", ask(nt.SvcQueryInformationFile, nt.FileAccessInformationClass, 4), nt.StatusSuccess)
		if a := get[uint32](w, bufferAt); a != uint32(rw) {
			t.Errorf("the access is %#x", a)
		}
		w.expect("device", ask(nt.SvcQueryVolumeInformationFile, nt.FileFsDeviceInformationClass, 8), nt.StatusSuccess)
		if d := get[uint32](w, bufferAt); d != nt.FileDeviceNull {
			t.Errorf("the device is %#x", d)
		}
		w.expect("volume: class", ask(nt.SvcQueryVolumeInformationFile, 2, 100), nt.StatusInvalidInfoClass)
		put(w, bufferAt, nt.FileCompletionInformation{Port: nt.Handle(h)})
		w.expect("completion: not a port", ask(nt.SvcSetInformationFile, nt.FileCompletionInformationClass, 16), nt.StatusObjectTypeMismatch)
		w.expect("flush", w.service(nt.SvcFlushBuffersFile, h, iosbAt), nt.StatusInvalidDeviceRequest)
		w.expect("cancel", w.service(nt.SvcCancelIoFile, h, iosbAt), nt.StatusSuccess)
		w.expect("control again", code(uint64(nt.IoctlNullNothing), 0, 0, 0, 0), nt.StatusSuccess)
		w.expect("wait for a file", w.service(nt.SvcWaitForSingleObject, h, 0, put(w, resultAt+0x80, int64(0))), nt.StatusSuccess)
		read, s := w.openFile(0, `\Device\Null`, nt.FileReadData, 0)
		w.expect("open to read", s, nt.StatusSuccess)
		w.expect("write without the right", io(nt.SvcWriteFile, 1, read), nt.StatusAccessDenied)
		w.expect("a code without the right", w.service(nt.SvcDeviceIoControlFile, read, 0, 0, 0, iosbAt, nt.IoctlDiskCheckVerify|2<<14, 0, 0, 0, 0), nt.StatusAccessDenied)
		w.expect("read without an offset", io(nt.SvcReadFile, 1, read), nt.StatusInvalidParameter)
		w.expect("close", w.service(nt.SvcClose, h), nt.StatusSuccess)
		w.expect("close", w.service(nt.SvcClose, read), nt.StatusSuccess)
	})
}

// TestDriverServices: a driver is loaded, used and unloaded; each reason why not has its
// status.
func TestDriverServices(t *testing.T) {
	simulate(t, func(w *world) {
		load := func(n nt.Service, name string) nt.Status {
			return w.service(n, w.text(nameAt, `\Registry\Machine\System\CurrentControlSet\Services\`+name))
		}
		w.expect("load", load(nt.SvcLoadDriver, "Example"), nt.StatusSuccess)
		w.expect("load again", load(nt.SvcLoadDriver, "Example"), nt.StatusImageAlreadyLoaded)
		w.expect("no key", load(nt.SvcLoadDriver, "Nobody"), nt.StatusObjectNameNotFound)
		w.expect("no file", load(nt.SvcLoadDriver, "Missing"), nt.StatusObjectNameNotFound)
		w.expect("damaged", load(nt.SvcLoadDriver, "Damaged"), nt.StatusInvalidImageFormat)
		w.expect("unknown import", load(nt.SvcLoadDriver, "Unknown"), nt.StatusDriverEntryPointNotFound)
		w.expect("not a driver", load(nt.SvcLoadDriver, "Program"), nt.StatusIllFormedServiceEntry)
		w.expect("no name", w.service(nt.SvcLoadDriver, w.text(nameAt, "")), nt.StatusInvalidParameter)
		w.expect("name's place", w.service(nt.SvcLoadDriver, hole), nt.StatusAccessViolation)
		w.expect("unload what is not loaded", load(nt.SvcUnloadDriver, "RamDisk"), nt.StatusObjectNameNotFound)

		h, s := w.openFile(0, `\Device\Example`, nt.FileGenericRead|nt.FileGenericWrite, 0)
		w.expect("open", s, nt.StatusSuccess)
		zero := put(w, resultAt+0x80, int64(0))
		put(w, iosbAt, nt.IoStatusBlock{})
		w.expect("read", w.service(nt.SvcReadFile, h, 0, 0, 0, iosbAt, bufferAt, 16, zero, 0), nt.StatusPending)
		put(w, bufferAt+0x100, uint64(0x1122334455667788))
		w.expect("write", w.service(nt.SvcWriteFile, h, 0, 0, 0, iosbAt+16, bufferAt+0x100, 8, zero, 0), nt.StatusSuccess)
		w.blockIs("read", nt.StatusSuccess, 8)
		if v := get[uint64](w, bufferAt); v != 0x1122334455667788 {
			t.Errorf("the message is %#x", v)
		}
		for i := range uint64(3) {
			w.expect("another read", w.service(nt.SvcReadFile, h, 0, 0, 0, iosbAt+32+16*i, bufferAt, 16, zero, 0), nt.StatusPending)
		}
		w.expect("cancel", w.service(nt.SvcCancelIoFile, h, iosbAt), nt.StatusSuccess)
		for i := range uint64(3) {
			w.expect("a read that was cancelled", get[nt.IoStatusBlock](w, iosbAt+32+16*i).Status, nt.StatusCancelled)
		}
		w.expect("message too long", w.service(nt.SvcWriteFile, h, 0, 0, 0, iosbAt, bufferAt, 257, zero, 0), nt.StatusInvalidParameter)
		code := func(c uint32, in, inLength, out, outLength uint64) nt.Status {
			return w.service(nt.SvcDeviceIoControlFile, h, 0, 0, 0, iosbAt, uint64(c), in, inLength, out, outLength)
		}
		w.expect("count", code(nt.IoctlExampleCount, 0, 0, bufferAt, 8), nt.StatusSuccess)
		if v := get[[2]uint32](w, bufferAt); v != [2]uint32{1, 1} {
			t.Errorf("the counts are %v", v)
		}
		w.expect("count: small", code(nt.IoctlExampleCount, 0, 0, bufferAt, 4), nt.StatusBufferTooSmall)
		put(w, bufferAt, byte(9))
		const fill = bufferAt + 16
		w.expect("fill across pages", code(nt.IoctlExampleFill, bufferAt, 1, fill, 2*mm.PageSize), nt.StatusSuccess)
		w.blockIs("fill", nt.StatusSuccess, 2*mm.PageSize)
		w.expect("sum", code(nt.IoctlExampleSum, 0, 0, fill, 2*mm.PageSize), nt.StatusSuccess)
		w.blockIs("sum", nt.StatusSuccess, 9*2*mm.PageSize)
		w.expect("fill read-only memory", code(nt.IoctlExampleFill, bufferAt, 1, readOnly, 16), nt.StatusAccessViolation)
		w.expect("sum read-only memory", code(nt.IoctlExampleSum, 0, 0, readOnly, 16), nt.StatusSuccess)
		w.expect("sum across a hole", code(nt.IoctlExampleSum, 0, 0, hole-16, 32), nt.StatusAccessViolation)
		w.expect("copy", code(nt.IoctlExampleCopy, fill, 100, bufferAt, 100), nt.StatusSuccess)
		w.expect("copy from a hole", code(nt.IoctlExampleCopy, hole, 100, bufferAt, 100), nt.StatusAccessViolation)
		w.expect("copy from the kernel", code(nt.IoctlExampleCopy, 0xFFFF_8000_0000_0000, 100, bufferAt, 100), nt.StatusAccessViolation)
		w.expect("copy to the kernel", code(nt.IoctlExampleCopy, fill, 100, 0xFFFF_FFFF_8020_1000, 100), nt.StatusAccessViolation)
		w.expect("unload in use", load(nt.SvcUnloadDriver, "Example"), nt.StatusSuccess)
		if _, s := w.openFile(0, `\Device\Example`, nt.FileReadData, 0); s != nt.StatusNoSuchDevice {
			t.Errorf("a driver that is being unloaded is opened: %v", s)
		}
		w.expect("close", w.service(nt.SvcClose, h), nt.StatusSuccess)
		w.service(nt.SvcDelayExecution, 0, put(w, resultAt+0x80, int64(-3*tick)))
		_, s = w.openFile(0, `\Device\Example`, nt.FileReadData, 0)
		w.expect("it has gone", s, nt.StatusObjectNameNotFound)
		w.expect("and can be loaded again", load(nt.SvcLoadDriver, "Example"), nt.StatusSuccess)
	})
}

// TestRamDisk: a disk that is memory: sectors, geometry, ends.
func TestRamDisk(t *testing.T) {
	simulate(t, func(w *world) {
		key := func() uint64 { return w.text(nameAt, io.Services+`\RamDisk`) }
		w.expect("load", w.service(nt.SvcLoadDriver, key()), nt.StatusSuccess)
		h, s := w.openFile(0, `\??\RamDisk0`, nt.FileGenericRead|nt.FileGenericWrite, nt.FileSynchronousIoNonalert)
		w.expect("open", s, nt.StatusSuccess)
		at := func(n int64) uint64 { return put(w, resultAt+0x80, n) }
		read := func(n int64, length uint64) nt.Status {
			return w.service(nt.SvcReadFile, h, 0, 0, 0, iosbAt, bufferAt, length, at(n), 0)
		}
		write := func(n int64, length uint64) nt.Status {
			return w.service(nt.SvcWriteFile, h, 0, 0, 0, iosbAt, bufferAt, length, at(n), 0)
		}
		put(w, bufferAt, uint64(0xABCDEF))
		put(w, bufferAt+1016, uint64(0x123456))
		const border = 64<<10 - 512 // two blocks of the driver's memory
		w.expect("write", write(border, 1024), nt.StatusSuccess)
		put(w, bufferAt, uint64(0))
		put(w, bufferAt+1016, uint64(0))
		w.expect("read", read(border, 1024), nt.StatusSuccess)
		w.blockIs("read", nt.StatusSuccess, 1024)
		if get[uint64](w, bufferAt) != 0xABCDEF || get[uint64](w, bufferAt+1016) != 0x123456 {
			t.Error("the disk has lost what was written")
		}
		w.expect("read half a sector", read(0, 100), nt.StatusInvalidParameter)
		w.expect("read between sectors", read(100, 512), nt.StatusInvalidParameter)
		w.expect("read at the end", read(1<<20, 512), nt.StatusEndOfFile)
		w.expect("read across the end", read(1<<20-512, 1024), nt.StatusInvalidParameter)
		w.expect("the last sector", read(1<<20-512, 512), nt.StatusSuccess)
		w.expect("write from a hole", w.service(nt.SvcWriteFile, h, 0, 0, 0, iosbAt, hole, 512, at(0), 0), nt.StatusAccessViolation)
		w.expect("read into read-only memory", w.service(nt.SvcReadFile, h, 0, 0, 0, iosbAt, readOnly, 512, at(0), 0), nt.StatusAccessViolation)
		code := func(c uint64, in, inLength, out, outLength uint64) nt.Status {
			return w.service(nt.SvcDeviceIoControlFile, h, 0, 0, 0, iosbAt, c, in, inLength, out, outLength)
		}
		w.expect("geometry", code(nt.IoctlDiskGetDriveGeometry, 0, 0, bufferAt, 24), nt.StatusSuccess)
		if g := get[nt.DiskGeometry](w, bufferAt); g.Cylinders*int64(g.TracksPerCylinder)*int64(g.SectorsPerTrack)*int64(g.BytesPerSector) != 1<<20 {
			t.Errorf("the geometry is %+v", g)
		}
		w.expect("geometry: small", code(nt.IoctlDiskGetDriveGeometry, 0, 0, bufferAt, 23), nt.StatusBufferTooSmall)
		w.expect("length", code(nt.IoctlDiskGetLengthInfo, 0, 0, bufferAt, 8), nt.StatusSuccess)
		if n := get[int64](w, bufferAt); n != 1<<20 {
			t.Errorf("the disk has %d bytes", n)
		}
		w.expect("verify", code(nt.IoctlDiskVerify, put(w, bufferAt, nt.VerifyInformation{StartingOffset: 512, Length: 512}), 16, 0, 0), nt.StatusSuccess)
		w.expect("verify beyond", code(nt.IoctlDiskVerify, put(w, bufferAt, nt.VerifyInformation{StartingOffset: 1 << 20, Length: 512}), 16, 0, 0), nt.StatusEndOfFile)
		w.expect("writable", code(nt.IoctlDiskIsWritable, 0, 0, 0, 0), nt.StatusSuccess)
		w.expect("flush", w.service(nt.SvcFlushBuffersFile, h, iosbAt), nt.StatusSuccess)
		// A synchronous file goes on where the last transfer has ended.
		w.expect("set the position", w.service(nt.SvcSetInformationFile, h, iosbAt, put(w, bufferAt, int64(border)), 8, nt.FilePositionInformationClass), nt.StatusSuccess)
		w.expect("read there", w.service(nt.SvcReadFile, h, 0, 0, 0, iosbAt, bufferAt, 512, 0, 0), nt.StatusSuccess)
		if get[uint64](w, bufferAt) != 0xABCDEF {
			t.Error("the position was not taken")
		}
		w.expect("position", w.service(nt.SvcQueryInformationFile, h, iosbAt, bufferAt, 8, nt.FilePositionInformationClass), nt.StatusSuccess)
		if n := get[int64](w, bufferAt); n != border+512 {
			t.Errorf("the position is %d", n)
		}
		w.service(nt.SvcClose, h)
		w.expect("unload", w.service(nt.SvcUnloadDriver, key()), nt.StatusSuccess)
		_, s = w.openFile(0, `\??\RamDisk0`, nt.FileReadData, 0)
		w.expect("it has gone", s, nt.StatusObjectNameNotFound)
		k, _ := cm.CreateKey(io.Services+`\RamDisk\Parameters`, false)
		k.SetUint32("DiskSize", 12)
		w.expect("an impossible size", w.service(nt.SvcLoadDriver, key()), nt.StatusDeviceConfigurationError)
		k.SetUint32("DiskSize", 64)
		k.SetUint32("ReadOnly", 1)
		k.Close()
		w.expect("read-only", w.service(nt.SvcLoadDriver, key()), nt.StatusSuccess)
		h, _ = w.openFile(0, `\??\RamDisk0`, nt.FileGenericRead|nt.FileGenericWrite, nt.FileSynchronousIoNonalert)
		w.expect("write to it", write(0, 512), nt.StatusMediaWriteProtected)
		w.expect("writable", code(nt.IoctlDiskIsWritable, 0, 0, 0, 0), nt.StatusMediaWriteProtected)
	})
}
