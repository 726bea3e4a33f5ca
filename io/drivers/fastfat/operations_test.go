package fastfat

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gont/fs/fat"
	"gont/io"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

var (
	full = flag.Bool("full", false, "the long forms of TestOperations and TestDamagedDisks: `make test-full`")
	seed = flag.Uint64("seed", 1, "seed of TestOperations and TestDamagedDisks")
)

// shape is a volume that TestOperations works on.
type shape struct {
	kind    fat.Kind
	sector  int
	cluster uint32 // bytes
	kb      int
	file    int // most bytes of what is written at a time
	threads int
	long    bool // for -full alone
}

func (s shape) String() string {
	return fmt.Sprintf("%v-%dx%d-%dK-%d", s.kind, s.sector, s.cluster, s.kb, s.threads)
}

// mtools reads no FAT32 volume that Windows would not make: with so few clusters, or with sectors
// of 4096 bytes.
func (s shape) mtools() bool {
	return s.sector == 512 && (s.kind != fat.FAT32 || s.kb<<10/int(s.cluster) > 67000)
}

// TestOperations (I9): operations of all sorts, through the driver and the page cache, do what
// they do to a model; with several threads, each in a directory of its own, on a disk whose
// requests end in any order. At the end the volume is clean for fs/fat's check and for
// fsck.fat, and mtools read what the models have. -full: 100,000 operations.
func TestOperations(t *testing.T) {
	for _, s := range []shape{
		{fat.FAT12, 512, 512, 1440, 15000, 1, false},
		{fat.FAT16, 512, 4096, 32 << 10, 200000, 1, false},
		{fat.FAT12, 512, 64 << 10, 30 << 10, 200000, 3, false},
		{fat.FAT32, 512, 512, 40 << 10, 100000, 3, false},
		{fat.FAT32, 4096, 4096, 280 << 10, 200000, 2, true},
		{fat.FAT32, 512, 4096, 300 << 10, 400000, 1, true},
		{fat.FAT16, 512, 64 << 10, 280 << 10, 300000, 1, true},
	} {
		if s.long && !*full {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			n := 700
			if testing.Short() {
				n = 250
			}
			if *full {
				n = 100_000/7 + 1
			}
			operations(t, s, n)
		})
	}
}

func operations(t *testing.T, s shape, n int) {
	var workers []*worker
	var image []byte
	simulateSectors(t, formattedAs(t, s), s.sector, func(w *world) {
		image = w.disk.data
		for i := range s.threads {
			r := rand.New(rand.NewPCG(*seed, uint64(s.kb+i)))
			k := &worker{w: w, r: r, crowd: 100, alone: s.threads == 1, most: s.file, files: map[string][]byte{}, fold: map[string]string{}, held: map[string]*file{}}
			if !k.alone {
				k.root = fmt.Sprintf(`\worker %d`, i)
				w.open(k.root, how{disposition: nt.FileCreate, options: nt.FileDirectoryFile}).close()
			}
			workers = append(workers, k)
		}
		rounds := (n + 1999) / 2000
		for range rounds {
			if s.threads > 1 {
				w.disk.later = rand.New(rand.NewPCG(*seed, 99))
			}
			parallel(workers, func(k *worker) {
				for range n / rounds / s.threads {
					k.step()
				}
				k.closeAll()
			})
			w.disk.later = nil
			w.shutdown()
			w.check()
			for _, k := range workers {
				k.compare()
			}
		}
		if v := w.open("", how{disposition: nt.FileOpen}); true {
			_, s := v.control(nt.FsctlDismountVolume, nil, nil)
			w.expect("dismount", s, nt.StatusSuccess)
			v.close()
		}
		if len(w.said) > 0 {
			t.Errorf("said %q", w.said)
		}
	})
	if t.Failed() {
		return
	}
	files := map[string][]byte{}
	for _, k := range workers {
		if !k.alone {
			files[k.root] = nil
		}
		for p, b := range k.files {
			files[k.root+p] = b
		}
		t.Logf("%d files and directories, %d times no room", len(k.files), k.full)
	}
	judge(t, s, image, files)
}

// parallel has each worker work in a thread, and waits for all.
func parallel(workers []*worker, work func(*worker)) {
	if len(workers) == 1 {
		work(workers[0])
		return
	}
	var list []*ps.Thread
	for _, k := range workers {
		th := ps.CreateSystemThread(k.root, 8, func(*ps.Thread) { work(k) })
		list = append(list, th)
		ke.StartThread(th.Thread)
	}
	for _, th := range list {
		ke.WaitForSingleObject(th.Thread, ke.KernelMode, false, nil)
		th.Object.Dereference()
	}
}

// judge has fsck.fat and mtools look at a volume.
func judge(t *testing.T, s shape, image []byte, files map[string][]byte) {
	t.Helper()
	for _, p := range []string{"fsck.fat", "mcopy", "mdir"} {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("GONT_TEST") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "image")
	if err := os.WriteFile(name, image, 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(program string, arguments ...string) string {
		c := exec.Command(program, arguments...)
		c.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1", "TZ=UTC")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%.2000s", program, err, out)
		}
		return string(out)
	}
	run("fsck.fat", "-n", name)
	if !s.mtools() || len(files) == 0 {
		return
	}
	out := filepath.Join(dir, "out")
	os.Mkdir(out, 0o777)
	run("mcopy", "-s", "-n", "-i", name, "::/*", out)
	list := run("mdir", "-a", "-b", "-/", "-i", name, "::/")
	if n := strings.Count(list, "\n"); n != len(files) {
		t.Errorf("mdir lists %d names, not %d", n, len(files))
	}
	for p, b := range files {
		host := filepath.Join(out, filepath.FromSlash(strings.ReplaceAll(p[1:], `\`, "/")))
		if b == nil {
			if i, err := os.Stat(host); err != nil || !i.IsDir() {
				t.Errorf("%s is no directory for mtools (%v)", p, err)
			}
			continue
		}
		if got, err := os.ReadFile(host); err != nil || !bytes.Equal(got, b) {
			t.Errorf("mtools read %d bytes of %s, which has %d (%v)", len(got), p, len(b), err)
		}
	}
}

// worker is a thread that works in a directory and knows what is in it: files by their paths below
// the directory, directories as nil, the same by upper case, and the files that it keeps open.
type worker struct {
	w     *world
	r     *rand.Rand
	root  string
	alone bool
	most  int
	files map[string][]byte
	fold  map[string]string
	held  map[string]*file
	full  int
	opens int
	crowd int // files and directories beyond which some are deleted
	last  []string
}

func (k *worker) fail(format string, a ...any) {
	panic(fmt.Sprintf("%s after\n%s", fmt.Sprintf(format, a...), strings.Join(k.last[max(0, len(k.last)-12):], "\n")))
}

func (k *worker) say(format string, a ...any) {
	k.last = append(k.last, fmt.Sprintf(format, a...))
	if len(k.last) > 100 {
		k.last = k.last[80:]
	}
}

func (k *worker) set(p string, b []byte) {
	k.files[p] = b
	k.fold[strings.ToUpper(p)] = p
}

func (k *worker) drop(p string) {
	delete(k.files, p)
	delete(k.fold, strings.ToUpper(p))
}

// list is all files, or all directories, in an order that does not change.
func (k *worker) list(directories bool) (list []string) {
	for p, b := range k.files {
		if (b == nil) == directories {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

func (k *worker) pick(directories bool) string {
	list := k.list(directories)
	if len(list) == 0 {
		return ""
	}
	return list[k.r.IntN(len(list))]
}

func (k *worker) newPath() string {
	parts := []string{"a", "Read", "LONGER NAME", ".x", "ä", "_", "日", "file", "TXT", "ЖЖ"}
	name := ""
	for range 1 + k.r.IntN(4) {
		name += parts[k.r.IntN(len(parts))]
	}
	dir := ""
	if k.r.IntN(3) > 0 {
		dir = k.pick(true)
	}
	return dir + `\` + name + fmt.Sprint(k.r.IntN(40))
}

// data are bytes at random, which 8 of them begin with.
func (k *worker) data(n int) []byte {
	b := make([]byte, n+8)
	for x, i := k.r.Uint64(), 0; i < n; i += 8 {
		x = x*6364136223846793005 + 1442695040888963407
		binary.LittleEndian.PutUint64(b[i:], x^x>>29)
	}
	return b[:n:n]
}

// room says whether a status is that of a volume without room, after which nothing has changed.
func (k *worker) room(s nt.Status, what string) bool {
	if s == nt.StatusDiskFull || s == nt.StatusCannotMake {
		k.full++
		return false
	}
	if !s.OK() {
		k.fail("%s: %v", what, s)
	}
	return true
}

// file is a file that is open, one that is kept so or not; done closes the latter.
func (k *worker) file(p string, options uint32) (f *file, done func()) {
	if f := k.held[p]; f != nil && options == 0 {
		return f, func() {}
	}
	name := k.root + p
	if k.opens++; k.opens%3 == 0 { // by its id
		f := k.w.open(name, how{disposition: nt.FileOpen, access: nt.FileReadAttributes})
		name, options = `\`+idName(f.id()), options|nt.FileOpenByFileID
		f.close()
	}
	f, information, s := k.w.try(name, how{disposition: nt.FileOpen, options: options})
	if !s.OK() || information != nt.FileOpened {
		k.fail("open of %s, options %#x: %v, %d", p, options, s, information)
	}
	if options&nt.FileOpenByFileID != 0 && f.path() != k.root+p {
		k.fail("the id of %s leads to %s", k.root+p, f.path())
	}
	return f, f.close
}

// step does one operation.
func (k *worker) step() {
	if k.r.IntN(500) == 0 {
		k.crowd = 20 + k.r.IntN(300)
	}
	if len(k.files) > k.crowd {
		k.remove()
	}
	p := k.pick(false)
	if p == "" {
		k.create()
		return
	}
	switch x := k.r.IntN(40); {
	case x < 7:
		k.create()
	case x < 14:
		k.write(p)
	case x < 18:
		k.read(p)
	case x < 22:
		k.size(p)
	case x < 25:
		k.remove()
	case x < 30:
		k.rename()
	case x < 32:
		k.directory()
	case x < 34:
		k.page(p)
	case x < 36:
		if f := k.held[p]; f != nil {
			f.close()
			delete(k.held, p)
		} else if len(k.held) < 6 {
			k.held[p], _ = k.file(p, 0)
		}
	case x < 38:
		k.say("flush %s", p)
		f, done := k.file(p, 0)
		if _, s := f.send(func(_ *io.IRP, l *io.StackLocation) { l.Major = io.FlushBuffers }); !s.OK() {
			k.fail("flush: %v", s)
		}
		done()
	case x == 38:
		k.say("sleep")
		k.w.sleep(int64(1 + k.r.IntN(7)))
	default:
		if k.alone && k.r.IntN(4) == 0 {
			k.remount()
		}
	}
}

func (k *worker) create() {
	p := k.newPath()
	old, exists := k.fold[strings.ToUpper(p)]
	h := how{disposition: nt.FileCreate}
	directory := k.r.IntN(6) == 0
	if directory {
		h.options = nt.FileDirectoryFile
	} else if !exists || k.files[old] != nil {
		h.disposition = []uint32{nt.FileCreate, nt.FileOpenIf, nt.FileSupersede, nt.FileOverwriteIf}[k.r.IntN(4)]
		h.options = nt.FileNonDirectoryFile
		if k.r.IntN(4) == 0 {
			h.room = int64(k.r.IntN(k.most))
		}
	}
	k.say("create %s: %+v, %v", p, h, exists)
	f, information, s := k.w.try(k.root+p, h)
	if exists && h.disposition == nt.FileCreate {
		if s != nt.StatusObjectNameCollision {
			k.fail("it exists: %v", s)
		}
		return
	}
	if exists && s == nt.StatusDiskFull && h.disposition != nt.FileOpenIf { // the file is empty, but for the room
		k.set(old, []byte{})
	}
	if !k.room(s, "create") {
		return
	}
	defer f.close()
	want := uint64(nt.FileCreated)
	if exists {
		want = map[uint32]uint64{nt.FileOpenIf: nt.FileOpened, nt.FileSupersede: nt.FileSuperseded, nt.FileOverwriteIf: nt.FileOverwritten}[h.disposition]
	} else {
		old = p
	}
	switch {
	case information != want:
		k.fail("information %d", information)
	case directory:
		k.set(old, nil)
		return
	case !exists || h.disposition != nt.FileOpenIf:
		k.set(old, []byte{})
	}
	b := k.data(k.r.IntN(k.most))
	if k.room(f.write(b, 0), "write") {
		k.written(old, b, 0)
	}
}

// written puts bytes into the model.
func (k *worker) written(p string, b []byte, at int) {
	if len(b) == 0 {
		return
	}
	old := k.files[p]
	now := append(bytes.Clone(old), make([]byte, max(0, at+len(b)-len(old)))...)
	copy(now[at:], b)
	k.files[p] = now
}

func (k *worker) write(p string) {
	size := len(k.files[p])
	at, n, options := k.r.IntN(size+1+k.r.IntN(k.most)), 1+k.r.IntN(k.most), uint32(0)
	switch k.r.IntN(8) {
	case 0:
		at = size
	case 1:
		options = nt.FileWriteThrough
	case 2:
		align := int(k.w.disk.port.SectorSize)
		options, at, n = nt.FileNoIntermediateBuffering, at&^(align-1), (n+align-1)&^(align-1)
	}
	k.say("write %s of %d: %d at %d, options %#x", p, size, n, at, options)
	b := k.data(n)
	f, done := k.file(p, options)
	offset := int64(at)
	if at == size && options == 0 {
		offset = nt.FileWriteToEndOfFile
	}
	if k.room(f.write(b, offset), "write") {
		k.written(p, b, at)
	}
	done()
}

func (k *worker) read(p string) {
	b := k.files[p]
	at, n := k.r.IntN(len(b)+100), 1+k.r.IntN(k.most)
	f, done := k.file(p, 0)
	got, s := f.read(n, int64(at))
	want := b[min(at, len(b)):min(at+n, len(b))]
	if at >= len(b) && s != nt.StatusEndOfFile || at < len(b) && !s.OK() || !bytes.Equal(got, want) {
		k.fail("read of %d at %d of %s, %d bytes: %v, %d bytes that are others", n, at, p, len(b), s, len(got))
	}
	done()
}

func (k *worker) size(p string) {
	b := k.files[p]
	n, class := k.r.IntN(len(b)+1), uint32(nt.FileEndOfFileInformationClass)
	switch k.r.IntN(4) {
	case 0:
		n = len(b) + k.r.IntN(k.most)
	case 1:
		class = nt.FileAllocationInformationClass
		n = k.r.IntN(len(b) + k.most)
	}
	k.say("size of %s, %d: %d, class %d", p, len(b), n, class)
	f, done := k.file(p, 0)
	if k.room(set(f, class, int64(n)), "size") && (class == nt.FileEndOfFileInformationClass || n < len(b)) {
		k.files[p] = append(bytes.Clone(b[:min(n, len(b))]), make([]byte, max(0, n-len(b)))...)
	}
	i, s := query[nt.FileStandardInformation](f, nt.FileStandardInformationClass)
	if !s.OK() || i.EndOfFile != int64(len(k.files[p])) || i.AllocationSize < i.EndOfFile {
		k.fail("%s: %v %+v, not %d", p, s, i, len(k.files[p]))
	}
	done()
}

// remove deletes a file or a directory, by its disposition or at its close, while it is open elsewhere
// or not.
func (k *worker) remove() {
	list := append(k.list(false), k.list(true)...)
	if len(list) == 0 {
		return
	}
	p := list[k.r.IntN(len(list))]
	k.say("delete %s, open %v", p, k.held[p] != nil)
	empty := true
	for o := range k.files {
		empty = empty && !strings.HasPrefix(o, p+`\`)
	}
	options := uint32(0)
	if empty && k.r.IntN(3) == 0 {
		options = nt.FileDeleteOnClose
	}
	f, _, s := k.w.try(k.root+p, how{disposition: nt.FileOpen, options: options})
	if !s.OK() {
		k.fail("open: %v", s)
	}
	if options == 0 {
		s = set(f, nt.FileDispositionInformationClass, uint8(1))
	}
	f.close()
	if !empty {
		if s != nt.StatusDirectoryNotEmpty {
			k.fail("a directory that is not empty: %v", s)
		}
		return
	}
	if !s.OK() {
		k.fail("delete: %v", s)
	}
	if h := k.held[p]; h != nil {
		if _, _, s := k.w.try(k.root+p, how{disposition: nt.FileOpen}); s != nt.StatusDeletePending {
			k.fail("open of what is to go: %v", s)
		}
		if b := k.files[p]; len(b) > 0 {
			if got, s := h.read(100, 0); !s.OK() || !bytes.HasPrefix(b, got) {
				k.fail("read of what is to go: %v", s)
			}
		}
		h.close()
		delete(k.held, p)
	}
	if _, _, s := k.w.try(k.root+p, how{disposition: nt.FileOpen}); s != nt.StatusObjectNameNotFound {
		k.fail("open of what has gone: %v", s)
	}
	k.drop(p)
}

func (k *worker) rename() {
	p := k.pick(k.r.IntN(5) == 0)
	if p == "" {
		return
	}
	to, replace := k.newPath(), k.r.IntN(4) > 0
	switch k.r.IntN(8) {
	case 0:
		i := strings.LastIndexByte(p, '\\')
		to = p[:i] + strings.ToUpper(p[i:])
	case 1, 2:
		if o := k.pick(false); o != "" {
			to = o
		}
	}
	k.say("rename %s to %s, replace %v", p, to, replace)
	old, exists := k.fold[strings.ToUpper(to)]
	at := strings.LastIndexByte(to, '\\')
	d := k.w.open(k.root+to[:at+1], how{disposition: nt.FileOpen})
	f, done := k.file(p, 0)
	s := f.rename(d, to[at+1:], replace)
	d.close()
	done()
	b := k.files[p]
	inside := b == nil && strings.HasPrefix(to, p+`\`)
	for h := range k.held {
		inside = inside || b == nil && strings.HasPrefix(h, p+`\`)
	}
	switch {
	case inside:
		if s != nt.StatusAccessDenied {
			k.fail("of a directory that is in use: %v", s)
		}
		return
	case exists && old != p && !replace:
		if s != nt.StatusObjectNameCollision {
			k.fail("to a name that is taken: %v", s)
		}
		return
	case exists && old != p && (b == nil || k.files[old] == nil || k.held[old] != nil):
		if s != nt.StatusAccessDenied {
			k.fail("over what cannot be replaced: %v", s)
		}
		return
	case !k.room(s, "rename"):
		return
	case exists && old != p:
		k.drop(p)
		k.files[old] = b // its spelling stays
		k.move(p, old)
		return
	}
	k.drop(p)
	k.set(to, b)
	k.move(p, to)
	if b != nil {
		return
	}
	for _, o := range append(k.list(false), k.list(true)...) {
		if strings.HasPrefix(o, p+`\`) {
			x := k.files[o]
			k.drop(o)
			k.set(to+o[len(p):], x)
		}
	}
}

// move is for a file that is kept open and has another name.
func (k *worker) move(p, to string) {
	if h := k.held[p]; h != nil {
		delete(k.held, p)
		k.held[to] = h
	}
}

// directory lists one.
func (k *worker) directory() {
	p := k.pick(true)
	d := k.w.open(k.root+p+`\`, how{disposition: nt.FileOpen})
	list, s := d.names("*", 200+k.r.IntN(3000), 0)
	d.close()
	list = slices.DeleteFunc(list, func(n string) bool { return n == "." || n == ".." })
	var want []string
	for o := range k.files {
		if i := strings.LastIndexByte(o, '\\'); o[:i] == p {
			want = append(want, o[i+1:])
		}
	}
	slices.Sort(list)
	slices.Sort(want)
	if s != nt.StatusNoMoreFiles && !(s == nt.StatusNoSuchFile && len(want) == 0) || !slices.Equal(list, want) {
		k.fail("%s has %q, not %q (%v)", p, list, want, s)
	}
}

// page writes to a page of the file as a program does that has mapped it.
func (k *worker) page(p string) {
	b := k.files[p]
	if len(b) == 0 {
		return
	}
	f, done := k.file(p, 0)
	defer done()
	area, size, s := f.Context.(*fcb).MapFile(0)
	if !s.OK() || size != uint64(len(b)) {
		k.fail("map of %s: %v, %d, not %d", p, s, size, len(b))
	}
	page := k.r.IntN((len(b) + mm.PageSize - 1) / mm.PageSize)
	k.say("page %d of %s, %d", page, p, len(b))
	frame, s := area.Hold(page, 0, false)
	if !s.OK() {
		k.fail("page: %v", s)
	}
	now := bytes.Clone(b)
	part := now[page*mm.PageSize : min((page+1)*mm.PageSize, len(b))]
	memory := mm.Frame(frame)
	if !bytes.Equal(memory[:len(part)], part) || len(bytes.Trim(memory[len(part):], "\x00")) > 0 {
		k.fail("a page has not what the file has")
	}
	at := k.r.IntN(len(part))
	copy(part[at:], k.data(100))
	copy(memory[:], part)
	area.Release(frame, true)
	k.files[p] = now
}

func (k *worker) closeAll() {
	for p, f := range k.held {
		f.close()
		delete(k.held, p)
	}
}

// remount dismounts the volume; the next open mounts it again.
func (k *worker) remount() {
	k.say("dismount")
	k.closeAll()
	v := k.w.open("", how{disposition: nt.FileOpen})
	for _, code := range []uint32{nt.FsctlLockVolume, nt.FsctlDismountVolume} {
		if _, s := v.control(code, nil, nil); !s.OK() {
			k.fail("FSCTL %#x: %v", code, s)
		}
	}
	v.close()
	k.w.check()
}

// compare reads all.
func (k *worker) compare() {
	for p, b := range k.files {
		if b == nil {
			continue
		}
		f, done := k.file(p, 0)
		got, s := f.read(len(b)+1, 0)
		if !bytes.Equal(got, b) || !s.OK() && len(b) > 0 {
			k.fail("%s: %d bytes, not %d (%v)", p, len(got), len(b), s)
		}
		done()
	}
}
