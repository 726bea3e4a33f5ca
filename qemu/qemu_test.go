package qemu

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func probeImage(t *testing.T) string {
	t.Helper()
	need(t, "qemu-system-x86_64")
	name, err := WriteProbe(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestSerialBothWays(t *testing.T) {
	g := Boot(t, Config{Image: probeImage(t)})
	if l, at := g.LineAt("real mode"); l != "GoNT probe: real mode" || at <= 0 {
		t.Errorf("line %q at %v", l, at)
	}
	g.Line("^GoNT probe: 64-bit mode$", "STOP")
	g.Type("hello\n")
	if m := g.Expect(`h(e)l*o\n`); m[0] != "hello\n" || m[1] != "e" {
		t.Errorf("echo %q", m)
	}
	if s := g.ScreenText(); !strings.Contains(s, "GoNT probe on the screen") {
		t.Errorf("screen shows\n%s", s)
	}
	g.Type("x")
	e := g.End()
	if v, ok := e.Guest(); !ok || v != 0x2a || e.Code != 0x55 {
		t.Errorf("ended with %v", e)
	}
	if _, err := g.WaitLine(context.Background(), "never"); err == nil || !strings.Contains(err.Error(), "exit status 85") {
		t.Errorf("waiting after the end: %v", err)
	}
	want := []string{"GoNT probe: real mode", "GoNT probe: 64-bit mode", "hello"}
	if got := g.Lines(); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("lines %q", got)
	}
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "build/transcripts/TestSerialBothWays.log"))
	if err != nil || string(b) != g.Text() {
		t.Errorf("transcript %q, %v", b, err)
	}
}

func TestDisksAndMachines(t *testing.T) {
	img := probeImage(t)
	for _, c := range []Config{
		{Machine: PC, Disk: IDE}, {Machine: PC, Disk: Virtio}, {Machine: PC, Disk: USBXHCI}, {Machine: PC, Disk: NVMe},
		{Machine: Q35, Disk: AHCI}, {Machine: Q35, Disk: USBEHCI}, {Machine: Q35, Disk: Virtio, Memory: 32},
		{Icount: true}, {NoVGA: true, SMP: 2}, {ExtraDisks: []string{img}},
	} {
		c.Image = img
		t.Run(string(c.Machine+" ")+string(c.Disk), func(t *testing.T) {
			t.Parallel()
			g := Boot(t, c)
			g.Line("64-bit mode")
			g.Type("x")
			g.End()
		})
	}
}

// TestChain starts the probe from BIOS drive 81h.
func TestChain(t *testing.T) {
	img := probeImage(t)
	first := filepath.Join(t.TempDir(), "first.img")
	if err := WriteChain(first, 0x81); err != nil {
		t.Fatal(err)
	}
	g := Boot(t, Config{Image: first, ExtraDisks: []string{img}})
	g.Line("64-bit mode")
}

func TestTripleFault(t *testing.T) {
	g := Boot(t, Config{Image: probeImage(t)})
	g.Line("64-bit mode")
	g.Type("t")
	_, err := g.WaitLine(context.Background(), "more")
	if err == nil || !strings.Contains(err.Error(), "exit status 0, guest-reset") {
		t.Errorf("a triple fault gives %v", err)
	}
	if e := g.End(); e.Code != 0 || e.Reason != "guest-reset" {
		t.Errorf("ended with %v", e)
	}
}

func TestMonitor(t *testing.T) {
	g := Boot(t, Config{Image: probeImage(t), Reboot: true})
	g.Line("64-bit mode")
	if s, err := g.Status(); err != nil || s != "running" {
		t.Errorf("status %q, %v", s, err)
	}
	if err := g.Pause(); err != nil {
		t.Error(err)
	}
	if s, err := g.Status(); err != nil || s != "paused" {
		t.Errorf("status %q, %v", s, err)
	}
	if r, err := g.Registers(); err != nil || !strings.Contains(r, "RIP=0000000000007") {
		t.Errorf("registers %s, %v", r, err)
	}
	if b, err := g.ReadPhys(0x7c00, 512); err != nil || !bytes.Equal(b, probe) {
		t.Errorf("memory % x, %v", b[:min(16, len(b))], err)
	}
	ppm := filepath.Join(t.TempDir(), "screen.ppm")
	if err := g.Screendump(ppm); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(ppm); err != nil || !bytes.HasPrefix(b, []byte("P6")) {
		t.Errorf("screendump: %d bytes, %v", len(b), err)
	}
	if err := g.SendKeys("a", "shift-f8"); err != nil {
		t.Error(err)
	}
	for what, f := range map[string]func() error{
		"a wrong key":     func() error { return g.SendKeys("nokey") },
		"a wrong command": func() error { _, err := g.QMP("no-such-command", nil); return err },
	} {
		if f() == nil {
			t.Errorf("%s gives no error", what)
		}
	}
	if err := g.Continue(); err != nil {
		t.Error(err)
	}
	if err := g.Reset(); err != nil {
		t.Error(err)
	}
	g.Line("64-bit mode")
	if err := g.Quit(); err != nil {
		t.Error(err)
	}
	if e := g.End(); e.Code != 0 || e.Reason != "host-qmp-quit" {
		t.Errorf("ended with %v", e)
	}
	if _, err := g.Status(); err == nil {
		t.Error("the monitor of an ended machine answers")
	}
}

func TestLimits(t *testing.T) {
	img := probeImage(t)
	ctx := context.Background()
	// A limit that is over before the machine says anything is named, too.
	if _, err := Start(ctx, Config{Image: img, Limit: time.Millisecond}); err == nil || !strings.Contains(err.Error(), "time limit of 1ms") {
		t.Errorf("got %v", err)
	}
	vm, err := Start(ctx, Config{Image: img, Limit: 1500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if _, err := vm.WaitLine(ctx, "never comes"); err == nil || !strings.Contains(err.Error(), "time limit of 1.5s") {
		t.Errorf("got %v", err)
	}
	if e, err := vm.Wait(ctx); err == nil || e.Code != -1 {
		t.Errorf("Wait: %v, %v", e, err)
	}

	// Silence is counted from the last byte.
	silent, err := Start(ctx, Config{Image: img, Silence: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	l, err := silent.WaitLine(ctx, "64-bit")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.WaitLine(ctx, "never comes"); err == nil || !strings.Contains(err.Error(), "3s without a sign of life") {
		t.Errorf("got %v", err)
	}
	if q := time.Since(silent.Console.start) - l.At; q < 3*time.Second {
		t.Errorf("ended %v after its last line", q)
	}

	vm, err = Start(ctx, Config{Image: img})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if _, err := vm.WaitLine(ctx, "64-bit", "real mode"); err == nil || !strings.Contains(err.Error(), `got "GoNT probe: real mode"`) {
		t.Errorf("unless: %v", err)
	}
	if _, err := vm.WaitLine(ctx, "("); err == nil {
		t.Error("a wrong pattern gives no error")
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := vm.WaitText(done, "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled wait: %v", err)
	}
	pid := vm.Pid()
	vm.Close()
	if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err == nil {
		t.Errorf("process %d is still there after Close", pid)
	}
}

func TestBadConfig(t *testing.T) {
	img := probeImage(t)
	for want, c := range map[string]Config{
		"no IDE":               {Image: img, Machine: Q35, Disk: IDE},
		"no AHCI":              {Image: img, Disk: AHCI},
		"unknown kind of disk": {Image: img, Disk: "floppy"},
		"no such file":         {Image: img + "x"},
		"comma":                {Image: "a,b"},
		"one processor":        {Image: img, Icount: true, SMP: 2},
		"under tcg":            {Image: img, Icount: true, Accel: KVM},
		"executable file":      {Image: img, QEMU: "no-such-qemu"},
		"unsupported machine":  {Machine: "no-such-machine"},
		"no-such-device":       {Image: img, Args: []string{"-device", "no-such-device"}},
	} {
		vm, err := Start(context.Background(), c)
		if err == nil {
			vm.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// TestPersist: images are written to only where that is asked for.
func TestPersist(t *testing.T) {
	for _, persist := range []bool{false, true} {
		_, args, err := Config{Image: probeImage(t), Persist: persist}.Command()
		if text := strings.Join(args, " "); err != nil || strings.Contains(text, "snapshot=off") != persist || strings.Contains(text, "snapshot=on") == persist {
			t.Errorf("persist %v: %q, %v", persist, text, err)
		}
	}
}

// TestProbeFails runs the probe where it cannot succeed: on a processor
// without long mode, which must not be taken for a working one.
func TestProbeFails(t *testing.T) {
	need(t, "qemu-system-x86_64")
	if err := runProbe(context.Background(), Config{Accel: TCG}); err != nil {
		t.Errorf("the probe fails under tcg: %v", err)
	}
	err := runProbe(context.Background(), Config{Accel: TCG, CPU: "pentium3", Limit: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "does not get to 64-bit mode") {
		t.Errorf("got %v", err)
	}
}

// TestProbeSource assembles probe.S again.
func TestProbeSource(t *testing.T) {
	need(t, "as")
	dir := t.TempDir()
	o, bin := filepath.Join(dir, "o"), filepath.Join(dir, "bin")
	for _, c := range [][]string{{"as", "probe.S", "-o", o}, {"ld", "-Ttext", "0x7c00", "--oformat", "binary", o, "-o", bin}} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", c, err, out)
		}
	}
	got, err := os.ReadFile(bin)
	if err != nil || !bytes.Equal(got, probe) {
		t.Errorf("probe.bin is not what probe.S assembles to (%v); run go generate", err)
	}
}

func TestBochs(t *testing.T) {
	need(t, "bochs")
	img := probeImage(t)
	before, err := os.ReadFile(img)
	if err != nil {
		t.Fatal(err)
	}
	g := BootBochs(t, BochsConfig{Image: img, Memory: 32})
	g.Line("^GoNT probe: real mode$")
	g.Line("^GoNT probe: 64-bit mode$")
	g.Type("ok\n")
	g.Expect("ok\n")
	if _, err := g.QMP("stop", nil); err == nil {
		t.Error("Bochs answers QMP")
	}
	g.Close()
	after, err := os.ReadFile(img)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the image has changed (%v)", err)
	}
}

func TestBochsFails(t *testing.T) {
	img := probeImage(t)
	if _, err := StartBochs(context.Background(), BochsConfig{Image: img + "x"}); err == nil {
		t.Error("no error without an image")
	}
	if _, err := StartBochs(context.Background(), BochsConfig{Image: img, Program: "no-such-bochs"}); err == nil {
		t.Error("no error without Bochs")
	}
	need(t, "bochs")
	vm, err := StartBochs(context.Background(), BochsConfig{Image: img, Extra: []string{"no such line: 1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if _, err := vm.WaitLine(context.Background(), "anything"); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("with a wrong configuration: %v", err)
	}
}
