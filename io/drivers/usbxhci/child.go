package usbxhci

import (
	"fmt"

	"gont/io"
	"gont/io/storport"
	"gont/io/usb"
	"gont/nt"
)

// child is the extension of an interface's physical device.
type child struct {
	b *bus
	f *function
}

// relations are the physical devices of what there is.
func (b *bus) relations() (list []*io.Device) {
	if b.c == nil {
		return nil
	}
	b.c.bus.take()
	defer b.c.bus.release()
	for _, f := range b.c.list {
		if f.physical == nil {
			v, s := io.CreateDevice(b.driver, "", nt.FileDeviceUnknown, 0, 0)
			if !s.OK() {
				storport.Say(fmt.Sprintf("USB %v: %v", f.d.at, s))
				continue
			}
			v.Extension = &child{b, f}
			v.Ready()
			f.physical = v
		}
		list = append(list, f.physical)
	}
	return list
}

func (x *child) pnp(irp *io.IRP) nt.Status {
	l := irp.Location()
	switch l.Minor {
	case io.QueryId:
		*l.Argument.(*io.Identity) = x.f.identity(x.b)
	case io.QueryInterface:
		switch a := l.Argument.(type) {
		case *usb.Query:
			a.Function = x.f
		case *io.BusInterface: // there is no configuration space, and there are no messages
		default:
			return io.Complete(irp, nt.StatusNotSupported, 0)
		}
	case io.RemoveDevice:
		x.b.c.bus.take()
		x.f.letGo()
		x.b.c.bus.release()
	case io.StartDevice, io.SurpriseRemoval, io.QueryRemoveDevice, io.CancelRemoveDevice, io.StopDevice, io.QueryStopDevice, io.CancelStopDevice:
	default:
		return io.Complete(irp, irp.IoStatus.Status, irp.IoStatus.Information)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

// identity is what an interface answers to QueryId, in NT's forms.
func (f *function) identity(b *bus) io.Identity {
	d := f.d
	device := fmt.Sprintf(`USB\VID_%04X&PID_%04X`, d.descriptor.Vendor, d.descriptor.Product)
	revision := fmt.Sprintf("&REV_%04X", d.descriptor.Release)
	part := ""
	if len(d.functions) > 1 {
		part = fmt.Sprintf("&MI_%02X", f.face.Number)
	}
	class := fmt.Sprintf(`USB\Class_%02X`, f.face.Class)
	sub := fmt.Sprintf("%s&SubClass_%02X", class, f.face.Subclass)
	return io.Identity{
		DeviceID: device + part, InstanceID: f.instance(b),
		HardwareIDs:   []string{device + revision + part, device + part},
		CompatibleIDs: []string{fmt.Sprintf("%s&Prot_%02X", sub, f.face.Protocol), sub, class},
		Description:   d.title(), Location: fmt.Sprintf("USB %v, %v", d.at, d.speed),
	}
}

// instance is the device's serial number, where it has one that no other has and that can be a
// key's name; else where it is plugged in.
func (f *function) instance(b *bus) string {
	at := fmt.Sprintf("%d&%d&%x", b.number, f.d.at.root, f.d.at.route)
	if f.d.serial == "" || len(f.d.serial) > 64 {
		return at
	}
	for i := range len(f.d.serial) {
		switch b := f.d.serial[i]; {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '-', b == '_', b == '.':
		default:
			return at
		}
	}
	for _, o := range b.c.list {
		if o.d != f.d && o.d.serial == f.d.serial {
			return f.d.serial + "&" + at
		}
	}
	return f.d.serial
}
