package io

import (
	"gont/io/order"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// BootDriver is a boot-start driver as OSLDR hands it over.
type BootDriver struct {
	RegistryPath string
	File         string    // from the root of the volume
	Status       nt.Status // of the load
	Reason       string    // why it was not loaded
	Image        []byte    // in memory, nil when it was not loaded
}

// Failure is a driver that was to be started and has not been, and what follows (I6).
type Failure struct {
	Record
	Action order.Action
}

// Boot is how drivers are started at P1.34.
type Boot struct {
	LastKnownGood bool
	// Safe are the names under Control\SafeBoot\Minimal or Network, nil when this is not
	// safe mode.
	Safe []string
	// Failed acts on a failure. It does not return when the system restarts or stops.
	Failed func(Failure)
	// Progress is called after each driver: n of all, boot-start and system-start ones, have been tried.
	Progress func(n, all int)

	groups, services []string // that have been started
	tried, all       int      // for Progress
}

// InitSystem is IoInitSystem's first part (SPEC P1.34): the directories of drivers and
// devices.
func InitSystem() nt.Status {
	for _, name := range []string{`\Device`, `\Driver`, `\FileSystem`} {
		if _, s := ob.CreateDirectory(name); !s.OK() && s != nt.StatusObjectNameCollision {
			return s
		}
	}
	return nt.StatusSuccess
}

// StartBootDrivers starts the boot-start drivers in the order of the list (SPEC I3 to
// I7).
func (b *Boot) StartBootDrivers(list []BootDriver) {
	b.all = len(list) + len(drivers(SystemStart))
	for i := range list {
		b.one(func() *Record { return b.boot(&list[i]) })
		b.progress()
	}
}

// StartSystemDrivers starts the drivers whose Start is 1, in their order, from their
// files.
func (b *Boot) StartSystemDrivers() {
	list := drivers(SystemStart)
	b.all = b.tried + len(list) // a boot-start driver may have added some
	for i := range list {
		b.one(func() *Record {
			v := &list[i]
			file, _ := v.File()
			if r := b.held(v, file); r != nil {
				return r
			}
			return loadFile(v)
		})
		b.progress()
	}
}

func (b *Boot) progress() {
	b.tried++
	if b.Progress != nil {
		b.Progress(b.tried, b.all)
	}
}

// one tries a driver, and acts on a failure.
func (b *Boot) one(try func() *Record) {
	ke.WaitForSingleObject(loading, ke.KernelMode, false, nil)
	r := try()
	loading.Set()
	if BootLog != nil {
		BootLog(r.File, r.Status.OK())
	}
	if r.Status.OK() {
		b.services = append(b.services, r.Name)
		if r.Group != "" {
			b.groups = append(b.groups, r.Group)
		}
		return
	}
	f := Failure{*r, order.Failed(r.ErrorControl, b.LastKnownGood)}
	if r.Status == StatusHeld { // that is what it wants, and no failure
		f.Action = order.Ignore
	}
	b.Failed(f)
}

// StatusHeld is the status of a driver that safe mode leaves out, or that depends on what
// has not been started.
const StatusHeld = nt.StatusDriverBlocked

// held is the record of a driver that does not start because of safe mode or what it
// depends on, nil for one that may.
func (b *Boot) held(v *Service, file string) *Record {
	if b.Safe != nil && !order.Safe(&v.Driver, file, b.Safe) {
		return note(v, file, StatusHeld, "safe mode does without it")
	}
	if g := order.Missing(&v.Driver, b.groups); g != "" {
		return note(v, file, StatusHeld, "no driver of the group "+g+" has been started")
	}
	if n := order.MissingService(&v.Driver, b.services); n != "" {
		return note(v, file, StatusHeld, "the driver "+n+" has not been started")
	}
	return nil
}

// boot starts one boot-start driver.
func (b *Boot) boot(d *BootDriver) *Record {
	v, s := ReadService(d.RegistryPath)
	if !s.OK() {
		return note(&v, d.File, s, "its key cannot be read")
	}
	if r := b.held(&v, d.File); r != nil {
		return r
	}
	if !d.Status.OK() || d.Image == nil {
		return note(&v, d.File, d.Status, d.Reason)
	}
	entry, reason, s := entryOf(d.Image)
	if !s.OK() {
		return note(&v, d.File, s, reason)
	}
	return startDriver(&v, d.File, entry)
}
