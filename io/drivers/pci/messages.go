package pci

import (
	"math/bits"

	"gont/hal"
	"gont/hal/pci"
	"gont/io"
	"gont/nt"
)

// bus is what the function's driver gets for QueryInterface.
func (x *device) bus() io.BusInterface {
	return io.BusInterface{
		ReadConfig:      func(o uint16) uint32 { return here.space.Read(x.f.Address, o) },
		WriteConfig:     func(o uint16, v uint32) { here.space.Write(x.f.Address, o, v) },
		ConnectMessages: x.connect,
		Disconnect:      x.disconnect,
	}
}

// connect gives the function messages: by MSI-X as many as are wanted and there, by MSI a
// power of two.
func (x *device) connect(name string, n int, routine io.ServiceRoutine) (*io.Interrupt, int, error) {
	f, s := x.f, here.space
	if table, err := here.table(f); err == nil {
		_, _, all, _ := f.MsiXTable(s)
		if i, m, st := io.ConnectMessages(name, min(n, all, 32), routine); st.OK() {
			if err := f.EnableMsiX(s, table, messages(m)); err == nil {
				x.messages, x.msix = m, true
				return i, len(m), nil
			}
			io.DisconnectInterrupt(i)
		}
	}
	can := f.MsiMessages(s)
	if can == 0 || n < 1 {
		return nil, 0, statusError(nt.StatusNotSupported)
	}
	n = 1 << (bits.Len(uint(min(n, can))) - 1)
	i, m, st := io.ConnectMessages(name, n, routine)
	if !st.OK() {
		return nil, 0, statusError(st)
	}
	if err := f.EnableMsi(s, messages(m)[0], n); err != nil {
		io.DisconnectInterrupt(i)
		return nil, 0, err
	}
	x.messages, x.msix = m, false
	return i, n, nil
}

func messages(list []hal.Message) (m []pci.Message) {
	for _, x := range list {
		m = append(m, pci.Message{Address: x.Address, Data: x.Data})
	}
	return m
}

func (x *device) disconnect(i *io.Interrupt) {
	if x.msix {
		x.f.DisableMsiX(here.space)
	} else {
		x.f.DisableMsi(here.space)
	}
	io.DisconnectInterrupt(i)
}

// statusError is a status as an error.
type statusError nt.Status

func (e statusError) Error() string { return nt.Status(e).String() }
