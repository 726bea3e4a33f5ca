package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gont/qemu"
)

func TestStats(t *testing.T) {
	if lo, med := stats([]float64{5, 1, 3}); lo != 1 || med != 3 {
		t.Errorf("%v, %v", lo, med)
	}
	if lo, med := stats([]float64{4, 1, 3, 2}); lo != 1 || med != 2.5 {
		t.Errorf("%v, %v", lo, med)
	}
}

func TestPMTimer(t *testing.T) {
	if n, err := pmTimer("portl[0x0608] = 0x7f369e99\r\n"); err != nil || n < 1.0e9 || n > 1.001e9 {
		t.Errorf("%v, %v", n, err)
	}
	if _, err := pmTimer("unknown command"); err == nil {
		t.Error("no error for nonsense")
	}
}

func probe(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		if os.Getenv("GONT_TEST") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	img, err := qemu.WriteProbe(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestRun measures the boot of a boot sector.
func TestRun(t *testing.T) {
	img := probe(t)
	var out strings.Builder
	if err := run([]string{"-runs", "2", "-marker", "64-bit mode", "-limit", "60s", img}, &out); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"# mode=icount ", "BENCH boot.disk_ide.insn ", " Minsn\n", "BENCH boot.disk_virtio.insn ",
		"# mode=tcg ", "BENCH boot.disk_ide.min ", "BENCH boot.disk_virtio.med ", " ms\n"} {
		if !strings.Contains(out.String(), w) {
			t.Errorf("no %q in\n%s", w, out.String())
		}
	}
}

func TestErrors(t *testing.T) {
	img := probe(t)
	for want, args := range map[string][]string{
		"usage":                 {},
		"usage: ":               {"-runs", "0", img},
		"unknown mode":          {"-modes", "kvm", img},
		"no such file":          {img + "x"},
		"time limit":            {"-limit", "2s", "-modes", "tcg", img},
		"the benchmark program": {"-marker", "real mode", "-runs", "1", "-limit", "8s", "-modes", "tcg", "-guest", img, img},
	} {
		if err := run(args, new(strings.Builder)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%q): got %v, want an error with %q", args, err, want)
		}
	}
}
