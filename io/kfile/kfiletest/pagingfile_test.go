package kfiletest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gont/fs/fat"
	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/io/pagingfile"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

const pagefile = kfiletest.System + `\pagefile.sys`

// scattered is a volume of 8 MB with clusters of 512 bytes, on which free space lies in pieces of
// three clusters: a page of a file has parts in several.
func scattered(t *testing.T) []byte {
	b := make([]byte, 8<<20)
	if err := fat.Format(kfiletest.Image(b), fat.FormatOptions{Label: "TEST", Serial: 1, ClusterSize: 512, Kind: fat.FAT16}); err != nil {
		t.Fatal(err)
	}
	v, err := fat.Mount(kfiletest.Image(b), fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	open := func(name string) *fat.Node {
		n, _, err := v.Open(nil, name, fat.OpenOptions{Disposition: nt.FileOpenIf})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	stays, goes := open(`\stays`), open(`\goes`)
	for range 1500 {
		for _, x := range []struct {
			n    *fat.Node
			size int
		}{{stays, 512}, {goes, 1536}} {
			if _, err := x.n.Append(bytes.Repeat([]byte{0xAA}, x.size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	goes.SetDelete(true)
	for _, n := range []*fat.Node{stays, goes} {
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	return b
}

// pages fills frames with what only a page of a round has.
func pattern(page uint32, round int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%07d/%07d ", page, round), mm.PageSize/16)
}

// TestPagingFile (S3): pages of a file whose clusters are scattered come back as they were, at any
// place and in any number; they lie in the file, and nothing else of the volume is touched.
func TestPagingFile(t *testing.T) {
	image := scattered(t)
	before := slices.Clone(image)
	const size, count = 2 << 20, 2 << 20 / mm.PageSize
	last := map[uint32]int{}
	kfiletest.Run(t, image, func(w *kfiletest.World) {
		store, s := pagingfile.Open(pagefile, size)
		if !s.OK() {
			t.Error(s)
			return
		}
		var frames []uint32
		for range 16 {
			f, _ := mm.AllocatePage(mm.UsePageStore, false)
			frames = append(frames, f)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for round := 1; round <= 2000; round++ {
			n := 1 + r.IntN(16)
			page := uint32(r.IntN(count - n + 1))
			if r.IntN(2) == 0 {
				for i := range n {
					copy(mm.Frame(frames[i])[:], pattern(page+uint32(i), round))
					last[page+uint32(i)] = round
				}
				if s := store.WritePages(page, frames[:n]); !s.OK() {
					t.Error(s)
					return
				}
				continue
			}
			if s := store.ReadPages(page, frames[:n]); !s.OK() {
				t.Error(s)
				return
			}
			for i := range n {
				want := make([]byte, mm.PageSize)
				if k, ok := last[page+uint32(i)]; ok {
					want = pattern(page+uint32(i), k)
				}
				if got := mm.Frame(frames[i])[:]; !bytes.Equal(got, want) {
					t.Errorf("round %d, page %d: %.40q, want %.40q", round, page+uint32(i), got, want)
					return
				}
			}
		}
		if s := store.Flush(); !s.OK() {
			t.Error(s)
		}
		// A disk that fails is told by the status, and the next request is served.
		w.Disk.Fail = func(q *storage.Request) nt.Status { return nt.StatusNonexistentSector }
		for range 20 {
			if s := store.ReadPages(0, frames); s != nt.StatusNonexistentSector {
				t.Errorf("a disk that fails: %v", s)
			}
		}
		w.Disk.Fail = nil
		if s := store.ReadPages(0, frames); !s.OK() {
			t.Errorf("afterwards: %v", s)
		}
		w.Disk.Remove()
		if s := store.WritePages(0, frames); s != nt.StatusDeviceNotConnected {
			t.Errorf("a disk that is gone: %v", s)
		}
	})
	v, err := fat.Mount(kfiletest.Image(image), fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(v *fat.Volume, name string, n int) []byte {
		f, _, err := v.Open(nil, name, fat.OpenOptions{Disposition: nt.FileOpen})
		b := make([]byte, n+1)
		if err == nil {
			n, err = f.ReadAt(b, 0)
		}
		if err != nil {
			t.Fatal(name, err)
		}
		return b[:n]
	}
	file := read(v, `\pagefile.sys`, size)
	if len(file) != size {
		t.Fatalf("the file has %d bytes", len(file))
	}
	for page := range uint32(count) {
		want := make([]byte, mm.PageSize)
		if k, ok := last[page]; ok {
			want = pattern(page, k)
		}
		if !bytes.Equal(file[page*mm.PageSize:][:mm.PageSize], want) {
			t.Fatalf("page %d in the file", page)
		}
	}
	old, err := fat.Mount(kfiletest.Image(before), fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read(v, `\stays`, 1500*512), read(old, `\stays`, 1500*512)) {
		t.Error("another file was touched")
	}
	if r, err := v.Check(false); err != nil || r.Count != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestPagingFileRefused (S3): what cannot become a paging file has its status, and a file that was
// made for it goes again; one that was there before stays.
func TestPagingFileRefused(t *testing.T) {
	kfiletest.Run(t, kfiletest.Format(t, 4096), func(w *kfiletest.World) {
		there := kfiletest.System + `\there`
		if s := kfile.WriteFile(there, []byte("x")); !s.OK() {
			t.Error(s)
		}
		for _, c := range []struct {
			name string
			size int64
			want nt.Status
		}{
			{pagefile, pagingfile.MinimumSize - 1, nt.StatusInvalidParameter},
			{pagefile, -1, nt.StatusInvalidParameter},
			{pagefile, 1 << 41, nt.StatusInvalidParameter},
			{pagefile, 16 << 20, nt.StatusDiskFull},
			{pagefile, 5 << 30, nt.StatusDiskFull},
			{there, 16 << 20, nt.StatusDiskFull},
			{kfiletest.System + `\none\p`, 1 << 20, nt.StatusObjectPathNotFound},
		} {
			if s := pagingfile.Create(c.name, c.size); s != c.want {
				t.Errorf("%s, %d bytes: %v, not %v", c.name, c.size, s, c.want)
			}
		}
		if _, s := kfile.ReadFile(pagefile, 1<<20); s != nt.StatusObjectNameNotFound {
			t.Errorf("the file that was made: %v", s)
		}
		if b, s := kfile.ReadFile(there, 1<<20); !s.OK() || string(b) != "x" {
			t.Errorf("the file that was there: %q, %v", b, s)
		}
		n := len(mm.PagingFiles())
		if s := pagingfile.Create(pagefile, 1<<20); !s.OK() || len(mm.PagingFiles()) != n+1 {
			t.Errorf("%v, %d paging files", s, len(mm.PagingFiles()))
		}
		if s := pagingfile.Create(pagefile, 1<<20); s != nt.StatusSharingViolation {
			t.Errorf("again: %v", s)
		}
		v, s := kfile.Open(kfiletest.Volume, kfile.Options{Access: nt.FileReadData | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareValid, Create: 0})
		if !s.OK() {
			t.Error(s)
			return
		}
		defer v.Close()
		for _, code := range []uint32{nt.FsctlLockVolume, nt.FsctlDismountVolume} {
			if s := v.Object().ControlKernel(code); s != nt.StatusAccessDenied {
				t.Errorf("FSCTL %#x: %v", code, s)
			}
		}
	})
}
