package disk

import (
	"strings"
	"testing"

	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// exists reports whether a device has a name.
func exists(name string) bool {
	o, s := ob.Lookup(nil, name, true, nil)
	if s.OK() {
		o.Dereference()
	}
	return s.OK()
}

// TestSilentDisks (I10): disks that do not answer hold the start up for five seconds together, are
// named, and are not reset; another disk has its volumes. Who opens one has it reset and read.
func TestSilentDisks(t *testing.T) {
	simulate(t, func(w *world) {
		held := func(*storage.Request) nt.Status { return hold }
		var silent []*model
		for range 3 {
			m := w.newModel(storage.Port{}, table())
			m.fail = held
			storage.Arrived(&m.port)
			silent = append(silent, m)
		}
		good := w.newModel(storage.Port{}, table())
		storage.Arrived(&good.port)
		before := w.now.Load()
		d := w.start()
		if took := w.now.Load() - before; took > scanLimit+10*tick {
			t.Errorf("the start takes %d ms", took/10000)
		}
		if !exists(`\Device\Harddisk3\Partition1`) || exists(`\Device\Harddisk0\Partition1`) {
			t.Error("the wrong disk has volumes")
		}
		ke.Delay(ke.KernelMode, false, -60*oneSecond)
		said := strings.Join(w.said, "\n")
		if strings.Count(said, "has not answered for 5 seconds") != 3 || len(w.said) != 3 || silent[0].resets != 0 {
			t.Errorf("%q, %d resets", said, silent[0].resets)
		}

		// It is opened: the old request makes the port be reset, and then the disk answers.
		silent[1].fail = nil
		w.expect("open", storage.Send(w.device(`\Device\Harddisk1\Partition0`), io.Create, nil, 0), nt.StatusSuccess)
		if !exists(`\Device\Harddisk1\Partition2`) || silent[1].resets != 1 {
			t.Errorf("no partitions after %d resets: %q", silent[1].resets, w.said)
		}
		// It answers by itself.
		silent[2].fail = nil
		for _, irp := range silent[2].held {
			silent[2].finish(irp)
		}
		ke.Delay(ke.KernelMode, false, -oneSecond)
		if !exists(`\Device\Harddisk2\Partition2`) || silent[2].resets != 0 {
			t.Errorf("no partitions: %q", w.said)
		}
		// It never answers: who opens it waits five seconds, and it is dead in the end.
		before = w.now.Load()
		w.expect("open", storage.Send(w.device(`\Device\Harddisk0\Partition0`), io.Create, nil, 0), nt.StatusSuccess)
		if took := w.now.Load() - before; took > scanLimit+10*tick {
			t.Errorf("opening takes %d ms", took/10000)
		}
		ke.Delay(ke.KernelMode, false, -120*oneSecond)
		if said := strings.Join(w.said, "\n"); !strings.Contains(said, "Disk 0 (model) does not answer.") || exists(`\Device\Harddisk0\Partition1`) {
			t.Errorf("%q", said)
		}
		// It comes to life, and is asked again because somebody opens it.
		silent[0].fail = nil
		storage.Send(w.device(`\Device\Harddisk0\Partition0`), io.Create, nil, 0)
		if !exists(`\Device\Harddisk0\Partition1`) {
			t.Errorf("no partitions: %q", w.said)
		}
		silent[2].fail = held
		d.Unload(d)
		for _, m := range append(silent, good) {
			storage.Gone(&m.port)
		}
	})
}

// TestUnreadableTable (I10): a disk whose table cannot be read gets its partitions when somebody
// opens it and it can; one that goes while its table is read leaves nothing.
func TestUnreadableTable(t *testing.T) {
	simulate(t, func(w *world) {
		m := w.newModel(storage.Port{}, table())
		bad := true
		m.fail = func(r *storage.Request) nt.Status {
			if bad {
				return nt.StatusDeviceDataError
			}
			return nt.StatusSuccess
		}
		storage.Arrived(&m.port)
		d := w.start()
		if n := len(w.said); n == 0 || !strings.Contains(w.said[n-1], "cannot be read") {
			t.Errorf("%q", w.said)
		}
		open := func() {
			w.expect("open", storage.Send(w.device(`\Device\Harddisk0\Partition0`), io.Create, nil, 0), nt.StatusSuccess)
		}
		open()
		if bad = false; exists(`\Device\Harddisk0\Partition1`) {
			t.Error("partitions without a table")
		}
		open()
		if !exists(`\Device\Harddisk0\Partition2`) {
			t.Errorf("no partitions: %q", w.said)
		}
		storage.Gone(&m.port)

		m.fail = func(*storage.Request) nt.Status { return hold }
		storage.Arrived(&m.port)
		storage.Gone(&m.port)
		if exists(`\Device\Harddisk0\Partition0`) {
			t.Error("it is still there")
		}
		d.Unload(d)
	})
}
