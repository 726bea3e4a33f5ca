//go:build kernel

package selftest

import (
	"errors"
	"fmt"
	"runtime"

	"gont/cm"
	"gont/cm/regf"
	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// benchHive is how large the hive is that benchRegistry loads.
const benchHive = 10 << 20

// benchTag marks the pool that it takes.
var benchTag = mm.Tag{'B', 'n', 'c', 'h'}

// benchPool is pool for the hive that is made.
type benchPool struct{}

func (benchPool) Alloc(n int) []byte { return mm.AllocatePoolPages(mm.PagedPool, n, benchTag) }
func (benchPool) Free(b []byte)      { mm.FreePool(b, benchTag) }

// poolFile is a file in pool, and the only one of its file system.
type poolFile struct {
	b    []byte
	size int
}

const benchFile = `\Bench`

func (f *poolFile) Open(path string, create bool) (cm.File, nt.Status) {
	if path != benchFile {
		return nil, nt.StatusObjectNameNotFound
	}
	return f, nt.StatusSuccess
}

func (f *poolFile) Rename(from, to string) nt.Status { return nt.StatusNotSupported }

func (f *poolFile) ReadAt(p []byte, off int64) (int, error) { return copy(p, f.b[off:f.size]), nil }
func (f *poolFile) Size() (int64, error)                    { return int64(f.size), nil }
func (f *poolFile) Sync() error                             { return nil }
func (f *poolFile) Truncate(n int64) error                  { f.size = int(n); return nil }
func (f *poolFile) Close()                                  {}

func (f *poolFile) WriteAt(p []byte, off int64) (int, error) {
	if int(off)+len(p) > len(f.b) {
		return 0, errors.New("the file is full")
	}
	f.size = max(f.size, int(off)+len(p))
	return copy(f.b[off:], p), nil
}

// Write appends.
func (f *poolFile) Write(p []byte) (int, error) { return f.WriteAt(p, int64(f.size)) }

// makeHive fills the file with a hive of benchHive bytes: keys with ten subkeys each, of
// eight values.
func (f *poolFile) makeHive() error {
	h, err := regf.New(regf.Options{Memory: benchPool{}, Name: "Bench"})
	if err != nil {
		return err
	}
	defer h.Close()
	data := make([]byte, 200)
	for i := 0; h.Length() < benchHive; i++ {
		key, err := h.Create(h.Root(), regf.Encode(fmt.Sprintf("Key%05d", i)), regf.KeyOptions{}, 1)
		if err != nil {
			return err
		}
		for j := range 10 {
			sub, err := h.Create(key, regf.Encode(fmt.Sprintf("Subkey%d", j)), regf.KeyOptions{}, 1)
			if err != nil {
				return err
			}
			for v := range 8 {
				if err := h.SetValue(sub, regf.Encode(fmt.Sprintf("Value%d", v)), regf.Binary, data[:20+v*20], 1); err != nil {
					return err
				}
			}
		}
		keepFed()
	}
	_, err = h.WriteTo(f)
	return err
}

// collection is one collection: how long the world stood still, and how long it took in
// all, in ns.
func collection() (stop, all int64) {
	var m runtime.MemStats
	runtime.GC()
	start := hal.Nanotime()
	runtime.GC()
	all = hal.Nanotime() - start
	runtime.ReadMemStats(&m)
	return int64(m.PauseNs[(m.NumGC+255)%256]), all
}

// benchRegistry loads a large hive: how long that takes, and what it costs the collector.
func benchRegistry() {
	f := &poolFile{b: mm.AllocatePoolPages(mm.PagedPool, benchHive+1<<20, benchTag)}
	fail := func(what string, err error) {
		k.PrintLine(fmt.Sprintf("BENCH failed: reg.load10mb: %s: %v", what, err))
	}
	if f.b == nil {
		fail("the file", nt.StatusNoMemory)
		return
	}
	defer mm.FreePool(f.b, benchTag)
	if err := f.makeHive(); err != nil {
		fail("the hive", err)
		return
	}
	cm.ConnectFiles(f, func(*ob.Object, bool) (cm.File, nt.Status) { return nil, nt.StatusObjectTypeMismatch })
	stop0, all0 := collection()
	const path = `\Registry\User\Bench`
	start := hal.Nanotime()
	s := cm.Load(nil, path, benchFile)
	d := hal.Nanotime() - start
	if !s.OK() {
		fail("the load", s)
		return
	}
	stop1, all1 := collection()
	if s := cm.Unload(nil, path); !s.OK() {
		fail("the unload", s)
		return
	}
	const name = "BENCH reg.load10mb."
	k.PrintLine(fmt.Sprintf("%smed %d ns", name, d))
	k.PrintLine(fmt.Sprintf("%sstop %d ns, without the hive %d", name, stop1, stop0))
	k.PrintLine(fmt.Sprintf("%scollection %d ns, without the hive %d", name, all1, all0))
}
