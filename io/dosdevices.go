package io

import (
	"fmt"
	"strings"

	"gont/cm"
	"gont/nt"
	"gont/ob"
)

// CreateDosDevices makes the links of Session Manager\DOS Devices (SPEC P1.34), which are
// the session manager's to make once it reads the registry. A value that names no device is
// a problem, and no link; a link that is there already stays.
func CreateDosDevices() (problems []string, s nt.Status) {
	k, s := cm.OpenKey(ControlKey + `\Session Manager\DOS Devices`)
	if !s.OK() {
		return nil, nt.StatusSuccess
	}
	defer k.Close()
	for _, name := range k.Values() {
		target, ok := k.Text(name)
		if !ok || name == "" || strings.ContainsAny(name, `\`) {
			problems = append(problems, fmt.Sprintf("DOS Devices has no name of a device: %q", name))
			continue
		}
		if s := ob.CreateSymbolicLink(`\??\`+name, target); !s.OK() && s != nt.StatusObjectNameCollision {
			return problems, s
		}
	}
	return problems, nt.StatusSuccess
}

// SafeDrivers are the names below Control\SafeBoot that safe mode starts: Minimal for mode 1, Network
// for modes 2 and 3. nil without safe mode, which is 0; empty, not nil, where there is no such key.
func SafeDrivers(mode uint32) []string {
	if mode == 0 {
		return nil
	}
	list := []string{}
	if k, s := cm.OpenKey(ControlKey + `\SafeBoot\` + []string{"Minimal", "Network", "Network"}[mode-1]); s.OK() {
		list = append(list, k.Subkeys()...)
		k.Close()
	}
	return list
}
