package fastfat

import (
	"strings"
	"testing"

	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// TestShutdownHangs (X1): of two volumes the disk of one does not answer. The other one is closed and clean, the
// system waits half a minute, and the file system says that a volume was left behind.
func TestShutdownHangs(t *testing.T) {
	simulate(t, formatted(t, 1024), func(w *world) {
		other := w.model("Other", formatted(t, 1024), 512)
		defer storage.Gone(&other.port)
		never := ke.NewEvent(nt.NotificationEvent, false)
		for _, n := range []string{`\Device\HarddiskVolume1\f`, `\Device\HarddiskVolume2\f`} {
			f := w.openOn(n, how{disposition: nt.FileCreate})
			w.expect("write", f.write([]byte("kept"), 0), nt.StatusSuccess)
			f.close()
		}
		other.fail = func(*storage.Request) nt.Status {
			ke.WaitForSingleObject(never, ke.KernelMode, false, nil)
			return nt.StatusSuccess
		}
		begin := ke.InterruptTime()
		said := io.ShutdownFileSystems()
		if took := (ke.InterruptTime() - begin) / 10_000_000; took < 30 || took > 31 || !strings.Contains(said, "STATUS_IO_TIMEOUT") {
			t.Errorf("%q after %d s", said, took)
		}
		w.check()
		never.Set()
	})
}
