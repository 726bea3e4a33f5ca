package fastfat

import (
	"bytes"
	"slices"
	"testing"

	"gont/io"
	"gont/nt"
	"gont/ob"
)

func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7>>3) + seed
	}
	return b
}

// TestThrough (I9): a file from its creation to its end, by way of the class driver; after a
// dismount it is there in the image.
func TestThrough(t *testing.T) {
	simulate(t, formatted(t, 4096), func(w *world) {
		f, information, s := w.try(`\A long name.txt`, how{disposition: nt.FileCreate})
		w.expect("create", s, nt.StatusSuccess)
		w.expect("information", information, uint64(nt.FileCreated))
		data := fill(200_000, 3)
		w.expect("write", f.write(data, 0), nt.StatusSuccess)
		got, s := f.read(len(data)+10, 0)
		w.expect("read", s, nt.StatusSuccess)
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes read, which are not those that were written", len(got))
		}
		_, s = f.read(10, int64(len(data)))
		w.expect("at the end", s, nt.StatusEndOfFile)
		i, s := query[nt.FileStandardInformation](f, nt.FileStandardInformationClass)
		w.expect("standard", s, nt.StatusSuccess)
		w.expect("size", i.EndOfFile, int64(len(data)))
		w.expect("append", f.write([]byte("end"), nt.FileWriteToEndOfFile), nt.StatusSuccess)
		f.close()
		f, information, s = w.try(`\a LONG name.TXT`, how{disposition: nt.FileOpen})
		w.expect("open", s, nt.StatusSuccess)
		w.expect("information", information, uint64(nt.FileOpened))
		got, _ = f.read(3, int64(len(data)))
		w.expect("the end", string(got), "end")
		w.expect("delete", set(f, nt.FileDispositionInformationClass, uint8(1)), nt.StatusSuccess)
		_, _, s = w.try(`\A long name.txt`, how{disposition: nt.FileOpen})
		w.expect("open of what is deleted", s, nt.StatusDeletePending)
		f.close()
		_, _, s = w.try(`\A long name.txt`, how{disposition: nt.FileOpen})
		w.expect("open of what was deleted", s, nt.StatusObjectNameNotFound)
		w.create(`\kept`).close()
		v := w.open("", how{disposition: nt.FileOpen})
		_, s = v.control(nt.FsctlDismountVolume, nil, nil)
		w.expect("dismount", s, nt.StatusSuccess)
		v.close()
		w.check()
		f = w.open(`\kept`, how{disposition: nt.FileOpen})
		f.close()
		w.expect("messages", len(w.said), 0)
	})
}

// TestOpens: each disposition, option and kind of name with its status and what it says was done.
func TestOpens(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		w.create(`\file`).close()
		w.open(`\dir`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		w.create(`\dir\inner`).close()
		w.open(`\readonly`, how{disposition: nt.FileCreate, attributes: nt.FileAttributeReadOnly}).close()
		w.open(`\hidden`, how{disposition: nt.FileCreate, attributes: nt.FileAttributeHidden}).close()
		for _, c := range []struct {
			name        string
			h           how
			want        nt.Status
			information uint64
		}{
			{`\file`, how{disposition: nt.FileOpen}, 0, nt.FileOpened},
			{`\file`, how{disposition: nt.FileCreate}, nt.StatusObjectNameCollision, 0},
			{`\file`, how{disposition: nt.FileOpenIf}, 0, nt.FileOpened},
			{`\file`, how{disposition: nt.FileOverwrite}, 0, nt.FileOverwritten},
			{`\file`, how{disposition: nt.FileOverwriteIf}, 0, nt.FileOverwritten},
			{`\file`, how{disposition: nt.FileSupersede}, 0, nt.FileSuperseded},
			{`\new`, how{disposition: nt.FileOpen}, nt.StatusObjectNameNotFound, 0},
			{`\new`, how{disposition: nt.FileOverwrite}, nt.StatusObjectNameNotFound, 0},
			{`\new1`, how{disposition: nt.FileOpenIf}, 0, nt.FileCreated},
			{`\new2`, how{disposition: nt.FileOverwriteIf}, 0, nt.FileCreated},
			{`\new3`, how{disposition: nt.FileSupersede}, 0, nt.FileCreated},
			{`\none\x`, how{disposition: nt.FileOpen}, nt.StatusObjectPathNotFound, 0},
			{`\none\x`, how{disposition: nt.FileCreate}, nt.StatusObjectPathNotFound, 0},
			{`\file\x`, how{disposition: nt.FileOpen}, nt.StatusObjectPathNotFound, 0},
			{`\dir`, how{disposition: nt.FileOpen}, 0, nt.FileOpened},
			{`\dir\`, how{disposition: nt.FileOpen}, 0, nt.FileOpened},
			{`\`, how{disposition: nt.FileOpen}, 0, nt.FileOpened},
			{`\`, how{disposition: nt.FileOpen, options: nt.FileNonDirectoryFile}, nt.StatusFileIsADirectory, 0},
			{`\`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}, nt.StatusObjectNameCollision, 0},
			{`\`, how{disposition: nt.FileOpen, options: nt.FileDeleteOnClose}, nt.StatusCannotDelete, 0},
			{`\dir`, how{disposition: nt.FileOpen, options: nt.FileNonDirectoryFile}, nt.StatusFileIsADirectory, 0},
			{`\dir`, how{disposition: nt.FileOverwrite}, nt.StatusObjectNameCollision, 0},
			{`\file`, how{disposition: nt.FileOpen, options: nt.FileDirectoryFile}, nt.StatusNotADirectory, 0},
			{`\file\`, how{disposition: nt.FileOpen}, nt.StatusNotADirectory, 0},
			{`\a*b`, how{disposition: nt.FileOpen}, nt.StatusObjectNameInvalid, 0},
			{`\a?`, how{disposition: nt.FileCreate}, nt.StatusObjectNameInvalid, 0},
			{`\dir\\inner`, how{disposition: nt.FileOpen}, nt.StatusObjectNameInvalid, 0},
			{`\readonly`, how{disposition: nt.FileOpen, access: nt.FileReadData}, 0, nt.FileOpened},
			{`\readonly`, how{disposition: nt.FileOpen, access: nt.MaximumAllowed}, 0, nt.FileOpened},
			{`\readonly`, how{disposition: nt.FileOpen, access: nt.FileWriteData}, nt.StatusAccessDenied, 0},
			{`\readonly`, how{disposition: nt.FileOpen, access: nt.FileAppendData}, nt.StatusAccessDenied, 0},
			{`\readonly`, how{disposition: nt.FileOpen, access: nt.Delete, options: nt.FileDeleteOnClose}, nt.StatusCannotDelete, 0},
			{`\readonly`, how{disposition: nt.FileOverwrite}, nt.StatusAccessDenied, 0},
			{`\hidden`, how{disposition: nt.FileOverwrite}, nt.StatusAccessDenied, 0},
			{`\hidden`, how{disposition: nt.FileOverwrite, attributes: nt.FileAttributeHidden}, 0, nt.FileOverwritten},
			{`\file`, how{disposition: nt.FileOpen, options: nt.FileOpenByFileID}, nt.StatusInvalidParameter, 0},
			{`\large`, how{disposition: nt.FileCreate, room: 100 << 20}, nt.StatusDiskFull, 0},
			{`\large`, how{disposition: nt.FileOpen}, nt.StatusObjectNameNotFound, 0},
			{`\room`, how{disposition: nt.FileCreate, room: 5000}, 0, nt.FileCreated},
			{"", how{disposition: nt.FileOpen}, 0, nt.FileOpened},
			{"", how{disposition: nt.FileCreate}, nt.StatusAccessDenied, 0},
			{"", how{disposition: nt.FileOpen, options: nt.FileDirectoryFile}, nt.StatusNotADirectory, 0},
		} {
			f, information, s := w.try(c.name, c.h)
			if s != c.want || s.OK() && information != c.information {
				t.Errorf("%s %+v: %v %d, want %v %d", c.name, c.h, s, information, c.want, c.information)
			}
			if f != nil {
				f.close()
			}
		}
		dir, plain := w.open(`\dir`, how{disposition: nt.FileOpen}), w.open(`\file`, how{disposition: nt.FileOpen})
		for _, c := range []struct {
			name string
			root *file
			want nt.Status
		}{
			{`inner`, dir, 0},
			{`INNER`, dir, 0},
			{``, dir, 0},
			{`none`, dir, nt.StatusObjectNameNotFound},
			{`\inner`, dir, nt.StatusObjectPathSyntaxBad},
			{`x`, plain, nt.StatusInvalidParameter},
		} {
			f, _, s := w.try(c.name, how{disposition: nt.FileOpen, root: c.root})
			w.expect("relative "+c.name, s, c.want)
			if f != nil {
				f.close()
			}
		}
		dir.close()
		plain.close()
		w.open(`\gone`, how{disposition: nt.FileCreate, options: nt.FileDeleteOnClose}).close()
		_, _, s := w.try(`\gone`, how{disposition: nt.FileOpen})
		w.expect("after its close", s, nt.StatusObjectNameNotFound)
		d := w.open(`\dir`, how{disposition: nt.FileOpen, options: nt.FileDeleteOnClose})
		d.close()
		w.open(`\dir`, how{disposition: nt.FileOpen}).close() // it is not empty
		w.shutdown()
		w.check()
	})
}

func (w *world) shutdown() { io.ShutdownFileSystems() }

// TestQueryOpen: what is told of a name without a file object is what an open file says, and what
// its open fails with.
func TestQueryOpen(t *testing.T) {
	simulate(t, formatted(t, 8<<10), func(w *world) {
		d, _, s := ob.FindParser(nil, volumeName+`\x`, true, io.DeviceType)
		w.expect("the device", s, nt.StatusSuccess)
		defer d.Dereference()
		device := d.Body.(*io.Device)
		var v nt.FileNetworkOpenInformation
		if _, ok := io.QueryOpen(device, `\file`, &v); ok {
			t.Error("a volume that nobody has mounted yet answers")
		}
		f := w.create(`\file`)
		w.expect("write", f.write(fill(5000, 1), 0), nt.StatusSuccess)
		w.open(`\directory`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		doomed := w.create(`\directory\doomed`)
		w.expect("delete", set(doomed, nt.FileDispositionInformationClass, uint8(1)), nt.StatusSuccess)
		for _, name := range []string{`\file`, `\FILE`, `\directory`, `\directory\`, `\`, `\file\`, `\none`, `\none\x`, `\file\x`, `\a:b`, `\directory\doomed`} {
			got, ok := io.QueryOpen(device, name, &v)
			x, _, want := w.try(name, how{access: nt.FileReadAttributes, disposition: nt.FileOpen})
			if !ok || got != want {
				t.Errorf("%s: %v, %v, want %v", name, got, ok, want)
			}
			if want.OK() {
				o, _ := query[nt.FileNetworkOpenInformation](x, nt.FileNetworkOpenInformationClass)
				w.expect(name, v, o)
				x.close()
			}
		}
		doomed.close()
		f.close()
	})
}

// TestShares (IoCheckShareAccess): two opens, each with rights and sharing, as a table of all
// combinations.
func TestShares(t *testing.T) {
	rights := []nt.AccessMask{nt.FileReadData, nt.FileWriteData, nt.Delete, nt.FileAppendData, nt.FileExecute}
	kind := []uint32{nt.FileShareRead, nt.FileShareWrite, nt.FileShareDelete, nt.FileShareWrite, nt.FileShareRead}
	simulate(t, formatted(t, 1024), func(w *world) {
		w.create(`\f`).close()
		for a := range 1 << len(rights) {
			for share := range uint32(8) {
				first := how{disposition: nt.FileOpen, share: share, noShare: true, access: nt.FileReadAttributes}
				for i, r := range rights {
					if a&(1<<i) != 0 {
						first.access |= r
					}
				}
				f := w.open(`\f`, first)
				for i, r := range rights {
					for other := range uint32(8) {
						g, _, s := w.try(`\f`, how{disposition: nt.FileOpen, share: other, noShare: true, access: r})
						want := nt.Status(nt.StatusSuccess)
						if a != 0 && share&kind[i] == 0 {
							want = nt.StatusSharingViolation
						}
						for j := range rights {
							if a&(1<<j) != 0 && other&kind[j] == 0 {
								want = nt.StatusSharingViolation
							}
						}
						if s != want {
							t.Fatalf("rights %x share %d, then %x share %d: %v, want %v", first.access, share, r, other, s, want)
						}
						if g != nil {
							g.close()
						}
					}
				}
				g, _, s := w.try(`\f`, how{disposition: nt.FileOpen, noShare: true, access: nt.FileReadAttributes})
				w.expect("attributes alone", s, nt.StatusSuccess)
				g.close()
				f.close()
			}
		}
		// What a disposition does counts.
		f := w.open(`\f`, how{disposition: nt.FileOpen, share: nt.FileShareRead, access: nt.FileReadData})
		for d, want := range map[uint32]nt.Status{nt.FileOverwrite: nt.StatusSharingViolation, nt.FileSupersede: nt.StatusSharingViolation, nt.FileOpen: 0} {
			g, _, s := w.try(`\f`, how{disposition: d, access: nt.FileReadData})
			w.expect("disposition", s, want)
			if g != nil {
				g.close()
			}
		}
		f.close()
	})
}

// TestDirectories: lists, patterns, buffers of all sizes, one entry at a time.
func TestDirectories(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		w.open(`\d`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		d := w.open(`\d`, how{disposition: nt.FileOpen})
		list, s := d.names("*", 4096, 0)
		w.expect("empty", s, nt.StatusNoMoreFiles)
		if !slices.Equal(list, []string{".", ".."}) {
			t.Error(list)
		}
		d.close()
		want := []string{".", ".."}
		for _, n := range []string{"a.txt", "B.TXT", "a file with a long name.text", "c", "Zwölf.txt", "d.tx"} {
			w.create(`\d\` + n).close()
			want = append(want, n)
		}
		for size := 100; size < 700; size += 37 {
			for _, flags := range []uint8{0, io.ReturnSingleEntry} {
				d := w.open(`\d`, how{disposition: nt.FileOpen})
				list, s := d.names("*", size, flags)
				if s != nt.StatusNoMoreFiles || !slices.Equal(list, want) {
					t.Errorf("size %d flags %d: %v %q", size, flags, s, list)
				}
				again, s := d.names("x", size, flags|io.RestartScan)
				if s != nt.StatusNoMoreFiles || !slices.Equal(again, want) {
					t.Errorf("restart, size %d: %v %q", size, s, again)
				}
				d.close()
			}
		}
		for pattern, want := range map[string][]string{"*.txt": {"a.txt", "B.TXT", "Zwölf.txt"}, "zw?lf.txt": {"Zwölf.txt"}, "": want, "c": {"c"}, "<.tx": {"d.tx"}} {
			d := w.open(`\d`, how{disposition: nt.FileOpen})
			list, _ := d.names(pattern, 4096, 0)
			if !slices.Equal(list, want) {
				t.Errorf("%q: %q, want %q", pattern, list, want)
			}
			d.close()
		}
		d = w.open(`\d`, how{disposition: nt.FileOpen})
		_, s = d.names("nothing", 4096, 0)
		w.expect("no such file", s, nt.StatusNoSuchFile)
		_, s = d.names("*", 4096, 0)
		w.expect("the first pattern stays", s, nt.StatusNoMoreFiles)
		d.close()
		// A name that has no room at all.
		d = w.open(`\d`, how{disposition: nt.FileOpen})
		b := make([]byte, 20)
		ask := func(class uint32, n int) (io.IoStatus, nt.Status) {
			return d.send(func(irp *io.IRP, l *io.StackLocation) {
				l.Major, l.Minor, l.Code, l.Length, l.Argument, irp.SystemBuffer = io.DirectoryControl, io.QueryDirectory, class, uint32(n), "a file*", b[:n]
			})
		}
		_, s = ask(nt.FileNamesInformationClass, 8)
		w.expect("too small", s, nt.StatusInfoLengthMismatch)
		_, s = ask(99, 20)
		w.expect("class", s, nt.StatusInvalidInfoClass)
		i, s := ask(nt.FileNamesInformationClass, 20)
		w.expect("overflow", s, nt.StatusBufferOverflow)
		w.expect("bytes", i.Information, uint64(20))
		d.close()
		f := w.open(`\d\c`, how{disposition: nt.FileOpen})
		_, s = f.names("*", 4096, 0)
		w.expect("a file", s, nt.StatusInvalidParameter)
		f.close()
	})
}

// TestNames: renames and what they meet.
func TestNames(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		open := how{disposition: nt.FileOpen}
		for _, n := range []string{`\d`, `\e`} {
			w.open(n, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		}
		for _, n := range []string{`\a`, `\b`, `\d\x`} {
			w.create(n).close()
		}
		a, d, e := w.open(`\a`, open), w.open(`\d`, open), w.open(`\e`, open)
		w.expect("there is one", a.rename(nil, "b", false), nt.StatusObjectNameCollision)
		w.expect("invalid", a.rename(nil, "b*", false), nt.StatusObjectNameInvalid)
		w.expect("elsewhere", a.rename(d, "new name", false), nt.StatusSuccess)
		name := make([]byte, 100)
		i, s := a.information(io.QueryInformation, nt.FileNameInformationClass, name)
		w.expect("name", s, nt.StatusSuccess)
		w.expect("name", text16(name[4:i.Information]), `\d\new name`)
		_, s = a.information(io.QueryInformation, nt.FileNameInformationClass, name[:10])
		w.expect("name without room", s, nt.StatusBufferOverflow)
		w.expect("directory with open files", d.rename(nil, "dd", false), nt.StatusAccessDenied)
		w.expect("into itself", e.rename(e, "x", false), nt.StatusAccessDenied)
		w.expect("directory", e.rename(d, "ee", false), nt.StatusSuccess)
		b := w.open(`\b`, open)
		x := w.open(`\d\x`, open)
		w.expect("replace an open file", b.rename(d, "x", true), nt.StatusAccessDenied)
		x.close()
		w.expect("replace", b.rename(d, "x", true), nt.StatusSuccess)
		w.expect("link", set(b, nt.FileLinkInformationClass, uint8(0)), nt.StatusInvalidDeviceRequest)
		w.expect("delete a directory that is not empty", set(d, nt.FileDispositionInformationClass, uint8(1)), nt.StatusDirectoryNotEmpty)
		for _, f := range []*file{a, b, d, e} {
			f.close()
		}
		list := w.open(`\d`, open)
		names, _ := list.names("", 4096, 0)
		slices.Sort(names)
		if !slices.Equal(names, []string{".", "..", "ee", "new name", "x"}) {
			t.Error(names)
		}
		list.close()
		w.shutdown()
		w.check()
	})
}

// TestInformation: each class, and what may be set.
func TestInformation(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.create(`\Some name`)
		f.write(fill(1000, 0), 0)
		b, s := query[nt.FileBasicInformation](f, nt.FileBasicInformationClass)
		w.expect("basic", s, nt.StatusSuccess)
		w.expect("attributes", b.FileAttributes, uint32(nt.FileAttributeArchive))
		b.FileAttributes, b.CreationTime, b.LastWriteTime = nt.FileAttributeHidden, 0x1D0_0000_0000_0000/20_000_000*20_000_000, -1
		w.expect("set basic", set(f, nt.FileBasicInformationClass, b), nt.StatusSuccess)
		c, _ := query[nt.FileBasicInformation](f, nt.FileBasicInformationClass)
		w.expect("created", c.CreationTime, b.CreationTime)
		w.expect("attributes", c.FileAttributes, uint32(nt.FileAttributeHidden))
		b.FileAttributes = nt.FileAttributeDirectory
		w.expect("a file becomes no directory", set(f, nt.FileBasicInformationClass, b), nt.StatusInvalidParameter)
		b.FileAttributes, b.CreationTime = 0, -2
		w.expect("a time that is none", set(f, nt.FileBasicInformationClass, b), nt.StatusInvalidParameter)
		w.expect("end", set(f, nt.FileEndOfFileInformationClass, int64(5000)), nt.StatusSuccess)
		w.expect("negative end", set(f, nt.FileEndOfFileInformationClass, int64(-5)), nt.StatusInvalidParameter)
		w.expect("beyond the format", set(f, nt.FileEndOfFileInformationClass, int64(1)<<32), nt.StatusDiskFull)
		w.expect("allocation", set(f, nt.FileAllocationInformationClass, int64(20000)), nt.StatusSuccess)
		n, s := query[nt.FileNetworkOpenInformation](f, nt.FileNetworkOpenInformationClass)
		w.expect("network", s, nt.StatusSuccess)
		w.expect("end", n.EndOfFile, int64(5000))
		if n.AllocationSize < 20000 {
			t.Errorf("allocation %d", n.AllocationSize)
		}
		got, _ := f.read(5000, 0)
		if !bytes.Equal(got[:1000], fill(1000, 0)) || !bytes.Equal(got[1000:], make([]byte, 4000)) {
			t.Error("what is behind the old end is not zero")
		}
		all := make([]byte, 200)
		i, s := f.information(io.QueryInformation, nt.FileAllInformationClass, all)
		w.expect("all", s, nt.StatusSuccess)
		w.expect("its name", text16(all[100:i.Information]), `\Some name`)
		_, s = f.information(io.QueryInformation, nt.FileAllInformationClass, all[:104])
		w.expect("all, cut", s, nt.StatusBufferOverflow)
		short := make([]byte, 60)
		i, s = f.information(io.QueryInformation, nt.FileAlternateNameInformationClass, short)
		w.expect("short", s, nt.StatusSuccess)
		w.expect("short", text16(short[4:i.Information]), "SOMENA~1")
		for _, class := range []uint32{0, 99, nt.FileStreamInformationClass} {
			_, s = f.information(io.QueryInformation, class, all)
			w.expect("class", s, nt.StatusInvalidParameter)
		}
		size := make([]byte, 24)
		_, s = f.information(io.QueryVolumeInformation, nt.FileFsSizeInformationClass, size)
		w.expect("size", s, nt.StatusSuccess)
		label := append(bytesOf(new(uint32)), units("NEW")...)
		label[0] = 6
		_, s = f.information(io.SetVolumeInformation, nt.FileFsLabelInformationClass, label)
		w.expect("label", s, nt.StatusSuccess)
		label[0] = 60
		_, s = f.information(io.SetVolumeInformation, nt.FileFsLabelInformationClass, label)
		w.expect("label", s, nt.StatusInvalidVolumeLabel)
		v := make([]byte, 50)
		i, s = f.information(io.QueryVolumeInformation, nt.FileFsVolumeInformationClass, v)
		w.expect("volume", s, nt.StatusSuccess)
		w.expect("label", text16(v[18:i.Information]), "NEW")
		i, s = f.information(io.QueryVolumeInformation, nt.FileFsAttributeInformationClass, v[:14])
		w.expect("attribute", s, nt.StatusBufferOverflow)
		w.expect("bytes", i.Information, uint64(14))
		f.close()
		w.shutdown()
		w.check()
	})
}

// TestVolume: locks, dismount, what is written below, and volumes that are not FAT.
func TestVolume(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		open := how{disposition: nt.FileOpen}
		f, v := w.create(`\f`), w.open("", open)
		_, s := v.control(nt.FsctlLockVolume, nil, nil)
		w.expect("lock with an open file", s, nt.StatusAccessDenied)
		w.expect("write without a lock", v.write(make([]byte, 512), 0), nt.StatusAccessDenied)
		_, s = f.control(nt.FsctlLockVolume, nil, nil)
		w.expect("lock by a file", s, nt.StatusInvalidParameter)
		f.close()
		_, s = v.control(nt.FsctlUnlockVolume, nil, nil)
		w.expect("unlock", s, nt.StatusNotLocked)
		_, s = v.control(nt.FsctlLockVolume, nil, nil)
		w.expect("lock", s, nt.StatusSuccess)
		_, _, s = w.try(`\f`, open)
		w.expect("open of a volume that is locked", s, nt.StatusAccessDenied)
		image := bytes.Clone(w.disk.data)
		w.expect("write", v.write(formatted(t, 1024), 0), nt.StatusSuccess)
		_, s = v.control(nt.FsctlUnlockVolume, nil, nil)
		w.expect("unlock", s, nt.StatusSuccess)
		_, s = v.control(nt.FsctlIsVolumeMounted, nil, nil)
		w.expect("mounted", s, nt.StatusVolumeDismounted)
		v.close()
		_, _, s = w.try(`\f`, open)
		w.expect("it is a new volume", s, nt.StatusObjectNameNotFound)
		v = w.open("", open)
		out := make([]byte, 24+100)
		_, s = v.control(nt.FsctlCheckVolume, []byte{1}, out)
		w.expect("mend without a lock", s, nt.StatusAccessDenied)
		_, s = v.control(nt.FsctlCheckVolume, []byte{0}, out)
		w.expect("check", s, nt.StatusSuccess)
		_, s = v.control(nt.FsctlLockVolume, nil, nil)
		w.expect("lock", s, nt.StatusSuccess)
		_, s = v.control(nt.FsctlCheckVolume, []byte{1}, out)
		w.expect("mend", s, nt.StatusSuccess)
		w.expect("write", v.write(make([]byte, 4096), 0), nt.StatusSuccess)
		v.close()
		_, _, s = w.try(`\f`, open)
		w.expect("nobody knows it", s, nt.StatusUnrecognizedVolume)
		v = w.open("", open) // RAW
		_, _, s = w.try(`\f`, open)
		w.expect("RAW has no names", s, nt.StatusUnrecognizedVolume)
		_, s = v.control(nt.FsctlLockVolume, nil, nil)
		w.expect("lock RAW", s, nt.StatusSuccess)
		_, _, s = w.try("", open)
		w.expect("open of a locked RAW", s, nt.StatusAccessDenied)
		w.expect("write", v.write(image, 0), nt.StatusSuccess)
		got, _ := v.read(512, 0)
		if !bytes.Equal(got, image[:512]) {
			t.Error("RAW reads something else")
		}
		v.close()
		w.open(`\f`, open).close()
		o, s := ob.OpenByName(nil, volumeName, true, io.FileType, &io.OpenPacket{Access: nt.FileReadAttributes, Disposition: nt.FileOpen})
		w.expect("the device itself", s, nt.StatusSuccess)
		o.Dereference()
	})
}
