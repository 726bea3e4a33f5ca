package fastfat

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gont/ex"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// writeFrom is a write of b, for start.
func writeFrom(b []byte, at int64) func(*io.IRP, *io.StackLocation) {
	return func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Length, l.ByteOffset, l.Argument = io.Write, uint32(len(b)), at, storage.Bytes(b)
	}
}

// settle lets all other threads do what they can.
func settle() { ke.Delay(ke.KernelMode, false, -1_000_000) }

// wait waits for the end of a request.
func (p *pending) wait() (io.IoStatus, nt.Status) {
	for !p.done {
		ke.Delay(ke.KernelMode, false, -100_000)
	}
	return p.irp.IoStatus, p.irp.IoStatus.Status
}

// idle checks that nothing of the volume's is under way.
func (w *world) idle() {
	w.t.Helper()
	for _, v := range mounted() {
		if v.counts.running != 0 || v.counts.threads != 0 || v.counts.closing != 0 {
			w.t.Errorf("%+v are left", v.counts)
		}
	}
	w.expect("free threads", len(driver.posts.free), mostThreads)
	w.expect("posted", driver.posts.queue.Len(), 0)
}

// overlappedFile makes a file of n bytes, that are on the disk and not in the cache, and opens it for requests that do not wait.
func (w *world) overlappedFile(name string, n int, options uint32) (f *file, data []byte) {
	w.t.Helper()
	data = make([]byte, n)
	for i := range data {
		data[i] = byte(i*11 + i>>8)
	}
	h := w.create(name)
	w.expect("write", h.write(data, 0), nt.StatusSuccess)
	x := h.Context.(*fcb)
	w.expect("flush", x.flush(), nt.StatusSuccess)
	w.expect("purge", x.cache.Load().Area.Purge(), true)
	h.close()
	return w.open(name, how{disposition: nt.FileOpen, options: options, asynchronous: true}), data
}

func reads(r *storage.Request) bool { return r.Function == storage.Read }

// TestOverlappedUncached: reads without buffering are all with the disk at a time, and their callers go on; bytes, the file's end and what
// lies behind it are as for a synchronous file. An error of the disk comes with the request's end.
func TestOverlappedUncached(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		f, want := w.overlappedFile(`\f`, 50_000, nt.FileNoIntermediateBuffering)
		w.disk.hold = reads
		const n = 12
		var p [n]*pending
		var b [n][]byte
		for i := range p {
			b[i] = make([]byte, 4096)
			p[i] = f.start(readInto(b[i], int64(i)*4096))
			w.expect("a read", p[i].status(), nt.StatusPending)
		}
		end := bytes.Repeat([]byte{0xEE}, 8192)
		last := f.start(readInto(end, 90*512))
		settle()
		w.expect("with the port", len(w.disk.held), 4) // as many as it takes
		w.expect("behind the end", f.start(readInto(make([]byte, 512), 98*512)).status(), nt.StatusEndOfFile)
		w.disk.release()
		for i := range p {
			s, _ := p[i].wait()
			if s.Status != nt.StatusSuccess || s.Information != 4096 || !bytes.Equal(b[i], want[i*4096:][:4096]) {
				t.Errorf("read %d: %+v", i, s)
			}
		}
		s, _ := last.wait()
		k := int(s.Information)
		if k != 50_000-90*512 || !bytes.Equal(end[:k], want[90*512:]) || !bytes.Equal(end[k:8*512], make([]byte, 8*512-k)) || end[8*512] != 0xEE {
			t.Errorf("at the end: %+v % x", s, end[k:8*512])
		}
		w.disk.fail = func(r *storage.Request) nt.Status {
			if reads(r) {
				return nt.StatusDeviceDataError
			}
			return nt.StatusSuccess
		}
		bad := f.start(readInto(b[0], 0))
		s, _ = bad.wait()
		w.expect("an error", s, io.IoStatus{Status: nt.StatusDeviceDataError})
		w.disk.fail = nil
		// What the cache has is written before.
		g := w.open(`\f`, how{disposition: nt.FileOpen})
		w.expect("dirty", g.write([]byte("dirty"), 1000), nt.StatusSuccess)
		s, _ = f.start(readInto(b[0], 0)).wait()
		w.expect("what the cache has", string(b[0][1000:1005]), "dirty")
		w.expect("its status", s.Status, nt.StatusSuccess)
		g.close()
		f.close()
		w.idle()
	})
}

// TestOverlappedFragments: a read whose bytes lie in several places ends with the last of them, with the error of any.
func TestOverlappedFragments(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		a, b := w.create(`\a`), w.create(`\b`)
		var want []byte
		const pieces = 6
		for i := range pieces {
			p := bytes.Repeat([]byte{byte(i + 1)}, 4096)
			w.expect("a", a.write(p, int64(i)*4096), nt.StatusSuccess)
			w.expect("b", b.write(p, int64(i)*4096), nt.StatusSuccess)
			want = append(want, p...)
		}
		w.expect("flush", a.Context.(*fcb).flush(), nt.StatusSuccess)
		f := w.open(`\a`, how{disposition: nt.FileOpen, options: nt.FileNoIntermediateBuffering, asynchronous: true})
		got := make([]byte, len(want))
		f.start(readInto(got, 0)).wait() // it learns where the clusters lie
		clear(got)
		w.disk.hold = reads
		p := f.start(readInto(got, 0))
		w.expect("requests of the disk", len(w.disk.held), 4)
		w.expect("status", p.status(), nt.StatusPending)
		w.disk.release()
		s, _ := p.wait()
		w.expect("status", s, io.IoStatus{Information: uint64(len(want))})
		w.expect("bytes", bytes.Equal(got, want), true)
		n := 0
		w.disk.fail = func(*storage.Request) nt.Status {
			if n++; n == 3 {
				return nt.StatusNonexistentSector
			}
			return nt.StatusSuccess
		}
		s, _ = f.start(readInto(got, 0)).wait()
		w.expect("one that fails", s, io.IoStatus{Status: nt.StatusNonexistentSector})
		w.expect("requests", n, pieces)
		w.disk.fail = nil
		for _, h := range []*file{a, b, f} {
			h.close()
		}
		w.idle()
	})
}

// TestOverlappedCached: what is in memory is read and written at once; what is not is read by worker threads, several at a time; a request
// that waits for a thread is cancelled by itself or with its handle, one that has begun ends in its own time.
func TestOverlappedCached(t *testing.T) {
	simulate(t, formatted(t, 4096), func(w *world) {
		f, want := w.overlappedFile(`\f`, 1<<20, 0)
		cold := func(i int) (*pending, []byte) {
			b := make([]byte, 4096)
			return f.start(readInto(b, int64(i)<<17)), b
		}
		w.disk.hold = reads
		var p [8]*pending
		var b [8][]byte
		for i := range p {
			p[i], b[i] = cold(i)
			w.expect("a page that is not there", p[i].status(), nt.StatusPending)
		}
		settle()
		w.expect("with the disk", len(w.disk.held), mostOfVolume)
		w.expect("that wait", driver.posts.queue.Len(), len(p)-mostOfVolume)
		io.CancelIrp(p[6].irp)
		w.expect("cancelled", p[6].status(), nt.StatusCancelled)
		io.CancelIrp(p[0].irp)
		w.expect("too late", p[0].status(), nt.StatusPending)
		g := w.open(`\f`, how{disposition: nt.FileOpen, asynchronous: true})
		q := g.start(readInto(make([]byte, 4096), 5<<16))
		w.expect("another handle's", q.status(), nt.StatusPending)
		over := ex.StartTask("release", func() { settle(); w.expect("the handle's", q.status(), nt.StatusCancelled); w.disk.release() })
		g.close() // it waits for what has begun of the file
		over.Wait(1 << 40)
		for i := range p {
			s, _ := p[i].wait()
			if i != 6 && (s.Status != nt.StatusSuccess || !bytes.Equal(b[i], want[i<<17:][:4096])) {
				t.Errorf("read %d: %+v", i, s)
			}
		}
		w.idle()
		now, got := cold(3)
		w.expect("a page that is there", now.status(), nt.StatusSuccess)
		w.expect("its bytes", bytes.Equal(got, want[3<<17:][:4096]), true)
		w.expect("a write", f.start(writeFrom([]byte("abc"), 3<<17+5)).status(), nt.StatusSuccess)
		_, got = cold(3)
		w.expect("what was written", string(got[4:9]), string(want[3<<17+4])+"abc"+string(want[3<<17+8]))
		length := int64(10)
		_, s := f.send(func(_ *io.IRP, l *io.StackLocation) {
			l.Major, l.Minor, l.Flags, l.Argument = io.LockControl, io.LockRange, io.ExclusiveLock, &length
		})
		w.expect("lock", s, nt.StatusSuccess)
		h := w.open(`\f`, how{disposition: nt.FileOpen, asynchronous: true})
		w.expect("of locked bytes", h.start(readInto(got, 0)).status(), nt.StatusFileLockConflict)
		_, s = h.start(writeFrom(got, 0)).wait()
		w.expect("of locked bytes, write", s, nt.StatusFileLockConflict)
		h.close()
		f.close()
		w.idle()
	})
}

// TestOverlappedWrites: writes that make the file longer, go to its end, through, or past the cache are served one after the other, and who reads
// when one has ended sees it.
func TestOverlappedWrites(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		for _, options := range []uint32{0, nt.FileWriteThrough, nt.FileNoIntermediateBuffering} {
			f := w.open(`\f`, how{disposition: nt.FileOverwriteIf, options: options, asynchronous: true})
			random := rand.New(rand.NewPCG(1, uint64(options)))
			w.disk.later = random
			var want []byte
			for i := range 60 {
				data := bytes.Repeat([]byte{byte(i + 1)}, 512*(1+random.IntN(20)))
				at := int64(random.IntN(40)) * 512
				to := int(at)
				if i%3 == 0 {
					at, to = nt.FileWriteToEndOfFile, len(want)
				}
				if n := to + len(data); n > len(want) {
					want = append(want, make([]byte, n-len(want))...)
				}
				copy(want[to:], data)
				s, _ := f.start(writeFrom(data, at)).wait()
				w.expect("write", s, io.IoStatus{Information: uint64(len(data))})
				got := make([]byte, 512*200)
				s, _ = f.start(readInto(got, 0)).wait()
				n := min(len(want), len(got))
				if int(s.Information) != n || !bytes.Equal(got[:n], want[:n]) {
					t.Fatalf("after write %d with options %X: %+v of %d", i, options, s, len(want))
				}
			}
			// Many at a time, that do not overlap.
			var p [40]*pending
			for i := range p {
				data := bytes.Repeat([]byte{byte(100 + i)}, 1024)
				copy(want[i*1024:], data)
				p[i] = f.start(writeFrom(data, int64(i)*1024))
			}
			for i := range p {
				_, s := p[i].wait()
				w.expect("one of many", s, nt.StatusSuccess)
			}
			w.disk.later = nil
			got := make([]byte, 40*1024)
			f.start(readInto(got, 0)).wait()
			w.expect("all of them", bytes.Equal(got, want[:len(got)]), true)
			f.close()
			w.idle()
		}
		w.shutdown()
		w.check()
	})
}

// TestOverlappedEnds: a handle that is closed with reads under way waits for them; a dismount finishes what waits and what has begun, and the disk
// that goes ends all with its error.
func TestOverlappedEnds(t *testing.T) {
	for _, options := range []uint32{0, nt.FileNoIntermediateBuffering} {
		for _, gone := range []bool{false, true} {
			simulate(t, formatted(t, 4096), func(w *world) {
				f, want := w.overlappedFile(`\f`, 1<<20, options)
				g, _ := w.overlappedFile(`\g`, 10_000, options)
				g.start(readInto(make([]byte, 4096), 4096)).wait()
				w.disk.hold = reads
				b := make([]byte, 4096)
				p := g.start(readInto(b, 0))
				if options == 0 {
					p = f.start(readInto(b, 0))
					f, g = g, f
				}
				over := ex.StartTask("release", func() { settle(); w.disk.release() })
				g.close()
				w.expect("with the handle", p.done, true)
				over.Wait(1 << 40)
				if options == 0 {
					f = w.open(`\f`, how{disposition: nt.FileOpen, asynchronous: true})
				}
				v := mounted()[0]
				w.disk.hold = reads
				var many [9]*pending
				var bytesOf [9][]byte
				for i := range many {
					bytesOf[i] = make([]byte, 4096)
					many[i] = f.start(readInto(bytesOf[i], int64(i+1)*100*1024))
				}
				settle()
				over = ex.StartTask("release", func() {
					settle()
					if gone {
						w.disk.fail = func(*storage.Request) nt.Status { return nt.StatusDeviceNotConnected }
					}
					w.disk.release()
				})
				h := w.open(``, how{disposition: nt.FileOpen})
				_, s := h.control(nt.FsctlDismountVolume, nil, nil)
				if !gone {
					w.expect("dismount", s, nt.StatusSuccess)
				}
				for i := range many {
					want := want[(i+1)*100*1024:][:4096]
					if !many[i].done || !gone && (many[i].status() != nt.StatusSuccess || !bytes.Equal(bytesOf[i], want)) ||
						gone && many[i].status() != nt.StatusDeviceNotConnected {
						t.Errorf("options %X, gone %v, read %d: %v", options, gone, i, many[i].status())
					}
				}
				over.Wait(1 << 40)
				w.expect("running", v.counts.running, 0)
				_, s = f.start(readInto(b, 0)).wait()
				if s.OK() {
					t.Error("a read of a volume that is dismounted")
				}
				h.close()
				f.close()
			})
		}
	}
}
