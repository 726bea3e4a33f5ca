package fastfat

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"gont/io"
	"gont/nt"
)

// idName is an id as a name has it on its way to the driver.
func idName(id uint64) string {
	var b []byte
	for i := range 4 {
		switch u := uint16(id >> (16 * i)); {
		case u >= 0xD800 && u < 0xE000:
			b = append(b, 0xED, 0x80|byte(u>>6&0x3F), 0x80|byte(u&0x3F))
		default:
			b = utf8.AppendRune(b, rune(u))
		}
	}
	return string(b)
}

// id is what FileInternalInformation says.
func (f *file) id() uint64 {
	f.w.t.Helper()
	id, s := query[int64](f, nt.FileInternalInformationClass)
	f.w.expect("FileInternalInformation", s, nt.StatusSuccess)
	return uint64(id)
}

// byID opens what has an id, from an open file of the volume.
func (w *world) byID(root *file, id uint64, h how) (*file, uint64, nt.Status) {
	h.root = root
	h.options |= nt.FileOpenByFileID
	return w.try(idName(id), h)
}

// path is what FileNameInformation says.
func (f *file) path() string {
	b := make([]byte, 1000)
	i, s := f.information(io.QueryInformation, nt.FileNameInformationClass, b)
	f.w.expect("FileNameInformation", s, nt.StatusSuccess)
	return text16(b[4:i.Information])
}

// TestByID (I10): a file is opened by its id from the volume, from its directory, from any other file and by a path; it is
// the same file as by its name.
func TestByID(t *testing.T) {
	simulate(t, formatted(t, 8<<10), func(w *world) {
		w.open(`\dir`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		w.open(`\dir\sub`, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
		f := w.create(`\dir\sub\a file.txt`)
		w.expect("write", f.write(fill(5000, 1), 0), nt.StatusSuccess)
		for i := range 100 {
			w.create(fmt.Sprintf(`\dir\sub\F%d`, i)).close()
		}
		volume, root, dir, other := w.open("", how{disposition: nt.FileOpen}), w.open(`\`, how{disposition: nt.FileOpen}), w.open(`\dir`, how{disposition: nt.FileOpen}),
			w.create(`\other`)
		ids := map[string]uint64{`\dir\sub\a file.txt`: f.id(), `\`: root.id(), `\dir`: dir.id(), `\other`: other.id()}
		all, s := query[nt.FileAllInformation](f, nt.FileAllInformationClass)
		w.expect("FileAllInformation", s, nt.StatusBufferOverflow)
		w.expect("its id", uint64(all.IndexNumber), f.id())
		backslash := false
		for i := range 100 {
			p := fmt.Sprintf(`\dir\sub\F%d`, i)
			x := w.open(p, how{disposition: nt.FileOpen})
			ids[p] = x.id()
			backslash = backslash || uint16(x.id()) == '\\'
			x.close()
		}
		w.expect("an id that begins with a backslash", backslash, true)
		for p, id := range ids {
			for _, from := range []*file{volume, root, dir, other, f, nil} {
				x, information, s := w.byID(from, id, how{disposition: nt.FileOpen})
				if from == nil {
					x, information, s = w.try(`\`+idName(id), how{disposition: nt.FileOpen, options: nt.FileOpenByFileID})
				}
				if !s.OK() || information != nt.FileOpened {
					t.Errorf("%s by %X: %v, %d", p, id, s, information)
					continue
				}
				w.expect("the name of "+p, x.path(), p)
				w.expect("the id of "+p, x.id(), id)
				x.close()
			}
		}
		x, _, s := w.byID(root, f.id(), how{disposition: nt.FileOpen})
		w.expect("open", s, nt.StatusSuccess)
		w.expect("one file", x.Context == f.Context, true)
		w.expect("write", x.write([]byte("by the id"), 100), nt.StatusSuccess)
		b, s := f.read(9, 100)
		w.expect("read", string(b), "by the id")
		w.expect("read", s, nt.StatusSuccess)
		x.close()
		for _, h := range []*file{volume, root, dir, other, f} {
			h.close()
		}
		w.shutdown()
		w.check()
	})
}

// TestByIDNames (I10): names that are no ids, and ids of nothing.
func TestByIDNames(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		f := w.create(`\file`)
		id := idName(f.id())
		for _, c := range []struct {
			what, name string
			related    bool
			want       nt.Status
		}{
			{"the id", id, true, 0},
			{"no name", "", true, nt.StatusInvalidParameter},
			{"two bytes", "a", true, nt.StatusInvalidParameter},
			{"six bytes", id[:3], true, nt.StatusInvalidParameter},
			{"ten bytes", id + "a", true, nt.StatusInvalidParameter},
			{"sixteen bytes", id + id, true, nt.StatusInvalidParameter},
			{"a backslash before it", `\` + id, true, nt.StatusInvalidParameter},
			{"zero", "\x00\x00\x00\x00", true, nt.StatusInvalidParameter},
			{"a name", `\fil`, true, nt.StatusInvalidParameter},
			{"backslashes", `\\\\`, true, nt.StatusInvalidParameter},
			{"a path", `\` + id, false, 0},
			{"the volume", "", false, nt.StatusInvalidParameter},
			{"the root", `\`, false, nt.StatusInvalidParameter},
			{"a name as a path", `\file`, false, nt.StatusInvalidParameter},
			{"a longer path", `\` + id + `\`, false, nt.StatusInvalidParameter},
			{"two backslashes", `\\` + id, false, nt.StatusInvalidParameter},
		} {
			h := how{disposition: nt.FileOpen, options: nt.FileOpenByFileID}
			if c.related {
				h.root = f
			}
			x, _, s := w.try(c.name, h)
			w.expect(c.what, s, c.want)
			if x != nil {
				x.close()
			}
		}
		for disposition := uint32(0); disposition <= nt.FileOverwriteIf; disposition++ {
			_, _, s := w.byID(f, f.id()+1, how{disposition: disposition})
			w.expect(fmt.Sprintf("an id of nothing, disposition %d", disposition), s, nt.StatusInvalidParameter)
		}
		_, _, s := w.try(`\x`, how{disposition: nt.FileOpen, root: f})
		w.expect("a name with a backslash", s, nt.StatusObjectPathSyntaxBad)
		f.close()
	})
}

// TestByIDOpens (I10): sharing, attributes, dispositions, renames and deletes are those of opens by name.
func TestByIDOpens(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		root := w.open(`\`, how{disposition: nt.FileOpen})
		f := w.open(`\file`, how{disposition: nt.FileCreate, share: nt.FileShareRead})
		id := f.id()
		_, _, s := w.byID(root, id, how{disposition: nt.FileOpen, access: nt.FileWriteData})
		w.expect("sharing", s, nt.StatusSharingViolation)
		_, _, s = w.byID(root, id, how{disposition: nt.FileOpen, options: nt.FileDirectoryFile})
		w.expect("no directory", s, nt.StatusNotADirectory)
		_, _, s = w.byID(root, root.id(), how{disposition: nt.FileOpen, options: nt.FileNonDirectoryFile})
		w.expect("a directory", s, nt.StatusFileIsADirectory)
		_, _, s = w.byID(root, root.id(), how{disposition: nt.FileOpen, options: nt.FileDeleteOnClose})
		w.expect("the root's end", s, nt.StatusCannotDelete)
		f.close()
		for _, c := range []struct {
			disposition uint32
			want        nt.Status
			information uint64
		}{{nt.FileOpenIf, 0, nt.FileOpened}, {nt.FileOverwrite, 0, nt.FileOverwritten}, {nt.FileOverwriteIf, 0, nt.FileOverwritten},
			{nt.FileSupersede, 0, nt.FileSuperseded}, {nt.FileCreate, nt.StatusObjectNameCollision, nt.FileExists}} {
			x, information, s := w.byID(root, id, how{disposition: c.disposition})
			if s != c.want || information != c.information {
				t.Errorf("disposition %d: %v, %d", c.disposition, s, information)
			}
			if x != nil {
				x.close()
			}
		}
		h := w.open(`\file`, how{disposition: nt.FileOpen, asynchronous: true})
		p := h.request(nt.FsctlRequestBatchOplock)
		w.expect("an oplock", p.status(), nt.StatusPending)
		x, _, s := w.byID(root, id, how{disposition: nt.FileOpen, options: nt.FileCompleteIfOplocked})
		w.expect("an open that breaks it", s, nt.StatusOplockBreakInProgress)
		w.expect("it is broken", p.status(), nt.StatusSuccess)
		x.close()
		h.close()
		x, _, s = w.byID(root, id, how{disposition: nt.FileOpen})
		w.expect("open", s, nt.StatusSuccess)
		w.expect("attributes", set(x, nt.FileBasicInformationClass, nt.FileBasicInformation{FileAttributes: nt.FileAttributeReadOnly}), nt.StatusSuccess)
		x.close()
		_, _, s = w.byID(root, id, how{disposition: nt.FileOpen, access: nt.FileWriteData})
		w.expect("write to what may be read", s, nt.StatusAccessDenied)
		_, _, s = w.byID(root, id, how{disposition: nt.FileOpen, access: nt.Delete, options: nt.FileDeleteOnClose})
		w.expect("delete of what may be read", s, nt.StatusCannotDelete)
		x, _, s = w.byID(root, id, how{disposition: nt.FileOpen, access: nt.FileWriteAttributes | nt.Delete})
		w.expect("open", s, nt.StatusSuccess)
		w.expect("attributes", set(x, nt.FileBasicInformationClass, nt.FileBasicInformation{FileAttributes: nt.FileAttributeNormal}), nt.StatusSuccess)
		w.expect("rename", x.rename(nil, "a name that is so long that it has another place", false), nt.StatusSuccess)
		w.expect("the name", x.path(), `\a name that is so long that it has another place`)
		now := x.id()
		x.close()
		_, _, s = w.byID(root, id, how{disposition: nt.FileOpen})
		w.expect("the old id", s, nt.StatusInvalidParameter)
		x, _, s = w.byID(root, now, how{disposition: nt.FileOpen, options: nt.FileDeleteOnClose})
		w.expect("the new id", s, nt.StatusSuccess)
		y, _, s := w.byID(root, now, how{disposition: nt.FileOpen})
		w.expect("twice", s, nt.StatusSuccess)
		x.close()
		_, _, s = w.byID(root, now, how{disposition: nt.FileOpen})
		w.expect("what is to go", s, nt.StatusDeletePending)
		y.close()
		_, _, s = w.byID(root, now, how{disposition: nt.FileOpen})
		w.expect("what has gone", s, nt.StatusInvalidParameter)
		root.close()
		w.shutdown()
		w.check()
	})
}
