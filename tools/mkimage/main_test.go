package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gont/tools/fatimg"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, img := filepath.Join(dir, "in=1"), filepath.Join(dir, "img")
	if err := os.WriteFile(in, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-o", img, "-size", "40M", "-osldr", in, "-add", in + `=\Windows\x`}); err != nil {
		t.Fatal(err)
	}
	v, err := fatimg.OpenVolume(img)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	first, err := v.Clusters(`\OSLDR`)
	if err != nil || len(first) != 1 || first[0] != 3 {
		t.Errorf("OSLDR is in clusters %v, error %v; want the first free one", first, err)
	}
	if c, err := v.Clusters(`\windows\X`); err != nil || len(c) != 1 {
		t.Errorf("file is in clusters %v, error %v", c, err)
	}
}

func TestBadCommands(t *testing.T) {
	img := filepath.Join(t.TempDir(), "img")
	for want, args := range map[string][]string{
		"usage":         {},
		"not a number":  {"-o", img, "-size", "12Q"},
		"36 MiB":        {"-o", img, "-size", "12K"},
		"not of the":    {"-o", img, "-add", "file"},
		"no such file":  {"-o", img, "-add", "/nowhere=\\x"},
		"no such fi":    {"-o", img, "-mbr", "/nowhere"},
		"no such f":     {"-o", img, "-osldr", "/nowhere"},
		"have 32 bits":  {"-o", img, "-disk-id", "0x100000000"},
		"longer than":   {"-o", img, "-label", "much too long a label"},
		"names no file": {"-o", img, "-add", "/dev/null=\\"},
	} {
		if err := run(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%q): got %v, want an error with %q", args, err, want)
		}
		if _, err := os.Stat(img); err == nil {
			t.Errorf("run(%q) left an image", args)
		}
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"512": 512, "3K": 3072, "64M": 64 << 20, "2G": 2 << 30, "": 0, "-1M": 0, "M": 0, "9999999999999G": 0, "1.5G": 0} {
		if n, err := parseSize(s); n != want || (err == nil) != (want > 0) {
			t.Errorf("parseSize(%q) = %d, %v; want %d", s, n, err, want)
		}
	}
}
