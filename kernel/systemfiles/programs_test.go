package systemfiles

import (
	"testing"

	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
)

// TestNeedless: OSLDR's copy of a program is wanted where the volume has no image, or BOOTFILES names it.
func TestNeedless(t *testing.T) {
	hive := systemHive(t)
	run(t, installed(t, hive), hive, func(w *kfiletest.World, said *[]string) {
		for name, text := range map[string]string{"image.exe": "MZ\x90\x00", "packed.exe": "\x04\x22\x4D\x18", "short.exe": "M", "empty.exe": ""} {
			if s := kfile.WriteFile(kfiletest.Volume+`\System32\`+name, []byte(text)); !s.OK() {
				t.Error(name, s)
			}
		}
		for _, c := range []struct {
			name, asked string
			want        bool
		}{
			{"image.exe", "", true},
			{"IMAGE.EXE", "other.exe,x", true},
			{"image.exe", "other.exe,IMAGE.exe", false},
			{"packed.exe", "", false},
			{"short.exe", "", false},
			{"empty.exe", "", false},
			{"none.exe", "", false},
			{"config", "", false},
		} {
			if got := Needless(c.name, c.asked); got != c.want {
				t.Errorf("Needless(%q, %q) = %t", c.name, c.asked, got)
			}
		}
	})
}
