package fat

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

var (
	operations = flag.Int("operations", 0, "random operations of TestRandom for each cluster size; 0: 1,000, or 300 with -short")
	full       = flag.Bool("full", false, "the long forms: 25,000 operations, all cuts, 20,000 damaged volumes (`make test-full`)")
	seedFlag   = flag.Uint64("seed", 1, "seed of the random tests")
)

// model is what a volume should have: files by path, directories as nil.
type model struct {
	t     testing.TB
	v     *Volume
	r     *rand.Rand
	files map[string][]byte
	fold  map[string]string // by upper case
	limit int               // bytes of a file
	full  int               // times that the volume was full
	opens int
	log   []string
}

func newModel(t testing.TB, v *Volume, seed uint64, limit int) *model {
	return &model{t: t, v: v, r: rand.New(rand.NewPCG(seed, 7)), files: map[string][]byte{}, fold: map[string]string{}, limit: limit}
}

func (m *model) paths(dirs bool) (list []string) {
	for p, b := range m.files {
		if (b == nil) == dirs {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

func (m *model) pick(dirs bool) (string, bool) {
	list := m.paths(dirs)
	if len(list) == 0 {
		return "", false
	}
	return list[m.r.IntN(len(list))], true
}

var nameParts = []string{"a", "Read", "LONGER NAME", ".x", "ä", "_", "日", "file", "~1", "TXT"}

func (m *model) newPath() string {
	dir := ""
	if list := m.paths(true); len(list) > 0 && m.r.IntN(3) > 0 {
		dir = list[m.r.IntN(len(list))]
	}
	name := ""
	for range 1 + m.r.IntN(4) {
		name += nameParts[m.r.IntN(len(nameParts))]
	}
	return dir + `\` + strings.TrimRight(name+fmt.Sprint(m.r.IntN(40)), " .")
}

func (m *model) set(p string, b []byte) { m.files[p], m.fold[upcased(p)] = b, p }
func (m *model) drop(p string)          { delete(m.files, p); delete(m.fold, upcased(p)) }

func (m *model) open(p string, disposition, options uint32) *Node {
	o := OpenOptions{Disposition: disposition, Options: options}
	m.opens++
	if m.opens%3 == 0 {
		return m.openByID(p, o)
	}
	n, _, err := m.v.Open(nil, p, o)
	if err != nil {
		m.fatal("open %s: %v", p, err)
	}
	return n
}

// openByID opens a file by its id, now and then when nothing of it is in memory.
func (m *model) openByID(p string, o OpenOptions) *Node {
	id := idOf(m.t, m.v, p)
	if m.opens%2 == 0 {
		forgetIdle(m.v)
	}
	n, _, err := openByID(m.v, id, o)
	if err != nil {
		m.fatal("open %s by its id %X: %v", p, id, err)
	}
	if n.Path() != p {
		m.fatal("the id %X of %s leads to %s", id, p, n.Path())
	}
	return n
}

func (m *model) fatal(format string, a ...any) {
	m.t.Helper()
	for _, l := range m.log[max(0, len(m.log)-15):] {
		m.t.Log(l)
	}
	m.t.Fatalf(format, a...)
}

// noRoom says whether an error is that of a full volume, which the model lets be.
func (m *model) noRoom(err error) bool {
	if s := StatusOf(err); s == nt.StatusDiskFull || s == nt.StatusCannotMake {
		m.full++
		return true
	}
	return false
}

func (m *model) say(format string, a ...any) { m.log = append(m.log, fmt.Sprintf(format, a...)) }

// step does one operation.
func (m *model) step() {
	switch k := m.r.IntN(20); {
	case k < 5: // create
		p := m.newPath()
		_, exists := m.fold[upcased(p)]
		options := uint32(nt.FileNonDirectoryFile)
		isDir := m.r.IntN(6) == 0
		if isDir {
			options = nt.FileDirectoryFile
		}
		m.say("create %s", p)
		n, _, err := m.v.Open(nil, p, OpenOptions{Disposition: nt.FileCreate, Options: options})
		switch {
		case exists:
			if StatusOf(err) != nt.StatusObjectNameCollision {
				m.fatal("create %s, which exists: %v", p, err)
			}
		case StatusOf(err) == nt.StatusObjectNameCollision: // a generated short name
			if !strings.Contains(p, "~") {
				m.fatal("create %s: %v", p, err)
			}
		case err != nil:
			if !m.noRoom(err) {
				m.fatal("create %s: %v", p, err)
			}
		case isDir:
			m.set(p, nil)
			n.Close()
		default:
			data := pattern(m.r.IntN(1000), m.r.IntN(m.limit))
			if err := n.WriteAt(data, 0); err != nil {
				if !m.noRoom(err) {
					m.fatal("write %s: %v", p, err)
				}
				data = nil
			}
			m.set(p, append([]byte{}, data...))
			n.Close()
		}
	case k < 9: // write somewhere, or append
		p, ok := m.pick(false)
		if !ok {
			return
		}
		b := m.files[p]
		at := m.r.IntN(len(b) + 1 + m.r.IntN(m.limit))
		if k == 8 {
			at = len(b)
		}
		data := pattern(m.r.IntN(1000), 1+m.r.IntN(m.limit))
		m.say("write %s %d+%d", p, at, len(data))
		n := m.open(p, nt.FileOpen, 0)
		err := n.WriteAt(data, uint64(at))
		if err == nil {
			b = append([]byte{}, b...) // others may have the old one
			if at+len(data) > len(b) {
				b = append(b, make([]byte, at+len(data)-len(b))...)
			}
			copy(b[at:], data)
			m.files[p] = b
		} else if !m.noRoom(err) {
			m.fatal("write %s: %v", p, err)
		}
		n.Close()
	case k < 12: // truncate or extend
		p, ok := m.pick(false)
		if !ok {
			return
		}
		b := m.files[p]
		size := m.r.IntN(len(b) + 1)
		if m.r.IntN(3) == 0 {
			size = len(b) + m.r.IntN(m.limit)
		}
		m.say("size %s %d of %d", p, size, len(b))
		n := m.open(p, nt.FileOpen, 0)
		if err := n.SetSize(uint64(size)); err == nil {
			m.files[p] = append(b[:min(size, len(b)):min(size, len(b))], make([]byte, max(0, size-len(b)))...)
		} else if !m.noRoom(err) {
			m.fatal("size of %s: %v", p, err)
		}
		if m.r.IntN(2) == 0 {
			if err := n.SetAllocation(uint64(size + m.r.IntN(m.limit))); err != nil && !m.noRoom(err) {
				m.fatal("allocation of %s: %v", p, err)
			}
		}
		n.Close()
	case k < 14: // delete
		p, ok := m.pick(m.r.IntN(4) == 0)
		if !ok {
			return
		}
		m.say("delete %s", p)
		empty := true
		for o := range m.files {
			empty = empty && !strings.HasPrefix(o, p+`\`)
		}
		n := m.open(p, nt.FileOpen, 0)
		err := n.SetDelete(true)
		if c := n.Close(); c != nil {
			m.fatal("close %s: %v", p, c)
		}
		switch {
		case err == nil && empty:
			m.drop(p)
		case StatusOf(err) != nt.StatusDirectoryNotEmpty || empty:
			m.fatal("delete %s: %v", p, err)
		}
	case k < 17:
		m.rename()
	case k < 18: // overwrite
		p, ok := m.pick(false)
		if !ok {
			return
		}
		m.say("overwrite %s", p)
		data := pattern(m.r.IntN(1000), m.r.IntN(m.limit))
		n := m.open(p, nt.FileOverwriteIf, 0)
		if err := n.WriteAt(data, 0); err != nil {
			if !m.noRoom(err) {
				m.fatal("write %s: %v", p, err)
			}
			data = nil
		}
		m.files[p] = append([]byte{}, data...)
		n.Close()
	case k < 19:
		p, ok := m.pick(false)
		if !ok {
			return
		}
		b, err := get(m.v, p)
		if err != nil || !bytes.Equal(b, m.files[p]) {
			m.fatal("%s: %d bytes, want %d: %v", p, len(b), len(m.files[p]), err)
		}
	default:
		m.say("flush")
		flush := m.v.Flush
		if m.r.IntN(3) == 0 {
			flush = m.v.Clean // which marks the volume as closed, too
		}
		if err := flush(); err != nil {
			m.fatal("flush: %v", err)
		}
	}
}

func (m *model) rename() {
	p, ok := m.pick(m.r.IntN(5) == 0)
	if !ok {
		return
	}
	to := m.newPath()
	if m.r.IntN(3) == 0 {
		if o, ok := m.pick(false); ok {
			to = o
		}
	}
	if m.r.IntN(8) == 0 {
		i := strings.LastIndexByte(p, '\\')
		to = p[:i] + strings.ToUpper(p[i:])
	}
	m.say("rename %s to %s", p, to)
	i := strings.LastIndexByte(to, '\\')
	n := m.open(p, nt.FileOpen, 0)
	dir := m.v.Root()
	if i > 0 {
		dir = m.open(to[:i], nt.FileOpen, nt.FileDirectoryFile)
		defer dir.Close()
	}
	err := n.Rename(dir, to[i+1:], true)
	n.Close()
	old, exists := m.fold[upcased(to)]
	b := m.files[p]
	switch s := StatusOf(err); {
	case s == nt.StatusAccessDenied:
		if !strings.HasPrefix(to, p+`\`) && !(exists && (b == nil || m.files[old] == nil)) && !strings.Contains(to, "~") {
			m.fatal("rename %s to %s: %v", p, to, err)
		}
	case err != nil:
		if !m.noRoom(err) {
			m.fatal("rename %s to %s: %v", p, to, err)
		}
	case exists && old != p:
		m.drop(p)
		m.files[old] = b // its spelling stays
	default:
		if strings.Contains(to, "~") {
			// A short name of another file may have been meant, which is gone then.
			list, err := tree(m.v)
			if err != nil {
				m.fatal("%v", err)
			}
			if _, ok := list[to]; !ok {
				m.files, m.fold = map[string][]byte{}, map[string]string{}
				for q, x := range list {
					m.set(q, x)
				}
				return
			}
		}
		m.drop(p)
		m.set(to, b)
		for o, x := range maps.Clone(m.files) {
			if b == nil && strings.HasPrefix(o, p+`\`) {
				m.drop(o)
				m.set(to+o[len(p):], x)
			}
		}
	}
}

// compare compares the volume with the model.
func (m *model) compare(v *Volume) {
	m.t.Helper()
	got, err := tree(v)
	if err != nil {
		m.fatal("%v", err)
	}
	if len(got) != len(m.files) {
		for p := range got {
			if _, ok := m.files[p]; !ok {
				m.t.Errorf("%s should not be there", p)
			}
		}
	}
	for p, b := range m.files {
		if g, ok := got[p]; !ok || !bytes.Equal(g, b) || (g == nil) != (b == nil) {
			m.fatal("%s: %d bytes, want %d (%v)", p, len(g), len(b), ok)
		}
	}
}

// TestRandom (I9): operations of all sorts do what they do to a model, on volumes that are
// full now and then; the end is clean for fsck.fat, and mtools reads what the model has.
func TestRandom(t *testing.T) {
	n := *operations
	if n == 0 {
		if n = 1000; testing.Short() {
			n = 300
		}
		if *full {
			n = 25_000
		}
	}
	for _, c := range []struct {
		shape
		limit int
	}{{shape{FAT12, 512, 1, 1440}, 9000}, {shape{FAT16, 512, 8, 32 << 10}, 60000}, {shape{FAT32, 512, 1, 40 << 10}, 30000}, {shape{FAT12, 512, 128, 60 << 10}, 200000}} {
		t.Run(c.String(), func(t *testing.T) {
			d := format(t, c.shape)
			v := mount(t, d)
			m := newModel(t, v, *seedFlag, c.limit)
			for i := range n {
				m.step()
				if err := remembered(v); err != nil {
					m.fatal("after %d operations: %v", i, err)
				}
				if i%500 == 499 {
					m.compare(v)
					if r, err := v.Check(false); err != nil || r.Count != 0 {
						m.fatal("after %d operations: %v %v", i, r.Found, err)
					}
				}
			}
			m.compare(v)
			if err := v.Unmount(); err != nil {
				t.Fatal(err)
			}
			fsck(t, d, "at the end")
			v = mount(t, d)
			m.compare(v)
			t.Logf("%d files, %d times full", len(m.files), m.full)
			dir := t.TempDir()
			image := filepath.Join(dir, "image")
			os.WriteFile(image, d.data, 0o666)
			if len(m.files) > 0 {
				tool(t, "mcopy", "-s", "-n", "-i", image, "::/*", dir)
			}
			for p, b := range m.files {
				host := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(p[1:], `\`, "/")))
				if b == nil {
					continue
				}
				if got, err := os.ReadFile(host); err != nil || !bytes.Equal(got, b) {
					t.Errorf("mtools reads %d bytes of %s, want %d (%v)", len(got), p, len(b), err)
				}
			}
		})
	}
}
