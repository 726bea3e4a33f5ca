package imports

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is the import graph (DESIGN 1): every package of the module with all
// it imports besides the standard library; gont/ is left out. Files of every
// build tag count, tests do not. An import that is missing here fails, and so
// does one that is no longer there.
var allowed = map[string]string{
	// Definitions that more than one program shares.
	"arc":         "",
	"arc/options": "",
	"nt":          "",
	"cm/regf":     "", // loader, kernel and tools
	"io/order":    "", // loader and kernel
	"cm/control":  "",
	"pe":          "",

	// The kernel; arrows go down.
	"goos":            "",
	"hal":             "arc hal/acpi hal/acpi/root",
	"hal/pci":         "github.com/usbarmory/tamago/soc/intel/pci hal",
	"hal/acpi":        "hal/acpi/root",
	"hal/acpi/root":   "",
	"inbv":            "",
	"inbv/display":    "arc inbv kd/dbgprint nt rtl/nls",
	"kd":              "golang.org/x/arch/x86/x86asm golang.org/x/term",
	"kd/dbgprint":     "kd ke nt",
	"ex/realtime":     "cm cm/control ex hal ke nt rtl/timezone",
	"cm/tuning":       "cm cm/control ex ke mm nt ob ps",
	"ex":              "ke mm nt ob ps rtl/nls rtl/timezone",
	"ke":              "nt",
	"mm":              "arc ke nt ob pe",
	"ob":              "ke nt rtl/nls",
	"se":              "",
	"ps":              "hal ke mm nt ob pe se trap",
	"trap":            "golang.org/x/arch/x86/x86asm hal nt",
	"rtl":             "nt",
	"rtl/timezone":    "",
	"rtl/message":     "",
	"rtl/nls":         "",
	"svc":             "hal mm nt ob ps",
	"svc/executive":   "ex ke mm nt ob ps se svc",
	"svc/memory":      "io ke mm nt ob ps svc",
	"svc/object":      "mm nt ob ps svc",
	"svc/process":     "ke mm nt ob ps svc",
	"svc/registry":    "cm cm/regf ex ke mm nt ob ps se svc",
	"svc/system":      "arc/options cc cm/control etw ex ke mm nt ob po ps rtl/timezone se svc io io/drivers/disk pp",
	"svc/thread":      "hal ke mm nt ps svc trap",
	"cc":              "cm ex ke mm nt ps",
	"em":              "cm fsrtl",
	"etw":             "ex ke mm nt ps",
	"cm":              "arc cm/regf ke mm nt ob",
	"lpc":             "ke nt ob",
	"tm":              "ke nt ob",
	"fsrtl":           "ke mm nt",
	"fs/fat":          "fsrtl nt rtl/nls",
	"fs/partition":    "nt",
	"se/rm":           "ex ke lpc nt ob ps se",
	"po":              "ex ke nt",
	"io":              "cm ex hal io/order ke mm nt ob pe ps",
	"kernel/debugger": "ex hal hal/acpi kd kd/pclntab kd/system ke mm nt pe ps",
	"kd/sac":          "",
	"kd/pclntab":      "",
	"kernel/ems":      "ex hal kd/dbgprint kd/sac ke kernel/bugcheck kernel/debugger mm po ps",
	"kd/system":       "cm cm/regf ex io ke mm ob pp ps se",
	"kernel/bugcheck": "arc ex hal inbv/display kd/dbgprint ke kernel/debugger kernel/messages mm nt ps",
	"kernel/selftest": "cm cm/regf hal hal/pci inbv/display io ke mm nt ob svc",
	"kernel/messages": "rtl/message",
	"kernel": "arc arc/options cc cm cm/control cm/tuning em etw ex ex/realtime fsrtl hal inbv/display io io/bootdevice io/drivers io/drivers/bootvid " +
		"io/drivers/disk io/drivers/rampaging " +
		"io/drivers/serial io/mountmgr io/order kd kd/dbgprint ke kernel/bugcheck kernel/debugger kernel/ems kernel/messages kernel/selftest kernel/systemfiles lpc mm nt ob " +
		"po pp ps rtl se/rm svc svc/executive svc/file svc/memory svc/object svc/process " +
		"svc/registry svc/system svc/thread tm",
	"svc/file":           "ex io io/pagingfile ke mm nt ob ps se svc",
	"io/pagingfile":      "io io/kfile ke mm nt",
	"io/kfile/kfiletest": "arc ex fs/fat hal io io/drivers/disk io/drivers/fastfat io/storage ke mm nt ob ps", // for tests
	"io/kfile":           "io io/storage ke nt ob",
	"kernel/systemfiles": "cc cm ex io io/kfile ke mm nt ob",
	"io/drivers/null":    "io nt ps",
	"io/drivers/ramdisk": "cm io io/storage mm nt ob",
	"io/drivers/disk":    "ex fs/partition io io/storage ke mm nt ob ps",
	"io/storage":         "io ke mm nt",
	"io/storport":        "arc ex hal io io/storage ke mm nt",
	"io/drivers": "io io/drivers/atapi io/drivers/beep io/drivers/bootvid io/drivers/disk io/drivers/example io/drivers/fastfat io/drivers/i8042prt io/drivers/null " +
		"io/drivers/pci io/drivers/ramdisk io/drivers/rtc io/drivers/serial io/drivers/storahci io/drivers/stornvme io/drivers/usbstor io/drivers/usbxhci io/drivers/viostor io/storport",
	"io/ata":               "io/storage nt",
	"io/drivers/atapi":     "io io/ata io/storage io/storport nt",
	"io/drivers/storahci":  "io io/ata io/storage io/storport nt",
	"io/drivers/stornvme":  "io io/storage io/storport ke nt",
	"io/drivers/viostor":   "io io/storage io/storport nt",
	"io/usb":               "io/storport",
	"io/usb/usbtest":       "io/storport io/usb", // for tests
	"io/drivers/usbstor":   "io io/storage io/storport io/usb nt",
	"io/drivers/usbxhci":   "ex io io/storport io/usb ke nt",
	"io/bootdevice":        "io io/drivers/disk ob pp",
	"io/mountmgr":          "cm io io/storage nt ob",
	"io/drivers/fastfat":   "cc ex fs/fat fsrtl io io/oplock io/storage ke mm nt ob ps",
	"io/oplock":            "nt",
	"io/drivers/example":   "cm io ke nt ps",
	"io/drivers/rampaging": "ke mm nt ps",
	"nttest/devices":       "nt ntdll ntdll/keyboard",
	"nttest/disks":         "nt ntdll",
	"nttest/diskerrors":    "nt ntdll",
	"nttest/cuts":          "nt ntdll nttest/cutplan",
	"nttest/cutplan":       "",
	"io/drivers/beep":      "hal io ke nt",
	"io/drivers/bootvid":   "cm io nt",
	"io/drivers/i8042prt":  "cm hal io ke nt",
	"io/drivers/pci":       "hal hal/pci io nt",
	"io/drivers/rtc":       "hal io ke nt",
	"io/drivers/serial":    "cm hal io ke nt",
	"pp":                   "cm ex hal hal/acpi hal/pci io nt rtl",
	"ntdll/keyboard":       "nt",
	"ntdll":                "nt",
	"smss":                 "nt ntdll smss/settings",
	"smss/settings":        "",
	"nsh":                  "nsh/shell nt ntdll ntdll/keyboard",
	"nsh/shell":            "golang.org/x/term nt",
	"nttest":               "nt ntdll nttest/counts nttest/guest nttest/harness pe",
	"ntbench":              "nt ntdll",
	"nttest/quit":          "ntdll",
	"nttest/off":           "nt ntdll",
	"nttest/reboot":        "nt ntdll",
	"nttest/gotests":       "nt ntdll nttest/harness",
	"nttest/harness":       "nt ntdll nttest/counts",
	"nttest/flood":         "ntdll",
	"nttest/counts":        "nt ntdll",
	"nttest/guest":         "nt ntdll",
	"nttest/fuzz":          "nt ntdll nttest/counts nttest/guest nttest/harness",
	"nttest/soak":          "nt ntdll nttest/counts nttest/guest nttest/harness",
	"nttest/paging":        "nt ntdll nttest/harness",

	// The loader.
	"boot/osldr": "arc arc/options boot/osldr/bootini boot/osldr/clock boot/osldr/fat boot/osldr/firmware boot/osldr/hardware " +
		"boot/osldr/lpb boot/osldr/lz4 boot/osldr/memmap boot/osldr/menu boot/osldr/paging boot/osldr/registry " +
		"boot/osldr/sectors boot/osldr/status boot/osldr/video cm/regf hal/acpi/root io/order pe",
	"boot/osldr/bootini":  "boot/osldr/status",
	"boot/osldr/clock":    "",
	"boot/osldr/fat":      "boot/osldr/status",
	"boot/osldr/firmware": "hal/acpi/root",
	"boot/osldr/hardware": "arc boot/osldr/lpb boot/osldr/status hal/acpi/root",
	"boot/osldr/lpb":      "arc boot/osldr/memmap boot/osldr/status",
	"boot/osldr/lz4":      "boot/osldr/status",
	"boot/osldr/memmap":   "arc boot/osldr/status",
	"boot/osldr/menu":     "boot/osldr/bootini boot/osldr/status",
	"boot/osldr/paging":   "arc pe",
	"boot/osldr/registry": "arc boot/osldr/status cm/regf io/order",
	"boot/osldr/sectors":  "boot/osldr/status",
	"boot/osldr/status":   "",
	"boot/osldr/video":    "arc",

	// Host programs and tests.
	"boot/loadertest":    "",
	"boot/badbios":       "arc qemu",
	"boot/osldr/mkosldr": "",
	"svc/svctest":        "",
	"internal/imports":   "",
	"qemu":               "tools/fatimg",
	"qemu/systemtest":    "",
	"kernel/kerneltest":  "",
	"toolchain":          "",
	"tools/boottrace":    "",
	"tools/bench":        "qemu",
	"tools/elf2pe":       "github.com/pierrec/lz4/v4 pe",
	"tools/mkservices":   "",
	"tools/mktables":     "arc/options cm/control",
	"tools/mkmessages":   "",
	"tools/fatimg": "boot/osldr/fat github.com/diskfs/go-diskfs/backend github.com/diskfs/go-diskfs/backend/file " +
		"github.com/diskfs/go-diskfs/filesystem/fat32 github.com/diskfs/go-diskfs/partition/mbr",
	"tools/hive":     "cm/regf",
	"tools/mkdriver": "pe",
	"tools/kdcore":   "tools/kdcore/elfcore",

	"tools/kdcore/elfcore": "",

	"tools/mkimage":  "tools/fatimg",
	"tools/mknls":    "cm/regf golang.org/x/text/encoding/charmap golang.org/x/text/unicode/norm",
	"tools/runqemu":  "qemu",
	"tools/testsum":  "",
	"tools/usbwrite": "",
}

// layers is the order of the kernel's packages, lowest first: each imports
// lower ones only. Packages of one row do not know each other.
var layers = [][]string{
	{"arc", "arc/options", "nt", "goos", "inbv", "kd", "kd/pclntab", "kd/sac", "hal/acpi/root", "pe", "se", "cm/regf", "cm/control", "io/order"},
	{"hal/acpi"},
	{"rtl", "rtl/timezone", "rtl/message", "rtl/nls"},
	{"kernel/messages"},
	{"hal"},
	{"hal/pci"},
	{"trap"},
	{"ke"},
	{"ob", "kd/dbgprint"},
	{"mm", "lpc", "tm", "inbv/display"},
	{"ps", "fsrtl"},
	{"ex"},
	{"cm", "etw"},
	{"se/rm", "em", "ex/realtime", "cm/tuning", "cc", "fs/fat", "fs/partition", "io/oplock"},
	{"io"},
	{"io/storage"},
	{"io/kfile"},
	{"io/storport", "io/ata"},
	{"io/usb"},
	{"io/drivers/atapi", "io/drivers/beep", "io/drivers/bootvid", "io/drivers/example", "io/drivers/i8042prt", "io/drivers/null", "io/drivers/pci",
		"io/drivers/disk", "io/drivers/fastfat", "io/mountmgr", "io/pagingfile", "io/drivers/ramdisk", "io/drivers/rampaging", "io/drivers/rtc", "io/drivers/serial", "io/drivers/storahci", "io/drivers/stornvme", "io/drivers/usbstor", "io/drivers/usbxhci", "io/drivers/viostor", "io/usb/usbtest", "pp"},
	{"io/drivers", "io/bootdevice", "io/kfile/kfiletest"},
	{"po"},
	{"svc"},
	{"svc/memory", "svc/object", "svc/process", "svc/thread", "svc/executive", "svc/file", "svc/registry", "svc/system"},
	{"kd/system"},
	{"kernel/debugger", "kernel/selftest", "kernel/systemfiles"},
	{"kernel/bugcheck"},
	{"kernel/ems"},
	{"kernel"},
}

// module is one reading of the source: imports by package.
type module map[string]map[string]bool

// readModule parses the imports of every Go file below root that is not a
// test; with tests, those of tests only.
func readModule(root string, tests bool) (module, error) {
	m := module{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "build") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") != tests {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		if m[pkg] == nil {
			m[pkg] = map[string]bool{}
		}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if first, _, _ := strings.Cut(p, "/"); first == "gont" || strings.Contains(first, ".") {
				m[pkg][strings.TrimPrefix(p, "gont/")] = true
			}
		}
		return nil
	})
	return m, err
}

// compare lists what differs between the source and a table.
func compare(m module, table map[string]string) (problems []string) {
	for _, pkg := range slices.Sorted(maps.Keys(m)) {
		list, ok := table[pkg]
		if !ok {
			problems = append(problems, fmt.Sprintf("package %s is not in the table", pkg))
			continue
		}
		declared := strings.Fields(list)
		for _, p := range slices.Sorted(maps.Keys(m[pkg])) {
			if !slices.Contains(declared, p) {
				problems = append(problems, fmt.Sprintf("%s imports %s, which is not declared", pkg, p))
			}
		}
		for _, p := range declared {
			if !m[pkg][p] {
				problems = append(problems, fmt.Sprintf("%s does not import %s, which is declared", pkg, p))
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(table)) {
		if m[pkg] == nil {
			problems = append(problems, fmt.Sprintf("the table has package %s, the source has not", pkg))
		}
	}
	return problems
}

func root(t *testing.T) string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestImports: the source imports what the table declares, and nothing else.
func TestImports(t *testing.T) {
	m, err := readModule(root(t), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(m) < 10 {
		t.Fatalf("only %d packages found", len(m))
	}
	for _, p := range compare(m, allowed) {
		t.Error(p)
	}
}

// libraries are those that the kernel has: below everything, they need nothing of ours.
var libraries = []string{
	"golang.org/x/arch/x86/x86asm",              // what faulted
	"golang.org/x/term",                         // the debugger's lines
	"github.com/usbarmory/tamago/soc/intel/pci", // configuration space
}

// shared are packages of the kernel's that loader and tools have, too.
var shared = map[string]bool{"arc": true, "arc/options": true, "pe": true, "cm/regf": true, "cm/control": true, "io/order": true,
	"hal/acpi/root": true}

// TestLayers: the table itself goes down only, and what is not the kernel does
// not reach into it.
func TestLayers(t *testing.T) {
	layer := map[string]int{}
	for i, row := range layers {
		for _, p := range row {
			layer[p] = i
		}
	}
	guest := map[string]bool{"nttest/devices": true, "nttest/disks": true, "nttest/diskerrors": true, "nttest/cuts": true, "nttest/cutplan": true, "ntdll/keyboard": true, "ntdll": true, "smss": true, "nsh": true, "nsh/shell": true, "nttest": true, "ntbench": true, "nttest/quit": true, "nttest/off": true, "nttest/reboot": true, "nttest/counts": true, "nttest/guest": true, "nttest/harness": true, "nttest/fuzz": true, "nttest/soak": true, "nttest/paging": true, "nttest/flood": true, "nttest/gotests": true}
	for pkg, list := range allowed {
		for _, p := range strings.Fields(list) {
			from, kernel := layer[pkg]
			to, isKernel := layer[p]
			switch {
			case p == "kernel":
				t.Errorf("%s imports the kernel's main package", pkg)
			case kernel && slices.Contains(libraries, p):
			case kernel && !isKernel:
				t.Errorf("%s is of the kernel and imports %s, which is not", pkg, p)
			case kernel && to >= from:
				t.Errorf("%s imports %s, which is not below it", pkg, p)
			case !kernel && isKernel && !shared[p] && !(p == "nt" && guest[pkg]):
				t.Errorf("%s is not of the kernel and imports %s", pkg, p)
			}
		}
	}
}

// TestTestsImports: not even a test reaches upward from a kernel package.
func TestTestsImports(t *testing.T) {
	m, err := readModule(root(t), true)
	if err != nil {
		t.Fatal(err)
	}
	layer := map[string]int{}
	for i, row := range layers {
		for _, p := range row {
			layer[p] = i
		}
	}
	for pkg, imports := range m {
		from, kernel := layer[pkg]
		for p := range imports {
			if p == "kernel" {
				t.Errorf("a test of %s imports the kernel's main package", pkg)
			}
			to, isKernel := layer[p]
			if kernel && isKernel && to > from {
				t.Errorf("a test of %s imports %s, which is above it", pkg, p)
			}
		}
	}
}

// TestCompareNotices: each kind of difference is reported.
func TestCompareNotices(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module gont\n",
		"a/a.go":          "package a\nimport (\n_ \"fmt\"\n_ \"gont/b\"\n)\n",
		"a/a_kernel.go":   "//go:build kernel\n\npackage a\nimport _ \"gont/c\"\n",
		"a/a_test.go":     "package a\nimport _ \"gont/d\"\n",
		"b/b.go":          "package b\n",
		"new/new.go":      "package new\nimport _ \"example.com/x\"\n",
		"_old/x.go":       "package old\nimport _ \"gont/zzz\"\n",
		"testdata/bad.go": "this is not Go",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	m, err := readModule(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	got := compare(m, map[string]string{"a": "b", "b": "nt", "gone": ""})
	want := []string{
		"a imports c, which is not declared",
		"b does not import nt, which is declared",
		"package new is not in the table",
		"the table has package gone, the source has not",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if err := os.WriteFile(filepath.Join(dir, "b", "broken.go"), []byte("nonsense"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := readModule(dir, false); err == nil {
		t.Error("a file that is not Go was accepted")
	}
}
