package systemfiles

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gont/cc"
	"gont/cm"
	"gont/cm/regf"
	"gont/ex"
	"gont/fs/fat"
	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/io/storage"
	"gont/nt"
)

const hivePath = `\System32\config\SYSTEM`

type writer struct{ b []byte }

func (w *writer) Write(p []byte) (int, error) { w.b = append(w.b, p...); return len(p), nil }

// systemHive is a small SYSTEM hive.
func systemHive(t *testing.T) []byte {
	t.Helper()
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := h.Create(h.Root(), regf.Encode("Select"), regf.KeyOptions{}, 1)
	h.SetValue(c, regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1)
	set, _ := h.Create(h.Root(), regf.Encode("ControlSet001"), regf.KeyOptions{}, 1)
	h.Create(set, regf.Encode("Control"), regf.KeyOptions{}, 1)
	var w writer
	if _, err := h.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	return w.b
}

// installed is a volume with the hive.
func installed(t *testing.T, hive []byte) []byte {
	t.Helper()
	return installedOn(t, 4096, 0, hive)
}

// installedOn is installed on a volume of so many kilobytes, of this kind, or of the one that fits.
func installedOn(t *testing.T, kb int, kind fat.Kind, hive []byte) []byte {
	t.Helper()
	b := make([]byte, kb<<10)
	o := fat.FormatOptions{Kind: kind, Label: "TEST", Serial: 1}
	if kind == fat.FAT32 {
		o.ClusterSize = 512
	}
	if err := fat.Format(kfiletest.Image(b), o); err != nil {
		t.Fatal(err)
	}
	v, err := fat.Mount(kfiletest.Image(b), fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{`\System32`, `\System32\config`} {
		n, _, err := v.Open(nil, path, fat.OpenOptions{Disposition: nt.FileCreate, Options: nt.FileDirectoryFile})
		if err != nil {
			t.Fatal(err)
		}
		n.Close()
	}
	n, _, err := v.Open(nil, hivePath, fat.OpenOptions{Disposition: nt.FileCreate})
	if err == nil {
		err = n.WriteAt(hive, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.Close()
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	return b
}

// run starts a registry, as phase 1 does, in a world whose boot volume is image.
func run(t *testing.T, image, hive []byte, body func(w *kfiletest.World, said *[]string)) {
	t.Helper()
	kfiletest.Run(t, image, func(w *kfiletest.World) {
		var said []string
		Say = func(s string) { said = append(said, s) }
		Note = Say
		if _, err := cm.OpenBootHive(slices.Clone(hive), 0); err != nil {
			t.Error(err)
			return
		}
		if err := cm.InitSystem1(false); err != nil {
			t.Error(err)
			return
		}
		body(w, &said)
		if flusher.timer != nil {
			stopFlushing()
		}
		cm.OnChange(nil)
	})
}

// set changes the registry.
func set(t *testing.T, name string, n uint32) {
	k, s := cm.CreateKey(`\Registry\Machine\SYSTEM\Test`, false)
	if s.OK() {
		s = k.SetUint32(name, n)
		k.Close()
	}
	if !s.OK() {
		t.Errorf("%s: %v", name, s)
	}
}

// onDisk mounts a copy of the disk and reads its hive, with what the logs have. The volume must be
// one that can be mounted, and be sound then.
func onDisk(t *testing.T, image []byte) (*regf.Hive, error) {
	b := slices.Clone(image)
	v, err := fat.Mount(kfiletest.Image(b), fat.Options{})
	if err != nil {
		return nil, err
	}
	var data [3][]byte
	for i, suffix := range []string{"", ".LOG1", ".LOG2"} {
		n, _, err := v.Open(nil, hivePath+suffix, fat.OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			if i > 0 && fat.StatusOf(err) == nt.StatusObjectNameNotFound {
				continue
			}
			return nil, err
		}
		info, _ := n.Info()
		data[i] = make([]byte, info.Size)
		if info.Size > 0 {
			if _, err := n.ReadAt(data[i], 0); err != nil {
				return nil, err
			}
		}
	}
	if r, err := v.Check(false); err != nil || r.Count > 0 {
		return nil, fmt.Errorf("the volume: %+v, %v", r, err)
	}
	h, r, err := regf.Load(data[0], regf.Options{Logs: [][]byte{data[1], data[2]}})
	if err == nil && r.Faults > 0 {
		err = fmt.Errorf("the hive has faults: %v", cm.DescribeFaults(r.List))
	}
	return h, err
}

// values are those of the test's key that are on the disk.
func values(t *testing.T, image []byte) (string, error) {
	h, err := onDisk(t, image)
	if err != nil {
		return "", err
	}
	key := h.Open(h.Root(), "Test")
	if key == regf.NoCell {
		return "", nil
	}
	var list []string
	for i := uint32(0); ; i++ {
		v, ok := h.ValueAt(key, i)
		if !ok {
			slices.Sort(list)
			return strings.Join(list, " "), nil
		}
		list = append(list, fmt.Sprint(h.ValueName(v), "=", binary.LittleEndian.Uint32(h.AppendData(nil, v))))
	}
}

// TestFlush (P1.22, X1): what is changed is on the disk five seconds later and not before, at
// once after Flush, and at the end; a hive that nobody has changed is not written.
func TestFlush(t *testing.T) {
	hive := systemHive(t)
	image := installed(t, hive)
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		look := func(when, want string) {
			t.Helper()
			if got, err := values(t, image); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", when, got, err, want)
			}
		}
		if !Start("") {
			t.Errorf("no boot volume: %q", *said)
		}
		w.Sleep(20) // FAT marks the volume as closed, too
		writes := 0
		w.Disk.Written = func(uint64, []byte) { writes++ }
		w.Sleep(20)
		if writes > 0 {
			t.Errorf("%d writes without a change", writes)
		}
		set(t, "a", 1)
		w.Sleep(4)
		look("four seconds after a change", "")
		w.Sleep(2)
		look("six seconds after it", "a=1")
		set(t, "b", 2)
		k, _ := cm.OpenKey(`\Registry\Machine\SYSTEM\Test`)
		if s := k.Flush(); !s.OK() {
			t.Error(s)
		}
		k.Close()
		look("after NtFlushKey", "a=1 b=2")
		set(t, "c", 3)
		if said := Shutdown(); said != "" {
			t.Error(said)
		}
		look("after the end", "a=1 b=2 c=3")
		if len(*said) > 0 {
			t.Errorf("%q", *said)
		}
	})
}

// TestCuts (X1): a power cut at any write of a flush leaves what was on the disk before the flush,
// or what it writes, on a sound volume.
func TestCuts(t *testing.T) {
	hive := systemHive(t)
	image := installed(t, hive)
	type write struct {
		sector uint64
		data   []byte
	}
	var log []write
	var before []byte
	cuts := 0
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		Start("")
		for n := range uint32(12) {
			before, log = slices.Clone(image), nil
			old, err := values(t, before)
			if err != nil {
				t.Error(err)
			}
			w.Disk.Written = func(sector uint64, p []byte) { log = append(log, write{sector, slices.Clone(p)}) }
			set(t, "n", n)
			for i := range n % 4 * 40 { // more or fewer pages
				set(t, fmt.Sprintf("x%d", i), n)
			}
			w.Sleep(12)
			w.Disk.Written = nil
			now, err := values(t, image)
			if err != nil || now == old {
				t.Errorf("round %d: %v", n, err)
			}
			// Each write, and each sector of one, may be the last.
			state := slices.Clone(before)
			for i, x := range log {
				for at := 0; at < len(x.data); at += 512 {
					copy(state[x.sector*512+uint64(at):], x.data[at:at+512])
					cuts++
					if got, err := values(t, state); err != nil || got != old && got != now {
						t.Errorf("round %d, cut after sector %d of write %d of %d: %.60q, %v", n, at/512, i, len(log), got, err)
						return
					}
				}
			}
		}
		if len(*said) > 0 {
			t.Errorf("%q", *said)
		}
	})
	if cuts < 300 {
		t.Errorf("%d cuts", cuts)
	}
	t.Logf("%d cuts", cuts)
}

// TestCannotBeWritten: that the registry cannot be written is said once, and it goes on; when the
// disk can be written again, all is written, and a next failure is said again.
func TestCannotBeWritten(t *testing.T) {
	for _, how := range []nt.Status{nt.StatusMediaWriteProtected, nt.StatusNonexistentSector} {
		hive := systemHive(t)
		image := installed(t, hive)
		run(t, image, hive, func(w *kfiletest.World, said *[]string) {
			Start("")
			set(t, "a", 0)
			w.Sleep(15)
			for round := range uint32(2) {
				w.Disk.Fail = func(r *storage.Request) nt.Status {
					if r.Function == storage.Write {
						return how
					}
					return nt.StatusSuccess
				}
				for i := range uint32(4) {
					set(t, "a", 1+i)
					w.Sleep(8)
				}
				w.Disk.Fail = nil
				if len(*said) != int(round)+1 || !strings.Contains((*said)[round], "The registry cannot be written") {
					t.Errorf("%v: %q", how, *said)
				}
				set(t, "b", round)
				w.Sleep(15)
				if got, err := values(t, image); err != nil || got != fmt.Sprintf("a=4 b=%d", round) {
					t.Errorf("%v: %q, %v", how, got, err)
				}
			}
			w.Disk.Remove()
			set(t, "c", 1)
			w.Sleep(8)
			if Shutdown() == "" {
				t.Error("the end without a disk says nothing")
			}
		})
	}
}

// TestFull: on a volume that is full the registry that was written stays whole, that it cannot be
// written is said once, and it is written when there is room again.
func TestFull(t *testing.T) {
	hive := systemHive(t)
	image := installed(t, hive)
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		Start("")
		set(t, "a", 1)
		w.Sleep(15)
		f, s := kfile.Open(kfiletest.System+`\fills`, kfile.Options{Access: nt.FileWriteData | nt.Delete | nt.Synchronize, Disposition: nt.FileCreate})
		if !s.OK() {
			t.Error(s)
			return
		}
		for size, at := 1<<20, int64(0); size >= 512; {
			if n, err := f.WriteAt(make([]byte, size), at); err != nil {
				size /= 2
			} else {
				at += int64(n)
			}
		}
		k, s := cm.OpenKey(`\Registry\Machine\SYSTEM\Test`)
		if !s.OK() {
			t.Error(s)
			return
		}
		defer k.Close()
		for range 3 {
			if s := k.SetValue("big", 3, make([]byte, 300_000)); !s.OK() {
				t.Error(s)
			}
			w.Sleep(8)
		}
		if len(*said) != 1 || !strings.Contains((*said)[0], "The registry cannot be written") {
			t.Errorf("%q", *said)
		}
		k.DeleteValueName(regf.Encode("big"))
		if got, err := values(t, image); err != nil || got != "a=1" {
			t.Errorf("on the full volume: %q, %v", got, err)
		}
		f.Delete()
		f.Close()
		set(t, "b", 2)
		w.Sleep(15)
		if got, err := values(t, image); err != nil || got != "a=1 b=2" || len(*said) != 1 {
			t.Errorf("with room again: %q, %v; %q", got, err, *said)
		}
	})
}

// TestNoVolume: a system without its boot volume, or one whose volume cannot be written, says so
// once and goes on.
func TestNoVolume(t *testing.T) {
	hive := systemHive(t)
	for what, image := range map[string][]byte{"no hive": kfiletest.Format(t, 4096), "no volume": make([]byte, 1<<20)} {
		run(t, image, hive, func(w *kfiletest.World, said *[]string) {
			if Start("a report") || len(*said) != 1 || !strings.HasPrefix((*said)[0], "The registry is not written to the disk: STATUS_") {
				t.Errorf("%s: %q", what, *said)
			}
			set(t, "a", 1)
			w.Sleep(8)
			StartComplete()
			if text := Shutdown(); text != "" || len(*said) != 1 {
				t.Errorf("%s: %q, %q", what, text, *said)
			}
		})
	}
}

// TestOtherFiles (P1.24, P1.31, K1): the boot log, the trace and the report of the last stop.
func TestOtherFiles(t *testing.T) {
	hive := systemHive(t)
	image := installed(t, hive)
	file := func(path string) []byte {
		b, s := kfile.ReadFile(path, 1<<20)
		if !s.OK() {
			t.Errorf("%s: %v", path, s)
		}
		return b
	}
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		path := `\Registry\Machine\SYSTEM\CurrentControlSet\Control`
		for _, name := range []string{`Session Manager`, `Memory Management`, `PrefetchParameters`} {
			path += `\` + name
			k, s := cm.CreateKey(path, false)
			if !s.OK() {
				t.Error(s)
				return
			}
			k.SetUint32("EnablePrefetcher", 3)
			k.Close()
		}
		cc.InitPrefetcher(false)
		ex.TheBootLog.Enable(func(string) {})
		ex.TheBootLog.Image(`\a.sys`, true)
		Start("STOP\nmore\n")
		if got, want := file(stopReport), kfile.UTF16("STOP\r\nmore\r\n"); !bytes.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if got, want := file(bootLog), kfile.UTF16("Loaded driver \\a.sys\r\n"); !bytes.Equal(got, want) {
			t.Errorf("%q", got)
		}
		ex.TheBootLog.Image(`\b.sys`, false)
		StartComplete()
		if got, want := file(bootLog), kfile.UTF16("Loaded driver \\a.sys\r\nDid not load driver \\b.sys\r\n"); !bytes.Equal(got, want) {
			t.Errorf("%q", got)
		}
		w.Disk.Fail = func(*storage.Request) nt.Status { return nt.StatusMediaWriteProtected }
		*said = nil
		StartComplete()
		if len(*said) < 1 || !strings.Contains((*said)[0], bootLog+" cannot be written: ") {
			t.Errorf("%q", *said)
		}
		w.Disk.Fail = nil
	})
}

// TestHiveFiles (NtReplaceKey): the file of a hive that is open is renamed by its own open, and
// the new one takes its place; a program's file must be open for what is done with it.
func TestHiveFiles(t *testing.T) {
	hive := systemHive(t)
	image := installed(t, hive)
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		Start("")
		set(t, "a", 1)
		k, s := cm.OpenKey(`\Registry\Machine\SYSTEM`)
		if !s.OK() {
			t.Error(s)
			return
		}
		defer k.Close()
		saved := kfiletest.System + `\saved`
		f, s := kfile.Open(saved, kfile.Options{Disposition: nt.FileCreate})
		if !s.OK() {
			t.Error(s)
			return
		}
		p, s := programFile(f.Object().Object, true)
		if s.OK() {
			s = k.Save(p)
			p.Close()
		}
		if !s.OK() {
			t.Error(s)
		}
		f.Close()
		set(t, "b", 2)
		if s := k.Replace(saved, kfiletest.System+`\old`); !s.OK() {
			t.Error(s)
		}
		set(t, "c", 3) // is not written any more
		Shutdown()
		for path, want := range map[string]string{kfiletest.System + hivePath: "a", kfiletest.System + `\old`: "a b"} {
			b, s := kfile.ReadFile(path, 1<<20)
			if !s.OK() {
				t.Error(path, s)
				continue
			}
			h, _, err := regf.Load(b, regf.Options{})
			if err != nil {
				t.Error(path, err)
				continue
			}
			var names []string
			for i := uint32(0); ; i++ {
				v, ok := h.ValueAt(h.Open(h.Root(), "Test"), i)
				if !ok {
					break
				}
				names = append(names, h.ValueName(v))
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		if _, s := kfile.ReadFile(saved, 1<<20); s != nt.StatusObjectNameNotFound {
			t.Errorf("the saved file: %v", s)
		}
	})
}
