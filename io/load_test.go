package io

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gont/cm"
	"gont/cm/regf"
	"gont/io/order"
	"gont/nt"
	"gont/ob"
	"gont/pe"
)

// driverImage is an image in memory that imports a name.
func driverImage(module, name string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 3*pe.PageSize)
	copy(b, "MZ")
	le.PutUint32(b[60:], 64)
	copy(b[64:], "PE\x00\x00")
	le.PutUint16(b[68:], pe.MachineAMD64)
	le.PutUint16(b[84:], 240) // size of the optional header
	o := b[88:]
	le.PutUint16(o, pe.Magic64)
	le.PutUint32(o[108:], 16)
	le.PutUint32(o[112+8:], 0x1000)
	t := b[0x1000:]
	le.PutUint32(t, 0x1040)
	le.PutUint32(t[12:], 0x1100)
	le.PutUint32(t[16:], 0x1080)
	le.PutUint64(t[0x40:], 0x1200)
	le.PutUint64(t[0x80:], 0x1200)
	copy(t[0x100:], module)
	copy(t[0x202:], name)
	return b
}

// registry makes a SYSTEM hive with keys of services.
func (w *world) registry(services map[string]map[string]any, groups []string) {
	w.t.Helper()
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		w.t.Fatal(err)
	}
	c, _ := h.Create(h.Root(), regf.Encode("Select"), regf.KeyOptions{}, 1)
	h.SetValue(c, regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1)
	set, _ := h.Create(h.Root(), regf.Encode("ControlSet001"), regf.KeyOptions{}, 1)
	h.Create(set, regf.Encode("Services"), regf.KeyOptions{}, 1)
	h.Create(set, regf.Encode("Control"), regf.KeyOptions{}, 1)
	var b hiveFile
	if _, err := h.WriteTo(&b); err != nil {
		w.t.Fatal(err)
	}
	if _, err := cm.OpenBootHive(b, 0); err != nil {
		w.t.Fatal(err)
	}
	if err := cm.InitSystem1(false); err != nil {
		w.t.Fatal(err)
	}
	w.key(ControlKey+`\ServiceGroupOrder`, map[string]any{"List": groups})
	w.key(ControlKey+`\GroupOrderList`, map[string]any{"Base": []byte{2, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0}})
	for name, values := range services {
		if _, ok := values["Type"]; !ok {
			w.key(Services+`\`+name, map[string]any{"Type": 1})
		}
		w.key(Services+`\`+name, values)
	}
}

// key makes a key with values.
func (w *world) key(path string, values map[string]any) {
	w.t.Helper()
	k, s := cm.CreateKey(path, true)
	if !s.OK() {
		w.t.Fatal(path, s)
	}
	for name, v := range values {
		switch v := v.(type) {
		case int:
			k.SetUint32(name, uint32(v))
		case string:
			k.SetText(name, v)
		case []string:
			k.SetMultiText(name, v)
		case []byte:
			k.SetValue(name, regf.Binary, v)
		}
	}
	k.Close()
}

type hiveFile []byte

func (b *hiveFile) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

// TestBootDrivers (I3, I5, I6, P1.34): each way in which a boot driver can fail has its
// status and its action; what depends on it waits; the others start.
func TestBootDrivers(t *testing.T) {
	simulate(t, func(w *world) {
		w.registry(map[string]map[string]any{
			"Good": {"Group": "Base", "ErrorControl": 3}, "Second": {"DependOnGroup": []string{"BASE"}, "ErrorControl": 3},
			"NoFile": {"ErrorControl": 0, "Group": "Lost"}, "Damaged": {"ErrorControl": 1}, "Unknown": {"ErrorControl": 2}, "Other": {"ErrorControl": 3},
			"Fails": {"ErrorControl": 1}, "Waits": {"DependOnGroup": []string{"Lost"}, "ErrorControl": 3}, "Needs": {"DependOnService": []string{"Fails"}},
			"Program": {"Type": 0x10}, "Bare": {"ErrorControl": 1}, "Path": {"ImagePath": 5},
		}, nil)
		Reset()
		left := 0
		Entries = map[string]Entry{
			"good.DriverEntry": func(d *Driver, path string) nt.Status {
				if path != Services+`\`+d.Name {
					t.Errorf("the path of %s is %s", d.Name, path)
				}
				return nt.StatusSuccess
			},
			"fails.DriverEntry": func(d *Driver, _ string) nt.Status {
				left++
				if _, s := CreateDevice(d, `\Device\Left`, nt.FileDeviceUnknown, 0, 0); !s.OK() {
					return s
				}
				return nt.StatusDeviceConfigurationError
			},
		}
		var log []string
		BootLog = func(file string, loaded bool) { log = append(log, fmt.Sprint(file, " ", loaded)) }
		defer func() { BootLog = nil }()
		good := driverImage("NTOSKRNL.EXE", "good.DriverEntry")
		list := []BootDriver{
			{RegistryPath: Services + `\Good`, File: `\good.sys`, Image: good},
			{RegistryPath: Services + `\Second`, Image: good},
			{RegistryPath: Services + `\NoFile`, Status: nt.StatusObjectNameNotFound, Reason: "it is not there"},
			{RegistryPath: Services + `\Damaged`, Image: make([]byte, 4096)},
			{RegistryPath: Services + `\Unknown`, Image: driverImage("ntoskrnl.exe", "what.DriverEntry")},
			{RegistryPath: Services + `\Other`, Image: driverImage("hal.dll", "good.DriverEntry")},
			{RegistryPath: Services + `\Fails`, Image: driverImage("ntoskrnl.exe", "fails.DriverEntry")},
			{RegistryPath: Services + `\Waits`, Image: good},
			{RegistryPath: Services + `\Needs`, Image: good},
			{RegistryPath: Services + `\Program`, Image: good},
			{RegistryPath: Services + `\Path`, Image: good},
			{RegistryPath: Services + `\Nobody`, Image: good},
			{RegistryPath: Services + `\Good`, Image: good},
		}
		for _, known := range []bool{false, true} {
			var got []string
			progress := 0
			b := Boot{LastKnownGood: known, Failed: func(f Failure) { got = append(got, fmt.Sprintf("%s %v %d", f.Name, f.Status, f.Action)) },
				Progress: func(n, all int) { progress += n; w.expect("all", all, len(list)) }}
			b.StartBootDrivers(list)
			restart, stop := order.Restart, order.Restart
			if known {
				restart, stop = order.GoOn, order.Stop
			}
			want := []string{
				"NoFile STATUS_OBJECT_NAME_NOT_FOUND 0",
				"Damaged STATUS_DRIVER_UNABLE_TO_LOAD 1",
				fmt.Sprintf("Unknown STATUS_DRIVER_ENTRYPOINT_NOT_FOUND %d", restart),
				fmt.Sprintf("Other STATUS_DLL_NOT_FOUND %d", stop),
				"Fails STATUS_DEVICE_CONFIGURATION_ERROR 1",
				"Waits STATUS_DRIVER_BLOCKED 0",
				"Needs STATUS_DRIVER_BLOCKED 0",
				"Program STATUS_ILL_FORMED_SERVICE_ENTRY 1",
				"Path STATUS_ILL_FORMED_SERVICE_ENTRY 1",
				"Nobody STATUS_OBJECT_NAME_NOT_FOUND 1",
				fmt.Sprintf("Good STATUS_IMAGE_ALREADY_LOADED %d", stop),
			}
			if !slices.Equal(got, want) {
				t.Errorf("LastKnownGood %v:\ngot  %s\nwant %s", known, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
			w.expect("progress", progress, len(list)*(len(list)+1)/2)
			if known {
				break
			}
			for _, name := range []string{"Good", "Second"} {
				o, s := ob.Lookup(nil, `\Driver\`+name, true, DriverType)
				if !s.OK() {
					t.Fatalf("%s: %v", name, s)
				}
				o.MakeTemporary()
				o.Dereference()
			}
			if _, s := ob.Lookup(nil, `\Device\Left`, true, nil); s != nt.StatusObjectNameNotFound {
				t.Errorf("a driver that has failed has left a device: %v", s)
			}
		}
		w.expect("what was tried first", log[0], `\good.sys true`)
		w.expect("what failed", log[2], ` false`)
		for _, r := range Records() {
			if r.Name == "Waits" && r.Reason != "no driver of the group Lost has been started" {
				t.Errorf("Waits: %s", r.Reason)
			}
		}
	})
}

// TestSystemDrivers (I3, I4, I7): the drivers with Start 1 start in their order, each from
// its file, and in safe mode those that are listed.
func TestSystemDrivers(t *testing.T) {
	services := map[string]map[string]any{
		"A": {"Start": 1, "Group": "Late"}, "B": {"Start": 1, "Group": "Base", "Tag": 3}, "C": {"Start": 1, "Group": "Base", "Tag": 7},
		"D": {"Start": 1, "Group": "Base"}, "E": {"Start": 1}, "F": {"Start": 0, "Group": "Base"}, "G": {"Start": 1, "Group": "Unlisted"},
		"H": {"Start": 1, "Group": "Base", "Tag": 99, "Type": 2}, "I": {"Start": 1, "ImagePath": `D:\x.sys`}, "J": {"Start": 4},
	}
	file := driverImage("ntoskrnl.exe", "x.DriverEntry")
	for _, c := range []struct {
		safe []string
		want string
	}{{nil, "C B H D A G E"}, {[]string{"Base", "e"}, "C B H D E"}, {[]string{}, ""}} {
		simulate(t, func(w *world) {
			w.registry(services, []string{"Base", "Late"})
			Reset()
			var started []string
			Entries = map[string]Entry{"x.DriverEntry": func(d *Driver, _ string) nt.Status {
				started = append(started, d.Name)
				return nt.StatusSuccess
			}}
			ReadImage = func(path string) (Image, nt.Status) {
				if !strings.HasPrefix(path, `\Windows\System32\drivers\`) {
					t.Errorf("the file %s", path)
				}
				return Image{Bytes: file, InMemory: true}, nt.StatusSuccess
			}
			b := Boot{Safe: c.safe, Failed: func(f Failure) {
				if f.Name == "I" && c.safe == nil && f.Status != nt.StatusObjectPathInvalid {
					t.Errorf("%s: %v", f.Name, f.Status)
				}
			}}
			b.StartSystemDrivers()
			w.expect("the order", strings.Join(started, " "), c.want)
			if c.want != "" {
				if _, s := ob.Lookup(nil, `\FileSystem\H`, true, DriverType); !s.OK() {
					t.Errorf("a driver of a file system: %v", s)
				}
			}
			ReadImage = nil
			w.expect("without files", LoadDriver(Services+`\J`), nt.StatusNoSuchDevice)
		})
	}
}

// TestImageDamage: no image makes the loading of drivers panic.
func TestImageDamage(t *testing.T) {
	Entries = map[string]Entry{"x.DriverEntry": nil}
	good := driverImage("ntoskrnl.exe", "x.DriverEntry")
	for n := range len(good) {
		if n > 0x400 && n < 0x1000 || n > 0x1300 {
			continue
		}
		for _, v := range []byte{0, 1, 0x7F, 0xFF} {
			b := slices.Clone(good)
			b[n] = v
			if _, _, s := entryOf(b); s.OK() {
				t.Fatalf("byte %#x = %#x: an entry that is nil", n, v)
			}
		}
		entryOf(good[:n])
	}
}
