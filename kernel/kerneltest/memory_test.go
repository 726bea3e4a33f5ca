package kerneltest

import (
	"regexp"
	"strings"
	"testing"

	"gont/qemu"
)

// TestVerifier (P0.2): with special pool, filled blocks, checked zero pages and
// all page frames compared with all page tables each second, the ring-3 tests
// pass as without. TestChecked has them with these checks and its own.
func TestVerifier(t *testing.T) {
	onlyFull(t)
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, "/VERIFIER /MMCHECK"), "nttest.exe").Name})
	if line := g.Line(`^NTTEST done: `, stopLine); !strings.HasSuffix(line, " 0 failed") {
		t.Errorf("%s\n%s", line, g.Text())
	}
}

// TestVerifierStops: a byte behind a block of pool, and one of a freed block, stop
// the system where they are written.
func TestVerifierStops(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"pool", "freed"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			text := stopped(t, boot(t, "/VERIFIER /CRASH="+how))
			if !strings.HasPrefix(text, "*** STOP: 0x00000050 (0xffffffffe00") || !strings.Contains(text, "crash.go") {
				t.Error(text)
			}
		})
	}
}

// TestLargePages: the physical map is in pages of 2 MiB, but where memory begins or ends,
// and nothing of it can be executed.
func TestLargePages(t *testing.T) {
	t.Parallel()
	g := boot(t, "")
	g.Line(waiting, stopLine)
	out, err := g.HMP("info tlb")
	if err != nil {
		t.Fatal(err)
	}
	// virtual: physical XGPDACTUW; P stands for a large page.
	re := regexp.MustCompile(`(ffff[89a-f][0-7][0-9a-f]{10}): [0-9a-f]{16} ([XGPDACTUW-]{9})`)
	large, small := 0, 0
	for _, m := range re.FindAllStringSubmatch(out, -1) {
		if m[2][0] != 'X' {
			t.Fatalf("%s may be executed: %s", m[1], m[2])
		}
		if m[2][2] == 'P' {
			large++
		} else {
			small++
		}
	}
	// Memory alone is mapped, 256 MiB; small pages stand where it begins and ends.
	if large < 120 || large > 128 || small > 3*512 {
		t.Errorf("%d pages of 2 MiB, %d of 4 KiB", large, small)
	}
}

// TestSmallMemory: what the smallest machines have is enough to start.
func TestSmallMemory(t *testing.T) {
	t.Parallel()
	for _, mb := range []int{32, 64} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "/MMCHECK").Name, Memory: mb})
			g.Line(waiting, stopLine)
		})
	}
}
