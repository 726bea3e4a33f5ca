package order

import (
	"fmt"
	"slices"
	"testing"
)

// kinds are the ways in which a driver can stand to the lists: its group listed first,
// second (in another case), not at all, or none; its tag of rank 0, 1, listed but of
// another group, not at all, or none.
func kinds() (list []Driver) {
	for _, g := range []string{"Base", "PORT", "Other", ""} {
		for _, t := range []int{7, 3, 99, 0} {
			list = append(list, Driver{Group: g, Tag: uint32(t)})
		}
	}
	return list
}

var listed = []string{"Base", "Port", "Empty"}

func ranks(g string) []uint32 {
	if Equal(g, "Base") {
		return []uint32{7, 3}
	}
	return map[string][]uint32{"PORT": {3}, "Other": {3, 7}}[g]
}

// restated is SPEC I4 said again, as plainly as can be: the order is made up list by
// list.
func restated(drivers []Driver) (sorted []int) {
	take := func(want func(d Driver) bool) {
		for i, d := range drivers {
			if !slices.Contains(sorted, i) && want(d) {
				sorted = append(sorted, i)
			}
		}
	}
	for _, g := range []string{"Base", "PORT", "Other"} {
		for _, tag := range ranks(g) {
			take(func(d Driver) bool { return d.Group == g && d.Tag == tag })
		}
		take(func(d Driver) bool { return d.Group == g && d.Tag != 0 })
		take(func(d Driver) bool { return d.Group == g })
	}
	take(func(d Driver) bool { return true })
	return sorted
}

// TestAllSmallCases: every list of up to four drivers of all kinds is in the order of
// the rules (I4).
func TestAllSmallCases(t *testing.T) {
	all := kinds()
	cases := 0
	var try func(drivers []Driver, left int)
	try = func(drivers []Driver, left int) {
		cases++
		if got, want := Sort(drivers, listed, ranks), restated(drivers); !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", drivers, got, want)
		}
		if left == 0 {
			return
		}
		for _, d := range all {
			try(append(drivers[:len(drivers):len(drivers)], d), left-1)
		}
	}
	try(nil, 4)
	if want := 1 + 16 + 16*16 + 16*16*16 + 16*16*16*16; cases != want {
		t.Errorf("%d cases, want %d", cases, want)
	}
}

// TestMissingService: what a driver's DependOnService asks for.
func TestMissingService(t *testing.T) {
	d := &Driver{DependOnService: []string{"A", "", "b"}}
	for _, c := range []struct {
		started []string
		want    string
	}{{nil, "A"}, {[]string{"B"}, "A"}, {[]string{"a"}, "b"}, {[]string{"B", "x", "a"}, ""}} {
		if got := MissingService(d, c.started); got != c.want {
			t.Errorf("%q started: %q is missing", c.started, got)
		}
	}
}

// TestFailed: ErrorControl's whole table (I6).
func TestFailed(t *testing.T) {
	for _, c := range []struct {
		control     uint32
		first, good Action
	}{{0, Ignore, Ignore}, {1, Warn, Warn}, {2, Restart, GoOn}, {3, Restart, Stop}, {4, Warn, Warn}, {0xFFFFFFFF, Warn, Warn}} {
		if a, b := Failed(c.control, false), Failed(c.control, true); a != c.first || b != c.good {
			t.Errorf("%d: %v and %v, want %v and %v", c.control, a, b, c.first, c.good)
		}
	}
}

// TestSafe: what starts in safe mode.
func TestSafe(t *testing.T) {
	list := []string{"", "Base", "example.sys", "Null"}
	type driver struct {
		Driver
		file string
	}
	for _, c := range []struct {
		d    driver
		want bool
	}{
		{driver{Driver{Name: "x", Group: "base"}, `\x.sys`}, true},
		{driver{Driver{Name: "x", Group: ""}, `\x.sys`}, false},
		{driver{Driver{Name: "NULL", Group: "Other"}, `\x.sys`}, true},
		{driver{Driver{Name: "Example"}, `\Windows\System32\drivers\Example.sys`}, true},
		{driver{Driver{Name: "x"}, `\SystemRoot\System32\drivers\EXAMPLE.SYS`}, true},
		{driver{Driver{Name: "Example"}, `System32\drivers\x.sys`}, false},
		{driver{Driver{Name: "x", Group: "Video"}, `\x.sys`}, false},
	} {
		if got := Safe(&c.d.Driver, c.d.file, list); got != c.want {
			t.Errorf("%+v: %v", c.d, got)
		}
	}
}

// TestFile: every form of ImagePath (I7), and what is wrong with others.
func TestFile(t *testing.T) {
	for _, c := range []struct {
		path   string
		expand bool
		want   string
	}{
		{"", false, `\Windows\System32\drivers\X.sys`},
		{"", true, `\Windows\System32\drivers\X.sys`},
		{`System32\drivers\a.sys`, false, `\Windows\System32\drivers\a.sys`},
		{`System32\drivers\a.sys`, true, `\Windows\System32\drivers\a.sys`},
		{`\SystemRoot\System32\a.sys`, false, `\Windows\System32\a.sys`},
		{`\systemroot\a.sys`, true, `\Windows\a.sys`},
		{`\SystemRoot2\a.sys`, false, `\SystemRoot2\a.sys`},
		{`%SystemRoot%\System32\a.sys`, true, `\Windows\System32\a.sys`},
		{`%SYSTEMROOT%\a.sys`, true, `\Windows\a.sys`},
		{`%SystemRoot%\a.sys`, false, `\Windows\%SystemRoot%\a.sys`},
		{`\??\C:\Drivers\a.sys`, false, `\Drivers\a.sys`},
		{`c:\Drivers\a.sys`, true, `\Drivers\a.sys`},
		{`\Drivers\a b.sys`, false, `\Drivers\a b.sys`},
		{`%Path%\a.sys`, true, "ImagePath has a variable that is not %SystemRoot%"},
		{`\x%`, true, "ImagePath has a variable that is not %SystemRoot%"},
		{`D:\a.sys`, false, "ImagePath is on a drive that is not there yet"},
		{`\??\Volume\a.sys`, false, "ImagePath is on a device that is not there yet"},
		{`\`, false, "ImagePath has a name without characters"},
		{`a\`, false, "ImagePath has a name without characters"},
		{`a\\b`, false, "ImagePath has a name without characters"},
		{`..\a.sys`, false, "ImagePath leaves its directory"},
		{`a\.\b`, false, "ImagePath leaves its directory"},
		{"a\x01b", false, "ImagePath has a character that no file name has"},
		{`a/b`, false, "ImagePath has a character that no file name has"},
		{`C:`, false, "ImagePath has a character that no file name has"},
		{fmt.Sprintf("%0300d", 1), false, "ImagePath is too long"},
	} {
		got, reason := File(`\Windows`, "X", c.path, c.expand)
		if reason != "" {
			got = reason
		}
		if got != c.want {
			t.Errorf("%q, expand %v: %q, want %q", c.path, c.expand, got, c.want)
		}
	}
}
