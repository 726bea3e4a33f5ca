package shell

import (
	"fmt"
	"strings"

	"gont/nt"
)

// Step is a record of the boot trace.
type Step struct {
	ID              string
	Start, Duration uint64 // microseconds
	Processor       uint32
	Status          nt.Status
}

// Option is a boot option.
type Option struct {
	Name, Value, Note string
	Problem           string // what was wrong with a word of the line; the rest is empty then
	HasValue          bool
}

// Control is a row of the control vector.
type Control struct {
	Name, Value, Default, Accepted, User string
	Given                                bool // by the registry
}

// Driver is a driver of Services.
type Driver struct {
	nt.DriverEntry
	Name, Group, Image, Note string
}

// Device is a node of the tree of devices.
type Device struct {
	Instance, Description, Driver string
	State, Problem                string
	Parent                        int // index of the parent, which comes before it; -1: none
	Status                        nt.Status
	Claims                        []nt.DeviceClaim
}

// Interrupt is a source of interrupts.
type Interrupt struct {
	nt.InterruptEntry
	Owner, Kind string
}

// Kernel are this system's own classes of information (nt.SystemTableFirst).
type Kernel interface {
	Steps() ([]Step, nt.Status)
	Options() ([]Option, nt.Status)
	Controls() ([]Control, nt.Status)
	Drivers() ([]Driver, nt.Status)
	// LoadDriver and UnloadDriver take the path of a key of services.
	LoadDriver(key string) nt.Status
	UnloadDriver(key string) nt.Status
	Devices() ([]Device, nt.Status)
	Interrupts() ([]Interrupt, nt.Status)
}

func steps(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	list, st := s.sys.Steps()
	if !st.OK() {
		return failed("the boot trace", st)
	}
	var rows [][]string
	for _, x := range list {
		if len(args) == 0 || strings.EqualFold(x.ID, args[0]) {
			rows = append(rows, []string{x.ID, duration(x.Start), duration(x.Duration), fmt.Sprint(x.Processor), x.Status.String()})
		}
	}
	if len(rows) == 0 && len(args) == 1 {
		return wrong("no step %q was recorded", args[0])
	}
	s.table([]string{"<Step", "Start ms", "Took ms", "CPU", "<Status"}, rows)
	return nil
}

func options(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Options()
	if !st.OK() {
		return failed("the boot options", st)
	}
	if len(list) == 0 {
		s.none("boot options")
		return nil
	}
	var rows [][]string
	for _, o := range list {
		if o.Problem != "" {
			continue
		}
		name := o.Name
		if o.HasValue {
			name += "=" + o.Value
		}
		rows = append(rows, []string{name, o.Note})
	}
	if len(rows) > 0 {
		s.table([]string{"<Option", "<Meaning"}, rows)
	}
	for _, o := range list {
		if o.Problem != "" {
			s.printf("%s\n", oneLine(o.Problem))
		}
	}
	return nil
}

func tuning(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	list, st := s.sys.Controls()
	if !st.OK() {
		return failed("the control vector", st)
	}
	var rows [][]string
	for _, c := range list {
		if len(args) == 1 && !strings.Contains(strings.ToLower(c.Name), strings.ToLower(args[0])) {
			continue
		}
		from := ""
		if c.Given {
			from = "registry"
		}
		rows = append(rows, []string{c.Name, c.Value, c.Default, from, c.User, c.Accepted})
	}
	if len(rows) == 0 && len(args) == 1 {
		return wrong("nothing in the control vector has %q in its name", args[0])
	}
	s.table([]string{"<Name", "Value", "Default", "<From", "<User", "<Accepted"}, rows)
	return nil
}

// starts are the names of Start's values.
var starts = []string{"boot", "system", "auto", "demand", "disabled"}

func drivers(s *Shell, args []string) error {
	if len(args) == 2 && !strings.ContainsAny(args[1], `\/`) {
		key := `\Registry\Machine\SYSTEM\CurrentControlSet\Services\` + args[1]
		switch strings.ToLower(args[0]) {
		case "load":
			return failed(args[1], s.sys.LoadDriver(key))
		case "unload":
			return failed(args[1], s.sys.UnloadDriver(key))
		}
	}
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Drivers()
	if !st.OK() {
		return failed("the list of drivers", st)
	}
	if len(list) == 0 {
		s.none("drivers")
		return nil
	}
	var rows [][]string
	for _, d := range list {
		tag := ""
		if d.HasTag != 0 {
			tag = fmt.Sprint(d.Tag)
		}
		result := d.Result.String()
		if d.Loaded == 0 && d.Result.OK() {
			result = "not started"
		}
		if d.Note != "" {
			result += ": " + d.Note
		}
		rows = append(rows, []string{d.Name, d.Group, tag, named(starts, d.Start), result})
	}
	s.table([]string{"<Name", "<Group", "Tag", "<Start", "<Result"}, rows)
	return nil
}

func devices(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Devices()
	if !st.OK() {
		return failed("the tree of devices", st)
	}
	if len(list) == 0 {
		s.none("devices")
		return nil
	}
	depth := make([]int, len(list))
	for i, d := range list {
		if d.Parent >= 0 && d.Parent < i {
			depth[i] = depth[d.Parent] + 1
		}
		indent := strings.Repeat("  ", min(depth[i], 16))
		s.printf("%s%s", indent, oneLine(d.Instance))
		if d.Description != "" {
			s.printf("  %s", oneLine(d.Description))
		}
		if d.Driver != "" {
			s.printf("  [%s]", oneLine(d.Driver))
		}
		if d.State != "" {
			s.printf("  %s", oneLine(d.State))
		}
		if d.Problem != "" {
			s.printf(": %s", oneLine(d.Problem))
		}
		if !d.Status.OK() {
			s.printf(" (%v)", d.Status)
		}
		s.printf("\n")
		for _, c := range d.Claims {
			s.printf("%s    %s\n", indent, claim(c))
		}
	}
	return nil
}

// claim shows a resource.
func claim(c nt.DeviceClaim) string {
	span := func(name string) string {
		if c.Length <= 1 {
			return fmt.Sprintf("%s %x", name, c.Start)
		}
		return fmt.Sprintf("%s %x-%x", name, c.Start, c.Start+c.Length-1)
	}
	switch c.Kind {
	case nt.ClaimPort:
		return span("ports")
	case nt.ClaimMemory:
		return span("memory")
	case nt.ClaimInterrupt:
		return fmt.Sprintf("interrupt %d", c.Start)
	case nt.ClaimDMA:
		return fmt.Sprintf("DMA channel %d", c.Start)
	case nt.ClaimBusNumber:
		return span("bus")
	}
	return fmt.Sprintf("resource %d: %x, %x", c.Kind, c.Start, c.Length)
}

func interrupts(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Interrupts()
	if !st.OK() {
		return failed("the list of interrupts", st)
	}
	var rows [][]string
	for _, x := range list {
		line, how := "", ""
		if x.Line != nt.NoLine {
			line = fmt.Sprint(x.Line)
			how = "edge"
			if x.Flags&nt.InterruptLevel != 0 {
				how = "level"
			}
			if x.Flags&nt.InterruptLow != 0 {
				how += ", low"
			}
		}
		if x.Flags&nt.InterruptPolled != 0 {
			how = strings.TrimPrefix(how+", polled", ", ")
		}
		vector := ""
		if x.Vector != 0 {
			vector = fmt.Sprintf("%02x", x.Vector)
		}
		rows = append(rows, []string{line, vector, fmt.Sprint(x.Processor), fmt.Sprint(x.Count), fmt.Sprint(x.Served), x.Kind, how, x.Owner})
	}
	s.table([]string{"Line", "Vector", "CPU", "Count", "Served", "<Kind", "<How", "<Owner"}, rows)
	return nil
}
