package kerneltest

import (
	"fmt"
	"strings"
	"testing"

	"gont/qemu"
)

// TestPaging (P1.18): programs use more memory than there is beside the paging
// file, on one, two and four processors, with a device that is quick, one that takes its time and
// one that fails (nttest/paging). The one that fails, with two processors, is TestChecked's;
// -full tries every device with every number of processors.
func TestPaging(t *testing.T) {
	t.Parallel()
	type row struct {
		name string
		smp  int
	}
	devices := map[string]struct {
		options string
		tests   int
	}{
		"ram":    {"/PAGEFILE=24", 5},
		"disk":   {"/SESSION=disk", 6},
		"wait":   {"/PAGEFILE=24 /PAGETEST=WAIT", 5},
		"errors": {"/PAGEFILE=24 /PAGETEST=WAIT,ERRORS /SESSION=errors", 7},
	}
	table := []row{{"disk", 2}, {"wait", 4}}
	if *full {
		table = nil
		for name := range devices {
			table = append(table, row{name, 1}, row{name, 2}, row{name, 4})
		}
	}
	for _, r := range table {
		c := devices[r.name]
		t.Run(fmt.Sprint(r.name, r.smp), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/MMCHECK "+c.options), "nttest/paging.exe").Name,
				SMP: r.smp, Memory: 72, Disk: qemu.Virtio})
			for {
				line := g.Line(`^(PAGING|paging child:) `, stopLine)
				t.Log(line)
				if strings.HasPrefix(line, "PAGING done: ") {
					if line != fmt.Sprintf("PAGING done: %d passed, 0 failed", c.tests) {
						t.Error(line)
					}
					break
				}
			}
		})
	}
}

// TestPagingFileSize: what is out of range, of the option or of this memory, is
// named with the range, and there is no paging file.
func TestPagingFileSize(t *testing.T) {
	t.Parallel()
	for mb, line := range map[string]string{
		"65537": `^boot option PAGEFILE=65537 is not a number from 0 to 65536$`,
		"60":    `^boot option PAGEFILE=60 is not a number from 0 to [0-9]+, which is what this memory has room for$`,
	} {
		t.Run(mb, func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/PAGEFILE="+mb).Name, Memory: 64, Disk: qemu.Virtio})
			g.Line(line, stopLine, firstLine)
			g.Line(waiting, stopLine, `the paging file`)
		})
	}
}
