package disk

import (
	"fmt"

	"gont/ex"
	"gont/fs/partition"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// The partition table of a disk is read by a thread of its own, because a disk may never answer:
// whoever waits for the table waits scanLimit at most, and disks are read beside each other. The
// thread stays with its request, and when that comes back after all, the partitions get their
// devices then. Until somebody opens the disk, a table that takes too long is no reason to reset
// its port: a reset may take the whole machine with it (an emulator stops all processors until the
// disk has done what it has). Who opens the disk has the reset done, or, where the table could not
// be read, has it read again.

// scanLimit is how long the start of the system, and who opens a disk, waits for its table, 100 ns.
const scanLimit = 50_000_000

// scan is one try to read a disk's table.
type scan struct {
	read     *ke.Event // the table has been read, or the disk has failed
	over     *ke.Event // likewise, and the partitions have their devices
	finished bool      // likewise; by class.lock
	told     bool      // that the disk is slow; by class.lock
	table    *partition.Table
	err      error
}

// startScan begins to read the disk's table. class.lock is held.
func (d *disk) startScan() {
	x := &scan{read: ke.NewEvent(nt.NotificationEvent, false), over: ke.NewEvent(nt.NotificationEvent, false)}
	d.scan = x
	t := ps.CreateSystemThread("DiskScan", ke.NormalPriority, func(*ps.Thread) {
		x.table, x.err = partition.Read(&storage.Disk{Device: d.device, Size: d.port.SectorSize, Count: d.port.Sectors})
		x.read.Set()
		class.lock.take()
		d.finish(x)
		class.lock.release()
		x.over.Set()
	})
	ke.StartThread(t.Thread)
	t.Object.Dereference()
}

// waitScans waits for the tables of disks, in their order, so that volumes have the same numbers
// at each start. class.lock is held: who has read a table waits until the caller has let it go.
func waitScans(list []*disk) {
	deadline := int64(ke.InterruptTime()) + scanLimit
	for _, d := range list {
		if d.scan.wait(d.scan.read, deadline) {
			d.finish(d.scan)
			continue
		}
		d.scan.told = true
		Say(fmt.Sprintf("Disk %d (%s) has not answered for %d seconds. Its partitions are left out until it does.", d.number, d.port.Name, scanLimit/oneSecond))
	}
}

// wait waits for one of the scan's events until an interrupt time; false: it has not come.
func (*scan) wait(e *ke.Event, deadline int64) bool {
	left := min(int64(ke.InterruptTime())-deadline, 0)
	return ke.WaitForSingleObject(e, ke.KernelMode, false, &left) != nt.StatusTimeout
}

// finish makes the devices of the partitions, once. class.lock is held, and x.read is set.
func (d *disk) finish(x *scan) {
	if x.finished || d.left {
		return
	}
	x.finished = true
	if x.err != nil {
		Say(fmt.Sprintf("Disk %d (%s): its partition table cannot be read: %v", d.number, d.port.Name, x.err))
		return
	}
	if x.told {
		Say(fmt.Sprintf("Disk %d (%s) answers after all.", d.number, d.port.Name))
	}
	d.known.Store(true)
	d.unhurried.Store(false)
	d.partitions(x.table)
}

// create serves Create. Who opens a disk whose partitions are not known waits, 5 seconds at most,
// for another try to read its table: a disk that has been given up is asked again, and one that
// still has the first try's request is reset when that request is too old.
func create(v *io.Device, irp *io.IRP) nt.Status {
	u := v.Extension.(*unit)
	if d := u.disk; !d.known.Load() && u.partition.Number == 0 {
		d.tryAgain()
	}
	return succeed(v, irp)
}

// tryAgain has the disk's table read again, unless the last try is still at it, and waits for it.
func (d *disk) tryAgain() {
	d.unhurried.Store(false)
	class.lock.take()
	if d.left {
		class.lock.release()
		return
	}
	if d.scan.finished && !d.known.Load() {
		d.revive()
		d.startScan()
	}
	x := d.scan
	class.lock.release()
	x.wait(x.over, int64(ke.InterruptTime())+scanLimit)
}

// revive resets the port of a disk that has not answered, so that it can be asked again. A disk
// that is gone stays so.
func (d *disk) revive() {
	reset := false
	d.lock.Lock()
	if d.state == dead && d.status == nt.StatusIoTimeout {
		d.state, d.resets = working, 0
		reset = d.startReset()
	}
	d.lock.Unlock()
	if reset {
		ex.QueueWorkItem(d.reset, ex.CriticalWorkQueue)
	}
}
