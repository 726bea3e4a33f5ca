package fastfat

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gont/ex"
	"gont/io/storage"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// TestPrefetchRandom (P1.24): pages are read ahead, by runs and past the file system's lock, while others write, cut off and grow the file with and
// without buffering, and the disk takes its time: nobody ever reads anything but what was written last, and no page in memory has
// anything but zeros behind the file's end.
func TestPrefetchRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(24, 7))
	simulate(t, formatted(t, 2048), func(w *world) {
		f, other := w.create(`\f`), w.create(`\other`)
		g := w.open(`\f`, uncachedHow)
		w.disk.fail = func(r *storage.Request) nt.Status {
			if random.IntN(3) == 0 {
				ke.Delay(ke.KernelMode, false, -int64(tick*(1+random.IntN(3))))
			}
			return nt.StatusSuccess
		}
		area, _, s := f.Map(0)
		w.expect("map", s, nt.StatusSuccess)
		stop, runs := false, 0
		var tasks []*ex.Task
		for range 2 {
			tasks = append(tasks, ex.StartTask("prefetch", func() {
				for !stop {
					pages, _ := area.Prefetch([][2]int{{random.IntN(10), 1 + random.IntN(20)}, {random.IntN(30), 1 + random.IntN(3)}})
					runs += pages
					ke.Delay(ke.KernelMode, false, -tick)
				}
			}))
		}
		var want []byte
		grow := func(n int) {
			if n > len(want) {
				want = append(want, make([]byte, n-len(want))...)
			}
		}
		for i := range 4000 {
			at, n := random.IntN(90_000), 1+random.IntN(12_000)
			h := f
			if random.IntN(2) == 0 {
				h, at, n = g, at&^511, (n+511)&^511
			}
			switch random.IntN(12) {
			case 0, 1, 2:
				if at > len(want)+5000 {
					continue
				}
				data := make([]byte, n)
				for k := range data {
					data[k] = byte(random.Uint32())
				}
				w.expect("write", h.write(data, int64(at)), nt.StatusSuccess)
				grow(at + n)
				copy(want[at:], data)
			case 3:
				size := random.IntN(len(want) + 3000)
				w.expect("size", set(h, nt.FileEndOfFileInformationClass, int64(size)), nt.StatusSuccess)
				grow(size)
				want = want[:size]
			case 4: // clusters that are given up become another file's
				w.expect("other", other.write(bytes.Repeat([]byte{0xAA}, 4000), int64(random.IntN(60_000))), nt.StatusSuccess)
				w.expect("other", set(other, nt.FileEndOfFileInformationClass, int64(random.IntN(60_000))), nt.StatusSuccess)
			case 5, 6, 7:
				if s := f.Context.(*fcb).flush(); !s.OK() {
					t.Error(s)
				}
				if area.Dirty() == 0 {
					area.Purge()
				}
			default:
				b, s := h.read(n, int64(at))
				if at >= len(want) {
					w.expect("behind the end", s, nt.StatusEndOfFile)
				} else if !s.OK() || !bytes.Equal(b, want[at:min(len(want), at+n)]) {
					t.Errorf("operation %d: %d bytes at %d of %d, uncached %v: %v", i, n, at, len(want), h == g, s)
					stop = true
					return
				}
			}
		}
		stop = true
		for _, task := range tasks {
			task.Wait(1 << 40)
		}
		if last := len(want) / mm.PageSize; len(want)%mm.PageSize != 0 {
			frame, s := area.Hold(last, 0, false)
			w.expect("the last page", s, nt.StatusSuccess)
			if rest := mm.Frame(frame)[len(want)%mm.PageSize:]; !bytes.Equal(rest, make([]byte, len(rest))) {
				t.Error("the last page has something behind the file's end")
			}
			area.Release(frame, false)
		}
		if runs < 200 {
			t.Errorf("%d pages were read ahead", runs)
		}
		f.close()
		g.close()
		other.close()
		w.disk.fail = nil
		w.shutdown()
		w.check()
	})
}
