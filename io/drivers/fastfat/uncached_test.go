package fastfat

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// readInto is a read to b, for send.
func readInto(b []byte, at int64) func(*io.IRP, *io.StackLocation) {
	return func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Length, l.ByteOffset, l.Argument = io.Read, uint32(len(b)), at, storage.Bytes(b)
	}
}

// dirtyPages is how many pages of the file wait to be written.
func dirtyPages(f *file) int { return f.Context.(*fcb).cached().DirtyPages() }

var uncachedHow = how{disposition: nt.FileOpen, options: nt.FileNoIntermediateBuffering}

// TestUncached: a handle without buffering reads the disk each time, sees what others have written to the cache, and is seen by them; what
// lies behind the file's end in its last sector is not told; an error of the disk is the request's.
func TestUncached(t *testing.T) {
	simulate(t, formatted(t, 2048), func(w *world) {
		var reads, writes int // of sectors
		w.disk.fail = func(r *storage.Request) nt.Status {
			switch r.Function {
			case storage.Read:
				reads += int(r.Count)
			case storage.Write:
				writes += int(r.Count)
			}
			return nt.StatusSuccess
		}
		f := w.create(`\f`)
		want := make([]byte, 50_000)
		for i := range want {
			want[i] = byte(i*7 + i>>8)
		}
		w.expect("write", f.write(want, 0), nt.StatusSuccess)
		g := w.open(`\f`, uncachedHow)
		// Dirty pages are written before.
		b, s := g.read(4096, 8192)
		w.expect("read", s, nt.StatusSuccess)
		w.expect("what the cache has", bytes.Equal(b, want[8192:8192+4096]), true)
		for range 3 {
			reads = 0
			b, s = g.read(5*512, 3*512)
			if !s.OK() || !bytes.Equal(b, want[3*512:8*512]) || reads != 5 {
				t.Errorf("%v, %d sectors were read", s, reads)
			}
		}
		b, s = g.read(20*512, 90*512)
		w.expect("at the end", s, nt.StatusSuccess)
		w.expect("at the end", bytes.Equal(b, want[90*512:]), true)
		_, s = g.read(512, 98*512)
		w.expect("behind the end", s, nt.StatusEndOfFile)
		// The slack of the last sector.
		w.expect("shorter", set(f, nt.FileEndOfFileInformationClass, int64(49_000)), nt.StatusSuccess)
		raw := bytes.Repeat([]byte{0xEE}, 2048)
		i, s := g.send(readInto(raw, 95*512))
		w.expect("slack", s, nt.StatusSuccess)
		w.expect("slack", i.Information, uint64(49_000-95*512))
		if n := int(i.Information); !bytes.Equal(raw[:n], want[95*512:49_000]) || !bytes.Equal(raw[n:512], make([]byte, 512-n)) {
			t.Errorf("the rest of the last sector is % x", raw[n:512])
		}
		w.expect("longer", f.write(want[49_000:], 49_000), nt.StatusSuccess)

		// Writes: others see them, in the cache and on the disk.
		data := bytes.Repeat([]byte("uncached"), 64*6)
		g.read(64*1024, 0) // all is written
		f.read(20_000, 0)  // the cache has them
		writes = 0
		w.expect("write", g.write(data, 6*512), nt.StatusSuccess)
		copy(want[6*512:], data)
		if writes < 6 || writes > 12 {
			t.Errorf("%d sectors were written", writes)
		}
		b, _ = f.read(50_000, 0)
		w.expect("others see it", bytes.Equal(b, want), true)
		// A dirty page beside what is written is not lost.
		w.expect("dirty", f.write([]byte("dirty"), 6*512-5), nt.StatusSuccess)
		w.expect("dirty", f.write([]byte("dirty"), 9*512), nt.StatusSuccess)
		copy(want[6*512-5:], "dirty")
		w.expect("write", g.write(data, 6*512), nt.StatusSuccess)
		b, _ = f.read(50_000, 0)
		w.expect("the neighbour", bytes.Equal(b, want), true)
		// Longer, and over the end of what was written: by way of the cache, and on the disk.
		g.read(64*1024, 0)
		w.expect("append", g.write(data, 98*512), nt.StatusSuccess)
		want = append(append(want, make([]byte, 98*512-len(want))...), data...)
		w.expect("dirty pages", dirtyPages(f), 0)
		b, _ = g.read(64*1024, 0)
		w.expect("all of it", bytes.Equal(b, want), true)

		// A mapped file stays coherent: what the page in memory has is what was written.
		area, _, s := f.Map(0)
		w.expect("map", s, nt.StatusSuccess)
		section, s := area.Section("", uint64(len(want)), nt.PageReadWrite)
		w.expect("section", s, nt.StatusSuccess)
		space, _ := mm.NewAddressSpace()
		base, _, _, s := space.MapView(section, mm.View{Protect: nt.PageReadWrite})
		w.expect("view", s, nt.StatusSuccess)
		p := make([]byte, 16)
		space.ReadBytes(base+1024, p)
		w.expect("write", g.write(bytes.Repeat([]byte("M"), 512), 1024), nt.StatusSuccess)
		copy(want[1024:], bytes.Repeat([]byte("M"), 512))
		space.ReadBytes(base+1024, p)
		w.expect("the view", string(p), "MMMMMMMMMMMMMMMM")
		space.Destroy()
		section.Delete()

		// The disk fails: nothing old is left in the cache.
		w.disk.fail = func(r *storage.Request) nt.Status {
			if r.Function == storage.Write {
				return nt.StatusDeviceDataError
			}
			return nt.StatusSuccess
		}
		if s := g.write(data, 20*512); s.OK() {
			t.Error("a write that fails is a success")
		}
		w.disk.fail = func(r *storage.Request) nt.Status {
			if r.Function == storage.Read {
				return nt.StatusDeviceDataError
			}
			return nt.StatusSuccess
		}
		if _, s := g.read(512, 30*512); s.OK() {
			t.Error("a read that fails is a success")
		}
		w.disk.fail = nil
		b, s = g.read(64*1024, 0)
		w.expect("afterwards", s, nt.StatusSuccess)
		w.expect("afterwards", bytes.Equal(b, want), true)
		f.close()
		g.close()
		w.shutdown()
		w.check()
	})
}

// TestUncachedRandom: handles with and without buffering, synchronous and not, do what a slice of bytes does.
func TestUncachedRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 8))
	simulate(t, formatted(t, 2048), func(w *world) {
		f := w.create(`\f`)
		g := w.open(`\f`, uncachedHow)
		fa := w.open(`\f`, how{disposition: nt.FileOpen, asynchronous: true})
		ga := w.open(`\f`, how{disposition: nt.FileOpen, options: nt.FileNoIntermediateBuffering, asynchronous: true})
		w.disk.later = rand.New(rand.NewPCG(4, 5))
		var want []byte
		grow := func(n int) {
			if n > len(want) {
				want = append(want, make([]byte, n-len(want))...)
			}
		}
		for k := range 3000 {
			at, n := random.IntN(100_000), 1+random.IntN(10_000)
			h := f
			if random.IntN(2) == 0 {
				h, at, n = g, at&^511, (n+511)&^511
			}
			data := make([]byte, n)
			for k := range data {
				data[k] = byte(random.Uint32())
			}
			over := random.IntN(2) == 0
			if over && h == f {
				h = fa
			} else if over {
				h = ga
			}
			switch random.IntN(8) {
			case 0, 1, 2:
				if at > len(want)+5000 {
					continue
				}
				_, s := h.start(writeFrom(data, int64(at))).wait()
				w.expect("write", s, nt.StatusSuccess)
				grow(at + n)
				copy(want[at:], data)
			case 3:
				size := random.IntN(len(want) + 3000)
				w.expect("size", set(h, nt.FileEndOfFileInformationClass, int64(size)), nt.StatusSuccess)
				grow(size)
				want = want[:size]
			case 4:
				w.sleep(1)
			default:
				b := make([]byte, n)
				i, s := h.start(readInto(b, int64(at))).wait()
				b = b[:i.Information]
				if at >= len(want) {
					w.expect("behind the end", s, nt.StatusEndOfFile)
				} else if !s.OK() || !bytes.Equal(b, want[at:min(len(want), at+n)]) {
					t.Fatalf("operation %d: %d bytes at %d of %d, uncached %v, overlapped %v: %v", k, n, at, len(want), h == g || h == ga, over, s)
				}
			}
		}
		for _, h := range []*file{f, g, fa, ga} {
			h.close()
		}
		w.disk.later = nil
		w.idle()
		w.shutdown()
		w.check()
	})
}
