package fat

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gont/nt"
)

// sample is files with names of all sorts.
func sample(cluster int) map[string][]byte {
	m := map[string][]byte{
		`\README.TXT`:                     pattern(1, 5),
		`\lower.txt`:                      pattern(2, cluster),
		`\Mixed Case Name.text`:           pattern(3, cluster+1),
		`\a.b.c.d`:                        pattern(4, 3*cluster-1),
		`\Äpfel und Öl.txt`:               pattern(5, 700),
		`\日本語のファイル.txt`:                   pattern(6, 900),
		`\` + strings.Repeat("x", 200):    pattern(7, 4000),
		`\dir\empty`:                      {},
		`\dir\sub dir\deep\FILE.BIN`:      pattern(8, 20*cluster+17),
		`\dir\sub dir\deep\.hidden thing`: pattern(9, 1),
	}
	for i := range 60 {
		m[fmt.Sprintf(`\dir\many\A file with number %d.dat`, i)] = pattern(i, i*37)
	}
	return m
}

// TestReadsMtools (I9): volumes that mkfs.fat and mtools made are read byte for byte.
func TestReadsMtools(t *testing.T) {
	for _, s := range shapes {
		if !s.forMtools() {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			d := format(t, s)
			dir := t.TempDir()
			image := filepath.Join(dir, "image")
			os.WriteFile(image, d.data, 0o666)
			want := sample(s.sector * s.perCluster)
			for p, b := range want {
				host := filepath.Join(dir, "tree", filepath.FromSlash(strings.ReplaceAll(p[1:], `\`, "/")))
				os.MkdirAll(filepath.Dir(host), 0o777)
				os.WriteFile(host, b, 0o666)
			}
			list, _ := filepath.Glob(filepath.Join(dir, "tree", "*"))
			tool(t, "mcopy", append([]string{"-s", "-i", image}, append(list, "::/")...)...)
			d.data, _ = os.ReadFile(image)
			v := mount(t, d)
			compare(t, v, want)
			if i, err := v.Info(); err != nil || i.Label != "GONT" || i.Kind != s.kind || i.Dirty {
				t.Errorf("%+v, %v", i, err)
			}
			if r, err := v.Check(false); err != nil || r.Count != 0 {
				t.Errorf("%v %v", r, err)
			}
		})
	}
}

// compare compares the files of a volume.
func compare(t *testing.T, v *Volume, want map[string][]byte) {
	t.Helper()
	got, err := tree(v)
	if err != nil {
		t.Fatal(err)
	}
	for p, b := range want {
		if g, ok := got[p]; !ok || !bytes.Equal(g, b) {
			t.Errorf("%s: %d bytes, want %d (%v)", p, len(g), len(b), ok)
		}
	}
	for p, b := range got {
		if _, ok := want[p]; !ok && b != nil {
			t.Errorf("%s is not expected", p)
		}
	}
}

// TestWritesForMtools (I9): what this package writes is clean for fsck.fat, and mtools reads
// it byte for byte.
func TestWritesForMtools(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.String(), func(t *testing.T) {
			d := format(t, s)
			v := mount(t, d)
			want := sample(s.sector * s.perCluster)
			dirs := map[string]bool{}
			for p, b := range want {
				for i := range p {
					if i > 0 && p[i] == '\\' && !dirs[p[:i]] {
						dirs[p[:i]] = true
						mkdir(t, v, p[:i])
					}
				}
				if len(b) == 0 {
					n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileCreate})
					if err != nil {
						t.Fatal(err)
					}
					n.Close()
					continue
				}
				put(t, v, p, b)
			}
			if err := v.SetLabel("New Label"); err != nil {
				t.Error(err)
			}
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			fsck(t, d, "after unmount")
			v = mount(t, d)
			if v.Report().Ran {
				t.Error("the volume was not closed")
			}
			compare(t, v, want)
			if i, _ := v.Info(); i.Label != "NEW LABEL" {
				t.Errorf("label %q", i.Label)
			}
			if r, err := v.Check(false); err != nil || r.Count != 0 {
				t.Errorf("%v %v", r, err)
			}
			if !s.forMtools() {
				return
			}
			dir := t.TempDir()
			image := filepath.Join(dir, "image")
			os.WriteFile(image, d.data, 0o666)
			tool(t, "mcopy", "-s", "-n", "-i", image, "::/*", dir)
			for p, b := range want {
				host := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(p[1:], `\`, "/")))
				if got, err := os.ReadFile(host); err != nil || !bytes.Equal(got, b) {
					t.Errorf("mtools reads %d bytes of %s, want %d (%v)", len(got), p, len(b), err)
				}
			}
		})
	}
}
