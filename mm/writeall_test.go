package mm

import (
	"testing"

	"gont/nt"
)

// TestWriteModifiedFiles (X1): at the system's end what programs have written to views that they still have, and what is on
// the list, is in the files; a page that cannot be written stays modified and keeps no other from being written.
func TestWriteModifiedFiles(t *testing.T) {
	f, c := withFile(t, 1024, 8*PageSize)
	g := newFile(8 * PageSize)
	o := NewControlArea(g, 8*PageSize, FileNotify{})
	a, _ := NewAddressSpace()
	base, s := viewOf(t, c, a, 8*PageSize, nt.PageReadWrite)
	a.WriteBytes(base+2*PageSize, []byte("view"))
	put(t, o, 5, make([]byte, PageSize))
	put(t, o, 6, append([]byte("list"), make([]byte, PageSize-4)...))
	if c.Dirty() != 0 || o.Dirty() != 2 {
		t.Fatalf("%d and %d pages are dirty", c.Dirty(), o.Dirty())
	}
	g.badWrite = func(page uint32) bool { return page == 5 }
	if st := WriteModifiedFiles(); st.OK() {
		t.Error("an error is not told")
	}
	if string(f.data[2*PageSize:][:4]) != "view" || string(g.data[6*PageSize:][:4]) != "list" || c.Dirty() != 0 || o.Dirty() != 1 {
		t.Errorf("%q and %q are in the files; %d and %d pages are dirty", f.data[2*PageSize:][:4], g.data[6*PageSize:][:4], c.Dirty(), o.Dirty())
	}
	g.badWrite = nil
	if st := WriteModifiedFiles(); !st.OK() || o.Dirty() != 0 || QueryCounts().Lists[ModifiedFileList] != 0 {
		t.Errorf("%v, %d pages are dirty", st, o.Dirty())
	}
	s.Delete()
	a.Destroy()
	check(t)
}
