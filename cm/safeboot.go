package cm

import (
	"strings"

	"gont/nt"
)

// What boot options leave in the registry, for those who come later.

const controlKey = systemKey + `\CurrentControlSet\Control`

// SafeBoot is a safe mode as the registry tells of it (SPEC P1.35): OptionValue.
type SafeBoot uint32

// The modes of SAFEBOOT:.
const (
	SafeMinimal  SafeBoot = 1
	SafeNetwork  SafeBoot = 2
	SafeDSRepair SafeBoot = 3
)

// SetSafeBoot makes the volatile key Control\SafeBoot\Option with the mode (P1.35).
// alternate: the option had (ALTERNATESHELL); UseAlternateShell is set only if
// Control\SafeBoot has a text AlternateShell, which is said by the result.
func SetSafeBoot(mode SafeBoot, alternate bool) (useAlternate bool, s nt.Status) {
	if mode < SafeMinimal || mode > SafeDSRepair {
		return false, nt.StatusInvalidParameter
	}
	safe, s := CreateKey(controlKey+`\SafeBoot`, false)
	if !s.OK() {
		return false, s
	}
	defer safe.Close()
	option, s := freshKey(safe, "Option")
	if !s.OK() {
		return false, s
	}
	defer option.Close()
	if s := option.SetUint32("OptionValue", uint32(mode)); !s.OK() || !alternate {
		return false, s
	}
	if shell, ok := safe.Text("AlternateShell"); !ok || strings.TrimSpace(shell) == "" {
		return false, nt.StatusSuccess
	}
	return true, option.SetUint32("UseAlternateShell", 1)
}

// SetMiniNT makes the volatile key Control\MiniNT (SPEC P1.33): InRam says that it was
// started with INRAM, too.
func SetMiniNT(inRAM bool) nt.Status {
	control, s := OpenKey(controlKey)
	if !s.OK() {
		return s
	}
	defer control.Close()
	key, s := freshKey(control, "MiniNT")
	if !s.OK() {
		return s
	}
	defer key.Close()
	typ := uint32(1)
	if inRAM {
		typ |= 0x80000000
	}
	return key.SetUint32("Type", typ)
}

// freshKey makes a volatile key in the place of any key of that name, which may have come
// with the hive's file.
func freshKey(parent *Key, name string) (*Key, nt.Status) {
	if s := parent.removeOld(name); !s.OK() {
		return nil, s
	}
	return parent.Create(name, true)
}
