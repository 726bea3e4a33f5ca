package kfiletest_test

import (
	"bytes"
	"testing"

	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/io/storage"
	"gont/nt"
	"gont/ob"
)

const name = kfiletest.System + `\File.txt`

// TestFile: a file is made, written, read, made shorter, renamed and deleted; what cannot be
// done has its status.
func TestFile(t *testing.T) {
	kfiletest.Run(t, kfiletest.Format(t, 4096), func(w *kfiletest.World) {
		if _, s := kfile.Open(name, kfile.Options{Disposition: nt.FileOpen}); s != nt.StatusObjectNameNotFound {
			t.Errorf("a file that is not there: %v", s)
		}
		if _, s := kfile.Open(kfiletest.System+`\none\x`, kfile.Options{Disposition: nt.FileOpenIf}); s != nt.StatusObjectPathNotFound {
			t.Errorf("a directory that is not there: %v", s)
		}
		f, s := kfile.Open(name, kfile.Options{Disposition: nt.FileOpenIf})
		if !s.OK() || !f.Made {
			t.Errorf("%v", s)
			return
		}
		if _, s := kfile.Open(name, kfile.Options{Disposition: nt.FileOpen}); s != nt.StatusSharingViolation {
			t.Errorf("a second open: %v", s)
		}
		data := bytes.Repeat([]byte("0123456789abcdef"), 80_000) // more than a request has
		if n, err := f.WriteAt(data, 7); n != len(data) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if size, err := f.Size(); size != int64(len(data))+7 || err != nil {
			t.Errorf("%d bytes, %v", size, err)
		}
		b := make([]byte, len(data)+100)
		if n, err := f.ReadAt(b[:len(data)], 7); n != len(data) || err != nil || !bytes.Equal(b[:n], data) {
			t.Errorf("read: %d, %v", n, err)
		}
		if n, err := f.ReadAt(b, 7); n != len(data) || err != nt.StatusEndOfFile {
			t.Errorf("read over the end: %d, %v", n, err)
		}
		if n, err := f.ReadAt(nil, 0); n != 0 || err != nil {
			t.Errorf("nothing: %d, %v", n, err)
		}
		if err := f.Truncate(1000); err != nil {
			t.Error(err)
		}
		if err := f.Sync(); err != nil {
			t.Error(err)
		}
		if _, err := f.WriteAt(data, 3<<20); err != nt.StatusDiskFull {
			t.Errorf("a full volume: %v", err)
		}
		if n, s := kfile.ReadFile(name, 1<<20); s != nt.StatusSharingViolation {
			t.Errorf("%d bytes, %v", len(n), s)
		}
		f.Close()
		if s := kfile.MakeDirectory(kfiletest.System + `\dir`); !s.OK() {
			t.Error(s)
		}
		if s := kfile.MakeDirectory(kfiletest.System + `\dir`); !s.OK() {
			t.Errorf("again: %v", s)
		}
		to := kfiletest.System + `\dir\other`
		if s := kfile.WriteFile(to, []byte("old")); !s.OK() {
			t.Error(s)
		}
		if s := kfile.Rename(name, to); !s.OK() {
			t.Error(s)
		}
		if b, s := kfile.ReadFile(to, 1<<20); !s.OK() || len(b) != 1000 || !bytes.Equal(b[7:], data[:993]) {
			t.Errorf("%d bytes, %v", len(b), s)
		}
		if _, s := kfile.ReadFile(to, 999); s != nt.StatusInsufficientResources {
			t.Errorf("too large: %v", s)
		}
		if s := kfile.Rename(to, `\Device\other`); s == nt.StatusSuccess {
			t.Error("renamed to another device")
		}
		if got := kfile.UTF16("aä"); !bytes.Equal(got, []byte{0xFF, 0xFE, 'a', 0, 0xE4, 0}) {
			t.Errorf("% x", got)
		}
	})
}

// TestFromObject: a program's file serves for what the program has opened it for.
func TestFromObject(t *testing.T) {
	kfiletest.Run(t, kfiletest.Format(t, 4096), func(w *kfiletest.World) {
		f, s := kfile.Open(name, kfile.Options{Access: nt.FileReadData | nt.Synchronize, Disposition: nt.FileOpenIf, Create: nt.FileSynchronousIoNonalert})
		if !s.OK() {
			t.Error(s)
			return
		}
		defer f.Close()
		if _, s := kfile.FromObject(f.Object().Object, nt.FileWriteData); s != nt.StatusAccessDenied {
			t.Errorf("for writing: %v", s)
		}
		g, s := kfile.FromObject(f.Object().Object, nt.FileReadData)
		if !s.OK() {
			t.Error(s)
			return
		}
		if n, err := g.ReadAt(make([]byte, 1), 0); n != 0 || err != nt.StatusEndOfFile {
			t.Errorf("%d, %v", n, err)
		}
		g.Close()
		d, s := ob.Lookup(nil, kfiletest.Volume, true, nil)
		if !s.OK() {
			t.Error(s)
			return
		}
		defer d.Dereference()
		if _, s := kfile.FromObject(d, 0); s != nt.StatusObjectTypeMismatch {
			t.Errorf("a device: %v", s)
		}
	})
}

// TestErrors: a disk that fails, cannot be written, or is gone is told by its status.
func TestErrors(t *testing.T) {
	kfiletest.Run(t, kfiletest.Format(t, 4096), func(w *kfiletest.World) {
		if s := kfile.WriteFile(name, make([]byte, 10_000)); !s.OK() {
			t.Error(s)
		}
		w.Disk.Fail = func(r *storage.Request) nt.Status {
			if r.Function == storage.Write {
				return nt.StatusMediaWriteProtected
			}
			return nt.StatusSuccess
		}
		if s := kfile.WriteFile(kfiletest.System+`\b`, make([]byte, 10_000)); s != nt.StatusMediaWriteProtected {
			t.Errorf("a disk that cannot be written: %v", s)
		}
		w.Disk.Fail = nil
		v, s := kfile.Open(kfiletest.Volume, kfile.Options{Access: nt.FileReadData | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareValid})
		if s.OK() {
			s = v.Object().ControlKernel(nt.FsctlDismountVolume) // nothing is in memory any more
			v.Close()
		}
		if !s.OK() {
			t.Error(s)
		}
		w.Disk.Fail = func(r *storage.Request) nt.Status { return nt.StatusNonexistentSector }
		if _, s := kfile.ReadFile(name, 1<<20); s != nt.StatusNonexistentSector {
			t.Errorf("a disk that cannot be read: %v", s)
		}
		w.Disk.Remove()
		if _, s := kfile.ReadFile(name, 1<<20); s.OK() {
			t.Error("a disk that is gone can be read")
		}
	})
}
