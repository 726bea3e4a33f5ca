//go:build tamago && osldr

package main

import (
	"gont/arc"
	"gont/boot/osldr/lpb"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/registry"
	"gont/boot/osldr/status"
	"gont/cm/regf"
	"gont/io/order"
	"gont/pe"
)

// kernelName is the image that drivers import from.
const kernelName = "ntoskrnl.exe"

// servicesPath is where the kernel finds a service's key.
const servicesPath = `\Registry\Machine\System\CurrentControlSet\Services\`

// drivers loads the images of the boot-start drivers of a control set, in the order in
// which they start. One that cannot be had is in the list all the same, with its status:
// what follows from that the kernel decides (SPEC I6).
func (l *loader) drivers(s *registry.System, set regf.Cell, directory string, exports []pe.Export) []lpb.Driver {
	services := s.BootServices(set)
	list := make([]lpb.Driver, 0, len(services))
	for i := range services {
		v := &services[i]
		d := lpb.Driver{RegistryPath: servicesPath + v.Name, ErrorControl: v.ErrorControl}
		path, reason := v.File(directory)
		var err error
		if d.FilePath = path; reason != "" {
			d.FilePath = v.ImagePath
			err = &status.Error{Code: status.PathNotFound.Code, Reason: reason}
		} else {
			l.progress.stage(40+30*i/len(services), 40+30*(i+1)/len(services))
			d.Image, err = l.driver(path, exports)
		}
		if err != nil {
			e, ok := err.(*status.Error)
			if !ok {
				e = status.Corrupt(err.Error())
			}
			d.Status, d.Reason = e.Code, e.Reason
			l.note("Driver " + v.Name + ": " + d.FilePath + ": " + e.Error())
		}
		list = append(list, d)
	}
	return list
}

// driver loads one image, in its places, and checks that the kernel has what it imports.
func (l *loader) driver(path string, exports []pe.Export) (lpb.Image, error) {
	c, err := l.tryRead(path, arc.LoaderOsloaderHeap)
	if err != nil {
		return lpb.Image{}, err
	}
	defer l.free(c)
	m, err := pe.ParseDriver(c.data)
	if err != nil {
		return lpb.Image{}, imageError(err)
	}
	in, err := l.take(int(m.Size), arc.LoaderBootDriver)
	if err != nil {
		return lpb.Image{}, err
	}
	m.Place(in.data, c.data)
	imports, err := pe.ReadImports(in.data)
	if err == nil {
		err = resolve(imports, exports)
	}
	if err != nil {
		l.free(in)
		return lpb.Image{}, imageError(err)
	}
	va := in.phys + arc.PhysMap
	return lpb.Image{Path: path, Name: lastName(path), Virtual: va, Entry: va + uint64(m.Entry), Size: uint64(m.Size),
		PhysPage: in.phys / memmap.PageSize, CheckSum: m.CheckSum}, nil
}

// resolve reports the first import that the kernel does not export.
func resolve(imports []pe.Import, exports []pe.Export) error {
	for _, i := range imports {
		if !order.Equal(i.Module, kernelName) {
			return &status.Error{Code: 0xC0000135, Reason: "it needs " + i.Module + ", which is not there"} // STATUS_DLL_NOT_FOUND
		}
		found := false
		for _, e := range exports {
			found = found || e.Name == i.Name && i.Name != ""
		}
		if !found && i.Name == "" {
			return &status.Error{Code: 0xC0000262, Reason: "it needs number " + status.Dec(uint64(i.Ordinal)) + " of " + i.Module + ", which is not there"} // STATUS_DRIVER_ORDINAL_NOT_FOUND
		}
		if !found {
			return &status.Error{Code: 0xC0000263, Reason: "it needs " + i.Name + " of " + i.Module + ", which is not there"} // STATUS_DRIVER_ENTRYPOINT_NOT_FOUND
		}
	}
	return nil
}

func lastName(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '\\' {
			return path[i+1:]
		}
	}
	return path
}

// nls loads the files with character tables. The kernel has others built in.
func (l *loader) nls(s *registry.System, set regf.Cell, system string) (files [3]lpb.File) {
	ansi, oem, upcase := s.NlsFiles(set)
	for i, name := range [3]string{ansi, oem, upcase} {
		l.progress.stage(34+2*i, 36+2*i)
		c, err := l.tryRead(system+name, arc.LoaderNlsData)
		if err != nil {
			l.note(system + name + ": " + status.Text(err))
			continue
		}
		files[i] = lpb.File{Path: system + name, Base: c.phys, Length: uint64(len(c.data))}
	}
	return files
}
