package kerneltest

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gont/qemu"
)

// queryKeys are a key and all below it, by `reg query /s`: for each path below the key its
// values, as they are printed. Keys without values are not printed.
func queryKeys(t *testing.T, g *qemu.Guest, path string) map[string]map[string]string {
	t.Helper()
	keys, at := map[string]map[string]string{}, ""
	for _, l := range strings.Split(prompted(t, g, `reg query HKLM\`+path+` /s`), "\n") {
		if below, ok := strings.CutPrefix(l, `\Registry\Machine\`+path); ok {
			at = strings.TrimPrefix(below, `\`)
			keys[at] = map[string]string{}
		} else if f := strings.SplitN(strings.TrimPrefix(l, "    "), "    ", 3); strings.HasPrefix(l, "    ") && len(f) == 3 {
			keys[at][f[0]] = f[2]
		}
	}
	return keys
}

// resources are what a REG_RESOURCE_LIST (CM_RESOURCE_LIST) of one bus has, in order of text.
func resources(t *testing.T, text string) (list []string) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil || len(b) < 20 {
		t.Fatalf("%q is no list of resources", text)
	}
	le := binary.LittleEndian
	for b = b[20:]; len(b) >= 20; b = b[20:] {
		switch b[0] {
		case 1:
			list = append(list, fmt.Sprintf("ports %#x+%#x", le.Uint64(b[4:]), le.Uint32(b[12:])))
		case 2:
			list = append(list, fmt.Sprintf("interrupt %d", le.Uint32(b[8:])))
		case 3:
			list = append(list, fmt.Sprintf("memory %#x+%#x", le.Uint64(b[4:]), le.Uint32(b[12:])))
		default:
			t.Errorf("a resource of type %d", b[0])
		}
	}
	slices.Sort(list)
	return list
}

// pciFunction is what QEMU says of a function of bus 0.
type pciFunction struct {
	Slot, Function int
	Class          struct{ Class int } `json:"class_info"`
	Id             struct{ Vendor, Device int }
	Irq            int
	Regions        []struct {
		Type          string
		Address, Size int64
	}
}

func pciFunctions(t *testing.T, g *qemu.Guest) []pciFunction {
	t.Helper()
	out, err := g.QMP("query-pci", nil)
	if err != nil {
		t.Fatal(err)
	}
	var buses []struct{ Devices []pciFunction }
	if err := json.Unmarshal(out, &buses); err != nil || len(buses) != 1 {
		t.Fatalf("query-pci: %v, %d buses", err, len(buses))
	}
	return buses[0].Devices
}

// expectPci compares what Enum has of PCI with what QEMU says of its functions: all are there and
// no others, with their registers' places. Displays and bridges are not measured while they are
// in use (hal/pci); where the I/O APICs have lines of their own for PCI, QEMU does not know them.
func expectPci(t *testing.T, enum map[string]map[string]string, functions []pciFunction, lines bool) {
	t.Helper()
	left := map[string]bool{}
	for k := range enum {
		if strings.HasPrefix(k, `PCI\`) && strings.Count(k, `\`) == 2 {
			left[k] = true
		}
	}
	for _, f := range functions {
		at := regexp.MustCompile(fmt.Sprintf(`^PCI\\VEN_%04X&DEV_%04X&SUBSYS_[0-9A-F]{8}&REV_[0-9A-F]{2}\\0&%02x$`, f.Id.Vendor, f.Id.Device, f.Slot<<3|f.Function))
		keys := slices.Sorted(maps.Keys(left))
		i := slices.IndexFunc(keys, at.MatchString)
		if i < 0 {
			t.Errorf("no key %v in %q", at, keys)
			continue
		}
		k := keys[i]
		delete(left, k)
		if want := fmt.Sprintf("PCI bus 0, device %d, function %d", f.Slot, f.Function); enum[k]["LocationInformation"] != want {
			t.Errorf("%s is at %q, and at %q", k, enum[k]["LocationInformation"], want)
		}
		if c := f.Class.Class >> 8; c == 3 || c == 6 {
			continue
		}
		var want, got []string
		for _, r := range f.Regions {
			if kind := map[string]string{"io": "ports", "memory": "memory"}[r.Type]; r.Address > 0 {
				want = append(want, fmt.Sprintf("%s %#x+%#x", kind, r.Address, r.Size))
			}
		}
		if f.Irq != 0 && lines {
			want = append(want, fmt.Sprintf("interrupt %d", f.Irq))
		}
		if f.Class.Class == 0x0101 { // PIIX3's channels are at the old ports, which no register says
			want = append(want, "ports 0x1f0+0x8", "ports 0x3f6+0x1", "interrupt 14", "ports 0x170+0x8", "ports 0x376+0x1", "interrupt 15")
		}
		if list := enum[k+`\LogConf`]["BootConfig"]; list != "" {
			got = resources(t, list)
		}
		if !lines {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "interrupt") })
		}
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s has %q, and QEMU says %q", k, got, want)
		}
	}
	for k := range left {
		t.Errorf("%s is no device of the machine", k)
	}
}

// TestHardwareKeys (I2, P1.27, S1): what Enum, DEVICEMAP and RESOURCEMAP say is what the machine
// has: QEMU's functions on PCI, its serial ports, the keyboard, the memory. On a machine without
// a keyboard's controller there is none in them, and the session manager does without the prompt
// that would use it.
func TestHardwareKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		machine  qemu.Machine
		disk     qemu.Disk
		keyboard bool
		args     []string
		serial   map[string]string
	}{
		{qemu.PC, qemu.Virtio, true, []string{"-chardev", "null,id=c2", "-device", "isa-serial,chardev=c2,index=1"},
			map[string]string{`\Device\Serial0`: "COM1", `\Device\Serial1`: "COM2"}},
		{qemu.Q35, qemu.AHCI, false, []string{"-machine", "i8042=off"}, map[string]string{`\Device\Serial0`: "COM1"}},
	} {
		t.Run(string(c.machine), func(t *testing.T) {
			t.Parallel()
			g := qemu.Boot(t, qemu.Config{Image: image(t, "").Name, Machine: c.machine, Disk: c.disk, Args: c.args})
			g.Line(waiting, stopLine)
			prompt := `nt(?: [A-Z]:[^>\n]*)?> `
			if !c.keyboard {
				const without = `smss: nsh\.exe \\Device\\KeyboardClass0 \\Device\\Video0 has no device to work on and is not started again`
				prompt = `(?s)` + without + `.*nt(?: [A-Z]:[^>\n]*)?> |nt(?: [A-Z]:[^>\n]*)?> .*` + without // whoever is first
			}
			g.Expect(prompt)
			enum := queryKeys(t, g, `SYSTEM\CurrentControlSet\Enum`)
			expectPci(t, enum, pciFunctions(t, g), c.machine == qemu.PC)

			fixed := map[string][]string{
				`ACPI\PNP0501\1`: {"interrupt 4", "ports 0x3f8+0x8"},
				`ACPI\PNP0501\2`: {"interrupt 3", "ports 0x2f8+0x8"},
				`ACPI\PNP0303\0`: {"interrupt 1", "ports 0x60+0x1", "ports 0x64+0x1"},
			}
			there := map[string]bool{`ACPI\PNP0501\1`: true, `ACPI\PNP0501\2`: len(c.serial) == 2, `ACPI\PNP0303\0`: c.keyboard}
			resourceMap := map[string]string{}
			for k, want := range fixed {
				if (enum[k] != nil) != there[k] {
					t.Errorf("%s is in Enum: %v, and in the machine: %v", k, enum[k] != nil, there[k])
				} else if there[k] {
					if got := resources(t, enum[k+`\LogConf`]["BootConfig"]); !slices.Equal(got, want) {
						t.Errorf("%s has %q, want %q", k, got, want)
					}
				}
			}
			for k, values := range enum {
				if device, ok := strings.CutSuffix(k, `\Control`); ok && values["ActiveService"] != "" {
					resourceMap[strings.ReplaceAll(device, `\`, "#")] = values["AllocConfig"]
				}
			}

			got := queryKeys(t, g, `HARDWARE\DEVICEMAP`)
			if !maps.Equal(got["SERIALCOMM"], c.serial) {
				t.Errorf("SERIALCOMM has %q, want %q", got["SERIALCOMM"], c.serial)
			}
			for _, name := range []string{"KeyboardPort", "KeyboardClass"} {
				if service := got[name][`\Device\`+name+"0"]; strings.HasSuffix(service, `\Services\i8042prt`) != c.keyboard || len(got[name]) > 1 {
					t.Errorf("%s has %q", name, got[name])
				}
			}
			if len(got["VIDEO"]) != 1 || !strings.HasSuffix(got["VIDEO"][`\Device\Video0`], `\Services\bootvid`) {
				t.Errorf("VIDEO has %q", got["VIDEO"])
			}
			devices := prompted(t, g, `obj \Device`)
			for _, m := range got {
				for name := range m {
					if !regexp.MustCompile(`(?m)^ *` + strings.TrimPrefix(name, `\Device\`) + ` +Device`).MatchString(devices) {
						t.Errorf("%s is in DEVICEMAP, and not in\n%s", name, devices)
					}
				}
			}

			got = queryKeys(t, g, `HARDWARE\RESOURCEMAP`)
			var had []string
			for name, list := range got[`PnP Manager\PnpManager`] {
				device, raw := strings.CutSuffix(name, ".Raw")
				device, translated := strings.CutSuffix(device, ".Translated")
				if resourceMap[device] == "" || list != resourceMap[device] || raw == translated {
					t.Errorf("%s has %s, and the device %s", name, list, resourceMap[device])
				}
				had = append(had, device)
			}
			if len(had) != 2*len(resourceMap) || len(had) == 0 {
				t.Errorf("RESOURCEMAP has %q, and started are %q", had, resourceMap)
			}
			var bytes uint64
			for _, r := range resources(t, got[`System Resources\Physical Memory`][".Raw"]) {
				var from, n uint64
				if _, err := fmt.Sscanf(r, "memory 0x%x+0x%x", &from, &n); err != nil || from+n > 256<<20 {
					t.Errorf("memory: %q, %v", r, err)
				}
				bytes += n
			}
			if bytes > 256<<20 || bytes < 254<<20 {
				t.Errorf("RESOURCEMAP has %d bytes of memory, the machine 256 MB", bytes)
			}
			if !slices.Contains(resources(t, halResources(got)), "ports 0x20+0x2") {
				t.Errorf("the HAL has no interrupt controller in %q", got)
			}
		})
	}
}

// halResources is the list of whatever HAL it is.
func halResources(m map[string]map[string]string) string {
	for k, values := range m {
		if strings.HasPrefix(k, `Hardware Abstraction Layer\`) {
			return values[".Raw"]
		}
	}
	return ""
}
