package kerneltest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/cm/regf"
	"gont/fs/fat"
	"gont/nt"
	"gont/nttest/cutplan"
	"gont/qemu"
	"gont/tools/fatimg"
)

// memoryVolume is the boot volume of a copy of an image.
type memoryVolume []byte

func (d memoryVolume) SectorSize() int { return 512 }
func (d memoryVolume) Sectors() uint64 { return uint64(len(d) / 512) }
func (d memoryVolume) ReadAt(p []byte, sector uint64) error {
	copy(p, d[sector*512:])
	return nil
}
func (d memoryVolume) WriteAt(p []byte, sector uint64) error {
	copy(d[sector*512:], p)
	return nil
}
func (d memoryVolume) Flush() error { return nil }

// readVolume mounts the boot volume of a copy of an image, which mends it if it was not closed.
func readVolume(t *testing.T, img *qemu.Image) (memoryVolume, *fat.Volume) {
	t.Helper()
	b, err := os.ReadFile(img.Name)
	if err != nil {
		t.Fatal(err)
	}
	d := memoryVolume(b[fatimg.PartitionStart*fatimg.SectorSize:])
	v, err := fat.Mount(d, fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d, v
}

// fileOf reads a file of a volume; nil and no error when there is none.
func fileOf(v *fat.Volume, path string) ([]byte, error) {
	n, _, err := v.Open(nil, path, fat.OpenOptions{Disposition: nt.FileOpen})
	if s := fat.StatusOf(err); s == nt.StatusObjectNameNotFound || s == nt.StatusObjectPathNotFound {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer n.Close()
	b := make([]byte, n.Size())
	if len(b) > 0 {
		_, err = n.ReadAt(b, 0)
	}
	return b, err
}

// TestKilled (X1): a machine that is killed at some moment, while a program changes files and the
// registry, has on its disk all that the program had been told to be safe, and no file has
// bytes of another one. The same disk is started again, ten times with -full: the kernel mends the volume, and
// what earlier starts have left stays as it was.
func TestKilled(t *testing.T) {
	t.Parallel()
	img := with(t, image(t, ""), "nttest/cuts.exe")
	rounds := 1
	if *full {
		rounds = 10
	}
	_, v := readVolume(t, img)
	kernel, err := fileOf(v, kernelPath)
	if err != nil || len(kernel) == 0 {
		t.Fatal(err)
	}
	earlier := map[string][]byte{}
	for round := range rounds {
		lines := 10 + rand.IntN(60)
		g := qemu.Boot(t, qemu.Config{Image: img.Name, Persist: true})
		if round > 0 {
			g.Line(`^FAT: a volume that was not closed is checked: `, stopLine, firstLine)
		}
		g.Line(fmt.Sprintf(`^CUTS directory %d, files of %d others read$`, round, len(earlier)), stopLine, `^CUTS FAILED`)
		for range lines {
			g.Line(`^CUTS (done|safe|key) [0-9]+$`, stopLine, `^CUTS FAILED`)
		}
		g.Close() // which kills it
		safe, key := 0, 0
		for _, l := range g.Lines() {
			fmt.Sscanf(l, "CUTS safe %d", &safe)
			fmt.Sscanf(l, "CUTS key %d", &key)
		}
		volume, v := readVolume(t, img)
		t.Logf("killed after step %d; the check has mended %v", safe, v.Report().Found)
		for p, want := range earlier {
			if got, err := fileOf(v, p); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, of an earlier start, has %d bytes, not %d (%v)", p, len(got), len(want), err)
			}
		}
		if got, err := fileOf(v, kernelPath); err != nil || !bytes.Equal(got, kernel) {
			t.Errorf("the kernel's file has changed (%v)", err)
		}
		killedFiles(t, v, round, safe, earlier)
		if err := killedHive(v, uint32(round*1_000_000+key)); err != nil {
			t.Error(err)
		}
		if err := v.Unmount(); err != nil {
			t.Error(err)
		}
		name := filepath.Join(t.TempDir(), "volume")
		if err := os.WriteFile(name, volume, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("fsck.fat", "-n", name).CombinedOutput(); err != nil {
			t.Errorf("fsck.fat: %v\n%s", err, out)
		}
	}
}

// killedFiles compares the files of a start with the plan, of which step safe was told to be safe, and
// adds them to earlier.
func killedFiles(t *testing.T, v *fat.Volume, round, safe int, earlier map[string][]byte) {
	t.Helper()
	p := cutplan.New(uint64(round))
	names := map[string]bool{}
	for range safe {
		for _, o := range p.Step() {
			names[o.Name], names[o.To] = true, true
		}
	}
	want := map[string][]byte{}
	for n, b := range p.Files {
		want[n] = b
	}
	// What was done since, and what may have been under way, with lines that have not come.
	changed := map[string]bool{}
	for range 2 * cutplan.FlushEvery {
		for _, o := range p.Step() {
			changed[o.Name], changed[o.To] = true, true
			names[o.Name], names[o.To] = true, true
		}
	}
	delete(names, "")
	found := 0
	for n := range names {
		path := fmt.Sprintf(`\cuts %d\%s`, round, n)
		b, err := fileOf(v, path)
		switch {
		case err != nil:
			t.Errorf("%s: %v", path, err)
		case !changed[n] && !bytes.Equal(b, want[n]):
			t.Errorf("%s has %d bytes, not %d", path, len(b), len(want[n]))
		case !cutplan.OwnBytes(b, map[uint32]bool{cutplan.Number(b): true}):
			t.Errorf("%s has bytes of another file", path)
		}
		if b != nil {
			earlier[path] = b
			found++
		}
	}
	if safe > 5 && found == 0 {
		t.Error("there are no files")
	}
}

// killedHive loads the SYSTEM hive with its logs; its value is at least the one that was told.
func killedHive(v *fat.Volume, least uint32) error {
	var files [3][]byte
	for i, suffix := range []string{"", ".LOG1", ".LOG2"} {
		var err error
		if files[i], err = fileOf(v, systemHive+suffix); err != nil {
			return err
		}
	}
	h, r, err := regf.Load(files[0], regf.Options{Logs: [][]byte{files[1], files[2]}})
	if err == nil && r.Faults > 0 {
		err = fmt.Errorf("%d faults", r.Faults)
	}
	if err != nil {
		return fmt.Errorf("the hive: %w", err)
	}
	if least%1_000_000 == 0 {
		return nil
	}
	if k := h.Open(h.Root(), "Cuts"); k != regf.NoCell {
		if x, ok := h.Value(k, regf.Encode("n")); ok {
			if n := binary.LittleEndian.Uint32(h.AppendData(nil, x)); n < least {
				return fmt.Errorf("the registry has %d, and %d was safe", n, least)
			}
			return nil
		}
	}
	return errors.New("the registry has no value")
}
