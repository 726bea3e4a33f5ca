package cm

import (
	"fmt"
	"testing"

	"gont/arc"
	"gont/cm/regf"
	"gont/nt"
)

// TestHardware: the loader's tree and the machine, as NT lays them out; twice the same.
func TestHardware(t *testing.T) {
	start(t)
	component := func(typ arc.ConfigurationType, key uint32, id string, data []byte, children ...*arc.Component) *arc.Component {
		return &arc.Component{ConfigurationComponent: arc.ConfigurationComponent{Type: typ, Key: key, Flags: arc.Input, Version: 2}, Identifier: id, Data: data, Children: children}
	}
	tree := component(arc.ArcSystem, 0, "AT/AT COMPATIBLE", nil,
		component(arc.MultiFunctionAdapter, 0, "PCI", nil),
		component(arc.MultiFunctionAdapter, 1, "ISA", nil,
			component(arc.KeyboardController, 0, "", []byte{1, 0, 1, 0, 0, 0, 0, 0}, component(arc.KeyboardPeripheral, 0, "PCAT_ENHANCED", nil))),
		component(arc.ArcSystem, 3, "no such thing", nil), component(arc.MaximumType+7, 3, "nor this", nil))
	machine := Machine{SystemBiosDate: "04/01/14", Firmware: Firmware{Vendor: "V", Version: "1.0"},
		Processors: []Processor{{Identifier: "AMD64 Family 15", VendorIdentifier: "AuthenticAMD", Name: "Brand", MHz: 1234}, {Identifier: "B"}}}
	for range 2 {
		expect(t, "tree", SetComponents(tree), nt.StatusSuccess)
		expect(t, "machine", SetMachine(machine), nt.StatusSuccess)
	}
	for path, want := range map[string]string{
		``: "[DESCRIPTION DEVICEMAP RESOURCEMAP]", `\DESCRIPTION\System`: "[BIOS CentralProcessor FloatingPointProcessor MultifunctionAdapter]",
		`\DESCRIPTION\System\CentralProcessor`: "[0 1]", `\DESCRIPTION\System\MultifunctionAdapter`: "[0 1]",
		`\DESCRIPTION\System\MultifunctionAdapter\1\KeyboardController\0`: "[KeyboardPeripheral]",
	} {
		k := must(t, hardwareKey+path)
		expect(t, path, fmt.Sprint(k.Subkeys()), want)
		k.Close()
	}
	k := must(t, hardwareKey+`\DESCRIPTION\System`)
	id, _ := k.Text("Identifier")
	date, _ := k.Text("SystemBiosDate")
	expect(t, "system", id+" "+date, "AT/AT COMPATIBLE 04/01/14")
	cpu, _ := k.Open(`CentralProcessor\0`)
	mhz, _ := cpu.Uint32("~MHz")
	expect(t, "~MHz", mhz, 1234)
	expect(t, "values", fmt.Sprint(cpu.Values()), "[Component Information Configuration Data Identifier VendorIdentifier ProcessorNameString ~MHz]")
	cpu.Close()
	kb, _ := k.Open(`MultifunctionAdapter\1\KeyboardController\0`)
	v, s := kb.Value("Configuration Data")
	expect(t, "configuration data", fmt.Sprint(v, s), fmt.Sprint(Value{regf.FullResource, []byte{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0}}, nt.StatusSuccess))
	v, _ = kb.Value("Component Information")
	expect(t, "component information", fmt.Sprint(v.Data), "[32 0 0 0 2 0 0 0 0 0 0 0 0 0 0 0]")
	kb.Close()
	k.Close()
	deep := component(arc.MultiFunctionAdapter, 0, "", nil)
	for range 30 {
		deep = component(arc.MultiFunctionAdapter, 1, "", nil, deep)
	}
	expect(t, "too deep", SetComponents(component(arc.ArcSystem, 0, "", nil, deep)), nt.StatusInvalidParameter)
	nothingOpen(t)
}

// TestFirmware: SMBIOS structures, whole and cut off anywhere.
func TestFirmware(t *testing.T) {
	table := []byte{5, 4, 0, 0, 0, 0}
	table = append(table, append([]byte{0, 9, 1, 0, 1, 2, 0, 0, 3}, "SeaBIOS\x00rel-1.16\x0004/01/2014\x00\x00"...)...)
	table = append(table, append([]byte{1, 8, 2, 0, 1, 9, 2, 0}, "QEMU\x00\x01pc\xFF\x00\x00"...)...)
	table = append(table, 127, 4, 0, 0, 0, 0)
	want := Firmware{"SeaBIOS", "rel-1.16", "04/01/2014", "QEMU", "", "pc"}
	expect(t, "all", ReadFirmware(table), want)
	for n := range table {
		ReadFirmware(table[:n])
		b := append([]byte(nil), table...)
		for _, v := range []byte{0, 1, 3, 0x7F, 0xFF} {
			b[n] = v
			ReadFirmware(b)
		}
	}
	for b, want := range map[string]string{"04/01/14": "04/01/14", "04/01/1x": "", "04-01-14": "", "04/01": "", "\xff\xff\xff\xff\xff\xff\xff\xff": ""} {
		expect(t, b, BiosDate([]byte(b)), want)
	}
}

// TestSafeBoot: P1.33 and P1.35.
func TestSafeBoot(t *testing.T) {
	start(t)
	old, _ := CreateKey(controlKey+`\SafeBoot\Option`, false)
	old.SetUint32("OptionValue", 9)
	old.Close()
	for mode := SafeMinimal; mode <= SafeDSRepair; mode++ {
		use, s := SetSafeBoot(mode, true)
		expect(t, "SetSafeBoot", s, nt.StatusSuccess)
		expect(t, "no AlternateShell", use, false)
		k := must(t, controlKey+`\SafeBoot\Option`)
		v, _ := k.Uint32("OptionValue")
		expect(t, "OptionValue", v, uint32(mode))
		_, ok := k.Uint32("UseAlternateShell")
		expect(t, "UseAlternateShell", ok, false)
		i, _ := k.Query(nil, nil)
		expect(t, "volatile", i.Volatile, true)
		k.Close()
	}
	safe := must(t, controlKey+`\SafeBoot`)
	safe.SetText("AlternateShell", "cmd.exe")
	safe.Close()
	use, s := SetSafeBoot(SafeMinimal, true)
	expect(t, "SetSafeBoot", s, nt.StatusSuccess)
	expect(t, "AlternateShell", use, true)
	use, _ = SetSafeBoot(SafeMinimal, false)
	expect(t, "not asked for", use, false)
	_, s = SetSafeBoot(4, false)
	expect(t, "mode 4", s, nt.StatusInvalidParameter)
	for _, c := range []struct {
		ram  bool
		want uint32
	}{{false, 1}, {true, 0x80000001}} {
		expect(t, "SetMiniNT", SetMiniNT(c.ram), nt.StatusSuccess)
		k := must(t, controlKey+`\MiniNT`)
		v, _ := k.Uint32("Type")
		expect(t, "Type", v, c.want)
		k.Close()
	}
	nothingOpen(t)
}

// TestAccept: S7, by NtInitializeRegistry.
func TestAccept(t *testing.T) {
	start(t)
	k := must(t, `\Registry\Machine\SYSTEM\CurrentControlSet\Control`)
	k.SetText("Name", "changed since the start")
	k.Close()
	expect(t, "the session manager", InitializeRegistry(0), nt.StatusSuccess)
	expect(t, "again", InitializeRegistry(0), nt.StatusAccessDenied)
	for n, want := range map[uint32]nt.Status{2: nt.StatusInvalidParameter, 3: nt.StatusInvalidParameter, 4: nt.StatusInvalidParameter, 1002: nt.StatusInvalidParameter} {
		expect(t, fmt.Sprint("accept ", n), InitializeRegistry(n), want)
	}
	expect(t, "accept", InitializeRegistry(5), nt.StatusSuccess)
	expect(t, "again", InitializeRegistry(6), nt.StatusAccessDenied)
	k = must(t, `\Registry\Machine\SYSTEM\ControlSet003\Control`)
	name, _ := k.Text("Name")
	expect(t, "as it was at the start", name, "ControlSet001")
	i, _ := k.Query(nil, nil)
	expect(t, "volatile", i.Volatile, false)
	k.Close()
	k = must(t, `\Registry\Machine\SYSTEM\Select`)
	n, _ := k.Uint32("LastKnownGood")
	expect(t, "LastKnownGood", n, 3)
	k.Close()
	nothingOpen(t)
}
