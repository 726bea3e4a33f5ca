package storport

import (
	"fmt"

	"gont/io"
	"gont/nt"
)

// device is the extension of a controller's functional device.
type device struct {
	lower    *io.Device
	adapters []*Adapter
}

// Open looks at a device and returns what it has; an error for one that the driver cannot
// serve. PASSIVE_LEVEL.
type Open func(h *Hardware) ([]Channel, error)

// Initialize is what a driver's DriverEntry does (StorPortInitialize).
func Initialize(d *io.Driver, open Open) nt.Status {
	d.AddDevice = addDevice
	d.Major[io.Pnp] = func(v *io.Device, irp *io.IRP) nt.Status {
		if x, ok := v.Extension.(*device); ok {
			return x.pnp(v, irp, open)
		}
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	d.Major[io.InternalDeviceControl] = func(v *io.Device, irp *io.IRP) nt.Status {
		if u, ok := v.Extension.(*Unit); ok {
			return serve(u, irp)
		}
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	return nt.StatusSuccess
}

func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	v, s := io.CreateDevice(d, "", nt.FileDeviceUnknown, 0, 0)
	if !s.OK() {
		return s
	}
	x := &device{}
	v.Extension = x
	if x.lower = io.AttachDevice(v, physical); x.lower == nil {
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	return nt.StatusSuccess
}

func (x *device) pnp(v *io.Device, irp *io.IRP, open Open) nt.Status {
	l := irp.Location()
	switch l.Minor {
	case io.StartDevice:
		p := l.Argument.(*io.StartParameters)
		s := io.PassAndWait(x.lower, irp)
		if s.OK() {
			s = x.start(v.Driver, p.Resources, open)
		}
		return io.Complete(irp, s, 0)
	case io.RemoveDevice:
		x.stop()
		lower := x.lower
		s := io.PassAndWait(lower, irp)
		io.DetachDevice(lower)
		io.DeleteDevice(v)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(x.lower, irp)
}

// start opens the device and starts what it has. What fails is said; the device is started
// when one of its channels is.
func (x *device) start(d *io.Driver, list []io.Resource, open Open) nt.Status {
	h := &Hardware{Resources: list, Lower: x.lower}
	if s := io.PnpRequest(x.lower, io.QueryInterface, &h.Bus); !s.OK() {
		return s
	}
	channels, err := open(h)
	if err != nil {
		Say(fmt.Sprintf("%s: %v", d.Name, err))
		return nt.StatusDeviceConfigurationError
	}
	for _, c := range channels {
		a := newAdapter(d, h, c)
		if err := a.start(); err != nil {
			a.say(nil, err.Error())
			continue
		}
		x.adapters = append(x.adapters, a)
	}
	if len(x.adapters) == 0 {
		h.MasterOff()
		return nt.StatusDeviceConfigurationError
	}
	for _, a := range x.adapters {
		a.announce()
	}
	return nt.StatusSuccess
}

func (x *device) stop() {
	for _, a := range x.adapters {
		a.stop()
	}
	x.adapters = nil
}
