package kfiletest_test

import (
	"testing"

	"gont/io"
	"gont/io/kfile/kfiletest"
	"gont/io/pagingfile"
	"gont/nt"
	"gont/ob"
)

// TestUnloadUnderPagingFile: drivers that a paging file lies on cannot be unloaded.
func TestUnloadUnderPagingFile(t *testing.T) {
	kfiletest.Run(t, kfiletest.Format(t, 4096), func(w *kfiletest.World) {
		if _, s := pagingfile.Open(pagefile, 1<<20); !s.OK() {
			t.Error(s)
			return
		}
		for _, name := range []string{`\FileSystem\Fastfat`, `\Driver\Disk`} {
			o, s := ob.Lookup(nil, name, true, nil)
			if !s.OK() {
				t.Error(s)
				return
			}
			if s := o.Body.(*io.Driver).StartUnload(); s != nt.StatusInvalidDeviceRequest {
				t.Errorf("%s: %v", name, s)
			}
			o.Dereference()
		}
	})
}
