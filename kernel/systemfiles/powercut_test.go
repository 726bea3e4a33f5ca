package systemfiles

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gont/cm"
	"gont/cm/regf"
	"gont/fs/fat"
	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/nt"
)

var full = flag.Bool("full", false, "the long form of TestPowerCuts: every point of longer sessions (`make test-full`)")

// sectorWrite is a sector that was written to the disk, or, without data, a flush.
type sectorWrite struct {
	sector uint64
	data   []byte
}

// era is the time from one flush of the volume to the next.
type era struct {
	from    int               // of the disk's log
	files   map[string][]byte // that were safe then
	value   uint32            // of the registry that was safe then
	touched map[string]touch  // what was done with them since
	names   map[string][]byte // numbers of the files that have had a name since, a byte each
	changed map[byte]bool     // numbers of files that were overwritten since, by any name
	wrote   []int             // places in the log, and the registry's values that were safe there
	values  []uint32
	last    uint32 // value that was set in this era at the latest
}

// touch is what was done with a file since a flush.
type touch int

const (
	grown   touch = 1 << iota // it was appended to
	written                   // it was overwritten in place
	cut                       // it was cut off
	gone                      // it was deleted or renamed
	other                     // another file has had its name since
)

// session works on files and the registry at a time, as the kernel's own drivers and programs do.
type session struct {
	t     *testing.T
	w     *kfiletest.World
	r     *rand.Rand
	log   []sectorWrite
	eras  []*era
	files map[string][]byte
	next  byte
	value uint32
	safe  uint32
}

// Bytes of files come in records of eight: the file's number, a version, zeros, and the place in
// the file. So what a cut leaves tells whose it is.
const recordSize = 8

func records(number, version byte, at, n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += recordSize {
		b[i], b[i+1] = number, version
		binary.LittleEndian.PutUint32(b[i+4:], uint32((at+i)/recordSize)+1)
	}
	return b
}

// ownRecords says whether bytes are records of a file with one of these numbers at their places, or
// zeros.
func ownRecords(b, numbers []byte) bool {
	for i := 0; i+recordSize <= len(b); i += recordSize {
		x := b[i : i+recordSize]
		if binary.LittleEndian.Uint64(x) != 0 && (!bytes.Contains(numbers, x[:1]) || binary.LittleEndian.Uint32(x[4:]) != uint32(i/recordSize)+1) {
			return false
		}
	}
	return true
}

func (s *session) era() *era { return s.eras[len(s.eras)-1] }

// begin is a new era: all that there is, is safe.
func (s *session) begin() {
	e := &era{from: len(s.log), files: maps.Clone(s.files), value: s.safe, last: s.value, touched: map[string]touch{}, names: map[string][]byte{}, changed: map[byte]bool{}}
	for p, b := range s.files {
		if len(b) > 0 {
			e.names[p] = []byte{b[0]}
		}
	}
	s.eras = append(s.eras, e)
}

func (s *session) touch(p string, what touch) {
	e := s.era()
	if e.touched[p]&other == 0 {
		e.touched[p] |= what
	}
}

// check fails the session.
func (s *session) check(what string, err error) {
	if err != nil {
		panic(fmt.Sprintf("%s: %v", what, err))
	}
}

func (s *session) open(p string, disposition uint32) *kfile.File {
	f, st := kfile.Open(kfiletest.System+p, kfile.Options{Disposition: disposition, Access: nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.Delete | nt.Synchronize})
	s.check(p, st.Err())
	return f
}

func (s *session) pick() string {
	list := slices.Sorted(maps.Keys(s.files))
	if len(list) == 0 {
		return ""
	}
	return list[s.r.IntN(len(list))]
}

// mostFiles and mostBytes keep the volume from being full.
const (
	mostFiles = 25
	mostFile  = 40_000
)

// step does one thing.
func (s *session) step() {
	p := s.pick()
	k := s.r.IntN(24)
	if p == "" || k < 5 && len(s.files) < mostFiles {
		s.create()
		return
	}
	b := s.files[p]
	size := 1 + s.r.IntN(1500)
	version := byte(s.r.IntN(256))
	switch {
	case k < 5:
		s.remove(p)
	case k < 9 && len(b) < mostFile: // append
		f := s.open(p, nt.FileOpen)
		more := records(b[0], version, len(b), size*recordSize)
		_, err := f.WriteAt(more, int64(len(b)))
		s.check("append", err)
		f.Close()
		s.files[p] = slices.Concat(b, more)
		s.touch(p, grown)
	case k < 12: // overwrite
		f := s.open(p, nt.FileOpen)
		at := s.r.IntN(len(b)/recordSize) * recordSize
		part := records(b[0], version, at, min(size*recordSize, len(b)-at))
		_, err := f.WriteAt(part, int64(at))
		s.check("overwrite", err)
		f.Close()
		b = slices.Clone(b)
		copy(b[at:], part)
		s.files[p] = b
		s.touch(p, written)
		s.era().changed[b[0]] = true
	case k < 14: // truncate
		f := s.open(p, nt.FileOpen)
		n := recordSize * (1 + s.r.IntN(len(b)/recordSize))
		s.check("truncate", f.Truncate(int64(n)))
		f.Close()
		s.files[p] = b[:n:n]
		s.touch(p, cut)
	case k < 16:
		s.remove(p)
	case k < 19:
		s.rename(p)
	case k < 21:
		s.value++
		set(s.t, "n", s.value)
		for i := range s.r.IntN(30) {
			set(s.t, fmt.Sprintf("x%d", i), s.value)
		}
		s.era().last = s.value
		if s.r.IntN(2) == 0 {
			k, st := cm.OpenKey(`\Registry\Machine\SYSTEM\Test`)
			s.check("key", st.Err())
			s.check("flush of the registry", k.Flush().Err())
			k.Close()
			s.safe = s.value
			e := s.era()
			e.wrote, e.values = append(e.wrote, len(s.log)), append(e.values, s.safe)
		}
	case k < 22:
		s.w.Sleep(int64(1 + s.r.IntN(8)))
	default:
		f := s.open(p, nt.FileOpen)
		s.check("flush", f.Sync())
		f.Close()
		s.begin()
	}
}

func (s *session) create() {
	name := []string{"a", "Long name of a file ", "TXT.", "ü"}[s.r.IntN(4)] + fmt.Sprint(s.r.IntN(100))
	p := []string{`\`, `\dir\`}[s.r.IntN(2)] + name
	if _, exists := s.files[p]; exists {
		return
	}
	s.next++
	if s.next == 0 {
		s.next = 1
	}
	f := s.open(p, nt.FileCreate)
	b := records(s.next, 0, 0, recordSize*(1+s.r.IntN(2000)))
	_, err := f.WriteAt(b, 0)
	s.check("write", err)
	f.Close()
	s.named(p, b)
}

// named is for a file that has a name now.
func (s *session) named(p string, b []byte) {
	s.files[p] = b
	e := s.era()
	e.names[p] = append(e.names[p], b[0])
	s.touch(p, other)
}

func (s *session) remove(p string) {
	f := s.open(p, nt.FileOpen)
	s.check("delete", f.Delete())
	f.Close()
	delete(s.files, p)
	s.touch(p, gone)
}

// rename gives a file a new name, or that of another one, which goes.
func (s *session) rename(p string) {
	to := []string{`\`, `\dir\`}[s.r.IntN(2)] + fmt.Sprintf("renamed %d", s.r.IntN(50))
	if s.r.IntN(3) == 0 {
		to = s.pick()
	}
	if to == p {
		return
	}
	s.check("rename", kfile.Rename(kfiletest.System+p, kfiletest.System+to).Err())
	b := s.files[p]
	delete(s.files, p)
	s.touch(p, gone)
	if s.files[to] != nil {
		s.touch(to, gone)
	}
	s.named(to, b)
}

// shadow is a disk that was cut: an image with other sectors. What is written to it is forgotten.
type shadow struct {
	kfiletest.Image
	changed map[uint64][]byte
}

// ReadAt implements fat.Device.
func (d *shadow) ReadAt(p []byte, sector uint64) error {
	d.Image.ReadAt(p, sector)
	for i := 0; i < len(p); i += 512 {
		if b := d.changed[sector+uint64(i/512)]; b != nil {
			copy(p[i:], b)
		}
	}
	return nil
}

// WriteAt implements fat.Device.
func (d *shadow) WriteAt(p []byte, sector uint64) error {
	for i := 0; i < len(p); i += 512 {
		d.changed[sector+uint64(i/512)] = slices.Clone(p[i : i+512])
	}
	return nil
}

// whole is the disk's bytes.
func (d *shadow) whole() []byte {
	b := slices.Clone([]byte(d.Image))
	for s, x := range d.changed {
		copy(b[s*512:], x)
	}
	return b
}

func contents(v *fat.Volume, p string) ([]byte, error) {
	n, _, err := v.Open(nil, p, fat.OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		return nil, err
	}
	defer n.Close()
	b := make([]byte, n.Size())
	if len(b) > 0 {
		_, err = n.ReadAt(b, 0)
	}
	return b, err
}

// look mounts a disk that was cut at a place of the log and says what is wrong with it.
func (e *era) look(d *shadow, at int, names map[string]bool) error {
	v, err := fat.Mount(d, fat.Options{})
	if err != nil {
		return err
	}
	defer v.Unmount()
	bad := func(p, format string, a ...any) error {
		return fmt.Errorf("%s: %s; the check has mended %v", p, fmt.Sprintf(format, a...), v.Report().Found)
	}
	for p := range names {
		b, err := contents(v, p)
		there := err == nil
		if !there && fat.StatusOf(err) != nt.StatusObjectNameNotFound {
			return bad(p, "%v", err)
		}
		old, was := e.files[p]
		what := e.touched[p]
		switch {
		case there && !ownRecords(b, e.names[p]):
			return bad(p, "it has bytes of another file")
		case was && what == 0 && !bytes.Equal(b, old):
			return bad(p, "%d bytes, %d were safe (%v)", len(b), len(old), err)
		case was && what == grown && (len(b) < len(old) || !bytes.Equal(b[:len(old)], old)):
			return bad(p, "it was appended to, and its %d bytes do not begin with what was safe, %d", len(b), len(old))
		case was && what == written && len(b) != len(old):
			return bad(p, "it was overwritten and has %d bytes, not %d", len(b), len(old))
		case was && what == gone && there && !e.changed[old[0]] && !bytes.Equal(b, old):
			return bad(p, "it was deleted, and is there in parts: %d bytes of %d", len(b), len(old))
		case !was && what == 0 && there:
			return bad(p, "it had no such name")
		}
	}
	var hive [3][]byte
	for i, suffix := range []string{"", ".LOG1", ".LOG2"} {
		b, err := contents(v, hivePath+suffix)
		if err != nil && (i == 0 || fat.StatusOf(err) != nt.StatusObjectNameNotFound) {
			return bad(hivePath+suffix, "%v", err)
		}
		hive[i] = b
	}
	h, r, err := regf.Load(hive[0], regf.Options{Logs: [][]byte{hive[1], hive[2]}})
	if err == nil && r.Faults > 0 {
		err = fmt.Errorf("the hive has faults: %v", cm.DescribeFaults(r.List))
	}
	if err != nil {
		return bad(hivePath, "%v", err)
	}
	safe, got := e.value, uint32(0)
	for i, n := range e.wrote {
		if n <= at {
			safe = e.values[i]
		}
	}
	if key := h.Open(h.Root(), "Test"); key != regf.NoCell {
		if x, ok := h.Value(key, regf.Encode("n")); ok {
			got = binary.LittleEndian.Uint32(h.AppendData(nil, x))
		}
	}
	if got < safe || got > e.last {
		return bad(hivePath, "the value is %d; %d was safe, %d the last", got, safe, e.last)
	}
	if r, err := v.Check(false); err != nil || r.Count > 0 {
		return fmt.Errorf("after the check: %v, %v", r.Found, err)
	}
	return v.Unmount()
}

// TestPowerCuts (I9, X1): the power goes at any sector that is written while files are made,
// appended to, overwritten, cut off, renamed and deleted and the registry is flushed, all by the
// kernel's own stack: cm, the page cache, fastfat, the disk. The volume mounts and is
// mended; what was flushed is whole; no file has bytes of another one; the hive loads and has
// what was flushed; fsck.fat finds nothing after the check.
func TestPowerCuts(t *testing.T) {
	steps, stride := 120, 1
	if testing.Short() {
		stride = 7
	}
	if *full {
		steps, stride = 1200, 1
	}
	for _, o := range []struct {
		kb   int
		kind fat.Kind
	}{{4096, fat.FAT12}, {16 << 10, fat.FAT16}, {40 << 10, fat.FAT32}} {
		if o.kind == fat.FAT32 && !*full {
			continue
		}
		t.Run(o.kind.String(), func(t *testing.T) {
			powerCuts(t, o.kb, o.kind, steps, stride)
		})
	}
}

func powerCuts(t *testing.T, kb int, kind fat.Kind, steps, stride int) {
	hive := systemHive(t)
	image := installedOn(t, kb, kind, hive)
	start := slices.Clone(image)
	s := &session{t: t, r: rand.New(rand.NewPCG(uint64(kb), 3)), files: map[string][]byte{}}
	run(t, image, hive, func(w *kfiletest.World, said *[]string) {
		s.w = w
		Start("")
		s.check("directory", kfile.MakeDirectory(kfiletest.System+`\dir`).Err())
		w.Sleep(20)
		start = slices.Clone(image)
		w.Disk.Written = func(sector uint64, p []byte) {
			for i := 0; i < len(p); i += 512 {
				s.log = append(s.log, sectorWrite{sector + uint64(i/512), slices.Clone(p[i : i+512])})
			}
		}
		w.Disk.Flushed = func() { s.log = append(s.log, sectorWrite{}) }
		s.begin()
		for range steps {
			s.step()
		}
		if len(*said) > 0 || len(w.Said) > 0 {
			t.Errorf("%q %q", *said, w.Said)
		}
	})
	names := map[string]bool{}
	for _, e := range s.eras {
		for p := range e.files {
			names[p] = true
		}
		for p := range e.touched {
			names[p] = true
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	points, applied := 0, 0 // base has the log up to applied, a flush
	base := start
	eras := s.eras
	try := func(at int, some bool) bool {
		d := &shadow{base, map[uint64][]byte{}}
		for _, x := range s.log[applied:at] {
			if !some || r.IntN(2) == 0 {
				d.changed[x.sector] = x.data
			}
		}
		points++
		err := eras[0].look(d, at, names)
		if err == nil && points%200 == 0 {
			err = fsck(t, d.whole())
		}
		if err != nil {
			t.Errorf("cut at %d of %d (some of the writes: %v): %v", at, len(s.log), some, err)
		}
		return err == nil
	}
	for at := 0; at <= len(s.log); at++ {
		for len(eras) > 1 && eras[1].from <= at {
			eras = eras[1:]
		}
		if at%stride == 0 || at == len(s.log) {
			// A disk writes what it has got since a flush in any order; FAT12's entries may lie
			// in two sectors, which its check tells from the other FAT only when they come in order.
			if !try(at, false) || kind != fat.FAT12 && at > applied+1 && !try(at, true) {
				return
			}
		}
		if at < len(s.log) && s.log[at].data == nil {
			for _, x := range s.log[applied:at] {
				copy(base[x.sector*512:], x.data)
			}
			applied = at + 1
		}
	}
	t.Logf("%d points of %d sectors, %d flushes of the volume, the registry's value is %d", points, len(s.log), len(s.eras), s.value)
}

// fsck has fsck.fat look at an image.
func fsck(t *testing.T, image []byte) error {
	if _, err := exec.LookPath("fsck.fat"); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			return err
		}
		return nil
	}
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, image, 0o666); err != nil {
		return err
	}
	defer os.Remove(name)
	if out, err := exec.Command("fsck.fat", "-n", name).CombinedOutput(); err != nil {
		return fmt.Errorf("fsck.fat: %v\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
