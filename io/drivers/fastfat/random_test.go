package fastfat

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/fs/fat"
	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// TestRandom: random work through the driver beside a model in memory; at the end the volume holds
// what the model does, for a new mount too.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	simulate(t, formatted(t, 8192), func(w *world) {
		model := map[string][]byte{}
		names := []string{`\a`, `\b.txt`, `\A long name with blanks`, `\d\x`, `\d\Ümläut`, `\d\e\deep.file`, `\d\e\z`}
		for _, n := range []string{`\d`, `\d\e`} {
			w.open(n, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		}
		pick := func() string { return names[r.IntN(len(names))] }
		for i := range 4000 {
			name := pick()
			data, exists := model[name]
			what := fmt.Sprintf("step %d, %s", i, name)
			f, _, s := w.try(name, how{disposition: nt.FileOpen})
			if exists != s.OK() {
				panic(fmt.Sprintf("%s: open is %v", what, s))
			}
			if !exists {
				if r.IntN(2) == 0 {
					w.create(name).close()
					model[name] = nil
				}
				continue
			}
			at := r.IntN(len(data) + 3000)
			switch k := r.IntN(12); {
			case k < 4: // write, sometimes more than a bounce
				n := r.IntN(5000)
				if r.IntN(8) == 0 {
					n *= 30
				}
				b := make([]byte, n)
				for j := range b {
					b[j] = byte(r.Uint32())
				}
				if s := f.write(b, int64(at)); !s.OK() {
					panic(fmt.Sprintf("%s: write of %d at %d: %v", what, n, at, s))
				}
				if n > 0 {
					data = append(data, make([]byte, max(at+n-len(data), 0))...)
					copy(data[at:], b)
				}
				model[name] = data
			case k < 8:
				got, s := f.read(r.IntN(9000)+1, int64(at))
				if want := data[min(at, len(data)):]; at >= len(data) && s != nt.StatusEndOfFile || at < len(data) && !bytes.HasPrefix(want, got) {
					panic(fmt.Sprintf("%s: read at %d of %d: %v, %d bytes that are others", what, at, len(data), s, len(got)))
				}
			case k == 8:
				if s := set(f, nt.FileEndOfFileInformationClass, int64(at)); !s.OK() {
					panic(fmt.Sprintf("%s: end at %d: %v", what, at, s))
				}
				model[name] = append(data[:min(at, len(data))], make([]byte, max(at-len(data), 0))...)
			case k == 9:
				if s := set(f, nt.FileDispositionInformationClass, uint8(1)); !s.OK() {
					panic(fmt.Sprintf("%s: delete: %v", what, s))
				}
				delete(model, name)
			case k == 10:
				to := pick()
				_, taken := model[to]
				at := strings.LastIndexByte(to, '\\')
				d := w.open(to[:at+1], how{disposition: nt.FileOpen})
				s := f.rename(d, to[at+1:], true)
				d.close()
				if !s.OK() {
					panic(fmt.Sprintf("%s: rename to %s (%v): %v", what, to, taken, s))
				}
				delete(model, name)
				model[to] = data
			default:
				f.write([]byte("more"), nt.FileWriteToEndOfFile)
				model[name] = append(data, "more"...)
			}
			f.close()
			if i%500 == 499 {
				w.shutdown()
			}
		}
		w.shutdown()
		w.check()
		v, err := fat.Mount(memoryDevice(bytes.Clone(w.disk.data)), fat.Options{})
		if err != nil {
			panic(err)
		}
		for name, want := range model {
			n, _, err := v.Open(nil, name, fat.OpenOptions{Disposition: nt.FileOpen})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := make([]byte, len(want)+1)
			k, _ := n.ReadAt(got, 0)
			if !bytes.Equal(got[:k], want) {
				t.Errorf("%s has %d bytes, want %d", name, k, len(want))
			}
			n.Close()
		}
	})
}

// TestErrors: a disk that fails at the n-th request, for each n of a session: the one that asked
// gets an error, nothing panics, and when the disk works again, so does the volume.
func TestErrors(t *testing.T) {
	image := formatted(t, 1024)
	for n := 0; n < 60; n++ {
		simulate(t, bytes.Clone(image), func(w *world) {
			count, failing := 0, false
			w.disk.fail = func(r *storage.Request) nt.Status {
				if count++; failing && count > n && count <= n+1 {
					return nt.StatusNonexistentSector // no other try makes sense
				}
				return nt.StatusSuccess
			}
			failing = true
			for i := range 6 {
				f, _, s := w.try(fmt.Sprintf(`\file %d`, i), how{disposition: nt.FileOverwriteIf})
				if !s.OK() {
					continue
				}
				f.write(fill(3000, byte(i)), 0)
				f.read(100, 0)
				set(f, nt.FileEndOfFileInformationClass, int64(10_000))
				f.rename(nil, fmt.Sprintf("other name %d", i), true)
				f.close()
			}
			failing = false
			f, _, s := w.try(`\after`, how{disposition: nt.FileOverwriteIf})
			if !s.OK() {
				t.Errorf("request %d failed: an open afterwards: %v", n, s)
				return
			}
			w.expect("write", f.write(fill(100, 0), 0), nt.StatusSuccess)
			f.close()
			w.shutdown()
			// What an error has left is what a cut would: the check mends it.
			v, err := fat.Mount(memoryDevice(w.disk.data), fat.Options{NoCheck: true})
			if err != nil {
				t.Errorf("request %d: %v", n, err)
				return
			}
			if _, err := v.Check(true); err != nil {
				t.Errorf("request %d: %v", n, err)
			}
		})
	}
}

// TestPulled: the disk goes while files are open: requests fail, closing them does not, and another
// disk is mounted afterwards.
func TestPulled(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		d := w.open(`\`, how{disposition: nt.FileOpen})
		f := w.create(`\f`)
		f.write(fill(1000, 0), 0)
		storage.Gone(&w.disk.port)
		_, s := f.read(10, 0)
		w.expect("read", s, nt.StatusVolumeDismounted)
		w.expect("write", f.write([]byte{1}, 0), nt.StatusVolumeDismounted)
		w.expect("end", set(f, nt.FileEndOfFileInformationClass, int64(1)), nt.StatusVolumeDismounted)
		_, s = d.names("*", 1000, 0)
		w.expect("list", s, nt.StatusVolumeDismounted)
		_, _, s = w.try("x", how{disposition: nt.FileOpen, root: d})
		if s != nt.StatusNoSuchDevice {
			t.Errorf("a relative open: %v", s)
		}
		_, _, s = w.try(`\f`, how{disposition: nt.FileOpen})
		w.expect("open", s, nt.StatusObjectPathNotFound)
		f.close()
		d.close()
		if !slices.Contains(w.said, "FAT: a volume is gone on which 2 files were open.") {
			t.Errorf("said %q", w.said)
		}
		w.disk = &model{data: formatted(t, 1024), port: storage.Port{Name: "another", SectorSize: 512, Sectors: 2048, Device: w.disk.port.Device}}
		w.start("Other", `\Driver`, func(d *io.Driver, _ string) nt.Status {
			d.Major[io.InternalDeviceControl] = w.disk.serve
			v, s := io.CreateDevice(d, "", nt.FileDeviceDisk, 0, 0)
			w.disk.port.Device = v
			return s
		})
		storage.Arrived(&w.disk.port)
		f = w.openOn(`\Device\HarddiskVolume2\g`, how{disposition: nt.FileCreate})
		w.expect("write", f.write([]byte{1}, 0), nt.StatusSuccess)
		f.close()
	})
}

// TestLazy: what is changed is on the disk some seconds later, and the volume is marked as closed.
func TestLazy(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.create(`\f`)
		f.write(fill(1000, 0), 0)
		f.close()
		v, err := fat.Mount(memoryDevice(bytes.Clone(w.disk.data)), fat.Options{NoCheck: true})
		if i, _ := v.Info(); err != nil || !i.Dirty {
			t.Errorf("before: %v", err)
		}
		w.sleep(4)
		v, err = fat.Mount(memoryDevice(bytes.Clone(w.disk.data)), fat.Options{NoCheck: true})
		if err != nil {
			panic(err)
		}
		if i, _ := v.Info(); i.Dirty {
			t.Error("the volume is still in use")
		}
		if _, _, err := v.Open(nil, `\f`, fat.OpenOptions{Disposition: nt.FileOpen}); err != nil {
			t.Error(err)
		}
		w.check()
	})
}

// TestWaits: a byte range that is locked, a directory that is watched, and what is cancelled.
func TestWaits(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.create(`\f`)
		g := w.open(`\f`, how{disposition: nt.FileOpen})
		lock := func(f *file, minor, flags uint8, at, n int64) *pending {
			return f.start(func(_ *io.IRP, l *io.StackLocation) {
				l.Major, l.Minor, l.Flags, l.ByteOffset, l.Argument = io.LockControl, minor, flags, at, &n
			})
		}
		const now, exclusive = io.FailImmediately, io.ExclusiveLock
		w.expect("lock", lock(f, io.LockRange, now|exclusive, 0, 10).status(), nt.StatusSuccess)
		w.expect("another", lock(g, io.LockRange, now, 5, 10).status(), nt.StatusLockNotGranted)
		w.expect("a range that is none", lock(g, io.LockRange, now, -1, 10).status(), nt.StatusInvalidLockRange)
		_, s := g.read(10, 0)
		w.expect("read", s, nt.StatusFileLockConflict)
		w.expect("write", g.write([]byte{1}, 9), nt.StatusFileLockConflict)
		w.expect("beside it", g.write([]byte{1}, 10), nt.StatusSuccess)
		first, second := lock(g, io.LockRange, exclusive, 0, 5), lock(g, io.LockRange, exclusive, 3, 5)
		w.expect("one that waits", first.status(), nt.StatusPending)
		io.CancelIrp(first.irp)
		w.expect("that is cancelled", first.status(), nt.StatusCancelled)
		w.expect("unlock", lock(f, io.UnlockRange, 0, 0, 10).status(), nt.StatusSuccess)
		w.expect("the second", second.status(), nt.StatusSuccess)
		third := lock(f, io.LockRange, 0, 3, 5)
		w.expect("a third", third.status(), nt.StatusPending)
		g.close() // and its locks go
		w.expect("the third", third.status(), nt.StatusSuccess)

		root := w.open(`\`, how{disposition: nt.FileOpen})
		b := make([]byte, 100)
		watch := func() *pending {
			return root.start(func(irp *io.IRP, l *io.StackLocation) {
				l.Major, l.Minor, l.Code, l.Length, irp.SystemBuffer = io.DirectoryControl, io.NotifyChangeDirectory, nt.FileNotifyChangeFileName, uint32(len(b)), b
			})
		}
		p := watch()
		w.expect("watch", p.status(), nt.StatusPending)
		w.create(`\new file`).close()
		w.expect("the change", p.status(), nt.StatusSuccess)
		w.expect("its name", text16(b[12:12+b[8]]), "new file")
		w.expect("its action", b[4], byte(1))
		w.create(`\kept`).close()
		w.expect("what came meanwhile", watch().status(), nt.StatusSuccess)
		p = watch()
		io.CancelIrp(p.irp)
		w.expect("cancelled", p.status(), nt.StatusCancelled)
		p = watch()
		root.close()
		w.expect("the last handle", p.status(), nt.StatusNotifyCleanup)
		f.close()
	})
}

// TestHostile: arguments of all kinds, for every major function: a status, and no panic.
func TestHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	simulate(t, formatted(t, 1024), func(w *world) {
		for i := range 3000 {
			name := []string{`\f`, `\`, "", `\d`}[r.IntN(4)]
			f, _, s := w.try(name, how{disposition: uint32(r.IntN(7)), options: []uint32{0, nt.FileDirectoryFile, nt.FileDeleteOnClose, nt.FileWriteThrough}[r.IntN(4)],
				attributes: uint32(r.IntN(256)), room: int64(r.IntN(3)) * 1000})
			if !s.OK() {
				continue
			}
			for range 5 {
				n := []int{0, 1, 4, 8, 24, 40, 104, 300}[r.IntN(8)]
				p := f.start(func(irp *io.IRP, l *io.StackLocation) {
					majors := []uint8{io.Read, io.Write, io.QueryInformation, io.SetInformation, io.FlushBuffers, io.QueryVolumeInformation,
						io.SetVolumeInformation, io.DirectoryControl, io.LockControl, io.FileSystemControl}
					l.Major, l.Minor, l.Flags = majors[r.IntN(len(majors))], uint8(r.IntN(5)), uint8(r.IntN(8))
					l.Code, l.Length, l.InputLength = uint32(r.IntN(64)), uint32(n), uint32(n)
					l.ByteOffset = []int64{0, -1, -2, 1, 511, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, -1 << 63}[r.IntN(10)]
					b := make([]byte, n)
					for j := range b {
						b[j] = byte(r.Uint32() >> (r.Uint32() % 32))
					}
					irp.SystemBuffer = b
					switch {
					case l.Major == io.FileSystemControl:
						l.Code = []uint32{nt.FsctlIsVolumeMounted, nt.FsctlLockVolume, nt.FsctlUnlockVolume, nt.FsctlMarkVolumeDirty, nt.FsctlIsVolumeDirty, nt.FsctlCheckVolume, 7}[r.IntN(7)]
						l.Minor = 0
					case l.Major == io.LockControl:
						x := int64(r.Uint64() >> (r.Uint32() % 64))
						l.Argument = &x
						l.Flags |= io.FailImmediately
					case l.Major == io.DirectoryControl:
						l.Argument = []string{"*", "", "f", "<>\"?"}[r.IntN(4)]
						if l.Minor == io.NotifyChangeDirectory {
							l.Minor = io.QueryDirectory
						}
					default:
						l.Argument = storage.Bytes(make([]byte, n))
					}
				})
				if s := p.status(); s == nt.StatusPending {
					panic(fmt.Sprintf("step %d: function %d waits", i, p.irp.Location().Major))
				}
			}
			f.close()
		}
		w.shutdown()
		w.check()
	})
}

// TestDeletedMapped: a file that is deleted by its last handle while a section has its pages: its name is
// free at once, the section goes on, and the clusters are free when it has gone.
func TestDeletedMapped(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.open(`\f`, how{disposition: nt.FileCreate, options: nt.FileDeleteOnClose})
		old := fill(9000, 1)
		w.expect("write", f.write(old, 0), nt.StatusSuccess)
		area, size, s := f.Context.(*fcb).MapFile(0)
		w.expect("map", s, nt.StatusSuccess)
		section, s := area.Section("", size, nt.PageReadWrite)
		w.expect("section", s, nt.StatusSuccess)
		f.close()
		g, information, s := w.try(`\f`, how{disposition: nt.FileCreate})
		w.expect("a new file of the name", s, nt.StatusSuccess)
		w.expect("information", information, uint64(nt.FileCreated))
		w.expect("write", g.write(fill(9000, 2), 0), nt.StatusSuccess)
		area.Flush(0, 3, 3)
		frame, s := area.Hold(1, 0, false)
		w.expect("a page", s, nt.StatusSuccess)
		if !bytes.Equal(mm.Frame(frame)[:], old[mm.PageSize:2*mm.PageSize]) {
			t.Error("the section has other bytes")
		}
		area.Release(frame, true)
		got, _ := g.read(9000, 0)
		if !bytes.Equal(got, fill(9000, 2)) {
			t.Error("the new file has other bytes")
		}
		g.close()
		section.Delete()
		w.sleep(8)
		w.check()
		v, err := fat.Mount(memoryDevice(bytes.Clone(w.disk.data)), fat.Options{NoCheck: true})
		if i, _ := v.Info(); err != nil || i.Dirty {
			t.Errorf("the volume is not closed: %v", err)
		}
	})
}
