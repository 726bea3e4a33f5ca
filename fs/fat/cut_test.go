package fat

import (
	"bytes"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

var allCuts = flag.Bool("cuts", false, "TestPowerCut tries every point, not one of 23")

// overlay is a disk with changes that are forgotten.
type overlay struct {
	*disk
	changed map[uint64][]byte
}

func (o *overlay) ReadAt(p []byte, s uint64) error {
	if err := o.disk.ReadAt(p, s); err != nil {
		return err
	}
	for i := 0; i < len(p); i += o.sector {
		if b := o.changed[s+uint64(i/o.sector)]; b != nil {
			copy(p[i:], b)
		}
	}
	return nil
}

func (o *overlay) WriteAt(p []byte, s uint64) error {
	for i := 0; i < len(p); i += o.sector {
		o.changed[s+uint64(i/o.sector)] = bytes.Clone(p[i : i+o.sector])
	}
	return nil
}

func (o *overlay) Flush() error { return nil }

// image is the disk with the changes.
func (o *overlay) image() *disk {
	d := &disk{data: bytes.Clone(o.data), sector: o.sector}
	for s, b := range o.changed {
		copy(d.data[s*uint64(d.sector):], b)
	}
	return d
}

// era is the time from one flush to the next.
type era struct {
	from    int               // writes that the flush waited for
	files   map[string][]byte // that were safe then
	touched map[string]bool   // files that were changed since, in any way
	grown   map[string]bool   // of them, those that were appended to only
	moved   map[string]string // of them, those that were renamed only
}

// session works on a volume and notes what has to be there at a cut.
func session(t *testing.T, d *disk, steps int) (eras []*era) {
	v := mount(t, d)
	m := newModel(t, v, 5, 3000)
	put := func(p string, n int) {
		put(t, v, p, pattern(len(p), n))
		m.set(p, pattern(len(p), n))
	}
	mkdir(t, v, `\dir`)
	m.set(`\dir`, nil)
	put(`\stays`, 5000)
	put(`\dir\stays too, with a long name`, 700)
	if err := v.Flush(); err != nil {
		t.Fatal(err)
	}
	d.record = true
	var e *era
	begin := func() {
		files := map[string][]byte{}
		for p, b := range m.files {
			files[p] = bytes.Clone(b)
			if b != nil && files[p] == nil {
				files[p] = []byte{}
			}
		}
		e = &era{len(d.log), files, map[string]bool{}, map[string]bool{}, map[string]string{}}
		eras = append(eras, e)
	}
	begin()
	for range steps {
		before := maps.Clone(m.files)
		at := len(m.log)
		m.step()
		for p, b := range before {
			now, ok := m.files[p]
			if ok && bytes.Equal(now, b) {
				continue
			}
			words := strings.Join(m.log[at:], "\n")
			switch {
			case !e.touched[p] && strings.HasPrefix(words, "rename") && !ok:
				for q, x := range m.files {
					if _, was := before[q]; (!was || strings.HasSuffix(words, "to "+q)) && bytes.Equal(x, b) && b != nil {
						e.moved[p] = q
					}
				}
			case !e.touched[p] && ok && b != nil && len(now) >= len(b) && bytes.Equal(now[:len(b)], b):
				e.grown[p] = true
			default:
				delete(e.grown, p)
				delete(e.moved, p)
			}
			e.touched[p] = true
		}
		for p := range m.files {
			if _, was := before[p]; !was || slices.Contains(m.log[at:], "flush") {
				if !was {
					e.touched[p] = true
				}
			}
		}
		for p, q := range e.moved { // what was moved and changed again
			if b, ok := m.files[q]; !ok || !bytes.Equal(b, e.files[p]) {
				delete(e.moved, p)
			}
		}
		if slices.Contains(m.log[at:], "flush") {
			begin()
		}
	}
	d.record = false
	return eras
}

// TestPowerCut (I9): a session's writes are cut at a point. The volume mounts and is mended;
// what had been flushed before and not touched since is whole, what was appended to begins
// with what was there, what was renamed has one of its names; and fsck.fat finds nothing.
func TestPowerCut(t *testing.T) {
	for _, s := range []shape{{FAT12, 512, 1, 1440}, {FAT16, 512, 4, 16 << 10}, {FAT32, 512, 1, 40 << 10}} {
		t.Run(s.String(), func(t *testing.T) {
			d := format(t, s)
			start := bytes.Clone(d.data)
			steps := 400
			if testing.Short() {
				steps = 120
			}
			// The recording begins behind session's first flush.
			var first []byte
			eras := func() []*era {
				w := &disk{data: d.data, sector: d.sector}
				e := session(t, w, steps)
				d.log = w.log
				return e
			}()
			// Make the state at the beginning of the recording.
			replay := &disk{data: start, sector: d.sector}
			prepare(t, replay)
			first = replay.data
			base := &disk{data: first, sector: d.sector}
			r := rand.New(rand.NewPCG(1, 1))
			points, e := 0, 0
			barrier, applied := 0, 0
			stride := 23
			if *allCuts || *full {
				stride = 1
			}
			for i := 0; i <= len(d.log); i++ {
				for e+1 < len(eras) && eras[e+1].from <= i {
					e++
				}
				if i%stride == 0 || i == len(d.log) {
					points++
					o := &overlay{base, map[uint64][]byte{}}
					for _, w := range d.log[applied:i] {
						o.changed[w.sector] = w.data
					}
					cut(t, o, eras[e], i, points%50 == 0)
					if s.kind != FAT12 && i > barrier+1 {
						// The device has kept some of the writes since the last flush.
						o = &overlay{base, map[uint64][]byte{}}
						for _, w := range d.log[applied:i] {
							if r.IntN(2) == 0 {
								o.changed[w.sector] = w.data
							}
						}
						cut(t, o, eras[e], i, points%50 == 0)
						points++
					}
					if t.Failed() {
						return
					}
				}
				if i < len(d.log) && d.log[i].data == nil {
					for _, w := range d.log[applied:i] {
						copy(base.data[w.sector*uint64(base.sector):], w.data)
					}
					applied, barrier = i+1, i
				}
			}
			t.Logf("%d points of %d writes, %d flushes", points, len(d.log), len(eras))
		})
	}
}

// prepare does what session does before it records.
func prepare(t *testing.T, d *disk) {
	v := mount(t, d)
	mkdir(t, v, `\dir`)
	put(t, v, `\stays`, pattern(len(`\stays`), 5000))
	put(t, v, `\dir\stays too, with a long name`, pattern(len(`\dir\stays too, with a long name`), 700))
	if err := v.Flush(); err != nil {
		t.Fatal(err)
	}
}

// cut looks at a disk that was cut.
func cut(t *testing.T, o *overlay, e *era, at int, tools bool) {
	t.Helper()
	v, err := Mount(o, Options{Now: clock})
	if err != nil {
		t.Errorf("cut at %d: %v", at, err)
		return
	}
	got, err := tree(v)
	if err != nil {
		t.Errorf("cut at %d: %v", at, err)
	}
	bad := func(p string, what string) {
		t.Helper()
		t.Errorf("cut at %d: %s: %s; the check found %v", at, p, what, v.Report().Found)
	}
	for p, b := range e.files {
		g, ok := got[p]
		switch to, moved := e.moved[p]; {
		case !e.touched[p] && (!ok || !bytes.Equal(g, b)):
			inMoved := false
			for q := range e.touched { // a directory above it was renamed
				inMoved = inMoved || strings.HasPrefix(p, q+`\`)
			}
			if !inMoved {
				bad(p, "it was safe")
			}
		case moved && !ok:
			above := false
			for q := range e.touched {
				above = above || strings.HasPrefix(p, q+`\`) || strings.HasPrefix(to, q+`\`)
			}
			if g, ok := got[to]; !above && (!ok || !bytes.Equal(g, b)) {
				bad(p, "it was renamed to "+to+", which is not there either")
			}
		case e.grown[p] && ok && (len(g) < len(b) || !bytes.Equal(g[:len(b)], b)):
			bad(p, "it was appended to, and its beginning is not what it was")
		}
	}
	if r, err := v.Check(false); err != nil || r.Count != 0 {
		t.Errorf("cut at %d: after the check: %v %v; it found %v", at, r.Found, err, v.Report().Found)
	}
	// It can be worked with.
	n, _, err := v.Open(nil, `\after the cut`, OpenOptions{Disposition: nt.FileCreate})
	if err == nil {
		err = n.WriteAt([]byte("x"), 0)
		n.Close()
	}
	if err != nil && StatusOf(err) != nt.StatusDiskFull {
		t.Errorf("cut at %d: %v", at, err)
	}
	if err := v.Unmount(); err != nil {
		t.Errorf("cut at %d: %v", at, err)
	}
	if tools {
		fsck(t, o.image(), "after a cut")
	}
}
