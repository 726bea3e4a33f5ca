package fastfat

import (
	"testing"

	"gont/io"
	"gont/nt"
)

// TestSpareOpen: an open uses the memory of one that is gone, and knows nothing of it: neither its
// pattern and place in a listing, nor that it was to delete, nor its rights.
func TestSpareOpen(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		for _, name := range []string{`\a.txt`, `\b.txt`, `\c.doc`} {
			w.create(name).close()
		}
		root := w.open(`\`, how{disposition: nt.FileOpen, options: nt.FileDirectoryFile})
		v := root.Context2.(*ccb).fcb.volume
		list, s := root.names("*.doc", 200, io.ReturnSingleEntry)
		w.expect("the first listing", s, nt.StatusNoMoreFiles)
		w.expect("how many", len(list), 1)
		first := root.Context2.(*ccb)
		root.close()
		w.expect("it is spare", v.spare.Load(), first)
		w.expect("and empty", *first, ccb{})

		root = w.open(`\`, how{disposition: nt.FileOpen, options: nt.FileDirectoryFile})
		w.expect("the same memory", root.Context2, any(first))
		list, s = root.names("", 4096, 0)
		w.expect("the second listing", s, nt.StatusNoMoreFiles)
		w.expect("how many", len(list), 3)

		doomed := w.open(`\a.txt`, how{disposition: nt.FileOpen, access: nt.Delete, options: nt.FileDeleteOnClose})
		w.expect("memory of its own", doomed.Context2 != any(first), true)
		doomed.close()
		_, _, s = w.try(`\a.txt`, how{disposition: nt.FileOpen})
		w.expect("deleted", s, nt.StatusObjectNameNotFound)
		w.open(`\b.txt`, how{disposition: nt.FileOpen}).close()
		w.open(`\b.txt`, how{disposition: nt.FileOpen}).close()
		root.close()

		// An open that fails uses it up, or leaves it as it is.
		_, _, s = w.try(`\none`, how{disposition: nt.FileOpen})
		w.expect("no file", s, nt.StatusObjectNameNotFound)
		f := w.open(`\b.txt`, how{disposition: nt.FileOpen, access: nt.FileReadAttributes, share: nt.FileShareRead})
		c := f.Context2.(*ccb)
		w.expect("its rights", c.access, nt.AccessMask(nt.FileReadAttributes|nt.Synchronize))
		w.expect("its sharing", c.share, uint32(nt.FileShareRead))
		w.expect("nothing more", c.deleteOnClose || c.cleaned || c.listed || c.pattern != "", false)
		f.close()
		w.expect("no open is kept", v.opener.c == nil && v.opener.l == nil, true)
	})
}
