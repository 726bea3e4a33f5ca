package tuning

import (
	"gont/cm"
	"gont/ex"
	"gont/nt"
)

// The policies of the product (Control\ProductOptions\ProductPolicy, SPEC P1.32). A value
// that is damaged counts as none.

// ReadPolicies reads the policies again, now that there is \Registry, and keeps them. The
// error says what is wrong with the value.
func ReadPolicies() error {
	k, s := cm.OpenKey(ControlKey + `\ProductOptions`)
	if !s.OK() {
		return nil
	}
	defer k.Close()
	v, s := k.Value("ProductPolicy")
	if s != nt.StatusSuccess {
		return nil
	}
	list, err := ex.ParsePolicies(v.Data)
	ex.SetPolicies(list)
	return err
}

// LicensedProcessors is how many processors the product may use, at most so many. It is
// asked for before there is \Registry.
func LicensedProcessors(most uint64) uint64 {
	v, ok := cm.BootValue(`Control\ProductOptions`, "ProductPolicy")
	if !ok {
		return most
	}
	list, err := ex.ParsePolicies(v.Data)
	if err != nil {
		return most // P1.32 says so
	}
	ex.SetPolicies(list)
	return max(1, min(most, uint64(ex.PolicyNumber("Kernel-RegisteredProcessors", uint32(most)))))
}

// ControlKey is the current control set's key Control.
const ControlKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control`
