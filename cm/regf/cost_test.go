package regf

import (
	"fmt"
	"runtime"
	"testing"
)

// outside is memory that is no part of the Go heap, as in the kernel.
type outside struct{ all []byte }

func (o *outside) Alloc(n int) []byte {
	b := o.all[:n:n]
	o.all = o.all[n:]
	return b
}

func (o *outside) Free([]byte) {}

// TestHeapCost: beside its bytes a hive of 10 MB costs the Go heap next to
// nothing, and no object for a key.
func TestHeapCost(t *testing.T) {
	h, err := New(Options{Name: "BIG", Memory: &outside{make([]byte, 24<<20)}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; h.Length() < some(10, 2)<<20; i++ {
		k, err := h.Create(h.Root(), Encode(fmt.Sprint("key", i)), KeyOptions{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.SetValue(k, Encode("value"), String, make([]byte, 40), 1); err != nil {
			t.Fatal(err)
		}
	}
	file := fileOf(t, h)
	h = nil
	mem := &outside{make([]byte, 24<<20)}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h, r, err := Load(file, Options{Memory: mem})
	if err != nil || len(r.List) != 0 {
		t.Fatal(err, r.List)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := int64(after.HeapAlloc) - int64(before.HeapAlloc); n > 1<<20 {
		t.Errorf("%d KB of Go heap for a hive of %d MB with %d subkeys", n>>10, h.Length()>>20, h.Key(h.Root()).Subkeys)
	}
	if n := int64(after.HeapObjects) - int64(before.HeapObjects); n > 200 {
		t.Errorf("%d objects more", n)
	}
	if n := int64(after.TotalAlloc - before.TotalAlloc); n > 4*int64(len(file)) {
		t.Errorf("Load has allocated %d KB for a file of %d", n>>10, len(file)>>10)
	}
	runtime.KeepAlive(h)
}

func BenchmarkLoad10MB(b *testing.B) {
	h, err := New(Options{Name: "BIG"})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; h.Length() < 10<<20; i++ {
		k, err := h.Create(h.Root(), Encode(fmt.Sprint("key", i)), KeyOptions{}, 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := h.SetValue(k, Encode("value"), String, make([]byte, 40), 1); err != nil {
			b.Fatal(err)
		}
	}
	file := fileOf(b, h)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, _, err := Load(file, Options{Adopt: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenQuery(b *testing.B) {
	h, err := New(Options{Name: "R"})
	if err != nil {
		b.Fatal(err)
	}
	key := h.Root()
	var path [][]uint16
	for range 4 {
		for i := range 20 {
			if _, err := h.Create(key, Encode(fmt.Sprint("CurrentKey", i)), KeyOptions{}, 1); err != nil {
				b.Fatal(err)
			}
		}
		path = append(path, Encode("currentkey13"))
		key = h.Find(key, path[0])
	}
	if err := h.SetValue(key, Encode("Start"), Dword, make([]byte, 4), 1); err != nil {
		b.Fatal(err)
	}
	name, data := Encode("start"), make([]byte, 4)
	for b.Loop() {
		k := h.Root()
		for _, n := range path {
			k = h.Find(k, n)
		}
		v, _ := h.Value(k, name)
		h.ReadData(data, v)
	}
}
