package qemu

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Guest is a VM under test: what goes wrong ends the test with the end of the
// machine's transcript.
type Guest struct {
	*VM
	t   testing.TB
	ctx context.Context
}

// Boot starts a machine for a test and ends it with the test. The transcript
// goes to build/transcripts under the module's root. A PC whose Config names no Disk
// gets Virtio: QEMU's BIOS reads an IDE disk word by word, and a start from there costs
// the host a second of processor time more. A test that is about the disk names it.
// The test's log says how much processor time the emulator has used.
func Boot(t testing.TB, c Config) *Guest {
	t.Helper()
	if c.Disk == "" && c.Machine != Q35 {
		c.Disk = Virtio
	}
	c.Transcript = transcript(t, c.Transcript)
	vm, err := Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return guest(t, vm, c.Transcript)
}

// BootBochs is Boot in Bochs.
func BootBochs(t testing.TB, c BochsConfig) *Guest {
	t.Helper()
	c.Transcript = transcript(t, c.Transcript)
	vm, err := StartBochs(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return guest(t, vm, c.Transcript)
}

func guest(t testing.TB, vm *VM, transcript string) *Guest {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Guest{VM: vm, t: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		vm.Close()
		t.Logf("the emulator has used %.1f s of processor time", vm.processorTime().Seconds())
		if t.Failed() {
			t.Logf("transcript %s ends with\n%s", transcript, indent(vm.Tail(40)))
		}
	})
	return g
}

func indent(s string) string { return "\t| " + strings.ReplaceAll(s, "\n", "\n\t| ") }

// Line waits for the next line that matches pattern and returns it. A line
// that matches one of unless fails the test at once.
func (g *Guest) Line(pattern string, unless ...string) string {
	g.t.Helper()
	l, err := g.WaitLine(g.ctx, pattern, unless...)
	if err != nil {
		g.fail(err)
	}
	return l.Text
}

// fail ends the test. Where a stop is what came instead of a line, fail waits for the stop's report first, for at most
// ten seconds: the transcript's end shows it.
func (g *Guest) fail(err error) {
	g.t.Helper()
	if strings.Contains(err.Error(), `got "*** STOP: `) {
		ctx, cancel := context.WithTimeout(g.ctx, 10*time.Second)
		defer cancel()
		g.WaitLine(ctx, `^Full report: `)
	}
	g.t.Fatal(err)
}

// LineAt is Line and tells when the line came.
func (g *Guest) LineAt(pattern string, unless ...string) (string, time.Duration) {
	g.t.Helper()
	l, err := g.WaitLine(g.ctx, pattern, unless...)
	if err != nil {
		g.fail(err)
	}
	return l.Text, l.At
}

// Expect waits for text that matches pattern, a prompt for example, and
// returns the match and its groups.
func (g *Guest) Expect(pattern string) []string {
	g.t.Helper()
	m, err := g.WaitText(g.ctx, pattern)
	if err != nil {
		g.t.Fatal(err)
	}
	return m
}

// Type sends to the serial port.
func (g *Guest) Type(s string) {
	g.t.Helper()
	if err := g.Send(s); err != nil {
		g.t.Fatal(err)
	}
}

// End waits for the machine to end by itself.
func (g *Guest) End() Exit {
	g.t.Helper()
	e, err := g.Wait(g.ctx)
	if err != nil {
		g.t.Fatal(err)
	}
	return e
}

// ScreenText returns the text screen.
func (g *Guest) ScreenText() string {
	g.t.Helper()
	s, err := g.Screen()
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

// TestImage returns a copy of an image in a folder of the test.
func TestImage(t testing.TB, from string) *Image {
	t.Helper()
	m, err := CopyImage(from, filepath.Join(t.TempDir(), filepath.Base(from)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Root returns the folder of go.mod, above the current one.
func Root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func transcript(t testing.TB, name string) string {
	t.Helper()
	if name == "" {
		name = t.Name()
	}
	root, err := Root()
	if err != nil {
		t.Fatalf("no go.mod above the current folder: %v", err)
	}
	name = strings.NewReplacer("/", "_", " ", "_").Replace(name)
	return filepath.Join(root, "build", "transcripts", name+".log")
}
