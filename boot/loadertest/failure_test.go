package loadertest

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"gont/qemu"
)

// spoil is one damage and the message it must give.
type spoil struct {
	name    string
	damage  func(t *testing.T, img *qemu.Image)
	message string
}

func run(t *testing.T, cases []spoil) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			c.damage(t, img)
			shows(t, qemu.Config{Image: img.Name}, c.message)
		})
	}
}

const (
	table     = 446
	partition = 2048 * 512
)

func writes(offset int64, b ...byte) func(*testing.T, *qemu.Image) {
	return func(t *testing.T, img *qemu.Image) { must(t, img.WriteAt(b, offset)) }
}

// TestMbrFailures: B1's failure column.
func TestMbrFailures(t *testing.T) {
	const invalid, loading, missing = "Invalid partition table", "Error loading operating system", "Missing operating system"
	run(t, []spoil{
		{"no active partition", writes(table, 0), invalid},
		{"two active partitions", writes(table+16, 0x80), invalid},
		{"status byte", writes(table+32, 0x7F), invalid},
		{"partition after the disk's end", writes(table+8, 0, 0, 0, 0x70), loading},
		{"no boot sector", writes(partition+510, 0, 0), missing},
		{"unreadable boot sector", func(t *testing.T, img *qemu.Image) { hooked(t, img, badOne, 2048) }, loading},
		{"unreadable without EDD", func(t *testing.T, img *qemu.Image) {
			must(t, img.WriteAt([]byte{0, 0, 0, 0x70}, table+8))
			hooked(t, img, noEdd, 0)
		}, loading},
	})
}

// TestBootSectorFailures: B2's, and what can be wrong with \OSLDR.
func TestBootSectorFailures(t *testing.T) {
	osldr := func(t *testing.T) []byte { return file(t, "OSLDR") }
	run(t, []spoil{
		{"missing", func(t *testing.T, img *qemu.Image) { must(t, img.Delete(`\OSLDR`)) }, `\OSLDR is missing`},
		{"a directory", func(t *testing.T, img *qemu.Image) {
			// Its directory entry says it is one.
			at := find(t, img, []byte("OSLDR      "))
			must(t, img.WriteAt([]byte{0x10}, at+11))
		}, `\OSLDR is missing`},
		{"no boot code", writes(partition+12*512, 0, 0, 0, 0), "FAT32 boot code missing"},
		{"unreadable boot code", func(t *testing.T, img *qemu.Image) { hooked(t, img, badOne, 2048+13) }, `Disk error reading \OSLDR`},
		{"not FAT32", writes(partition+22, 1), "This volume is not FAT32"},
		{"sector size", writes(partition+11, 0, 4), "This volume is not FAT32"},
		{"cluster size 0", writes(partition+13, 0), "This volume is not FAT32"},
		{"root outside", writes(partition+44, 0, 0, 0, 0x0F), "The root directory is damaged"},
		{"root unreadable", func(t *testing.T, img *qemu.Image) {
			hooked(t, img, badOne, uint32(find(t, img, []byte("OSLDR      "))/512))
		}, "Disk error reading the root directory"},
		{"empty", func(t *testing.T, img *qemu.Image) { must(t, img.Write(`\OSLDR`, nil)) }, `\OSLDR is damaged`},
		{"too large", func(t *testing.T, img *qemu.Image) { must(t, img.Write(`\OSLDR`, make([]byte, 700_000))) }, `\OSLDR is too large`},
		{"no OSLDR", func(t *testing.T, img *qemu.Image) { must(t, img.Write(`\OSLDR`, make([]byte, 70_000))) }, `\OSLDR is damaged`},
		{"first cluster 0", func(t *testing.T, img *qemu.Image) {
			at := find(t, img, []byte("OSLDR      "))
			must(t, img.WriteAt([]byte{0, 0}, at+26))
		}, `\OSLDR is damaged`},
		{"unreadable", func(t *testing.T, img *qemu.Image) {
			hooked(t, img, badOne, sectorOf(t, img, osldr(t)[300_032:300_096]))
		}, `Disk error reading \OSLDR`},
		{"a byte of the Go part", func(t *testing.T, img *qemu.Image) { must(t, img.Flip(find(t, img, osldr(t)[300_032:300_096]), 1)) },
			`\OSLDR is damaged.`},
		{"wrong entry point", func(t *testing.T, img *qemu.Image) {
			b := bytes.Clone(osldr(t))
			copy(b[44:], []byte{0x10, 0, 0, 0}) // imageEntry, in the page that is not mapped
			must(t, img.Write(`\OSLDR`, b))
		}, "OSLDR stopped: exception 000000000000000e code 0000000000000010 at 0000000000000010 address 0000000000000010"},
		{"half of it", func(t *testing.T, img *qemu.Image) { must(t, img.Write(`\OSLDR`, osldr(t)[:200_000])) }, `\OSLDR is damaged.`},
	})
}

// find is the byte offset of a pattern in the raw image.
func find(t *testing.T, img *qemu.Image, pattern []byte) int64 {
	t.Helper()
	raw, err := os.ReadFile(img.Name)
	must(t, err)
	i := bytes.LastIndex(raw, pattern) // the boot sector has names, too
	if i < 0 {
		t.Fatal("not in the image")
	}
	return int64(i)
}

// TestProcessor: B3's failure column.
func TestProcessor(t *testing.T) {
	for cpu, message := range map[string]string{
		"qemu32": "cannot run GoNT: it lacks long mode.", "pentium3": "cannot run GoNT: it lacks long mode.",
		"486": "cannot run GoNT: it lacks", "qemu64,-nx": "it lacks no-execute pages", "qemu64,-sse2": "it lacks SSE2.",
	} {
		t.Run(strings.ReplaceAll(cpu, ",", ""), func(t *testing.T) {
			t.Parallel()
			shows(t, qemu.Config{Image: image(t).Name, CPU: cpu}, message)
		})
	}
	t.Run("name", func(t *testing.T) {
		t.Parallel()
		shows(t, qemu.Config{Image: image(t).Name, CPU: "qemu64,-lm"}, "This computer's processor (QEMU Virtual CPU version 2.5+) cannot run GoNT: it lacks long mode.")
	})
}

// TestMemory: too little is a sentence with both numbers.
func TestMemory(t *testing.T) {
	for mib, message := range map[int]string{
		6:  "GoNT needs 32 MB of memory; this computer has only ",
		16: "GoNT needs 32 MB of memory; this computer has only 16 MB that can be used.",
		30: "GoNT needs 32 MB of memory; this computer has only 30 MB that can be used.",
	} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			shows(t, qemu.Config{Image: image(t).Name, Memory: mib}, message)
		})
	}
	t.Run("kernel too large", func(t *testing.T) {
		t.Parallel()
		img := image(t)
		must(t, img.Write(smssPath, make([]byte, 24<<20)))
		shows(t, qemu.Config{Image: img.Name, Memory: 32}, "What this entry loads does not fit into the 32 MB of memory of this computer.")
	})
}

// TestFiles: B5's failure column, with file and status.
func TestFiles(t *testing.T) {
	put := func(path string, b []byte) func(*testing.T, *qemu.Image) {
		return func(t *testing.T, img *qemu.Image) { must(t, img.Write(path, b)) }
	}
	kernel := func() []byte { b, _ := os.ReadFile(built + "/testkernel.bin"); return b }
	edit := func(at int, v byte) func(*testing.T, *qemu.Image) {
		return func(t *testing.T, img *qemu.Image) {
			b := kernel()
			b[at] ^= v
			must(t, img.Write(kernelPath, b))
		}
	}
	run(t, []spoil{
		{"no kernel", func(t *testing.T, img *qemu.Image) { must(t, img.Delete(kernelPath)) }, kernelPath + ": file not found (status C000000F)"},
		{"no smss", func(t *testing.T, img *qemu.Image) { must(t, img.Delete(smssPath)) }, smssPath + ": file not found (status C000000F)"},
		{"no hive", func(t *testing.T, img *qemu.Image) { must(t, img.Delete(hivePath)) }, hivePath + ": file not found (status C000000F)"},
		{"other kernel", put(`\boot.ini`, []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"A\" /kernel=other.exe")),
			`\Windows\System32\other.exe: file not found (status C000000F)`},
		{"no boot file", put(`\boot.ini`, []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"A\" /bootfiles=,gone.exe")),
			`\Windows\System32\gone.exe: file not found (status C000000F)`},
		{"other directory", put(`\boot.ini`, []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\NT=\"A\"")),
			`\NT\System32\ntoskrnl.exe: directory not found (status C000003A)`},
		{"other partition", put(`\boot.ini`, []byte("[operating systems]\nmulti(0)disk(0)rdisk(0)partition(3)\\Windows=\"A\"")),
			`multi(0)disk(0)rdisk(0)partition(3): no such disk or partition (status C000000E)`},
		{"other disk", put(`\boot.ini`, []byte("[operating systems]\nmulti(0)disk(0)rdisk(1)partition(1)\\Windows=\"A\"")),
			`multi(0)disk(0)rdisk(1)partition(1): no such disk or partition (status C000000E)`},
		{"empty kernel", put(kernelPath, nil), kernelPath + ": not a PE image (no MZ) (status C000007B)"},
		{"text as kernel", put(kernelPath, []byte("this is no kernel")), kernelPath + ": not a PE image (no MZ) (status C000007B)"},
		{"kernel for i386", edit(0x84, 0xFF), kernelPath + ": image is not for this kind of processor (AMD64) (status C000007B)"},
		{"kernel for user mode", edit(0x84+20+31, 0xFF), kernelPath + ": image is not linked for the kernel's window (status C000007B)"},
		{"cut kernel", func(t *testing.T, img *qemu.Image) { must(t, img.Write(kernelPath, kernel()[:1024])) }, kernelPath + ": section .text ends after the file (status C000007B)"},
		{"cut LZ4", func(t *testing.T, img *qemu.Image) {
			b := frame(t, kernel())
			must(t, img.Write(kernelPath, b[:len(b)/2]))
		}, kernelPath + ": LZ4: compressed data ends early (status C0000102)"},
		{"empty LZ4", func(t *testing.T, img *qemu.Image) { must(t, img.Write(kernelPath, frame(t, nil))) },
			kernelPath + ": not a PE image (no MZ) (status C000007B)"},
		{"damaged LZ4", func(t *testing.T, img *qemu.Image) {
			b := frame(t, smss())
			b[1000] ^= 1
			must(t, img.Write(smssPath, b))
		}, smssPath + ": LZ4: checksum is wrong (status C0000102)"},
		{"damaged LZ4 header", func(t *testing.T, img *qemu.Image) {
			b := frame(t, smss())
			b[6] ^= 1
			must(t, img.Write(smssPath, b))
		}, smssPath + ": LZ4: frame header is damaged (status C0000102)"},
		{"unreadable kernel", func(t *testing.T, img *qemu.Image) {
			hooked(t, img, badOne, sectorOf(t, img, kernel()[0x84:0x200]))
		}, kernelPath + ": disk error 10h at sector "},
		{"FAT chain", func(t *testing.T, img *qemu.Image) {
			// smss gets the size of something larger than its chain.
			at := find(t, img, []byte("SMSS    EXE"))
			must(t, img.WriteAt([]byte{0, 0, 0x10, 0}, at+28))
		}, smssPath + ": cluster chain is shorter than the file (status C0000102)"},
	})
}
