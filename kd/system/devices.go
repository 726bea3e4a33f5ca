package system

import (
	"fmt"
	"io"
	"strings"

	devices "gont/io"
	"gont/ob"
	"gont/pp"
	"gont/ps"
)

// nameOf is the full name of an object in the directories where drivers and devices are.
func nameOf(o *ob.Object, directory string) string {
	if o == nil || o.DebugName() == "" {
		return "(unnamed)"
	}
	return directory + `\` + o.DebugName()
}

func deviceLine(w io.Writer, d *devices.Device) {
	fmt.Fprintf(w, "    %p  %-24s type %x  flags %x  %d references", d, nameOf(d.Object, `\Device`), d.Type, uint32(d.Flags), d.DebugReferences())
	if d.Driver != nil {
		fmt.Fprintf(w, "  of %s", d.Driver.Name)
	}
	fmt.Fprintln(w)
}

func drivers(w io.Writer, _ Context, path string) {
	if path != "" {
		o := ob.DebugLookup(path)
		if o == nil || devices.DebugDriver(o) == nil {
			fmt.Fprintf(w, "there is no driver %s\n", path)
			return
		}
		driver(w, devices.DebugDriver(o), true)
		return
	}
	for _, directory := range []string{`\Driver`, `\FileSystem`} {
		o := ob.DebugLookup(directory)
		if o == nil {
			continue
		}
		for _, e := range o.DebugEntries() {
			if d := devices.DebugDriver(e.Object); d != nil {
				driver(w, d, false)
			}
		}
	}
}

func driver(w io.Writer, d *devices.Driver, all bool) {
	n := 0
	d.DebugDevices(func(*devices.Device) bool { n++; return true })
	fmt.Fprintf(w, "%p  %-20s %d devices  %s\n", d, d.Name, n, d.RegistryPath)
	if !all {
		return
	}
	d.DebugDevices(func(v *devices.Device) bool { deviceLine(w, v); return true })
	for i, f := range d.Major {
		if f != nil {
			fmt.Fprintf(w, "    major function %02x\n", i)
		}
	}
}

func devstack(w io.Writer, _ Context, path string) {
	o := ob.DebugLookup(path)
	if path == "" || o == nil || devices.DebugDevice(o) == nil {
		fmt.Fprintf(w, "there is no device %s\n", path)
		return
	}
	for _, d := range devices.DebugDevice(o).DebugStack() {
		deviceLine(w, d)
	}
}

func devnode(w io.Writer, _ Context, _ string) {
	for _, n := range pp.DebugDevices() {
		fmt.Fprintf(w, "%s%-40s %v", strings.Repeat("  ", n.Depth), n.Path, n.State)
		if n.Service != "" {
			fmt.Fprintf(w, "  %s", n.Service)
		}
		if n.Problem != pp.NoProblem {
			fmt.Fprintf(w, "  (%v, %v)", n.Problem, n.Status)
		}
		fmt.Fprintln(w)
	}
}

func irps(w io.Writer, _ Context, args string) {
	n := 0
	show := func(t *ps.Thread) {
		devices.DebugRequests(t, func(r devices.DebugRequest) bool {
			n++
			name := "nobody"
			if r.Device != nil {
				name = nameOf(r.Device.Object, `\Device`)
			}
			fmt.Fprintf(w, "  %p  thread %x.%x  major %02x  at %s", r.Irp, t.Process.ID, t.ID, r.Major, name)
			if r.Cancelled {
				fmt.Fprint(w, ", cancelled")
			}
			fmt.Fprintln(w)
			return true
		})
	}
	if args != "" {
		id, _ := hex(args)
		t := ps.DebugThread(id)
		if t == nil {
			fmt.Fprintf(w, "there is no thread %s of a process\n", args)
			return
		}
		show(t)
	} else {
		for _, p := range ps.DebugProcesses() {
			for _, t := range p.DebugThreads() {
				show(t)
			}
		}
	}
	fmt.Fprintf(w, "%d requests of threads have not come back\n", n)
}
