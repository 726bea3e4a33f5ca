package boottest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// TestPaging (P1.18): programs use more memory than there is beside the paging
// file, on one, two and four processors, with a device that takes its time and
// with one that fails (nttest/paging).
func TestPaging(t *testing.T) {
	for _, smp := range []int{1, 2, 4} {
		for _, c := range []struct {
			name, options string
			tests         int
		}{
			{"ram", "/PAGEFILE=24", 5},
			{"wait", "/PAGEFILE=24 /PAGETEST=WAIT", 5},
			{"errors", "/PAGEFILE=24 /PAGETEST=WAIT,ERRORS /SESSION=errors", 7},
		} {
			t.Run(fmt.Sprint(c.name, smp), func(t *testing.T) {
				t.Parallel()
				g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/MMCHECK "+c.options), "nttest/paging.exe").Name,
					SMP: smp, Memory: 64, Disk: qemu.Virtio, Limit: 5 * time.Minute})
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
}

// TestPagingFileSize: what is out of range, of the option or of this memory, is
// named with the range, and there is no paging file.
func TestPagingFileSize(t *testing.T) {
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
