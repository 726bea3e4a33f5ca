package system

import (
	"gont/arc/options"
	"gont/cm/control"
	"gont/ex"
	"gont/io"
	"gont/io/drivers/disk"
	"gont/nt"
	"gont/pp"
	"gont/svc"
)

// Tables are where this system's own classes of information get their rows. What is nil
// is answered with STATUS_NOT_IMPLEMENTED.
var Tables struct {
	Trace      func() []ex.Record
	Options    func() *options.Options
	Control    func() *control.Vector
	Drivers    func() []io.Record
	Devices    func() []pp.Information
	Interrupts func() []io.InterruptInformation
	Disks      func() []disk.DiskInfo
}

// table answers a class from nt.SystemTableFirst on.
func table(r svc.Reply, class uint32) nt.Status {
	switch {
	case class == nt.SystemBootTraceClass && Tables.Trace != nil:
		return r.Bytes(bootTrace(Tables.Trace()))
	case class == nt.SystemBootOptionsClass && Tables.Options != nil:
		return r.Bytes(bootOptions(Tables.Options()))
	case class == nt.SystemControlClass && Tables.Control != nil:
		return r.Bytes(controlVector(Tables.Control()))
	case class == nt.SystemDriverListClass && Tables.Drivers != nil:
		return r.Bytes(driverList(Tables.Drivers()))
	case class == nt.SystemDeviceTreeClass && Tables.Devices != nil:
		return r.Bytes(deviceTree(Tables.Devices()))
	case class == nt.SystemDeviceClaimsClass && Tables.Devices != nil:
		return r.Bytes(deviceClaims(Tables.Devices()))
	case class == nt.SystemInterruptClass && Tables.Interrupts != nil:
		return r.Bytes(interruptTable(Tables.Interrupts()))
	case class == nt.SystemDiskListClass && Tables.Disks != nil:
		return r.Bytes(diskList(Tables.Disks()))
	case class == nt.SystemPartitionClass && Tables.Disks != nil:
		return r.Bytes(partitionList(Tables.Disks()))
	case class >= nt.SystemTableFirst && class <= nt.SystemTableLast:
		return nt.StatusNotImplemented
	}
	return nt.StatusInvalidInfoClass
}

func bootTrace(list []ex.Record) []byte {
	t := nt.NewTable[nt.BootStep](len(list))
	for _, r := range list {
		t.Add(nt.BootStep{ID: t.Text(r.ID), Start: uint64(r.Start) / 1000, Duration: uint64(r.Duration) / 1000,
			Processor: uint32(r.Processor), Status: r.Status})
	}
	return t.Bytes()
}

// bootOptions lists what is in force, then what was wrong with others.
func bootOptions(o *options.Options) []byte {
	list := o.List()
	t := nt.NewTable[nt.BootOption](len(list) + len(o.Problems))
	for _, x := range list {
		row := nt.BootOption{Name: t.Text(x.Name), Value: t.Text(x.Value)}
		if x.HasValue {
			row.HasValue = 1
		}
		if e := options.Find(x.Name); e != nil {
			row.Note = t.Text(e.Help)
		}
		t.Add(row)
	}
	for _, p := range o.Problems {
		t.Add(nt.BootOption{Problem: t.Text(p)})
	}
	return t.Bytes()
}

func controlVector(v *control.Vector) []byte {
	t := nt.NewTable[nt.ControlEntry](len(control.Table))
	for i := range control.Table {
		e := &control.Table[i]
		row := nt.ControlEntry{Name: t.Text(e.Path()), Value: t.Text(v.String(control.ID(i))), Default: t.Text(e.PresetText()),
			Accepted: t.Text(e.Accepted()), User: t.Text(e.User)}
		if v.Values[i].Given {
			row.Given = 1
		}
		t.Add(row)
	}
	return t.Bytes()
}
