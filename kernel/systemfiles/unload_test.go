package systemfiles

import (
	"testing"

	"gont/io"
	"gont/io/kfile/kfiletest"
	"gont/nt"
	"gont/ob"
)

// TestUnloadBootDrivers: the drivers that the boot volume needs, file system, class and port, cannot be unloaded once it is in use; before
// that, or when there is none, nothing forbids it.
func TestUnloadBootDrivers(t *testing.T) {
	drivers := []string{`\FileSystem\Fastfat`, `\Driver\Disk`, `\Driver\Model`}
	unload := func(name string) nt.Status {
		o, s := ob.Lookup(nil, name, true, nil)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		d := o.Body.(*io.Driver)
		d.Unload = func(*io.Driver) {} // the model has none
		return d.StartUnload()
	}
	hive := systemHive(t)
	for _, started := range []bool{false, true} {
		run(t, installed(t, hive), hive, func(w *kfiletest.World, said *[]string) {
			want := nt.Status(nt.StatusSuccess)
			if started {
				Start("")
				want = nt.StatusInvalidDeviceRequest
			}
			for i := len(drivers) - 1; i >= 0; i-- {
				if s := unload(drivers[i]); s != want {
					t.Errorf("%s, started %v: %v, want %v", drivers[i], started, s, want)
				}
			}
			if started { // and all goes on
				StartComplete()
				if len(*said) != 0 {
					t.Errorf("%q", *said)
				}
			}
		})
	}
}
