package em

import (
	"strconv"

	"gont/cm"
)

// Rules reads the key that has them; none where there is no such key. Numbers become text.
func Rules(path string) (rules []Rule) {
	root, s := cm.OpenKey(path)
	if !s.OK() {
		return nil
	}
	defer root.Close()
	for _, name := range root.Subkeys() {
		k, s := root.Open(name)
		if !s.OK() {
			continue
		}
		r := Rule{Name: name, Values: map[string]string{}}
		for _, v := range k.Values() {
			if n, ok := k.Uint32(v); ok {
				r.Values[v] = strconv.FormatUint(uint64(n), 10)
			} else {
				r.Values[v], _ = k.Text(v)
			}
		}
		rules = append(rules, r)
		k.Close()
	}
	return rules
}

// AddBios adds what the BIOS says of itself, if HARDWARE has it (SPEC B7).
func (m Machine) AddBios() {
	k, s := cm.OpenKey(`\Registry\Machine\HARDWARE\DESCRIPTION\System\BIOS`)
	if !s.OK() {
		return
	}
	defer k.Close()
	for name, value := range map[string]string{"BiosVendor": "BIOSVendor", "BiosVersion": "BIOSVersion", "BiosDate": "BIOSReleaseDate",
		"SystemManufacturer": "SystemManufacturer", "SystemProduct": "SystemProductName"} {
		m[name], _ = k.Text(value)
	}
}
