// Command mkimage writes a disk image that a PC with a BIOS boots GoNT from.
//
//	mkimage -o gont.img -size 64M -mbr mbr.bin -boot boot.bin -osldr OSLDR \
//		-add build/ntoskrnl.exe='\Windows\System32\ntoskrnl.exe' ...
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"gont/tools/fatimg"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("mkimage", flag.ContinueOnError)
	out := fs.String("o", "", "image `file` to write")
	size := fs.String("size", "64M", "size of the image, with K, M or G")
	mbr := fs.String("mbr", "", "`file` with the code of the master boot record")
	boot := fs.String("boot", "", "`file` with the boot sector and what belongs to it")
	osldr := fs.String("osldr", "", "`file` that becomes \\OSLDR, first on the volume")
	diskID := fs.Uint64("disk-id", 0x544e6f47, "disk signature")
	volumeID := fs.Uint64("volume-id", 0x474f4e54, "volume serial number")
	label := fs.String("label", "GONT", "volume label")
	var adds []string
	fs.Func("add", "`source=\\path` of a file on the volume; may be repeated", func(s string) error {
		if !strings.Contains(s, "=") {
			return fmt.Errorf("%q is not of the form source=\\path", s)
		}
		adds = append(adds, s)
		return nil
	})
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *out == "" || fs.NArg() != 0 {
		return fmt.Errorf("usage: mkimage -o image [flags]; see mkimage -h")
	}
	if *diskID>>32 != 0 || *volumeID>>32 != 0 {
		return fmt.Errorf("-disk-id and -volume-id have 32 bits")
	}
	o := fatimg.Options{DiskID: uint32(*diskID), VolumeID: uint32(*volumeID), Label: *label}
	var err error
	if o.Size, err = parseSize(*size); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		to   *[]byte
	}{{*mbr, &o.MBR}, {*boot, &o.Boot}} {
		if p.name == "" {
			continue
		}
		if *p.to, err = os.ReadFile(p.name); err != nil {
			return err
		}
	}
	if *osldr != "" {
		adds = append([]string{*osldr + `=\OSLDR`}, adds...)
	}
	for _, a := range adds {
		i := strings.LastIndex(a, "=")
		data, err := os.ReadFile(a[:i])
		if err != nil {
			return err
		}
		o.Files = append(o.Files, fatimg.File{Path: a[i+1:], Data: data})
	}
	if err := fatimg.Create(*out, o); err != nil {
		return fmt.Errorf("%s: %w", *out, err)
	}
	return nil
}

// parseSize reads a number of bytes with an optional K, M or G.
func parseSize(s string) (int64, error) {
	shift := 0
	num := s
	if i := strings.IndexAny(s, "KMG"); i >= 0 && i == len(s)-1 {
		shift = map[byte]int{'K': 10, 'M': 20, 'G': 30}[s[i]]
		num = s[:i]
	}
	n, err := strconv.ParseInt(num, 10, 64)
	if err != nil || n <= 0 || n<<shift>>shift != n {
		return 0, fmt.Errorf("size %q is not a number with an optional K, M or G", s)
	}
	return n << shift, nil
}
