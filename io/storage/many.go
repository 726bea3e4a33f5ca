package storage

import (
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// Transfer is one of several reads, or writes, that are under way at a time.
type Transfer struct {
	Sector uint64
	Buffer Buffer // whole sectors
	Status nt.Status
}

// inFlight is how many requests Runs has with the disk at a time.
const inFlight = 16

// Move sends one transfer and waits for its end. PASSIVE_LEVEL or APC_LEVEL.
func (d *Disk) Move(major uint8, t Transfer) nt.Status {
	irp := io.AllocateIrp(d.Device.StackSize)
	l := irp.NextLocation()
	l.Major, l.Length, l.ByteOffset, l.Argument = major, uint32(t.Buffer.Len()), int64(t.Sector)*int64(d.Size), t.Buffer
	return io.Synchronously(d.Device, irp)
}

// Runs sends all transfers to the disk, up to sixteen at a time, waits for all, and sets each one's
// Status. major is io.Read or io.Write. PASSIVE_LEVEL or APC_LEVEL.
func (d *Disk) Runs(major uint8, list []Transfer) {
	if len(list) == 1 {
		list[0].Status = d.Move(major, list[0])
		return
	}
	room := ke.NewSemaphore(inFlight, inFlight)
	for i := range list {
		t := &list[i]
		ke.WaitForSingleObject(room, ke.KernelMode, false, nil)
		irp := io.AllocateIrp(d.Device.StackSize)
		l := irp.NextLocation()
		l.Major, l.Length, l.ByteOffset, l.Argument = major, uint32(t.Buffer.Len()), int64(t.Sector)*int64(d.Size), t.Buffer
		irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
			t.Status = irp.IoStatus.Status
			room.Release(1)
			return nt.StatusMoreProcessingRequired
		}, nil, true, true, true)
		io.CallDriver(d.Device, irp)
	}
	for range inFlight {
		ke.WaitForSingleObject(room, ke.KernelMode, false, nil)
	}
}
