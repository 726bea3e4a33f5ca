// Package usbxhci is the driver of USB host controllers with the interface xHCI (SPEC I2, I10;
// eXtensible Host Controller Interface for Universal Serial Bus, revision 1.2), and of the bus
// behind them, hubs included. It has a physical device for each interface of each device, whose
// driver talks to it by usb.Function.
//
//	driver      the PCI function, the PnP manager's requests, interrupts
//	controller  start, stop, failure
//	ring        rings of TRBs
//	command     commands, events
//	pipe        transfers; quiet: taking them back, clearing halts
//	device      slot, address, descriptors; request: control requests; leave: its end
//	port, hub   what is plugged in and pulled out
//	function    interfaces: pipes, configuration, reset
//	child       their physical devices: names, requests of the PnP manager
//
// Isochronous transfers, streams, power management and bandwidth are not there.
package usbxhci

import (
	"fmt"
	"sync/atomic"

	"gont/ex"
	"gont/io"
	"gont/io/storport"
	"gont/ke"
	"gont/nt"
)

// bus is the extension of the controller's functional device.
type bus struct {
	c         *controller
	driver    *io.Driver
	physical  *io.Device
	lower     *io.Device
	hardware  *storport.Hardware
	interrupt *io.Interrupt
	messages  bool
	dpc       *ke.Dpc
	wake      *ke.Event
	work      *io.WorkItem
	started   atomic.Bool // the PnP manager has been told of what there was
	number    int         // of the controller
}

// controllers counts those that work.
var controllers atomic.Uint32

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.AddDevice = addDevice
	d.Major[io.Pnp] = func(v *io.Device, irp *io.IRP) nt.Status {
		switch x := v.Extension.(type) {
		case *bus:
			return x.pnp(v, irp)
		case *child:
			return x.pnp(irp)
		}
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	return nt.StatusSuccess
}

func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	v, s := io.CreateDevice(d, "", nt.FileDeviceBusExtender, 0, 0)
	if !s.OK() {
		return s
	}
	b := &bus{driver: d, physical: physical}
	v.Extension = b
	if b.lower = io.AttachDevice(v, physical); b.lower == nil {
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	return nt.StatusSuccess
}

func (b *bus) pnp(v *io.Device, irp *io.IRP) nt.Status {
	l := irp.Location()
	switch l.Minor {
	case io.StartDevice:
		p := l.Argument.(*io.StartParameters)
		s := io.PassAndWait(b.lower, irp)
		if s.OK() {
			if err := b.start(v, p.Resources); err != nil {
				storport.Say(fmt.Sprintf("xHCI controller: %v", err))
				s = nt.StatusDeviceConfigurationError
			}
		}
		return io.Complete(irp, s, 0)
	case io.QueryDeviceRelations:
		l.Argument.(*io.DeviceRelations).Devices = b.relations()
		return io.Complete(irp, nt.StatusSuccess, 0)
	case io.RemoveDevice:
		if b.c != nil {
			return io.Complete(irp, nt.StatusDeviceBusy, 0) // it works
		}
		lower := b.lower
		s := io.PassAndWait(lower, irp)
		io.DetachDevice(lower)
		io.DeleteDevice(v)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(b.lower, irp)
}

// start brings the controller up, with what is plugged in.
func (b *bus) start(v *io.Device, list []io.Resource) error {
	b.hardware = &storport.Hardware{Resources: list}
	if s := io.PnpRequest(b.lower, io.QueryInterface, &b.hardware.Bus); !s.OK() {
		return s.Err()
	}
	n := min(b.hardware.Length(0), 64<<10)
	r, err := b.hardware.Registers(0, 0, 0)
	if err != nil {
		return err
	}
	c, err := newController(r, uint32(n), b.wait)
	if err != nil {
		return err
	}
	c.newGate = func() gate { return gate{ke.NewEvent(nt.SynchronizationEvent, true)} }
	c.bus, c.command = c.newGate(), c.newGate()
	b.wake = ke.NewEvent(nt.SynchronizationEvent, false)
	b.work = io.NewWorkItem(v, func(*io.Device, any) { b.look() })
	c.changed = func() { b.work.Queue(ex.DelayedWorkQueue, nil) }
	c.came = func() {
		if b.started.Load() {
			io.InvalidateDeviceRelations(b.physical)
		}
	}
	c.cut = func() { b.hardware.MasterOff() }
	b.dpc = ke.NewDpc(func(any) {
		c.poll()
		b.wake.Set()
	})
	if err := b.connect(c); err != nil {
		return err
	}
	c.soon, c.idle, c.watch = b.interrupt.Due, b.interrupt.Idle, b.interrupt.Watch
	c.bus.take()
	defer c.bus.release()
	c.ticked.Store(true) // the work item is not queued meanwhile
	if err := c.start(b.messages, uint32(n)); err != nil {
		stopped := c.stop()
		b.hardware.MasterOff()
		b.disconnect()
		if stopped {
			c.release()
		}
		return err
	}
	b.c, b.number = c, int(controllers.Add(1))-1
	c.power()
	c.look(false)
	b.started.Store(true)
	return nil
}

// look is the work item's: ports have changed.
func (b *bus) look() {
	b.c.bus.take()
	b.c.look(true)
	b.c.bus.release()
}

// wait returns true as soon as f does, and false when it has not within limit, in 100 ns. It
// looks again when an interrupt has come, and now and then. PASSIVE_LEVEL.
func (b *bus) wait(limit uint64, f func() bool) bool {
	const spins, slice = 500, 10 * storport.Millisecond
	for range spins {
		if f() {
			return true
		}
	}
	for end := ke.InterruptTime() + limit; ; {
		now := ke.InterruptTime()
		if now >= end {
			return f()
		}
		due := -int64(min(slice, end-now))
		ke.WaitForSingleObject(b.wake, ke.KernelMode, false, &due)
		if f() {
			return true
		}
	}
}

// connect connects messages, or else the line.
func (b *bus) connect(c *controller) (err error) {
	const name = "xHCI controller"
	service := func(int) bool {
		mine := c.interrupt()
		if mine {
			b.dpc.Insert(nil)
		}
		return mine
	}
	if f := b.hardware.Bus.ConnectMessages; f != nil {
		if b.interrupt, _, err = f(name, 1, service); err == nil {
			b.messages = true
			return nil
		}
	}
	r, ok := io.Find(b.hardware.Resources, io.InterruptResource, 0)
	if !ok {
		return fmt.Errorf("nobody knows its interrupt")
	}
	i, s := io.ConnectInterrupt(name, r.Line, service)
	b.interrupt = i
	return s.Err()
}

func (b *bus) disconnect() {
	if b.messages {
		b.hardware.Bus.Disconnect(b.interrupt)
	} else {
		io.DisconnectInterrupt(b.interrupt)
	}
	b.dpc.Remove()
	ke.FlushQueuedDpcs()
}
