package io

import (
	"errors"
	"strings"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/pe"
)

// Entry is a driver's first routine.
type Entry func(d *Driver, registryPath string) nt.Status

// What the kernel hands in before drivers are loaded.
var (
	// Entries are the drivers that are linked into the kernel, by the names that their
	// files import: "null.DriverEntry".
	Entries map[string]Entry
	// SystemRoot is the system's directory on its volume.
	SystemRoot = `\Windows`
	// ReadImage reads a driver's file; path is from the root of the volume.
	ReadImage func(path string) (Image, nt.Status)
	// Started is called when a driver's entry has returned with success; nil: nobody
	// wants to know (PnP does).
	Started func(d *Driver)
	// BootLog is told of every driver that was to be loaded; nil: there is no log.
	BootLog func(file string, loaded bool)
)

// Image is a driver's file, or, InMemory, the image as it lies in memory.
type Image struct {
	Bytes    []byte
	InMemory bool
}

const (
	// FileUnreadable is the reason in the Record of a driver whose file ReadImage has not read.
	FileUnreadable = "the file cannot be read"

	kernelImage = "ntoskrnl.exe"
	// maximumImage is the largest driver's image, in bytes of memory.
	maximumImage = mm.MaximumPoolBlock
)

// imageTag marks memory in which images are looked at.
var imageTag = mm.Tag{'I', 'o', 'L', 'd'}

// entryOf finds the entry of an image in memory. Every name that it imports must be one
// that the kernel exports: STATUS_DRIVER_ENTRYPOINT_NOT_FOUND; another module is
// STATUS_DLL_NOT_FOUND, an image without an entry of the kernel's
// STATUS_DRIVER_UNABLE_TO_LOAD.
func entryOf(memory []byte) (entry Entry, reason string, s nt.Status) {
	list, err := pe.ReadImports(memory)
	if err != nil {
		return nil, err.Error(), imageStatus(err)
	}
	for _, i := range list {
		if !strings.EqualFold(i.Module, kernelImage) {
			return nil, "it needs " + i.Module + ", which is not there", nt.StatusDllNotFound
		}
		f := Entries[i.Name]
		if f == nil {
			return nil, "it imports " + i.Name + ", which the kernel does not export", nt.StatusDriverEntryPointNotFound
		}
		if entry == nil {
			entry = f
		}
	}
	if entry == nil {
		return nil, "it imports no entry of the kernel's, and code of its own is not run", nt.StatusDriverUnableToLoad
	}
	return entry, "", nt.StatusSuccess
}

func imageStatus(err error) nt.Status {
	var e *pe.Error
	if errors.As(err, &e) {
		return nt.Status(e.Status())
	}
	return nt.StatusInvalidImageFormat
}

// checkFile finds the entry of a driver's file.
func checkFile(file []byte) (entry Entry, reason string, s nt.Status) {
	m, err := pe.ParseDriver(file)
	if err != nil {
		return nil, err.Error(), imageStatus(err)
	}
	if m.Size > maximumImage {
		return nil, "it is larger than a megabyte", nt.StatusInsufficientResources
	}
	b := mm.AllocatePool(mm.PagedPool, int(m.Size), imageTag)
	if b == nil {
		return nil, "", nt.StatusInsufficientResources
	}
	defer mm.FreePool(b, imageTag)
	m.Place(b[:m.Size], file)
	return entryOf(b[:m.Size])
}

// loading is held by who loads or unloads a driver (IopDriverLoadResource).
var loading = ke.NewEvent(nt.SynchronizationEvent, true)

// Reset forgets which drivers there were, for tests that bring the system up again.
func Reset() {
	loading = ke.NewEvent(nt.SynchronizationEvent, true)
	records.list, records.tried = nil, 0
	registering, fileSystems, told = ex.NewFastMutex(), nil, [2][]*Device{}
	timers.first, timers.running, timers.timer, timers.dpc = nil, 0, nil, nil
}

// LoadDriver is NtLoadDriver's work: loads the driver of a key of services. It waits for a
// thread of the system that does it. PASSIVE_LEVEL.
func LoadDriver(key string) nt.Status {
	return inSystem(func() nt.Status {
		v, s := ReadService(key)
		if !s.OK() {
			return s
		}
		if o, s := ob.Lookup(nil, v.directory()+`\`+v.Name, true, DriverType); s.OK() {
			o.Dereference()
			return nt.StatusImageAlreadyLoaded
		}
		return loadFile(&v).Status
	})
}

// loadFile loads a driver from its file.
func loadFile(v *Service) *Record {
	file, reason := v.File()
	if reason != "" {
		return note(v, "", nt.StatusObjectPathInvalid, reason)
	}
	if ReadImage == nil {
		return note(v, file, nt.StatusNoSuchDevice, "there are no files yet")
	}
	b, s := ReadImage(file)
	if !s.OK() {
		return note(v, file, s, FileUnreadable)
	}
	check := checkFile
	if b.InMemory {
		check = entryOf
	}
	entry, reason, s := check(b.Bytes)
	if !s.OK() {
		return note(v, file, s, reason)
	}
	return startDriver(v, file, entry)
}

// startDriver makes the driver's object and calls its entry.
func startDriver(v *Service, file string, entry Entry) *Record {
	d, s := NewDriver(v.directory(), v.Name, v.Path)
	if s == nt.StatusObjectNameCollision {
		return note(v, file, nt.StatusImageAlreadyLoaded, "a driver of this name is loaded")
	}
	if !s.OK() {
		return note(v, file, s, "its object cannot be made")
	}
	s = d.Start(entry)
	r := note(v, file, s, "")
	if s.OK() {
		if Started != nil {
			Started(d)
		}
	} else {
		r.Reason = "its entry has failed"
	}
	d.Object.Dereference()
	return r
}

// UnloadDriver is NtUnloadDriver's work. STATUS_OBJECT_NAME_NOT_FOUND when no driver of the
// key's name is loaded, STATUS_INVALID_DEVICE_REQUEST when it cannot be unloaded.
func UnloadDriver(key string) nt.Status {
	return inSystem(func() nt.Status {
		v, s := ReadService(key)
		if !s.OK() {
			return s
		}
		o, s := ob.Lookup(nil, v.directory()+`\`+v.Name, true, DriverType)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		s = o.Body.(*Driver).StartUnload()
		if s.OK() {
			forget(v.Name)
		}
		return s
	})
}

// inSystem runs f in a worker thread, one at a time, and waits for it.
func inSystem(f func() nt.Status) (s nt.Status) {
	done := ke.NewEvent(nt.NotificationEvent, false)
	ex.QueueWorkItem(ex.NewWorkItem(func(any) {
		ke.WaitForSingleObject(loading, ke.KernelMode, false, nil)
		s = f()
		loading.Set()
		done.Set()
	}, nil), ex.CriticalWorkQueue)
	ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
	return s
}
