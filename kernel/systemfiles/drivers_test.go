package systemfiles

import (
	"bytes"
	"testing"

	"gont/io"
	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/mm"
	"gont/nt"
)

// TestDriverFiles: a driver's file comes from memory if OSLDR has read it, else from the volume.
func TestDriverFiles(t *testing.T) {
	hive := systemHive(t)
	run(t, installed(t, hive), hive, func(w *kfiletest.World, said *[]string) {
		var kept io.Images
		kept.Keep(`\System32\kept.sys`, io.Image{Bytes: []byte("kept")})
		read := DriverFiles(&kept, kfiletest.Volume)
		put := func(name string, b []byte) {
			if s := kfile.WriteFile(kfiletest.Volume+name, b); !s.OK() {
				t.Error(name, s)
			}
		}
		put(`\System32\kept.sys`, []byte("other"))
		put(`\System32\file.sys`, []byte("file"))
		put(`\System32\large.sys`, make([]byte, mm.MaximumPoolBlock+1))
		for _, c := range []struct {
			path, want string
			s          nt.Status
		}{
			{`\system32\KEPT.sys`, "kept", nt.StatusSuccess},
			{`\system32\FILE.sys`, "file", nt.StatusSuccess},
			{`\System32\none.sys`, "", nt.StatusObjectNameNotFound},
			{`\Nowhere\file.sys`, "", nt.StatusObjectPathNotFound},
			{`\System32`, "", nt.StatusFileIsADirectory},
			{`\System32\large.sys`, "", nt.StatusInsufficientResources},
		} {
			i, s := read(c.path)
			if s != c.s || !bytes.Equal(i.Bytes, []byte(c.want)) {
				t.Errorf("%s: %q, %v", c.path, i.Bytes, s)
			}
		}
		if _, s := DriverFiles(&kept, `\ArcName\none`)(`\System32\file.sys`); s != nt.StatusObjectNameNotFound && s != nt.StatusObjectPathNotFound {
			t.Errorf("without a volume: %v", s)
		}
	})
}
