package fastfat

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"gont/ex"
	"gont/fs/fat"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// Say prints a line for who watches the console; the kernel sets it.
var Say = func(string) {}

// driver is what the driver has. volumes is guarded by lock.
var driver struct {
	lock    *ex.FastMutex
	object  *io.Driver
	control *io.Device
	volumes []*volume
	posts   *posts
}

// DriverEntry registers the file system.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	control, s := io.CreateDevice(d, `\Fat`, nt.FileDeviceDiskFileSys, 0, 0)
	if !s.OK() {
		return s
	}
	for major, f := range map[int]func(*volume, *io.IRP) nt.Status{
		io.Create: (*volume).create, io.Cleanup: (*volume).cleanup, io.Close: (*volume).close,
		io.Read: (*volume).read, io.Write: (*volume).write, io.FlushBuffers: (*volume).flushFile,
		io.QueryInformation: (*volume).queryInformation, io.SetInformation: (*volume).setInformation,
		io.QueryVolumeInformation: (*volume).queryVolume, io.SetVolumeInformation: (*volume).setVolume,
		io.DirectoryControl: (*volume).directoryControl, io.FileSystemControl: (*volume).fileSystemControl,
		io.LockControl: (*volume).lockControl, io.DeviceControl: (*volume).deviceControl, io.Pnp: (*volume).pnp,
	} {
		d.Major[major] = dispatch(f)
	}
	d.Major[io.Shutdown] = shutdown
	d.FastIo = io.FastIo{Read: fastRead, Write: fastWrite, QueryOpen: fastQueryOpen}
	d.Unload = unload
	driver.lock, driver.object, driver.control, driver.volumes = ex.NewFastMutex(), d, control, nil
	driver.posts = newPosts()
	io.RegisterFileSystem(control)
	return s
}

// dispatch makes a dispatch routine of a method: in a critical region, and for volumes only.
func dispatch(f func(*volume, *io.IRP) nt.Status) io.DispatchRoutine {
	return func(d *io.Device, irp *io.IRP) nt.Status {
		ke.EnterCriticalRegion()
		var s nt.Status
		if v, ok := d.Extension.(*volume); ok {
			s = f(v, irp)
		} else {
			s = controlDevice(irp)
		}
		ke.LeaveCriticalRegion()
		return s
	}
}

// controlDevice serves \Fat itself.
func controlDevice(irp *io.IRP) nt.Status {
	switch l := irp.Location(); {
	case l.Major == io.Create || l.Major == io.Cleanup || l.Major == io.Close:
		return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
	case l.Major == io.FileSystemControl && l.Minor == io.MountVolume:
		m, ok := l.Argument.(*io.Mount)
		if !ok {
			break
		}
		return io.Complete(irp, mount(m), 0)
	case l.Major == io.FileSystemControl && l.Minor == io.UserFsRequest && l.Code == nt.FsctlFormatVolume:
		return formatControl(irp)
	}
	return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}

// shutdown closes all volumes (SPEC X1), each in a thread of its own, so that a disk that does not
// answer keeps no other volume from being closed. It waits for all together at most shutdownLimit;
// STATUS_IO_TIMEOUT is for a volume that is left behind.
func shutdown(_ *io.Device, irp *io.IRP) nt.Status {
	volumes := mounted()
	tasks, results := make([]*ex.Task, len(volumes)), make([]atomic.Uint32, len(volumes))
	for i, v := range volumes {
		tasks[i] = ex.StartTask("FatShutdown", func() {
			ke.EnterCriticalRegion()
			defer ke.LeaveCriticalRegion()
			results[i].Store(uint32(v.shutDown()))
		})
	}
	s, end := nt.Status(nt.StatusSuccess), ke.InterruptTime()+shutdownLimit
	for i := range tasks {
		st := nt.Status(nt.StatusIoTimeout)
		if tasks[i].Wait(max(int64(end-ke.InterruptTime()), 0)) {
			st = nt.Status(results[i].Load())
		}
		if !st.OK() {
			s = st
		}
	}
	return io.Complete(irp, s, 0)
}

// shutdownLimit is how long all volumes together may take to be closed, 100 ns: thirty seconds.
const shutdownLimit = 30 * 10_000_000

// shutDown writes all that the volume has, and marks it as clean.
func (v *volume) shutDown() nt.Status {
	v.drain()
	v.reopen()
	s := v.flushData()
	if err := v.fs.Clean(); err != nil {
		s = fat.StatusOf(err)
	}
	return s
}

// mounted are the volumes.
func mounted() []*volume {
	driver.lock.Lock()
	defer driver.lock.Unlock()
	return slices.Clone(driver.volumes)
}

// unload dismounts all volumes; nobody has one open.
func unload(*io.Driver) {
	io.UnregisterFileSystem(driver.control)
	for _, v := range mounted() {
		v.opens.Lock()
		v.dismount()
		v.opens.Unlock()
	}
	io.DeleteDevice(driver.control)
}

// mount looks whether a volume is FAT's, has it mended if it was not closed, and makes its
// device.
func mount(m *io.Mount) nt.Status {
	length, s := lengthOf(m.Target)
	if !s.OK() {
		return s
	}
	size := m.Target.SectorSize
	v := &volume{vpb: m.Vpb, target: m.Target, opens: ex.NewFastMutex(), files: map[*fcb]struct{}{}}
	v.opener.v, v.opener.ask = v, v.opener.check
	v.transit = transit{ex.NewFastMutex(), make([]byte, bounce)}
	v.disk = &storage.Disk{Device: m.Target, Size: size, Count: uint64(length) / uint64(size)}
	fs, err := fat.Mount(fatDevice{v.disk}, fat.Options{Lock: ex.NewFastMutex(), Now: now, ReadOnly: m.Target.Characteristics&nt.FileReadOnlyDevice != 0})
	if err != nil {
		return fat.StatusOf(err)
	}
	v.fs = fs
	if r := fs.Report(); r.Ran {
		Say(fmt.Sprintf("FAT: a volume that was not closed is checked: %d files, %d directories, %d faults mended.", r.Files, r.Directories, r.Count))
		for _, f := range r.Found {
			Say("FAT: " + f.String())
		}
	}
	d, s := io.CreateDevice(driver.object, "", nt.FileDeviceDiskFileSys, m.Target.Characteristics, io.DirectIo)
	if !s.OK() {
		return s
	}
	d.Extension, d.SectorSize, d.StackSize, d.Carrier = v, size, m.Target.StackSize+1, m.Target
	v.device, m.Volume = d, d
	v.lazy.start(v)
	driver.lock.Lock()
	driver.volumes = append(driver.volumes, v)
	driver.lock.Unlock()
	d.Ready()
	return s
}

var zone atomic.Pointer[time.Location]

// now is the time in the system's zone, as a volume has it.
func now() time.Time {
	z := zone.Load()
	t := time.Unix(0, 0)
	bias := -int(ex.CurrentTimeZone().Active) * 60
	if z != nil {
		t = t.In(z)
	}
	if _, have := t.Zone(); z == nil || have != bias {
		z = time.FixedZone("", bias)
		zone.Store(z)
	}
	return fromSystem(int64(ke.SystemTime())).In(z)
}

// fromSystem and toSystem convert times in 100 ns since 1601. No time is 0.
func fromSystem(t int64) time.Time {
	const second, to1970 = 10_000_000, 11644473600
	return time.Unix(t/second-to1970, t%second*100)
}

func toSystem(t time.Time) int64 { return fat.SystemTime(t) }
