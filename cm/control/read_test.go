package control

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

type entry struct {
	typ  uint32
	data []byte
}

type values map[string]entry

func (m values) source(key, name string) (uint32, []byte, bool) {
	v, ok := m[key+`\`+name]
	return v.typ, v.data, ok
}

func dword(n uint32) entry { return entry{regDword, binary.LittleEndian.AppendUint32(nil, n)} }
func qword(n uint64) entry { return entry{regQword, binary.LittleEndian.AppendUint64(nil, n)} }

func sz(typ uint32, s string) entry {
	var b []byte
	for _, c := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return entry{typ, b}
}

// TestTable (P0.7): every ID has an entry with key, name, user and meaning, each name is
// there once, and every default is one that is accepted.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i := range Table {
		e := &Table[i]
		if e.Key == "" || e.Name == "" || e.User == "" || e.Meaning == "" || seen[e.Path()] {
			t.Errorf("entry %d: %+v", i, e)
		}
		seen[e.Path()] = true
		switch e.Kind {
		case Number:
			if _, why := e.decode(regQword, binary.LittleEndian.AppendUint64(nil, e.Default)); why != "" {
				t.Errorf("%s: the default %s", e.Path(), why)
			}
		case Signed:
			if int64(e.Low) > int64(e.Default) || int64(e.Default) > int64(e.High) {
				t.Errorf("%s: range", e.Path())
			}
		case Word:
			if len(e.Words) < 2 {
				t.Errorf("%s: words", e.Path())
			}
		}
	}
}

// TestAbsent: without a registry everything has its default, and nothing is wrong.
func TestAbsent(t *testing.T) {
	v := Read(values{}.source)
	if len(v.Problems) != 0 {
		t.Errorf("%q", v.Problems)
	}
	for i := range Table {
		if v.Values[i].Given || v.Values[i].Number != Table[i].Default {
			t.Errorf("%s: %+v", Table[i].Path(), v.Values[i])
		}
	}
	if v.Text(ProductType) != "WinNT" || v.Number(DpcQueueDepth) != 4 || !v.Flag(ObCaseInsensitive) {
		t.Error("defaults")
	}
}

// TestRead: values of every kind.
func TestRead(t *testing.T) {
	start := entry{regBinary, []byte{0, 0, 3, 0, 0, 0, 5, 0, 2, 0, 0, 0, 0, 0, 0, 0}}
	v := Read(values{
		product + `\ProductType`:                    sz(regSz, "servernt\x00"),
		product + `\ProductSuite`:                   sz(regMultiSz, "Enterprise\x00Small Business\x00\x00"),
		session + `\GlobalFlag`:                     dword(0xFFFFFFFF),
		memory + `\NonPagedPoolSize`:                qword(8 << 20),
		memory + `\PagedPoolSize`:                   dword(0),
		memory + `\VerifyDrivers`:                   sz(regExpandSz, "null.sys beep.sys"),
		zone + `\Bias`:                              dword(uint32(0xFFFFFFFF - 59)),
		zone + `\DaylightStart`:                     start,
		zone + `\StandardName`:                      sz(regSz, "Mitteleurop\u00e4ische Zeit\x00rest"),
		worker + `\AdditionalCriticalWorkerThreads`: dword(16),
	}.source)
	if len(v.Problems) != 0 {
		t.Errorf("%q", v.Problems)
	}
	if v.Text(ProductType) != "ServerNT" || v.String(ProductSuite) != "Enterprise, Small Business" || v.Number(GlobalFlag) != 0xFFFFFFFF ||
		v.Number(NonPagedPoolSize) != 8<<20 || !v.Values[PagedPoolSize].Given || v.Text(VerifyDrivers) != "null.sys beep.sys" ||
		v.Signed(Bias) != -60 || string(v.Values[DaylightStart].Date[:]) != string(start.data) ||
		v.Text(StandardName) != "Mitteleurop\u00e4ische Zeit" || v.Number(AdditionalCriticalWorkerThreads) != 16 {
		t.Errorf("%+v", v.Values)
	}
	for id, want := range map[ID]string{Bias: "-60", GlobalFlag: "0xffffffff", NonPagedPoolSize: "8388608", ProductType: "ServerNT"} {
		if s := v.String(id); s != want {
			t.Errorf("%s is shown as %q", Table[id].Path(), s)
		}
	}
}

// TestProblems: what is out of range or of another type is reported by name with what
// is accepted, and the default is used.
func TestProblems(t *testing.T) {
	for path, c := range map[string]struct {
		v    entry
		want string
	}{
		worker + `\AdditionalCriticalWorkerThreads`: {dword(17), "is 17, which is not one of 0 to 16; 0 is used"},
		kernel + `\DpcQueueDepth`:                   {dword(0), "is 0, which is not one of 1 to 1024; 4 is used"},
		kernel + `\ObCaseInsensitive`:               {sz(regSz, "1"), "is of type 1 with 2 bytes, not a REG_DWORD; 1 is used"},
		memory + `\NonPagedPoolSize`:                {dword(1), "is 1, which is not one of 0, 4194304 to 4294967296; 0 is used"},
		memory + `\SystemPages`:                     {entry{regDword, []byte{1, 2}}, "is of type 4 with 2 bytes, not a REG_DWORD; 0 is used"},
		zone + `\Bias`:                              {dword(100000), "is 100000, which is not one of -1440 to 1440; 0 is used"},
		zone + `\StandardBias`:                      {qword(1 << 40), "is 1099511627776, which is not one of -1440 to 1440; 0 is used"},
		zone + `\DaylightStart`:                     {entry{regBinary, make([]byte, 15)}, "is of type 3 with 15 bytes, not a REG_BINARY of 16; it is taken for absent"},
		product + `\ProductType`:                    {sz(regSz, "Pocket"), `is "Pocket", which is not one of WinNT, LanmanNT, ServerNT; WinNT is used`},
		product + `\ProductSuite`:                   {sz(regSz, "x"), "is of type 1 with 2 bytes, not a REG_MULTI_SZ; it is taken for absent"},
		memory + `\VerifyDrivers`:                   {entry{regSz, []byte{65}}, "is of type 1 with 1 bytes, not a REG_SZ; it is taken for absent"},
		windows + `\CSDVersion`:                     {dword(0x10000), "is 65536, which is not one of 0 to 0xffff; 0 is used"},
	} {
		v := Read(values{path: c.v}.source)
		if want := `registry value Control\` + path + " " + c.want; len(v.Problems) != 1 || v.Problems[0] != want {
			t.Errorf("%q, want %q", v.Problems, want)
		}
		for i := range Table {
			if v.Values[i].Given || v.Values[i].Number != Table[i].Default {
				t.Errorf("%s: with a wrong %s: %+v", Table[i].Path(), path, v.Values[i])
			}
		}
	}
}

// FuzzRead: any bytes of any type give the default, a problem, or an accepted value.
func FuzzRead(f *testing.F) {
	f.Add(uint32(regDword), []byte{1, 0, 0, 0})
	f.Add(uint32(regMultiSz), []byte{65, 0, 0, 0, 0, 0})
	f.Add(uint32(regSz), []byte{0, 0xD8})
	f.Fuzz(func(t *testing.T, typ uint32, data []byte) {
		v := Read(func(string, string) (uint32, []byte, bool) { return typ, data, true })
		given := 0
		for i := range Table {
			e, x := &Table[i], v.Values[i]
			if x.Given {
				given++
			}
			if n := int64(x.Number); e.Kind == Signed && (n < int64(e.Low) || n > int64(e.High)) || e.Kind == Number && x.Number != 0 && (x.Number < e.Low || x.Number > e.High) {
				t.Errorf("%s is %d", e.Path(), x.Number)
			}
			if strings.Contains(v.String(ID(i)), "\x00") {
				t.Errorf("%s is %q", e.Path(), v.String(ID(i)))
			}
		}
		if given+len(v.Problems) != len(Table) {
			t.Error(fmt.Sprint(given, " given, ", len(v.Problems), " problems"))
		}
	})
}
