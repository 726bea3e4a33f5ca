package io

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestNotifyShutdown (X1): devices that have registered are told, the newest first, by way of who is
// attached; one that hangs is left behind after ten seconds and named, one that fails is
// named; deleted devices are not told.
func TestNotifyShutdown(t *testing.T) {
	simulate(t, func(w *world) {
		var log []string
		add := func(name string, c Chance, answer func(irp *IRP) nt.Status) *testDriver {
			x := w.driver(name, 0)
			x.Major[Shutdown] = func(d *Device, irp *IRP) nt.Status { log = append(log, name); return answer(irp) }
			RegisterShutdown(x.device, c)
			RegisterShutdown(x.device, c) // twice is once
			return x
		}
		good := func(irp *IRP) nt.Status { return Complete(irp, nt.StatusSuccess, 0) }
		hang := func(irp *IRP) nt.Status {
			ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
			return Complete(irp, nt.StatusSuccess, 0)
		}
		gone := add("Gone", FirstChance, good)
		left := add("Left", FirstChance, good)
		add("First", FirstChance, good)
		add("Hangs", FirstChance, hang)
		add("Fails", FirstChance, func(irp *IRP) nt.Status { return Complete(irp, nt.StatusIoDeviceError, 0) })
		add("Keeps", LastChance, func(irp *IRP) nt.Status { MarkPending(irp); return nt.StatusPending })
		add("Last", LastChance, good)
		w.expect("the unloading", gone.StartUnload(), nt.StatusSuccess)
		UnregisterShutdown(left.device)
		UnregisterShutdown(left.device)
		for _, c := range []struct {
			chance Chance
			log    []string
			said   string
		}{
			{FirstChance, []string{"Fails", "Hangs", "First"}, `\Driver\Fails: STATUS_IO_DEVICE_ERROR; \Driver\Hangs does not answer and is left behind.`},
			{LastChance, []string{"Last", "Keeps"}, `\Driver\Keeps does not answer and is left behind.`},
		} {
			log = nil
			begin := ke.InterruptTime()
			said := NotifyShutdown(c.chance)
			if took := (ke.InterruptTime() - begin) / 10_000_000; said != c.said || !slices.Equal(log, c.log) || took < 10 || took > 11 {
				t.Errorf("chance %d: %q after %d s, told %q", c.chance, said, took, log)
			}
		}
		// A file system that hangs does not keep the next one from being told.
		for i, answer := range []func(*IRP) nt.Status{good, hang} {
			x := w.driver(fmt.Sprint("Fs", i), 0)
			x.Major[Shutdown] = func(_ *Device, irp *IRP) nt.Status { log = append(log, x.Name); return answer(irp) }
			RegisterFileSystem(x.device)
			defer UnregisterFileSystem(x.device)
		}
		log = nil
		if said := ShutdownFileSystems(); !strings.HasPrefix(said, `\Driver\Fs1 does not answer`) || strings.Contains(said, "Fs0") || !slices.Equal(log, []string{"Fs1", "Fs0"}) {
			t.Errorf("%q, told %q", said, log)
		}
		told = [2][]*Device{}
	})
}
