package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The programs below testdata/progs are compiled for GOOS=tamago and run as
// Linux processes, by the hooks that are the default of runtime/goos.

var progs struct {
	sync.Mutex
	dir  string
	path map[string]string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if progs.dir != "" {
		os.RemoveAll(progs.dir)
	}
	os.Exit(code)
}

// prog builds testdata/progs/run with the tags once.
func prog(t *testing.T, tags string) string {
	t.Helper()
	return buildOnce(t, "run"+tags, nil, "-tags", tags)
}

// metalProg builds the same program for ring 0 and the high half.
func metalProg(t *testing.T) string {
	t.Helper()
	metal, err := filepath.Abs("testdata/metal")
	if err != nil {
		t.Fatal(err)
	}
	return buildOnce(t, "metal", []string{"GOOSPKG=" + metal}, "-trimpath", "-ldflags=-s -w -T -0x7fdff000")
}

func buildOnce(t *testing.T, name string, env []string, args ...string) string {
	t.Helper()
	progs.Lock()
	defer progs.Unlock()
	if p := progs.path[name]; p != "" {
		return p
	}
	if progs.dir == "" {
		dir, err := os.MkdirTemp("", "toolchain")
		if err != nil {
			t.Fatal(err)
		}
		progs.dir, progs.path = dir, map[string]string{}
	}
	p := filepath.Join(progs.dir, name)
	mustGo(t, "testdata/progs", env, append(append([]string{"build"}, args...), "-o", p, "./run")...)
	progs.path[name] = p
	return p
}

// A result is what became of a process.
type result struct {
	out  string
	code int
	cpu  time.Duration
}

// runPart runs one part of the program, for at most a minute.
func runPart(t *testing.T, bin, part string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, part)
	cmd.Env = []string{"TOOLCHAIN_TEST=42"}
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s: still running after a minute\n%s", part, out)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{
		out:  string(out),
		code: cmd.ProcessState.ExitCode(),
		cpu:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}
}

// TestRun runs the parts that end well.
func TestRun(t *testing.T) {
	bin := prog(t, "")
	for _, part := range []string{
		"hello", "goroutines", "channels", "select", "timers", "maps", "panics", "system",
		"recursion", "nothread", "event", "gc", "finalizers", "smp", "smp-timers", "smp-gc", "bound",
	} {
		t.Run(part, func(t *testing.T) {
			r := runPart(t, bin, part)
			if r.code != 0 || !strings.HasSuffix(r.out, "ok\n") {
				t.Errorf("status %d\n%s", r.code, r.out)
			}
		})
	}
}

// TestRunSmall runs the collector where the heap is 64 MiB at most.
func TestRunSmall(t *testing.T) {
	bin := prog(t, "ram64")
	for _, part := range []string{"gc", "maps", "smp-gc"} {
		if r := runPart(t, bin, part); r.code != 0 || !strings.HasSuffix(r.out, "ok\n") {
			t.Errorf("%s: status %d\n%s", part, r.code, r.out)
		}
	}
}

// TestRunReserved runs with memory that is reserved and has to be committed: what
// the runtime touches without that faults.
func TestRunReserved(t *testing.T) {
	bin := prog(t, "reserved")
	for _, part := range []string{"gc", "maps", "smp-gc"} {
		if r := runPart(t, bin, part); r.code != 0 || !strings.HasSuffix(r.out, "ok\n") {
			t.Errorf("%s: status %d\n%s", part, r.code, r.out)
		}
	}
}

// TestRunRepeatedly looks for races in sleeping and waking of processors.
func TestRunRepeatedly(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	bin := prog(t, "")
	for i := range 30 {
		if r := runPart(t, bin, "smp"); r.code != 0 {
			t.Fatalf("run %d: status %d\n%s", i, r.code, r.out)
		}
	}
}

// TestHostCalls uses package os on a file system behind syscall.Host.
func TestHostCalls(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "files")
	mustGo(t, "testdata/progs", nil, "build", "-o", bin, "./files")
	if out, err := exec.Command(bin).CombinedOutput(); err != nil || string(out) != "ok\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFatal runs the parts that end badly, and must say so.
func TestFatal(t *testing.T) {
	for _, c := range []struct{ tags, part, want string }{
		{"ram64", "exhaust", "out of memory"},
		{"reserved", "exhaust", "out of memory"},
		{"reserved", "exhaust-small", "out of memory"},
		{"ram64", "exhaust-small", "out of memory"},
		{"", "overflow", "stack overflow"},
		{"", "deadlock", "all goroutines are asleep - deadlock!"},
		{"", "panic", "panic: as asked\n"},
	} {
		t.Run(c.tags+" "+c.part, func(t *testing.T) {
			r := runPart(t, prog(t, c.tags), c.part)
			if r.code != 2 || !strings.Contains(r.out, c.want) {
				t.Errorf("status %d, %q expected\n%s", r.code, c.want, r.out)
			}
			if !strings.Contains(r.out, "main.main") {
				t.Errorf("no stack with function names:\n%s", r.out)
			}
		})
	}
}

// TestSmall checks the memory of a program that does nothing much.
func TestSmall(t *testing.T) {
	cmd := exec.Command(prog(t, ""), "idle")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	if kib > 3<<10 {
		t.Errorf("a small program took %d KiB of memory, at most 3072 expected", kib)
	}
	t.Logf("%d KiB", kib)
}

// TestIdle checks that waiting takes no processor time.
func TestIdle(t *testing.T) {
	for _, part := range []string{"idle", "smp-idle"} {
		if r := runPart(t, prog(t, ""), part); r.code != 0 || r.cpu > 200*time.Millisecond {
			t.Errorf("%s: status %d, %v of processor time in a second\n%s", part, r.code, r.cpu, r.out)
		}
	}
}
