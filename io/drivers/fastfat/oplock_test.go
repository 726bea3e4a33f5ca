package fastfat

import (
	"testing"

	"gont/ex"
	"gont/io"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// request asks for an oplock, or answers a break.
func (f *file) request(code uint32) *pending {
	return f.start(func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Minor, l.Code = io.FileSystemControl, io.UserFsRequest, code
	})
}

// lock locks bytes, or unlocks them.
func (f *file) lock(minor uint8, at, n int64) nt.Status {
	_, s := f.send(func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Minor, l.Flags, l.ByteOffset, l.Argument = io.LockControl, minor, io.FailImmediately, at, &n
	})
	return s
}

// background runs what may wait for a break, in a thread of its own.
type background struct {
	task *ex.Task
	s    nt.Status
}

func (w *world) background(f func() nt.Status) *background {
	b := &background{s: nt.StatusPending}
	b.task = ex.StartTask("background", func() { b.s = f() })
	w.sleep(1)
	return b
}

// ended is its status now; STATUS_PENDING: it waits.
func (b *background) ended() nt.Status { b.task.Wait(20_000_000); return b.s }

// TestOplocks: oplocks are granted, break by opens, reads, writes, locks, sizes and renames of others, who wait for the answer; the status
// codes of all that is refused.
func TestOplocks(t *testing.T) {
	open := how{disposition: nt.FileOpen, asynchronous: true, access: nt.FileReadData | nt.FileWriteData | nt.Delete}
	level := map[uint32]string{nt.FsctlRequestOplockLevel1: "level 1", nt.FsctlRequestBatchOplock: "batch", nt.FsctlRequestFilterOplock: "filter"}
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.create(`\f`)
		w.expect("write", f.write(make([]byte, 10_000), 0), nt.StatusSuccess)
		w.expect("synchronous", f.request(nt.FsctlRequestOplockLevel1).status(), nt.StatusOplockNotGranted)
		w.expect("nobody was asked", f.request(nt.FsctlOplockBreakAcknowledge).status(), nt.StatusInvalidOplockProtocol)
		w.expect("no break", f.request(nt.FsctlOplockBreakNotify).status(), nt.StatusSuccess)
		f.close()
		root, v := w.open(`\`, how{disposition: nt.FileOpen, asynchronous: true}), w.open("", how{disposition: nt.FileOpen, asynchronous: true})
		w.expect("a directory", root.request(nt.FsctlRequestOplockLevel2).status(), nt.StatusInvalidParameter)
		w.expect("a volume", v.request(nt.FsctlRequestBatchOplock).status(), nt.StatusInvalidParameter)
		root.close()
		v.close()

		for code, name := range level {
			f := w.open(`\f`, open)
			p := f.request(code)
			w.expect(name, p.status(), nt.StatusPending)
			w.expect(name+" twice", f.request(code).status(), nt.StatusOplockNotGranted)
			w.expect(name+", own write", f.write([]byte("own"), 0), nt.StatusSuccess)
			a := w.open(`\f`, how{disposition: nt.FileOpen, access: nt.FileReadAttributes})
			w.expect(name+" and attributes", p.status(), nt.StatusPending)
			a.close()
			// An open that would empty the file waits until the holder closes.
			b := w.background(func() nt.Status {
				g, _, s := w.try(`\f`, how{disposition: nt.FileOverwriteIf})
				if s.OK() {
					g.close()
				}
				return s
			})
			w.expect(name+" breaks", p.status(), nt.StatusSuccess)
			w.expect(name+" is broken to", p.irp.IoStatus.Information, uint64(nt.FileOplockBrokenToNone))
			w.expect(name+": the open waits", b.ended(), nt.StatusPending)
			w.expect(name+": close pending", f.request(nt.FsctlOpBatchAckClosePending).status(), nt.StatusSuccess)
			if code == nt.FsctlRequestOplockLevel1 {
				w.expect(name+": that was all", b.ended(), nt.StatusSuccess)
			} else {
				w.expect(name+": the open waits for the close", b.ended(), nt.StatusPending)
			}
			f.close()
			w.expect(name+": the open", b.ended(), nt.StatusSuccess)
			f = w.open(`\f`, open)
			p = f.request(code)
			f.close()
			w.expect(name+", closed", p.status(), nt.StatusOplockHandleClosed)
		}
		f = w.open(`\f`, open)
		w.expect("write", f.write(make([]byte, 10_000), 0), nt.StatusSuccess)

		// Batch, an open that reads, acknowledged: level 2 is left, which the first write breaks.
		p := f.request(nt.FsctlRequestBatchOplock)
		var g *file
		b := w.background(func() (s nt.Status) { g, _, s = w.try(`\f`, open); return s })
		w.expect("broken to level 2", p.irp.IoStatus.Information, uint64(nt.FileOplockBrokenToLevel2))
		n := f.request(nt.FsctlOplockBreakNotify)
		w.expect("notify", n.status(), nt.StatusPending)
		w.expect("it waits", b.ended(), nt.StatusPending)
		two := f.request(nt.FsctlOplockBreakAcknowledge)
		w.expect("level 2", two.status(), nt.StatusPending)
		w.expect("the open", b.ended(), nt.StatusSuccess)
		w.expect("notify", n.status(), nt.StatusSuccess)
		w.expect("no second answer", f.request(nt.FsctlOplockBreakAcknowledge).status(), nt.StatusInvalidOplockProtocol)
		w.expect("exclusive with two handles", g.request(nt.FsctlRequestBatchOplock).status(), nt.StatusOplockNotGranted)
		other := g.request(nt.FsctlRequestOplockLevel2)
		w.expect("level 2 of both", other.status(), nt.StatusPending)
		_, s := g.read(100, 0)
		w.expect("a read", s, nt.StatusSuccess)
		w.expect("breaks nothing", two.status(), nt.StatusPending)
		w.expect("a write", g.write([]byte("x"), 5), nt.StatusSuccess)
		w.expect("breaks one", two.status(), nt.StatusSuccess)
		w.expect("breaks both", other.irp.IoStatus.Information, uint64(nt.FileOplockBrokenToNone))
		for name, breaks := range map[string]func() nt.Status{
			"end of file": func() nt.Status { return set(g, nt.FileEndOfFileInformationClass, int64(9000)) },
			"allocation":  func() nt.Status { return set(f, nt.FileAllocationInformationClass, int64(20_000)) },
			"lock":        func() nt.Status { return g.lock(io.LockRange, 0, 10) },
			"overwriting open": func() nt.Status {
				h, _, s := w.try(`\f`, how{disposition: nt.FileOverwrite})
				if s.OK() {
					h.close()
				}
				return s
			},
		} {
			two := f.request(nt.FsctlRequestOplockLevel2)
			w.expect(name+": level 2", two.status(), nt.StatusPending)
			w.expect(name, breaks(), nt.StatusSuccess)
			w.expect(name+" breaks it", two.status(), nt.StatusSuccess)
			if name == "lock" {
				w.expect("level 2 of a file with locks", f.request(nt.FsctlRequestOplockLevel2).status(), nt.StatusOplockNotGranted)
				w.expect("unlock", g.lock(io.UnlockRange, 0, 10), nt.StatusSuccess)
			}
		}
		two = f.request(nt.FsctlRequestOplockLevel2)
		w.expect("rename", g.rename(nil, "new", false), nt.StatusSuccess)
		w.expect("rename", g.rename(nil, "f", false), nt.StatusSuccess)
		w.expect("breaks nothing", two.status(), nt.StatusPending)
		io.CancelIrp(two.irp)
		w.expect("cancelled", two.status(), nt.StatusCancelled)
		w.expect("a write", g.write([]byte("x"), 5), nt.StatusSuccess)
		g.close()

		// Who has FILE_COMPLETE_IF_OPLOCKED does not wait: the file is open, or cannot be shared yet.
		w.expect("batch", f.request(nt.FsctlRequestBatchOplock).status(), nt.StatusPending)
		complete := open
		complete.options = nt.FileCompleteIfOplocked
		g, information, s := w.try(`\f`, complete)
		w.expect("complete if oplocked", s, nt.StatusOplockBreakInProgress)
		w.expect("information", information, uint64(nt.FileOpened))
		n = g.request(nt.FsctlOplockBreakNotify)
		r := w.background(func() nt.Status { _, s := g.read(10, 0); return s })
		w.expect("notify", n.status(), nt.StatusPending)
		w.expect("a read waits", r.ended(), nt.StatusPending)
		w.expect("no level 2 wanted", f.request(nt.FsctlOplockBreakAckNo2).status(), nt.StatusSuccess)
		w.expect("notify", n.status(), nt.StatusSuccess)
		w.expect("a read", r.ended(), nt.StatusSuccess)
		g.close()
		f.close()
		alone := open
		alone.noShare = true
		f = w.open(`\f`, alone)
		p = f.request(nt.FsctlRequestBatchOplock)
		_, information, s = w.try(`\f`, complete)
		w.expect("cannot be shared", s, nt.StatusSharingViolation)
		w.expect("information", information, uint64(nt.FileOpBatchBreakUnderway))
		w.expect("broken", p.status(), nt.StatusSuccess)
		b = w.background(func() (s nt.Status) { g, _, s = w.try(`\f`, open); return s })
		w.expect("who cannot share waits", b.ended(), nt.StatusPending)
		f.close()
		w.expect("and shares with nobody then", b.ended(), nt.StatusSuccess)
		g.close()
		f = w.open(`\f`, alone)
		p = f.request(nt.FsctlRequestOplockLevel1)
		_, _, s = w.try(`\f`, open)
		w.expect("level 1 is not asked", s, nt.StatusSharingViolation)
		w.expect("nor broken", p.status(), nt.StatusPending)
		_, _, s = w.try(`\f`, how{disposition: nt.FileCreate})
		w.expect("a name that is there", s, nt.StatusObjectNameCollision)
		w.expect("breaks nothing", p.status(), nt.StatusPending)
		io.CancelIrp(p.irp)
		w.expect("cancelled", p.status(), nt.StatusCancelled)
		f.close()

		// Who waits can be ended; the break goes on without it.
		f = w.open(`\f`, open)
		w.expect("batch", f.request(nt.FsctlRequestBatchOplock).status(), nt.StatusPending)
		var waiter *ps.Thread
		b = w.background(func() (s nt.Status) {
			waiter = ps.Current()
			g, _, s = w.try(`\f`, open)
			return s
		})
		ke.Terminate(waiter.Thread)
		w.expect("ended while it waits", b.ended(), nt.StatusCancelled)
		f.close()
		if x := w.open(`\f`, open); x != nil {
			x.close()
		}
		w.shutdown()
		w.check()
	})
}
