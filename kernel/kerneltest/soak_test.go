package kerneltest

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// What `make soak` asks for; seed and processors are TestFuzz's.
var (
	soakSeconds  = flag.Int("seconds", 0, "how long TestSoak, TestPagedSoak and TestDiskSoak work; 0: 6, or 15 with -full")
	diskPageFile = flag.Int("diskpagefile", 0, "MB of TestSoak's paging file on the boot volume; 0: none")
)

// TestSoak: processes, threads, waits, memory, sections, faults, files and mapped files on four
// processors for a while. Nobody stands still, and nothing is left behind
// (nttest/soak).
func TestSoak(t *testing.T) {
	t.Parallel()
	soak(t, *memory, *pageFile, *diskPageFile)
}

// TestPagedSoak does it with little memory and a paging file in memory, which takes its time. -full.
func TestPagedSoak(t *testing.T) {
	t.Parallel()
	if !*full {
		t.Skip("only with -full; TestDiskSoak has less memory")
	}
	soak(t, 104, 48, 0)
}

// TestDiskSoak does it with little memory and a paging file on the boot volume.
func TestDiskSoak(t *testing.T) {
	t.Parallel()
	soak(t, 104, 0, 40)
}

func soak(t *testing.T, memory, pageFile, diskPageFile int) {
	smp := 4
	if *fuzzSMP != 0 {
		smp = *fuzzSMP
	}
	seconds := *soakSeconds
	if seconds == 0 {
		if seconds = 6; *full {
			seconds = 15
		}
	}
	options := fmt.Sprintf("/MMCHECK%s /SESSION=seconds:%d,seed:%d,pagefile:%d", paging(pageFile), seconds, *fuzzSeed, diskPageFile)
	img := with(t, image(t, options), "nttest/soak.exe")
	plainProgram(t, img)
	g := qemu.Boot(t, qemu.Config{Image: img.Name, SMP: smp, Memory: memory, Disk: qemu.Virtio,
		Limit: time.Hour + time.Duration(seconds)*time.Second*3})
	for {
		line := g.Line(`^SOAK `, stopLine)
		t.Log(line)
		if strings.HasPrefix(line, "SOAK FAILED") {
			t.Error(line)
		}
		if strings.HasPrefix(line, "SOAK done: ") {
			break
		}
	}
}

// plainProgram puts soak's program onto the image as a file that lies there as it is in memory: others
// are packed. Workers start it.
func plainProgram(t *testing.T, img *qemu.Image) {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.exe")
	command(t, nil, filepath.Join(root, "build/bin/elf2pe"), "-base", "0x140000000", "-o", plain, filepath.Join(root, "build/nttest/soak.elf"))
	if err := img.CopyIn(plain, `\plain.exe`); err != nil {
		t.Fatal(err)
	}
}

// TestSoakStands: a worker that does not go on is named, with its threads.
func TestSoakStands(t *testing.T) {
	onlyFull(t)
	t.Parallel()
	img := with(t, image(t, "/SESSION=seconds:100,patience:20,stand:waits"), "nttest/soak.exe")
	plainProgram(t, img)
	g := qemu.Boot(t, qemu.Config{Image: img.Name})
	g.Line(`^SOAK FAILED: worker waits has not moved for 20s; round 10, step 5; thread [0-9]+: state `, stopLine, `^SOAK done: `)
}
