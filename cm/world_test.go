package cm

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"gont/cm/regf"
	"gont/nt"
	"gont/ob"
)

// ticks is the clock of tests.
var ticks atomic.Uint64

// chanGate is a gate for goroutines that are no threads of ke's.
type chanGate struct {
	once sync.Once
	c    chan struct{}
}

func (g *chanGate) Open() { g.once.Do(func() { close(g.c) }) }
func (g *chanGate) Wait() { <-g.c }

// systemHive is a SYSTEM hive with two control sets, Select naming the first.
func systemHive(t testing.TB) *regf.Hive {
	t.Helper()
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		t.Fatal(err)
	}
	set := func(path, name string, typ uint32, data []byte) {
		c := h.Root()
		for path != "" {
			var key string
			key, path = nextName(path)
			sub := h.Find(c, regf.Encode(key))
			if sub == regf.NoCell {
				if sub, err = h.Create(c, regf.Encode(key), regf.KeyOptions{}, 1); err != nil {
					t.Fatal(err)
				}
			}
			c = sub
		}
		if name != "-" {
			if err := h.SetValue(c, regf.Encode(name), typ, data, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, v := range map[string]uint32{"Current": 1, "Default": 1, "Failed": 0, "LastKnownGood": 2} {
		set("Select", name, regf.Dword, Uint32Data(v))
	}
	for _, cs := range []string{"ControlSet001", "ControlSet002"} {
		set(cs+`\Control`, "Name", regf.String, TextData(cs))
		set(cs+`\Control\List`, "List", regf.MultiString, MultiTextData([]string{"a", "b c", "ä"}))
		set(cs+`\Services\Null`, "Start", regf.Dword, Uint32Data(1))
		set(cs+`\Services\Beep`, "-", 0, nil)
	}
	return h
}

// file is what a hive's file holds.
func file(t testing.TB, h *regf.Hive) []byte {
	t.Helper()
	var b buffer
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

type buffer []byte

func (b *buffer) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

// start makes a registry with a SYSTEM hive.
func start(t testing.TB) {
	t.Helper()
	startWith(t, file(t, systemHive(t)))
}

func startWith(t testing.TB, b []byte) {
	t.Helper()
	clock = func() uint64 { return ticks.Add(1) }
	memory = regf.Heap{}
	poll = func() {}
	newGate = func() gate { return &chanGate{c: make(chan struct{})} }
	for _, s := range []nt.Status{ob.InitSystem0(), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	if _, err := OpenBootHive(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := InitSystem1(false); err != nil {
		t.Fatal(err)
	}
}

func expect[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// must opens a key that is there.
func must(t testing.TB, path string) *Key {
	t.Helper()
	k, s := OpenKey(path)
	if !s.OK() {
		t.Fatalf("%s: %v", path, s)
	}
	return k
}

// nothingOpen checks that no node is left but the root's.
func nothingOpen(t testing.TB) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	n := master.open()
	for _, h := range master.mounts {
		n += h.open()
		if h.watches != 0 {
			t.Errorf("%d watches are left", h.watches)
		}
	}
	if n != 1 {
		t.Errorf("%d keys are open", n)
	}
}

// imageHive is the SYSTEM hive of the image, made of its source.
func imageHive(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "SYSTEM")
	if out, err := exec.Command("go", "run", "../tools/hive", "import", "../hives/SYSTEM.reg", path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
