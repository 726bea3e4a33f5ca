package system

import (
	"gont/io"
	"gont/io/drivers/disk"
	"gont/ke"
	"gont/nt"
	"gont/pp"
)

func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func driverList(list []io.Record) []byte {
	t := nt.NewTable[nt.DriverEntry](len(list))
	for i := range list {
		d := &list[i]
		t.Add(nt.DriverEntry{Name: t.Text(d.Name), Group: t.Text(d.Group), Image: t.Text(d.File), Note: t.Text(d.Reason), Tag: d.Tag, HasTag: one(d.Tag != 0),
			Start: d.Start, ErrorControl: d.ErrorControl, Result: d.Status, Loaded: one(d.Status.OK())})
	}
	return t.Bytes()
}

// deviceTree has a row for each device; the parent of one is the last before it that is
// one level higher.
func deviceTree(list []pp.Information) []byte {
	t := nt.NewTable[nt.DeviceEntry](len(list))
	var above []uint32 // the latest row of each level
	for i := range list {
		d := &list[i]
		row := nt.DeviceEntry{Instance: t.Text(d.Path), Description: t.Text(d.Description), Driver: t.Text(d.Service),
			State: t.Text(d.State.String()), Problem: t.Text(d.Problem.String()), Status: d.Status, Parent: nt.NoParent}
		above = append(above[:min(d.Depth, len(above))], uint32(i))
		if n := len(above); n > 1 {
			row.Parent = above[n-2]
		}
		t.Add(row)
	}
	return t.Bytes()
}

func deviceClaims(list []pp.Information) []byte {
	n := 0
	for i := range list {
		n += len(list[i].Resources)
	}
	t := nt.NewTable[nt.DeviceClaim](n)
	for i := range list {
		for _, r := range list[i].Resources {
			t.Add(nt.DeviceClaim{Device: uint32(i), Kind: uint32(r.Kind), Start: r.Start, Length: r.Length})
		}
	}
	return t.Bytes()
}

// interruptTable has what drivers have connected, then all interrupts of each processor:
// the clock's and other processors' requests count there alone.
func interruptTable(list []io.InterruptInformation) []byte {
	t := nt.NewTable[nt.InterruptEntry](len(list) + ke.Processors())
	for i := range list {
		x := &list[i]
		row := nt.InterruptEntry{Owner: t.Text(x.Name), Kind: t.Text("line"), Count: x.Came, Served: x.Served, Line: x.Line.Number,
			Vector: uint32(x.Vector.Number), Processor: uint32(x.Vector.Processor)}
		if x.Message {
			row.Kind, row.Line = t.Text("message"), nt.NoLine
		} else {
			row.Flags = one(x.Line.Level)*nt.InterruptLevel | one(x.Line.Low)*nt.InterruptLow
		}
		row.Flags |= one(x.Polled) * nt.InterruptPolled
		t.Add(row)
	}
	for p := range ke.Processors() {
		n := Machine.Interrupts(p)
		t.Add(nt.InterruptEntry{Owner: t.Text("processor, with the clock"), Kind: t.Text("all"), Count: n, Served: n, Line: nt.NoLine, Processor: uint32(p)})
	}
	return t.Bytes()
}

func diskList(list []disk.DiskInfo) []byte {
	t := nt.NewTable[nt.DiskEntry](len(list))
	for i := range list {
		d := &list[i]
		c := &d.Counts
		t.Add(nt.DiskEntry{Name: t.Text(d.Name), Driver: t.Text(d.Driver), Number: uint32(d.Number), Partitions: uint32(len(d.Partitions)), SectorSize: d.SectorSize, Dead: one(d.Dead),
			Sectors: d.Sectors, Reads: c.Reads, Writes: c.Writes, Flushes: c.Flushes, Errors: c.Errors, Retries: c.Retries, Resets: c.Resets})
	}
	return t.Bytes()
}

func partitionList(list []disk.DiskInfo) []byte {
	n := 0
	for i := range list {
		n += len(list[i].Partitions)
	}
	t := nt.NewTable[nt.PartitionEntry](n)
	for i := range list {
		for k := range list[i].Partitions {
			p := &list[i].Partitions[k]
			t.Add(nt.PartitionEntry{Disk: uint32(list[i].Number), Number: uint32(p.Number), Start: p.Start, Sectors: p.Sectors,
				Kind: t.Text(p.Kind()), Device: t.Text(p.Device), Active: one(p.Active), Logical: one(p.Logical)})
		}
	}
	return t.Bytes()
}
