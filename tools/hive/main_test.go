package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gont/cm/regf"
)

// TestExport: a key, with a prefix, to a file; and what cannot be written.
func TestExport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
	want := header5 + "\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000001\n\"Default\"=dword:00000001\n\"Failed\"=dword:00000000\n\"LastKnownGood\"=dword:00000001\n"
	for _, key := range []string{"Select", `\select`, `HKEY_LOCAL_MACHINE\SYSTEM\Select`, `HKLM\SYSTEM\Select`, `\Registry\Machine\SYSTEM\Select`} {
		if out, _ := hive(t, exitGood, "export", name, key); out != want {
			t.Errorf("%s: %q", key, out)
		}
	}
	file := filepath.Join(t.TempDir(), "out.reg")
	hive(t, exitGood, "export", "-prefix", `\`, "-o", file, name, "Select")
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), "\n[\\Select]\n") {
		t.Errorf("%q %v", b, err)
	}
	if _, errs := hive(t, exitFailed, "export", name, "Nowhere"); !strings.Contains(errs, "there is no key Nowhere") {
		t.Error(errs)
	}
	hive(t, exitFailed, "export", filepath.Join(t.TempDir(), "none"))
	hive(t, exitFailed, "export", write(t, "text", strings.Repeat("no hive", 2000)))

	h, _ := readHive(t, name)
	bad, err := h.Create(h.Root(), regf.Encode("bad\nname"), regf.KeyOptions{}, 1)
	if err == nil {
		_, err = h.Create(bad, regf.Encode("below"), regf.KeyOptions{}, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceHive(name, h); err != nil {
		t.Fatal(err)
	}
	out, errs := hive(t, exitFailed, "export", name)
	if !strings.Contains(errs, "bad\\nname") || strings.Contains(out, "below") || !strings.Contains(out, "\\Select]") {
		t.Errorf("%q %q", out, errs)
	}
}

// TestCheck: the exit statuses, and a repair.
func TestCheck(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
	if out, _ := hive(t, exitGood, "check", name); !strings.Contains(out, "sound, version 1.5") {
		t.Error(out)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := readHive(t, name)
	want := dump(h)
	// Two faults: a hash, and the checksum.
	for i := 4; ; i += 8 {
		// A list in a cell in use.
		if string(b[i:i+2]) == "lh" && b[i-1] == 0xff {
			b[i+8] ^= 1
			break
		}
	}
	b[500] ^= 1
	bad := write(t, "SYSTEM", string(b))
	out, _ := hive(t, exitFailed, "check", bad)
	if !strings.Contains(out, "fault: the checksum of the base block is wrong") || !strings.Contains(out, "have a wrong hash") || !strings.Contains(out, ": 2 faults\n") {
		t.Error(out)
	}
	if after, err := os.ReadFile(bad); err != nil || !bytes.Equal(after, b) {
		t.Error("check without -repair has written")
	}
	if _, errs := hive(t, exitFailed, "import", "../../hives/SYSTEM.reg", bad); !strings.Contains(errs, "2 faults") {
		t.Errorf("an import into a hive with faults: %s", errs)
	}
	if out, _ := hive(t, exitFailed, "check", "-repair", bad); !strings.Contains(out, "2 faults mended") {
		t.Error(out)
	}
	hive(t, exitGood, "check", bad)
	if h, _ = readHive(t, bad); dump(h) != want {
		t.Error("repair has changed what is in the hive")
	}
	hive(t, exitNoHive, "check", write(t, "text", "not a hive"))
	if out, _ := hive(t, exitNoHive, "check", write(t, "cut", string(b[:4096]))); !strings.Contains(out, "cannot be used: the file ends") {
		t.Error(out)
	}
	hive(t, exitUsage, "check", filepath.Join(t.TempDir(), "none"))
	garbage := write(t, "long", string(b)+strings.Repeat("garbage!", 999))
	hive(t, exitFailed, "check", "-repair", garbage)
	if i, err := os.Stat(garbage); err != nil || i.Size() != int64(len(b)) {
		t.Error(i.Size(), err)
	}
}

// TestMutants: damaged hives are sound, can be repaired, or cannot be used; what
// was repaired is sound.
func TestMutants(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for i := range 400 {
		rnd := rand.New(rand.NewPCG(uint64(i), 5))
		bad := bytes.Clone(b)
		for range 1 + rnd.IntN(20) {
			at := rnd.IntN(len(bad))
			if rnd.IntN(3) == 0 {
				at = rnd.IntN(200)
			}
			bad[at] = byte(rnd.Uint32())
		}
		if err := os.WriteFile(name, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		status := run([]string{"check", name}, &out, &out)
		seen[status]++
		if status == exitFailed {
			hive(t, exitFailed, "check", "-repair", name)
			hive(t, exitGood, "check", name)
		} else if status != exitGood && status != exitNoHive {
			t.Fatalf("mutant %d: exit status %d\n%s", i, status, out.String())
		}
	}
	if len(seen) != 3 {
		t.Errorf("exit statuses %v", seen)
	}
}

// memFile is a file in memory.
type memFile struct{ b []byte }

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if n := int(off) + len(p); n > len(f.b) {
		f.b = append(f.b, make([]byte, n-len(f.b))...)
	}
	return copy(f.b[off:], p), nil
}

func (f *memFile) Sync() error { return nil }

// stopped is a file that fails after some writes.
type stopped struct {
	*memFile
	left int
}

func (f *stopped) WriteAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, fmt.Errorf("off")
	}
	return f.memFile.WriteAt(p, off)
}

// TestRecover: a flush that stopped in the middle is finished from the log.
func TestRecover(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	hive(t, exitGood, "import", "../../hives/SYSTEM.reg", name)
	h, _ := readHive(t, name)
	if _, err := h.Create(h.Root(), regf.Encode("New"), regf.KeyOptions{Class: make([]uint16, 3000)}, 5); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	primary, log1, log2 := &stopped{&memFile{b}, 2}, &memFile{}, &memFile{}
	if err := h.Flush(regf.Files{Primary: primary, Log1: log1, Log2: log2}, 9); err == nil {
		t.Fatal("the flush was not stopped")
	}
	dirty := write(t, "SYSTEM", string(primary.b))
	one, two := write(t, "SYSTEM.LOG1", string(log1.b)), write(t, "SYSTEM.LOG2", string(log2.b))
	hive(t, exitFailed, "check", dirty)
	if _, errs := hive(t, exitFailed, "recover", dirty, write(t, "LOG", "no log")); !strings.Contains(errs, "no log belongs to it") {
		t.Error(errs)
	}
	if after, err := os.ReadFile(dirty); err != nil || !bytes.Equal(after, primary.b) {
		t.Error("a recovery that failed has written")
	}
	if out, _ := hive(t, exitGood, "recover", dirty, one, two); !strings.Contains(out, "recovered from log") || !strings.Contains(out, dirty+": recovered") {
		t.Error(out)
	}
	hive(t, exitGood, "check", dirty)
	again, _ := readHive(t, dirty)
	if dump(again) != dump(h) {
		t.Error("the recovered hive is another")
	}
	if out, _ := hive(t, exitGood, "recover", dirty, one, two); !strings.Contains(out, "nothing to recover") {
		t.Error(out)
	}
	hive(t, exitFailed, "recover", dirty, filepath.Join(t.TempDir(), "none"))
}

// TestUsage: help, and wrong arguments.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}} {
		if out, _ := hive(t, exitGood, args...); !strings.Contains(out, "hive recover HIVE LOG1 [LOG2]") {
			t.Error(out)
		}
	}
	for _, args := range [][]string{{}, {"nonsense"}, {"import"}, {"import", "a"}, {"export"}, {"check"}, {"check", "-x", "a"}, {"recover", "a"}, {"check", "a", "b"}} {
		if _, errs := hive(t, exitUsage, args...); !strings.Contains(errs, "usage: hive") {
			t.Errorf("%q: %s", args, errs)
		}
	}
	if _, errs := hive(t, exitGood, "import", "-h"); !strings.Contains(errs, "-prefix") {
		t.Error(errs)
	}
}

// TestReplaceFails: a hive that cannot be written stays.
func TestReplaceFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.MkdirAll(filepath.Join(dir, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	h, err := regf.New(regf.Options{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceHive(dir, h); err == nil {
		t.Error("a folder was replaced")
	}
	if err := replaceHive(filepath.Join(dir, "none", "x"), h); err == nil {
		t.Error("a hive was written to no folder")
	}
	if f, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(f) != 1 {
		t.Errorf("files are left: %v %v", f, err)
	}
}
