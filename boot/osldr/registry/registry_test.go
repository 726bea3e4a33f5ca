package registry

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/arc"
	"gont/boot/osldr/status"
	"gont/cm/regf"
)

// files is a Source and counts what is not given back.
type files struct {
	content map[string][]byte
	most    int
	now     int
	asked   []string
}

func (f *files) Read(name string) ([]byte, error) {
	f.asked = append(f.asked, name)
	b, ok := f.content[name]
	if !ok {
		return nil, status.NoSuchFile
	}
	b = append(make([]byte, 0, (len(b)+4096)&^4095), b...)
	f.now += cap(b)
	f.most = max(f.most, f.now)
	return b, nil
}

func (f *files) Free(b []byte) { f.now -= cap(b) }
func (f *files) Room(int)      {}

// pages is a regf.Memory that counts along.
type pages struct{ f *files }

func (p pages) Alloc(n int) []byte {
	p.f.now += n
	p.f.most = max(p.f.most, p.f.now)
	return make([]byte, n)
}
func (p pages) Free(b []byte) { p.f.now -= cap(b) }

func multi(list ...string) []byte {
	u := regf.Encode(strings.Join(list, "\x00") + "\x00\x00")
	var b []byte
	for _, c := range u {
		b = append(b, byte(c), byte(c>>8))
	}
	return b
}

func text(s string) []byte {
	var b []byte
	for _, c := range regf.Encode(s + "\x00") {
		b = append(b, byte(c), byte(c>>8))
	}
	return b
}

func dword(n uint32) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }

type value struct {
	typ  uint32
	data []byte
}

// system makes a hive: keys by path, values by name.
func system(t testing.TB, keys map[string]map[string]value) *regf.Hive {
	t.Helper()
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, 0, len(keys))
	for p := range keys {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		k := h.Root()
		for _, name := range strings.Split(p, `\`) {
			next := h.Find(k, regf.Encode(name))
			if next == regf.NoCell {
				if next, err = h.Create(k, regf.Encode(name), regf.KeyOptions{}, 1); err != nil {
					t.Fatal(err)
				}
			}
			k = next
		}
		for name, v := range keys[p] {
			if err := h.SetValue(k, regf.Encode(name), v.typ, v.data, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	return h
}

func bytesOf(t testing.TB, h *regf.Hive) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func choice(def, good, current, failed uint32) map[string]value {
	return map[string]value{"Default": {regf.Dword, dword(def)}, "LastKnownGood": {regf.Dword, dword(good)},
		"Current": {regf.Dword, dword(current)}, "Failed": {regf.Dword, dword(failed)}}
}

// sets is a hive with whole control sets.
func sets(sel map[string]value, numbers ...int) map[string]map[string]value {
	keys := map[string]map[string]value{"Select": sel}
	for _, n := range numbers {
		keys[fmt.Sprintf(`ControlSet%03d\Control`, n)] = nil
		keys[fmt.Sprintf(`ControlSet%03d\Services`, n)] = nil
	}
	return keys
}

func load(t testing.TB, content map[string][]byte) (*System, *files, error) {
	t.Helper()
	f := &files{content: content}
	s, err := Load(f, pages{f})
	return s, f, err
}

// TestChoose (B6): which set is taken, what Select says afterwards, what is said.
func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		sel     map[string]value
		sets    []int
		reason  arc.LastKnownGood
		set     uint32
		failed  uint32
		why     arc.LastKnownGood
		says    string
		current uint32
		def     uint32
	}{
		"default":              {choice(2, 1, 1, 0), []int{1, 2}, arc.CurrentSet, 2, 0, arc.CurrentSet, "", 2, 2},
		"last known good":      {choice(2, 1, 2, 0), []int{1, 2}, arc.LastKnownGoodAsked, 1, 2, arc.LastKnownGoodAsked, "", 1, 1},
		"driver":               {choice(2, 1, 2, 0), []int{1, 2}, arc.LastKnownGoodDriver, 1, 2, arc.LastKnownGoodDriver, "", 1, 1},
		"the same set":         {choice(1, 1, 1, 0), []int{1}, arc.LastKnownGoodAsked, 1, 0, arc.LastKnownGoodAsked, "", 1, 1},
		"default is missing":   {choice(3, 1, 1, 0), []int{1, 2}, arc.CurrentSet, 1, 3, arc.LastKnownGoodBad, "The control set ControlSet003 is missing; LastKnownGood (ControlSet001) is used.", 1, 1},
		"good is missing":      {choice(1, 7, 1, 0), []int{1}, arc.LastKnownGoodAsked, 1, 0, arc.CurrentSet, "The control set LastKnownGood (ControlSet007) is missing; ControlSet001 is used.", 1, 1},
		"only current":         {choice(5, 6, 2, 0), []int{2}, arc.CurrentSet, 2, 0, arc.CurrentSet, "The control sets Default (ControlSet005) and LastKnownGood (ControlSet006) are missing; Current (ControlSet002) is used.", 2, 5},
		"no Default":           {map[string]value{"Current": {regf.Dword, dword(1)}}, []int{1}, arc.CurrentSet, 1, 0, arc.CurrentSet, "", 1, 0},
		"no Failed, no others": {map[string]value{"Default": {regf.Dword, dword(9)}, "LastKnownGood": {regf.Dword, dword(999)}}, []int{999}, arc.CurrentSet, 999, 9, arc.LastKnownGoodBad, "is missing; LastKnownGood (ControlSet999)", 999, 999},
		"Default is a string":  {map[string]value{"Default": {regf.String, text("1")}, "LastKnownGood": {regf.Dword, dword(1)}}, []int{1}, arc.CurrentSet, 1, 0, arc.LastKnownGoodBad, "ControlSet000 is missing", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, f, err := load(t, map[string][]byte{"SYSTEM": bytesOf(t, system(t, sets(c.sel, c.sets...)))})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.asked) != 1 {
				t.Errorf("a sound hive, and these were read: %q", f.asked)
			}
			got, err := s.Choose(c.reason)
			if err != nil || got.Set != c.set || got.Failed != c.failed || got.Reason != c.why {
				t.Fatalf("%+v, %v", got, err)
			}
			if said := strings.Join(s.Lines, "\n"); !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("it says %q", said)
			}
			b := make([]byte, s.Hive.Length())
			if err := s.Whole(b); err != nil {
				t.Fatal(err)
			}
			again, _, err := load(t, map[string][]byte{"SYSTEM": b})
			if err != nil || again.Source != arc.HiveSound || again.Faults != 0 {
				t.Fatalf("the hive for the kernel: %v, %+v", err, again)
			}
			if n := again.number("Current"); n != c.current {
				t.Errorf("Current is %d", n)
			}
			if n := again.number("Default"); n != c.def {
				t.Errorf("Default is %d", n)
			}
			if n := again.number("Failed"); n != c.failed {
				t.Errorf("Failed is %d", n)
			}
		})
	}
}

// TestNoSet (B6): a hive in which Select leads nowhere is refused in words, and its
// alternate taken where there is one.
func TestNoSet(t *testing.T) {
	for name, keys := range map[string]map[string]map[string]value{
		"no Select":   {`ControlSet001\Control`: nil, `ControlSet001\Services`: nil},
		"no set":      sets(choice(1, 2, 3, 0)),
		"half a set":  {"Select": choice(1, 1, 1, 0), `ControlSet001\Control`: nil},
		"only a root": {},
	} {
		bad := bytesOf(t, system(t, keys))
		s, f, err := load(t, map[string][]byte{"SYSTEM": bad})
		if err == nil || !strings.Contains(strings.Join(s.Lines, "\n"), "SYSTEM cannot be used: it has no control set (status C0000102)") {
			t.Errorf("%s: %v, %q", name, err, s.Lines)
		}
		if f.now != 0 {
			t.Errorf("%s: %d bytes are not given back", name, f.now)
		}
		good := bytesOf(t, system(t, sets(choice(1, 1, 1, 0), 1)))
		s, _, err = load(t, map[string][]byte{"SYSTEM": bad, "SYSTEM.ALT": good})
		if err != nil || s.Source != arc.HiveAlternate {
			t.Errorf("%s with an alternate: %v, %q", name, err, s.Lines)
		}
	}
}

// disk is a regf.File.
type disk struct{ b []byte }

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	if n := int(off) + len(p); n > len(d.b) {
		d.b = append(d.b, make([]byte, n-len(d.b))...)
	}
	return copy(d.b[off:], p), nil
}
func (d *disk) Sync() error { return nil }

// TestRecovered (B5): a hive whose write was cut off is made whole from its logs, and
// that is said.
func TestRecovered(t *testing.T) {
	h := system(t, sets(choice(1, 1, 1, 0), 1))
	hive, one, two := &disk{}, &disk{}, &disk{}
	h.SetAllDirty()
	if err := h.Flush(regf.Files{Primary: hive, Log1: one, Log2: two}, 5); err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(hive.b)
	services := h.Open(h.Root(), `ControlSet001\Services`)
	if _, err := h.Create(services, regf.Encode("New"), regf.KeyOptions{}, 6); err != nil {
		t.Fatal(err)
	}
	if err := h.Flush(regf.Files{Primary: hive, Log1: one, Log2: two}, 7); err != nil {
		t.Fatal(err)
	}
	before[4]++ // the first sequence number: a write has begun
	sum := uint32(0)
	for i := 0; i < 508; i += 4 {
		sum ^= uint32(before[i]) | uint32(before[i+1])<<8 | uint32(before[i+2])<<16 | uint32(before[i+3])<<24
	}
	copy(before[508:], dword(sum))
	for name, logs := range map[string]map[string][]byte{
		"both": {"SYSTEM.LOG1": one.b, "SYSTEM.LOG2": two.b}, "old name": {"SYSTEM.LOG": two.b}, "old name, one": {"SYSTEM.LOG": one.b},
	} {
		logs["SYSTEM"] = before
		s, f, err := load(t, logs)
		if err != nil {
			t.Fatal(name, err)
		}
		if s.Source == arc.HiveRecovered {
			// Of one log alone there may be only what was written before.
			if name == "both" && s.Hive.Open(s.Hive.Root(), `ControlSet001\Services\New`) == regf.NoCell ||
				!strings.Contains(strings.Join(s.Lines, "\n"), "SYSTEM was not completely written; it was made whole from its log.") {
				t.Errorf("%s: %q", name, s.Lines)
			}
		} else if name == "both" {
			t.Errorf("%s: source %v, %q", name, s.Source, s.Lines)
		}
		if f.now > 2*len(before)+8192 || f.most > 4*len(before)+len(one.b)+len(two.b)+16384 {
			t.Errorf("%s: %d bytes are held, %d at most", name, f.now, f.most)
		}
	}
}

// TestMutants (B5): whatever is in SYSTEM, Load ends, with a system or a reason, in at
// most four times the file.
func TestMutants(t *testing.T) {
	keys := sets(choice(1, 2, 1, 0), 1, 2)
	for i := range 20 {
		keys[fmt.Sprintf(`ControlSet001\Services\Driver%02d`, i)] = map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(1)},
			"Group": {regf.String, text("Base")}, "Tag": {regf.Dword, dword(uint32(i))}, "ImagePath": {regf.ExpandString, text(`\SystemRoot\x.sys`)},
			"DependOnGroup": {regf.MultiString, multi("Port", "Video")}}
	}
	keys[`ControlSet001\Control\GroupOrderList`] = map[string]value{"Base": {regf.Binary, append(dword(2), append(dword(7), dword(3)...)...)}}
	keys[`ControlSet001\Control\ServiceGroupOrder`] = map[string]value{"List": {regf.MultiString, multi("Port", "Base")}}
	good := bytesOf(t, system(t, keys))
	r := rand.New(rand.NewPCG(3, 4))
	n := 20000
	if testing.Short() {
		n = 2000
	}
	sound, healed, refused := 0, 0, 0
	for range n {
		b := bytes.Clone(good)
		for range 1 + r.IntN(4) {
			at := r.IntN(len(b))
			switch r.IntN(4) {
			case 0:
				b[at] = byte(r.Uint32())
			case 1:
				b[at] ^= 1 << r.IntN(8)
			case 2:
				copy(b[at&^3:], dword(r.Uint32()))
			case 3:
				copy(b[at&^7:], b[r.IntN(len(b))&^7:][:8])
			}
		}
		if r.IntN(20) == 0 {
			b = b[:r.IntN(len(b))]
		}
		s, f, err := load(t, map[string][]byte{"SYSTEM": b})
		if f.most > 4*(len(b)+8192) {
			t.Fatalf("%d bytes for a file of %d", f.most, len(b))
		}
		if err != nil {
			if len(s.Lines) == 0 || Text(err) == "" {
				t.Fatal("refused without a word")
			}
			refused++
			continue
		}
		c, err := s.Choose(arc.LastKnownGood(r.IntN(4)))
		if err != nil {
			continue
		}
		for _, d := range s.BootServices(c.Root) {
			d.File(`\Windows`)
			s.TagOrder(c.Root, d.Group)
		}
		s.GroupOrder(c.Root)
		s.NlsFiles(c.Root)
		dst := make([]byte, s.Hive.Length())
		if err := s.Whole(dst); err != nil {
			t.Fatal(err)
		}
		if s.Source == arc.HiveSound {
			sound++
		} else {
			healed++
		}
	}
	if sound == 0 || healed == 0 || refused == 0 {
		t.Errorf("%d sound, %d healed, %d refused", sound, healed, refused)
	}
}

// TestServices (I3, I4, I7): which drivers there are, with what their keys say.
func TestServices(t *testing.T) {
	driver := map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(1)}}
	keys := sets(choice(1, 1, 1, 0), 1)
	keys[`ControlSet001\Services\Plain`] = driver
	keys[`ControlSet001\Services\Last`] = map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(1)}, "Group": {regf.String, text("port")}}
	keys[`ControlSet001\Services\Full`] = map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(2)},
		"ErrorControl": {regf.Dword, dword(3)}, "Group": {regf.String, text("Base")}, "Tag": {regf.Dword, dword(4)},
		"DependOnGroup": {regf.MultiString, multi("Port", "Video")}, "ImagePath": {regf.ExpandString, text(`%SystemRoot%\a.sys`)}}
	keys[`ControlSet001\Services\System`] = map[string]value{"Start": {regf.Dword, dword(1)}, "Type": {regf.Dword, dword(1)}}
	keys[`ControlSet001\Services\Program`] = map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(16)}}
	keys[`ControlSet001\Services\NoStart`] = map[string]value{"Type": {regf.Dword, dword(1)}}
	keys[`ControlSet001\Services\Odd`] = map[string]value{"Start": {regf.Dword, dword(0)}, "Type": {regf.Dword, dword(1)},
		"ErrorControl": {regf.Dword, dword(77)}, "Group": {regf.Dword, dword(1)}, "DependOnGroup": {regf.String, text("One")}}
	keys[`ControlSet001\Control\GroupOrderList`] = map[string]value{"Base": {regf.Binary, append(dword(9), append(dword(7), dword(3)...)...)}, "Bad": {regf.Binary, []byte{1}}}
	keys[`ControlSet001\Control\ServiceGroupOrder`] = map[string]value{"List": {regf.MultiString, multi("Port", "Base")}}
	s, _, err := load(t, map[string][]byte{"SYSTEM": bytesOf(t, system(t, keys))})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Choose(arc.CurrentSet)
	if err != nil {
		t.Fatal(err)
	}
	list := s.BootServices(c.Root)
	got := fmt.Sprintf("%+v", list)
	want := `[{Driver:{Name:Last Group:port Tag:0 DependOnGroup:[] DependOnService:[]} ErrorControl:1 ImagePath: Expand:false}` +
		` {Driver:{Name:Full Group:Base Tag:4 DependOnGroup:[Port Video] DependOnService:[]} ErrorControl:3 ImagePath:%SystemRoot%\a.sys Expand:true}` +
		` {Driver:{Name:Odd Group: Tag:0 DependOnGroup:[One] DependOnService:[]} ErrorControl:1 ImagePath: Expand:false}` +
		` {Driver:{Name:Plain Group: Tag:0 DependOnGroup:[] DependOnService:[]} ErrorControl:1 ImagePath: Expand:false}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if g := s.GroupOrder(c.Root); !slices.Equal(g, []string{"Port", "Base"}) {
		t.Errorf("groups %q", g)
	}
	if tags := s.TagOrder(c.Root, "base"); !slices.Equal(tags, []uint32{7, 3}) {
		t.Errorf("tags %v", tags)
	}
	if tags := append(s.TagOrder(c.Root, "Bad"), s.TagOrder(c.Root, "None")...); len(tags) != 0 {
		t.Errorf("tags %v", tags)
	}
}

// TestNlsFiles: what Control\Nls names, and the usual where it names nothing usable.
func TestNlsFiles(t *testing.T) {
	keys := sets(choice(1, 1, 1, 0), 1)
	open := func() (string, string, string) {
		s, _, err := load(t, map[string][]byte{"SYSTEM": bytesOf(t, system(t, keys))})
		if err != nil {
			t.Fatal(err)
		}
		return s.NlsFiles(s.set(1))
	}
	if a, o, u := open(); a != "c_1252.nls" || o != "c_437.nls" || u != "l_intl.nls" {
		t.Error(a, o, u)
	}
	keys[`ControlSet001\Control\Nls\CodePage`] = map[string]value{"ACP": {regf.String, text("1250")}, "1250": {regf.String, text("c_1250.nls")},
		"OEMCP": {regf.String, text("850")}, "850": {regf.String, text(`..\c_850.nls`)}}
	keys[`ControlSet001\Control\Nls\Language`] = map[string]value{"Default": {regf.String, text("0409")}, "0409": {regf.String, text("l_x.nls")}}
	if a, o, u := open(); a != "c_1250.nls" || o != "c_437.nls" || u != "l_x.nls" {
		t.Error(a, o, u)
	}
}
