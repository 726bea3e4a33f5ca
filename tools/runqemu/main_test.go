package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gont/qemu"
)

func TestChoose(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "sub", "kvm")
	probes := 0
	probe := func() error { probes++; return errors.New("it hangs\nwith details") }
	for i := 0; i < 2; i++ {
		a, why := choose(cache, probe)
		if a != qemu.TCG || !strings.HasSuffix(why, "it hangs") {
			t.Errorf("got %s, %q", a, why)
		}
	}
	if probes != 1 {
		t.Errorf("probed %d times, want 1", probes)
	}
	if err := os.WriteFile(cache, []byte("another boot\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, _ := choose(cache, probe); a != qemu.TCG || probes != 2 {
		t.Errorf("an old result was used: %s after %d probes", a, probes)
	}
	if a, why := choose("", func() error { return nil }); a != qemu.KVM || why == "" {
		t.Errorf("a good probe gives %s, %q", a, why)
	}
}

func TestBadCommands(t *testing.T) {
	img := filepath.Join(t.TempDir(), "img")
	if err := os.WriteFile(img, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"usage":               {},
		"no such file":        {"-accel", "tcg", img + "x"},
		"unknown accelerator": {"-accel", "xen", img},
		"unknown kind":        {"-accel", "tcg", "-disk", "tape", img},
		"no IDE":              {"-accel", "tcg", "-machine", "q35", "-disk", "ide", img},
	} {
		if err := run(args, os.Stdout); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%q): got %v, want an error with %q", args, err, want)
		}
	}
}
