package fastfat

import (
	"bytes"
	"testing"

	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// transfers counts what a disk is asked for.
type transfers struct {
	requests int
	most     uint32 // sectors of the largest one
}

func (c *transfers) note(r *storage.Request) {
	c.requests++
	c.most = max(c.most, r.Count)
}

// TestDirect: pages go to the disk and come from it in pieces as large as the file's clusters lie behind each other, without a copy; a
// file in pieces, its end within a sector, and errors of the disk.
func TestDirect(t *testing.T) {
	for _, size := range []int{80 * mm.PageSize, 80*mm.PageSize + 123, 80*mm.PageSize + 512, 3000} {
		simulate(t, formatted(t, 4096), func(w *world) {
			var reads, writes transfers
			var bad storage.Function
			failing := nt.Status(nt.StatusSuccess)
			w.disk.fail = func(r *storage.Request) nt.Status {
				switch r.Function {
				case storage.Read:
					reads.note(r)
				case storage.Write:
					writes.note(r)
				}
				if !failing.OK() && r.Function == bad && r.Count > 1 {
					return failing
				}
				return nt.StatusSuccess
			}
			f, g := w.create(`\f`), w.create(`\g`)
			want := fill(size, 1)
			area := f.Context.(*fcb).cached().Area
			again := func(what string) {
				t.Helper()
				if !area.Purge() {
					t.Fatalf("%s: the pages stay", what)
				}
				reads = transfers{}
				b, s := f.read(size, 0)
				if !s.OK() || !bytes.Equal(b, want) {
					t.Errorf("%d bytes, %s: %v, %d bytes are read", size, what, s, len(b))
				}
			}
			w.expect("write", f.write(want, 0), nt.StatusSuccess)
			w.expect("flush", f.Context.(*fcb).flush(), nt.StatusSuccess)
			again("in one piece")
			whole := uint32(size/512) &^ 7
			if limit := min(whole, 64*mm.PageSize/512); reads.most < limit || size%512 == 0 && writes.most < limit {
				t.Errorf("%d bytes: at most %d sectors at a time were read, %d written", size, reads.most, writes.most)
			}
			// What was there is written in place, and in larger pieces.
			want = fill(size, 2)
			writes = transfers{}
			w.expect("write", f.write(want, 0), nt.StatusSuccess)
			w.expect("flush", f.Context.(*fcb).flush(), nt.StatusSuccess)
			if limit := min(whole, 64*mm.PageSize/512); size%512 == 0 && writes.most < limit {
				t.Errorf("%d bytes: at most %d sectors at a time were written", size, writes.most)
			}
			again("in place")
			// The rest of the last page is zeros, whatever the disk has there.
			if rest := size % mm.PageSize; rest != 0 {
				w.expect("longer", f.write(fill(mm.PageSize-rest, 0xEE), int64(size)), nt.StatusSuccess)
				w.expect("flush", f.Context.(*fcb).flush(), nt.StatusSuccess)
				w.expect("shorter", set(f, nt.FileEndOfFileInformationClass, int64(size)), nt.StatusSuccess)
				again("shortened")
				frame, s := area.Hold(size/mm.PageSize, 0, false)
				w.expect("hold", s, nt.StatusSuccess)
				if !bytes.Equal(mm.Frame(frame)[rest:], make([]byte, mm.PageSize-rest)) {
					t.Errorf("%d bytes: the last page has something behind the end", size)
				}
				area.Release(frame, false)
			}
			// Two files that grow in turns.
			w.expect("shorter", set(f, nt.FileEndOfFileInformationClass, int64(0)), nt.StatusSuccess)
			for at := 0; at < size; at += 1500 {
				n := min(1500, size-at)
				w.expect("write", f.write(want[at:at+n], int64(at)), nt.StatusSuccess)
				w.expect("write", g.write(want[at:at+n], int64(at)), nt.StatusSuccess)
			}
			w.expect("flush", f.Context.(*fcb).flush(), nt.StatusSuccess)
			again("in pieces")

			// Errors: of a read to who reads, of a write the pages stay dirty; afterwards all is well.
			if size < mm.PageSize {
				return
			}
			failing, bad = nt.StatusNonexistentSector, storage.Read
			area.Purge()
			if _, s := f.read(size, 0); s != failing {
				t.Errorf("%d bytes: a read that fails: %v", size, s)
			}
			failing = nt.StatusSuccess
			again("after an error")
			want = fill(size, 3)
			w.expect("write", f.write(want, 0), nt.StatusSuccess)
			failing, bad = nt.StatusNonexistentSector, storage.Write
			if s := f.Context.(*fcb).flush(); s != failing || dirtyPages(f) == 0 {
				t.Errorf("%d bytes: a flush that fails: %v, %d pages are dirty", size, s, dirtyPages(f))
			}
			failing = nt.StatusSuccess
			w.expect("flush", f.Context.(*fcb).flush(), nt.StatusSuccess)
			again("after a failed flush")
			f.close()
			g.close()
			w.shutdown()
			w.check()
		})
	}
}
