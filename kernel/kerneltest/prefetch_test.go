package kerneltest

import (
	"encoding/json"
	"testing"
	"time"

	"gont/qemu"
)

// TestPrefetchTime (P1.24) starts a system twice from a disk that does a hundred requests a second and no more, whatever they
// move, as a disk with heads does. The second start reads ahead what the first has used. It prints the time from the
// session manager's last line to the prompt of a shell that is run from its file, and the reads of the kernel's. Only with -full;
// docs/cache.md has the figures.
func TestPrefetchTime(t *testing.T) {
	onlyFull(t)
	img := withRegistry(t, image(t, ""), `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Session Manager]
"Execute"=str(7):"nsh.exe \\Device\\Serial0\0"
`)
	start := func() (reads int64, prompt time.Duration) {
		g := qemu.Boot(t, qemu.Config{Args: []string{"-drive", "file=" + img.Name + ",format=raw,if=virtio,throttling.iops-total=100"}})
		g.Line(`^GoNT kernel: `)
		loader := diskReads(t, g)
		g.Line(`^smss: waiting$`, stopLine)
		begin := time.Now()
		g.Expect(`nt C:\\> $`)
		prompt = time.Since(begin)
		reads = diskReads(t, g) - loader
		g.Type("shutdown\r")
		g.Line(`^The system switches off\.$`, stopLine)
		g.End()
		return reads, prompt
	}
	cold, before := start()
	warm, after := start()
	t.Logf("without a trace: %d reads, the prompt after %d ms; with one: %d reads, %d ms", cold, before.Milliseconds(), warm, after.Milliseconds())
	if warm*3 > cold*2 {
		t.Errorf("%d reads with a trace, %d without", warm, cold)
	}
}

// diskReads is how many reads the first disk has served.
func diskReads(t *testing.T, g *qemu.Guest) int64 {
	t.Helper()
	out, err := g.QMP("query-blockstats", nil)
	if err != nil {
		t.Fatal(err)
	}
	var disks []struct {
		Stats struct {
			Reads int64 `json:"rd_operations"`
		}
	}
	if err := json.Unmarshal(out, &disks); err != nil || len(disks) == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	return disks[0].Stats.Reads
}
