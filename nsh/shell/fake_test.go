package shell

import (
	"slices"
	"strings"
	"time"

	"gont/nt"
)

// fake is a System with a few things in it. What a test changes is its own.
type fake struct {
	refuse   nt.Status // not 0: every service's answer
	killed   []uint64
	started  []string
	actions  []uint32
	next     []uint32
	crashed  nt.Status
	time     uint64
	keys     map[string]*fakeKey // by lower-case path
	open     map[nt.Handle]string
	files    map[string]string
	flushed  int
	noTables bool
	volume   *fakeVolume // nil: no disk
}

type fakeKey struct {
	name     string
	values   []Value
	volatile bool
}

func newFake() *fake {
	f := &fake{time: fromTime(time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)), keys: map[string]*fakeKey{}, open: map[nt.Handle]string{},
		files: map[string]string{}}
	for _, k := range []string{`\Registry`, `\Registry\Machine`, `\Registry\User`, `\Registry\Machine\SYSTEM`, `\Registry\Machine\HARDWARE`,
		`\Registry\Machine\SYSTEM\Select`, `\Registry\Machine\SYSTEM\ControlSet001`, `\Registry\Machine\SYSTEM\ControlSet001\Session Manager`} {
		f.keys[strings.ToLower(k)] = &fakeKey{name: k[strings.LastIndex(k, `\`)+1:]}
	}
	f.keys[`\registry\machine\system\select`].values = []Value{{"Current", regDword, []byte{1, 0, 0, 0}}, {"Default", regDword, []byte{1, 0, 0, 0}},
		{"", regSz, utf16Bytes("nobody\x00")}}
	return f
}

func (f *fake) List() ([]Process, nt.Status) {
	list := []Process{
		{},
		{Name: "System", Threads: []nt.SystemThreadInformation{{ClientID: nt.ClientID{UniqueProcess: 4, UniqueThread: 8}, Priority: 31, ThreadState: 5, WaitReason: 15, ContextSwitches: 77}}},
		{Name: "smss.exe"},
	}
	list[1].UniqueProcessID, list[1].NumberOfThreads, list[1].KernelTime, list[1].WorkingSetSize = 4, 1, 120_000, 65536
	list[2].UniqueProcessID, list[2].InheritedFromUniqueProcessID, list[2].HandleCount = 100, 4, 9
	return list, f.refuse
}

func (f *fake) Terminate(pid uint64, exit nt.Status) nt.Status {
	if f.refuse == 0 && pid != 100 {
		return nt.StatusInvalidCid
	}
	f.killed = append(f.killed, pid)
	return f.refuse
}

func (f *fake) Start(image, command string, wait bool) (uint64, nt.Status, nt.Status) {
	if f.refuse == 0 && image != "null.exe" {
		return 0, 0, nt.StatusObjectNameNotFound
	}
	f.started = append(f.started, command)
	return 200, nt.StatusAccessViolation, f.refuse
}

func (f *fake) Version() (v Version, s nt.Status) {
	copy(v.Product[:], "GoNT of the test")
	v.MajorVersion, v.MinorVersion, v.BuildNumber, v.Basic.NumberOfProcessors, v.Brand.FrequencyMHz = 6, 1, 7601, 2, 2000
	copy(v.Brand.Brand[:], "Test CPU\x1b[2J")
	return v, f.refuse
}

func (f *fake) Memory() (m Memory, s nt.Status) {
	m.Basic.PageSize, m.Basic.NumberOfPhysicalPages, m.Performance.AvailablePages = 4096, 1000, 500
	m.Lists.PageCountByPriority = [8]uint64{1, 2, 3}
	m.Usage.Uses = 2
	copy(m.Usage.Rows[0].Name[:], "nothing")
	copy(m.Usage.Rows[1].Name[:], "page tables")
	m.Usage.Rows[1].Pages = 7
	m.Files = []PageFile{{Name: `\??\C:\pagefile.sys`}}
	return m, f.refuse
}

func (f *fake) Cache() (c Cache, s nt.Status) {
	c.Size.CurrentSize, c.Size.CurrentSizeIncludingTransitionInPages, c.Kernel.DirtyFilePages = 40<<12, 100, 5
	c.Performance.CcFastReadWait, c.Performance.CcCopyReadWait, c.Performance.CcCopyReadWaitMiss = 30, 10, 8
	return c, f.refuse
}

func (f *fake) Times() (nt.SystemTimeOfDayInformation, nt.Status) {
	return nt.SystemTimeOfDayInformation{BootTime: f.time - 65*10_000_000, CurrentTime: f.time}, f.refuse
}

func (f *fake) SetTime(t uint64) nt.Status {
	f.time = t
	return f.refuse
}

func (f *fake) Shutdown(action uint32) nt.Status {
	f.actions = append(f.actions, action)
	return f.refuse
}

func (f *fake) NextBoot(entry uint32, lkg bool) nt.Status {
	if lkg {
		entry = 1000
	}
	f.next = append(f.next, entry)
	return f.refuse
}

func (f *fake) Crash(code nt.Status) nt.Status {
	f.crashed = code
	return f.refuse
}

var fakeTree = map[string][]Entry{
	`\`: {{"BootImages", "Directory", ""}, {"Device", "Directory", ""}, {"DosDevices", "SymbolicLink", `\??`}, {"Driver", "Directory", ""}, {"Registry", "Key", ""},
		{"Two Words", "Event", ""}, {"Dangling", "SymbolicLink", `\Device\Null`}},
	`\device`:     {{"Null", "Device", ""}, {"Serial0", "Device", ""}, {"Serial1", "Device", ""}},
	`\bootimages`: {{"smss.exe", "Section", ""}, {"null.exe", "Section", ""}},
	`\dosdevices`: {},
	`\global??`:   {{"NUL", "SymbolicLink", `\Device\Null`}},
}

func (f *fake) Directory(path string) ([]Entry, nt.Status) {
	if f.refuse != 0 {
		return nil, f.refuse
	}
	list, ok := fakeTree[strings.ToLower(path)]
	if f.volume != nil && strings.EqualFold(path, `\GLOBAL??`) {
		list = append(slices.Clone(list), Entry{"C:", "SymbolicLink", `\Device\HarddiskVolume1`})
	}
	if ok {
		return list, 0
	}
	if o, s := f.Object(path); s.OK() && o.Type != "Directory" {
		return nil, nt.StatusObjectTypeMismatch
	}
	return nil, nt.StatusObjectNameNotFound
}

func (f *fake) Object(path string) (Object, nt.Status) {
	if f.refuse != 0 {
		return Object{}, f.refuse
	}
	if path == `\` {
		return Object{Type: "Directory"}, 0
	}
	at := strings.LastIndex(path, `\`)
	dir := path[:at]
	if dir == "" {
		dir = `\`
	}
	for _, e := range fakeTree[strings.ToLower(dir)] {
		if strings.EqualFold(e.Name, path[at+1:]) {
			o := Object{Type: e.Type, Target: e.Target, Known: true}
			o.Basic.HandleCount, o.Basic.PointerCount = 3, 4
			return o, 0
		}
	}
	return Object{}, nt.StatusObjectNameNotFound
}

func (f *fake) Handles(pid uint64) ([]Handle, nt.Status) {
	if pid != 100 {
		return nil, f.refuse
	}
	return []Handle{{nt.SystemHandle{HandleValue: 4, GrantedAccess: 0x1F0003, HandleAttributes: uint8(nt.ObjInherit)}, "Event", `\Two Words`}}, f.refuse
}

func (f *fake) Steps() ([]Step, nt.Status) {
	return []Step{{"P0.1", 10, 2500, 0, 0}, {"P1.9", 3000, 17, 1, nt.StatusNoMemory}}, f.refuse
}

func (f *fake) Options() ([]Option, nt.Status) {
	if f.noTables {
		return nil, 0
	}
	return []Option{{Name: "SOS", Note: "messages"}, {"YEAR", "2030", "", "", true}, {Problem: "boot option MAXMEM=4 is not a number from 16"}}, f.refuse
}

func (f *fake) Controls() ([]Control, nt.Status) {
	return []Control{{`Executive\Workers`, "8", "4", "1 to 64", "ex", true}, {`Kernel\Quantum`, "4", "4", "0 to 9", "ke", false}}, f.refuse
}

func (f *fake) Drivers() ([]Driver, nt.Status) {
	if f.noTables {
		return nil, 0
	}
	return []Driver{{nt.DriverEntry{Tag: 2, HasTag: 1, Loaded: 1}, "Null", "Base", "", ""},
		{nt.DriverEntry{Start: 3}, "Later", "", "", ""},
		{nt.DriverEntry{Start: 1, Result: nt.StatusObjectNameNotFound}, "Absent", "Port", "", "no image"}}, f.refuse
}

func (f *fake) Devices() ([]Device, nt.Status) {
	if f.noTables {
		return nil, 0
	}
	return []Device{{Instance: `HTREE\ROOT\0`, Parent: -1},
		{Instance: `ACPI\PNP0501\0`, Description: "COM1", Driver: "serial", Claims: []nt.DeviceClaim{{Kind: nt.ClaimPort, Start: 0x3F8, Length: 8}, {Kind: nt.ClaimInterrupt, Start: 4, Length: 1}}},
		{Instance: `PCI\VEN_1234\0`, Parent: 1, State: "found", Problem: "no driver is known for it", Status: nt.StatusNoMemory, Claims: []nt.DeviceClaim{{Kind: nt.ClaimMemory, Start: 0xFD000000, Length: 0x1000}, {Kind: 99, Start: 1, Length: 2}}},
	}, f.refuse
}

func (f *fake) Interrupts() ([]Interrupt, nt.Status) {
	return []Interrupt{{nt.InterruptEntry{Line: 4, Vector: 0x51, Count: 12, Served: 11, Flags: nt.InterruptLow | nt.InterruptLevel | nt.InterruptPolled}, "serial", "line"},
		{nt.InterruptEntry{Line: nt.NoLine, Count: 9999, Served: 9999, Processor: 1}, "processor", "all"}}, f.refuse
}

func (f *fake) OpenKey(path string, access nt.AccessMask) (nt.Handle, nt.Status) {
	path = strings.ToLower(path)
	if f.refuse != 0 {
		return 0, f.refuse
	}
	if f.keys[path] == nil {
		return 0, nt.StatusObjectNameNotFound
	}
	h := nt.Handle(4)
	for f.open[h] != "" {
		h += 4
	}
	f.open[h] = path
	return h, 0
}

func (f *fake) CreateKey(path string, volatile bool) (nt.Handle, bool, nt.Status) {
	if f.refuse != 0 {
		return 0, false, f.refuse
	}
	created := false
	for at := len(`\Registry`); at <= len(path); at++ {
		if at < len(path) && path[at] != '\\' {
			continue
		}
		p := path[:at]
		if f.keys[strings.ToLower(p)] == nil {
			f.keys[strings.ToLower(p)] = &fakeKey{name: p[strings.LastIndex(p, `\`)+1:], volatile: volatile}
			created = true
		}
	}
	h, s := f.OpenKey(path, 0)
	return h, created, s
}

func (f *fake) CloseKey(h nt.Handle) {
	if f.open[h] == "" {
		panic("a handle that is not open was closed")
	}
	delete(f.open, h)
}

func (f *fake) Subkeys(h nt.Handle) (list []string, s nt.Status) {
	for p, k := range f.keys {
		if at := strings.LastIndex(p, `\`); p[:at] == f.open[h] {
			list = append(list, k.name)
		}
	}
	slices.Sort(list)
	return list, f.refuse
}

func (f *fake) Values(h nt.Handle) ([]Value, nt.Status) {
	return slices.Clone(f.keys[f.open[h]].values), f.refuse
}

func (f *fake) find(h nt.Handle, name string) int {
	return slices.IndexFunc(f.keys[f.open[h]].values, func(v Value) bool { return strings.EqualFold(v.Name, name) })
}

func (f *fake) QueryValue(h nt.Handle, name string) (Value, nt.Status) {
	if i := f.find(h, name); i >= 0 {
		return f.keys[f.open[h]].values[i], f.refuse
	}
	return Value{}, nt.StatusObjectNameNotFound
}

func (f *fake) SetValue(h nt.Handle, v Value) nt.Status {
	k := f.keys[f.open[h]]
	if i := f.find(h, v.Name); i >= 0 {
		k.values[i] = v
	} else {
		k.values = append(k.values, v)
	}
	return f.refuse
}

func (f *fake) DeleteValue(h nt.Handle, name string) nt.Status {
	i := f.find(h, name)
	if i < 0 {
		return nt.StatusObjectNameNotFound
	}
	k := f.keys[f.open[h]]
	k.values = slices.Delete(k.values, i, i+1)
	return 0
}

func (f *fake) DeleteKey(h nt.Handle) nt.Status {
	if list, _ := f.Subkeys(h); len(list) > 0 {
		return nt.StatusAccessDenied // NtDeleteKey's STATUS_CANNOT_DELETE, in kind
	}
	delete(f.keys, f.open[h])
	return 0
}

func (f *fake) FlushKey(nt.Handle) nt.Status {
	f.flushed++
	return f.refuse
}

func (f *fake) SaveKey(h nt.Handle, file string) nt.Status {
	f.files[file] = f.open[h]
	return f.refuse
}

func (f *fake) LoadKey(path, file string) nt.Status {
	if f.files[file] == "" {
		return nt.StatusObjectNameNotFound
	}
	f.keys[strings.ToLower(path)] = &fakeKey{name: path[strings.LastIndex(path, `\`)+1:]}
	return 0
}

func (f *fake) UnloadKey(path string) nt.Status {
	if f.keys[strings.ToLower(path)] == nil {
		return nt.StatusObjectNameNotFound
	}
	delete(f.keys, strings.ToLower(path))
	return 0
}
