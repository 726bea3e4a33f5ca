// Package usbstor is the driver of USB mass storage devices (SPEC I10) that know bulk-only
// transport and the SCSI transparent command set: sticks, disks in USB cases, card readers. It is a
// port driver: each logical unit with a medium is a disk.
//
//	driver      the interface, its pipes
//	scsi        commands and what a device answers to them
//	transport   a task's way: command, data, status
//	recover     after an error: halted pipes, sense data, reset
//	units       finding out which disks there are
//
// The device is not believed: a status counts only if it is the running command's; lengths are
// checked against what was asked for; a device that breaks the protocol is reset.
//
// Sources: Universal Serial Bus Mass Storage Class, Bulk-Only Transport, 1.0; SPC-4; SBC-3.
package usbstor

import (
	"errors"

	"gont/io"
	"gont/io/storport"
	"gont/io/usb"
	"gont/nt"
)

// The interface that the driver serves (Bulk-Only Transport, 4.3).
const (
	subclassScsi = 6
	protocolBulk = 0x50
)

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status { return storport.Initialize(d, open) }

func open(h *storport.Hardware) ([]storport.Channel, error) {
	var q usb.Query
	if s := io.PnpRequest(h.Lower, io.QueryInterface, &q); !s.OK() {
		return nil, s.Err()
	}
	if q.Function == nil {
		return nil, errors.New("it is no USB function")
	}
	return Channels(q.Function, storport.Wait)
}

// mostSegments is one more than 256 KB need; mostBytes is what a command moves at most: what
// all sticks take, and what those of USB 3 do.
const (
	mostSegments   = 65
	mostBytes      = 64 << 10
	mostBytesSuper = 256 << 10
)

// Channels makes the one channel of a function. wait is storport.Wait, or a test's.
func Channels(f usb.Function, wait func(uint64, func() bool) bool) ([]storport.Channel, error) {
	i := f.Interface()
	if i.Class != usb.ClassMassStorage || i.Subclass != subclassScsi || i.Protocol != protocolBulk {
		return nil, errors.New("it is not of bulk-only transport and SCSI commands")
	}
	var in, out *usb.Endpoint
	for k := range i.Endpoints {
		switch e := &i.Endpoints[k]; {
		case e.Kind != usb.Bulk:
		case e.In() && in == nil:
			in = e
		case !e.In() && out == nil:
			out = e
		}
	}
	if in == nil || out == nil {
		return nil, errors.New("it lacks a bulk endpoint")
	}
	x := &transport{f: f, wait: wait, in: end{endpoint: *in}, out: end{endpoint: *out}}
	l := storport.Limits{Below: f.Below(), Segments: mostSegments}
	return []storport.Channel{{Controller: x, Name: "USB storage (" + f.Name() + ")", Limits: l, NoInterrupt: true, Watch: f.Watch}}, nil
}
