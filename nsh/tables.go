//go:build ntuser

package main

import (
	"gont/nsh/shell"
	"gont/nt"
	"gont/ntdll"
)

func (services) Steps() (out []shell.Step, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.BootStep](nt.SystemBootTraceClass)
	for _, r := range rows {
		out = append(out, shell.Step{ID: r.ID.In(b), Start: r.Start, Duration: r.Duration, Processor: r.Processor, Status: r.Status})
	}
	return out, s
}

func (services) Options() (out []shell.Option, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.BootOption](nt.SystemBootOptionsClass)
	for _, r := range rows {
		out = append(out, shell.Option{Name: r.Name.In(b), Value: r.Value.In(b), Note: r.Note.In(b), Problem: r.Problem.In(b), HasValue: r.HasValue != 0})
	}
	return out, s
}

func (services) Controls() (out []shell.Control, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.ControlEntry](nt.SystemControlClass)
	for _, r := range rows {
		out = append(out, shell.Control{Name: r.Name.In(b), Value: r.Value.In(b), Default: r.Default.In(b), Accepted: r.Accepted.In(b),
			User: r.User.In(b), Given: r.Given != 0})
	}
	return out, s
}

func (services) Drivers() (out []shell.Driver, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.DriverEntry](nt.SystemDriverListClass)
	for _, r := range rows {
		out = append(out, shell.Driver{DriverEntry: r, Name: r.Name.In(b), Group: r.Group.In(b), Image: r.Image.In(b), Note: r.Note.In(b)})
	}
	return out, s
}

// Devices puts the rows of two classes together. The tree may change between the
// questions; what does not fit then is left out.
func (services) Devices() (out []shell.Device, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.DeviceEntry](nt.SystemDeviceTreeClass)
	if !s.OK() {
		return nil, s
	}
	for _, r := range rows {
		d := shell.Device{Instance: r.Instance.In(b), Description: r.Description.In(b), Driver: r.Driver.In(b), Parent: -1, Problem: r.Problem}
		if r.Parent != nt.NoParent {
			d.Parent = int(r.Parent)
		}
		out = append(out, d)
	}
	claims, _, s := ntdll.QuerySystemTable[nt.DeviceClaim](nt.SystemDeviceClaimsClass)
	for _, c := range claims {
		if int(c.Device) < len(out) {
			out[c.Device].Claims = append(out[c.Device].Claims, c)
		}
	}
	return out, s
}

func (services) Interrupts() (out []shell.Interrupt, s nt.Status) {
	rows, b, s := ntdll.QuerySystemTable[nt.InterruptEntry](nt.SystemInterruptClass)
	for _, r := range rows {
		out = append(out, shell.Interrupt{InterruptEntry: r, Owner: r.Owner.In(b), Kind: r.Kind.In(b)})
	}
	return out, s
}
