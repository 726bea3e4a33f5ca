package etw

import (
	"encoding/binary"

	"gont/ex"
	"gont/nt"
	"gont/ps"
)

// The system's own providers. Disk and registry have none yet.
var boot, process, driver Provider

// InitSystem is WmiInitialize (SPEC P1.49): the providers of the boot trace, of processes
// and of drivers, connected to what they tell of.
func InitSystem(trace *ex.Trace, log *ex.BootLog) nt.Status {
	Reset()
	boot = Provider{ID: nt.BootProvider, Name: "GoNT-Boot", Rundown: func(write func(uint16, []byte)) {
		for _, r := range trace.Records() {
			write(nt.EventStep, []byte(r.String()))
		}
	}}
	process = Provider{ID: nt.ProcessProvider, Name: "GoNT-Process", Rundown: func(write func(uint16, []byte)) {
		list := ps.Active()
		for _, p := range list {
			write(nt.EventProcessStart, processData(p))
		}
		ps.Release(list)
	}}
	driver = Provider{ID: nt.DriverProvider, Name: "GoNT-Driver"}
	for _, p := range []*Provider{&boot, &process, &driver} {
		if s := Register(p); !s.OK() {
			return s
		}
	}
	trace.Added = func(r ex.Record) {
		if boot.Enabled() {
			boot.Write(nt.EventStep, []byte(r.String()))
		}
	}
	log.Loaded = func(path string, loaded bool) {
		event := uint16(nt.EventDriverFailed)
		if loaded {
			event = nt.EventDriverLoaded
		}
		if driver.Enabled() {
			driver.Write(event, []byte(path))
		}
	}
	traced := func(p *ps.Process, started bool) {
		if !process.Enabled() {
			return
		}
		event := uint16(nt.EventProcessEnd)
		if started {
			event = nt.EventProcessStart
		}
		process.Write(event, processData(p))
	}
	ps.Traced.Store(&traced)
	return nt.StatusSuccess
}

func processData(p *ps.Process) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, p.ID), p.Name...)
}
