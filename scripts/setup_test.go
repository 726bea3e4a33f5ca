// Package scripts has the tests of the shell scripts beside it.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pc is a made-up computer: a folder of programs that setup.sh finds and one
// that stands for its root folder.
type pc struct {
	t         *testing.T
	bin, root string
}

// everything is what setup.sh test looks for.
var everything = []string{
	"gcc", "as", "ld", "objcopy", "qemu-system-x86_64", "mcopy", "mtype", "fsck.fat", "fdisk", "lz4", "hivexsh", "hivexregedit", "reglookup", "gdb", "bochs",
	"/usr/share/seabios/bios-256k.bin", "/usr/share/seabios/vgabios-stdvga.bin",
	"/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so", "/usr/share/bochs/BIOS-bochs-latest", "/usr/share/vgabios/vgabios.bin",
}

func newPC(t *testing.T, uid string, without ...string) pc {
	t.Helper()
	p := pc{t, t.TempDir(), t.TempDir()}
	p.script("go", "exit 0")
	p.script("id", "echo "+uid)
	p.script("apt-get", `echo "apt-get $* $DEBIAN_FRONTEND" >>`+p.root+"/log")
next:
	for _, f := range everything {
		for _, w := range without {
			if f == w {
				continue next
			}
		}
		if strings.HasPrefix(f, "/") {
			p.file(filepath.Join(p.root, f), "")
		} else {
			p.script(f, "exit 0")
		}
	}
	return p
}

func (p pc) file(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func (p pc) script(name, text string) { p.file(filepath.Join(p.bin, name), "#!/bin/sh\n"+text+"\n") }

// setup runs setup.sh and returns its exit status, its output, and what
// apt-get was told.
func (p pc) setup(group string) (status int, out, apt string) {
	p.t.Helper()
	cmd := exec.Command("/bin/sh", "setup.sh", group)
	cmd.Env = []string{"PATH=" + p.bin, "SETUP_ROOT=" + p.root}
	b, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	log, _ := os.ReadFile(filepath.Join(p.root, "log")) // none when apt-get was not called
	return cmd.ProcessState.ExitCode(), string(b), string(log)
}

func TestNothingMissing(t *testing.T) {
	for _, g := range []string{"image", "qemu", "test"} {
		if s, out, apt := newPC(t, "0").setup(g); s != 0 || out != "" || apt != "" {
			t.Errorf("%s: exit status %d, output %q, apt-get %q", g, s, out, apt)
		}
	}
}

// TestOnlyWhatIsNeeded: make image must not ask for an emulator.
func TestOnlyWhatIsNeeded(t *testing.T) {
	p := newPC(t, "1000", everything[4:]...)
	if s, out, _ := p.setup("image"); s != 0 || out != "" {
		t.Errorf("image: exit status %d, output %q", s, out)
	}
	if s, out, _ := p.setup("qemu"); s != 1 || !strings.Contains(out, "--no-install-recommends qemu-system-x86 seabios'\n") {
		t.Errorf("qemu: exit status %d, output %q", s, out)
	}
}

func TestNotRoot(t *testing.T) {
	p := newPC(t, "1000", everything[1:]...)
	s, out, apt := p.setup("test")
	want := "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends " +
		"binutils qemu-system-x86 seabios mtools dosfstools fdisk lz4 libhivex-bin libwin-hivex-perl reglookup gdb bochs bochs-term bochsbios vgabios'\n"
	if s != 1 || !strings.Contains(out, want) || apt != "" {
		t.Errorf("exit status %d, apt-get %q, output\n%swant\n%s", s, apt, out, want)
	}
}

func TestRoot(t *testing.T) {
	p := newPC(t, "0", "qemu-system-x86_64", "mtype")
	p.script("apt-get", `echo "apt-get $* $DEBIAN_FRONTEND" >>`+p.root+`/log
[ "$1" = install ] || exit 0
for f in qemu-system-x86_64 mtype; do echo '#!/bin/sh' >`+p.bin+`/$f; /bin/chmod +x `+p.bin+`/$f; done`)
	s, out, apt := p.setup("test")
	want := "apt-get -q update noninteractive\napt-get install -y --no-install-recommends qemu-system-x86 mtools noninteractive\n"
	if s != 0 || apt != want {
		t.Errorf("exit status %d, output %q, apt-get\n%swant\n%s", s, out, apt, want)
	}
}

func TestAptFails(t *testing.T) {
	p := newPC(t, "0", "qemu-system-x86_64")
	if s, out, _ := p.setup("qemu"); s != 1 || !strings.Contains(out, "still not found: qemu-system-x86_64") {
		t.Errorf("apt-get does nothing: exit status %d, output %q", s, out)
	}
	p.script("apt-get", "exit 100")
	if s, out, _ := p.setup("qemu"); s != 1 || !strings.Contains(out, "apt-get failed") {
		t.Errorf("apt-get fails: exit status %d, output %q", s, out)
	}
	if err := os.Remove(filepath.Join(p.bin, "apt-get")); err != nil {
		t.Fatal(err)
	}
	if s, out, _ := p.setup("qemu"); s != 1 || !strings.Contains(out, "has no apt-get") {
		t.Errorf("no apt-get: exit status %d, output %q", s, out)
	}
}

func TestNoGo(t *testing.T) {
	p := newPC(t, "0")
	if err := os.Remove(filepath.Join(p.bin, "go")); err != nil {
		t.Fatal(err)
	}
	if s, out, _ := p.setup("image"); s != 1 || !strings.Contains(out, "https://go.dev/dl/") {
		t.Errorf("exit status %d, output %q", s, out)
	}
}

func TestUsage(t *testing.T) {
	if s, out, _ := newPC(t, "0").setup("nonsense"); s != 2 || !strings.Contains(out, "usage") {
		t.Errorf("exit status %d, output %q", s, out)
	}
}

// TestHelp: every target of the Makefile that a user may type is listed.
func TestHelp(t *testing.T) {
	cmd := exec.Command("make", "-s")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"image", "qemu", "test", "bench", "usb", "toolchain", "vet", "staticcheck", "clean"} {
		if !strings.Contains(string(out), "\n  make "+want+" ") {
			t.Errorf("make does not list %s:\n%s", want, out)
		}
	}
}
