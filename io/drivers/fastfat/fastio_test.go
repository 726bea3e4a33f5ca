package fastfat

import (
	"bytes"
	"encoding/binary"
	"testing"

	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// TestFastIo (P1.21): reads and writes of a program that make no request move the same bytes as those by request, whether
// pages are in memory or not, end where the program's memory ends, and are refused where something is in the way.
func TestFastIo(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		th := ps.Current()
		space := th.Process.Space
		const at, pages = 0x10000, 8
		if _, _, s := space.Allocate(at, pages*mm.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
			t.Fatal(s)
		}
		const iosb, buffer = at, at + mm.PageSize
		const room = (pages - 1) * mm.PageSize // of the buffer; behind it is nothing
		block := func() nt.IoStatusBlock {
			var b [16]byte
			space.ReadBytes(iosb, b[:])
			return nt.IoStatusBlock{Status: nt.Status(binary.LittleEndian.Uint32(b[:])), Information: binary.LittleEndian.Uint64(b[8:])}
		}
		f := w.create(`\f`)
		want := make([]byte, 20_000)
		for i := range want {
			want[i] = byte(i*7 + i>>8)
		}
		w.expect("write", f.write(want, 0), nt.StatusSuccess)
		x := f.Context2.(*ccb).fcb
		do := func(what string, major uint8, to uint64, length uint32, offset int64, status nt.Status, n uint64) {
			t.Helper()
			space.WriteBytes(iosb, make([]byte, 16))
			s, ok := f.Fast(th, major, to, length, offset, iosb, nil)
			w.expect(what+": status", s, status)
			w.expect(what+": without a request", ok, true)
			if b := block(); status.OK() && (b.Status != status || b.Information != n) {
				t.Errorf("%s: the status block has %v and %d, want %d", what, b.Status, b.Information, n)
			}
		}
		got := make([]byte, room)
		same := func(what string, from, n int) {
			t.Helper()
			space.ReadBytes(buffer, got[:n])
			if !bytes.Equal(got[:n], want[from:from+n]) {
				t.Errorf("%s: other bytes", what)
			}
		}
		for _, cold := range []bool{false, true, false} {
			if cold {
				w.expect("flush", x.flush(), nt.StatusSuccess)
				w.expect("purge", x.cache.Load().Area.Purge(), true)
			}
			do("a page", io.Read, buffer, 4096, 4096, nt.StatusSuccess, 4096)
			same("a page", 4096, 4096)
			do("across pages", io.Read, buffer, 9001, 3333, nt.StatusSuccess, 9001)
			same("across pages", 3333, 9001)
			do("over the end", io.Read, buffer, 9000, 19_000, nt.StatusSuccess, 1000)
			same("over the end", 19_000, 1000)
			w.expect("the position", f.CurrentByteOffset(), int64(20_000))
			change := bytes.Repeat([]byte{0xA5, byte(len(want))}, 3000)
			space.WriteBytes(buffer, change)
			do("a write", io.Write, buffer, 6000, 5000, nt.StatusSuccess, 6000)
			copy(want[5000:], change)
			do("from the position", io.Read, buffer, 100, nt.FileUseFilePointerPosition, nt.StatusSuccess, 100)
			same("from the position", 11_000, 100)
			all, s := f.read(len(want), 0)
			w.expect("by a request", s, nt.StatusSuccess)
			if !bytes.Equal(all, want) {
				t.Error("a request reads other bytes")
			}
			if x.cache.Load().DirtyPages() == 0 {
				t.Error("no page is dirty after a write")
			}
		}
		// Memory that ends within the buffer: what could be moved has been.
		do("a buffer that ends", io.Read, buffer+room-6000, 8000, 0, nt.StatusAccessViolation, 0)
		w.expect("the position is behind what was moved", f.CurrentByteOffset(), int64(6000))
		do("a buffer that ends, write", io.Write, buffer+room-50, 100, 0, nt.StatusAccessViolation, 0)
		w.expect("flush", f.write(want, 0), nt.StatusSuccess)

		refused := func(what string, major uint8, length uint32, offset int64) {
			t.Helper()
			space.WriteBytes(iosb, bytes.Repeat([]byte{0xEE}, 16))
			if _, ok := f.Fast(th, major, buffer, length, offset, iosb, nil); ok {
				t.Errorf("%s: without a request", what)
			}
			w.expect(what+": the status block", block().Status, nt.Status(0xEEEEEEEE))
		}
		refused("behind the end", io.Read, 100, 20_000)
		refused("a longer file", io.Write, 100, 19_950)
		refused("the end, write", io.Write, 100, nt.FileWriteToEndOfFile)
		refused("a negative offset", io.Read, 100, -5)
		refused("nothing", io.Read, 0, 0)
		w.expect("lock", f.lock(io.LockRange, 0, 10), nt.StatusSuccess)
		refused("locked bytes, elsewhere", io.Read, 100, 5000)
		w.expect("unlock", f.lock(io.UnlockRange, 0, 10), nt.StatusSuccess)
		do("unlocked", io.Read, buffer, 100, 5000, nt.StatusSuccess, 100)
		x.resource.AcquireExclusive(true)
		do("who holds the file", io.Read, buffer, 100, 5000, nt.StatusSuccess, 100)
		x.resource.Release()
		if !x.resource.AcquireExclusive(false) {
			t.Error("the file's resource is held after all this")
		} else {
			x.resource.Release()
		}
		f.close()
	})
}
