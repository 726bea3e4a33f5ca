package hal

import "fmt"

// Hypervisor is what CPUID says of what lies below (leaves 40000000h and 40000001h; Microsoft,
// "Hypervisor Top Level Functional Specification", 2.4; Linux and KVM use the same leaves).
type Hypervisor struct {
	Vendor    string // "" on a bare machine
	Highest   uint32 // the highest leaf
	Interface string // "Hv#1" for one with Microsoft's interface
}

// hypervisors are vendors by name.
var hypervisors = map[string]string{
	"KVMKVMKVM": "KVM", "TCGTCGTCGTCG": "TCG", "Microsoft Hv": "Hyper-V", "VMwareVMware": "VMware", "XenVMMXenVMM": "Xen",
	"VBoxVBoxVBox": "VirtualBox", "bhyve bhyve ": "bhyve", "ACRNACRNACRN": "ACRN", "QNXQVMBSQG": "QNX", " lrpepyh  vr": "Parallels",
}

// Name is the hypervisor's name, or its vendor's text if that is not known.
func (h *Hypervisor) Name() string {
	if n := hypervisors[h.Vendor]; n != "" {
		return n
	}
	return h.Vendor
}

// VirtualizationSupport says of a processor whether it can run a hypervisor: "VMX" (SDM
// vol. 3, 24.6), "SVM" (AMD APM vol. 2, 15.4), or "".
func VirtualizationSupport(leaf1ecx, leaf80000001ecx uint32) string {
	switch {
	case leaf1ecx&(1<<5) != 0:
		return "VMX"
	case leaf80000001ecx&(1<<2) != 0:
		return "SVM"
	}
	return ""
}

// String says which hypervisor it is; "" for a bare machine.
func (h *Hypervisor) String() string {
	switch {
	case h.Vendor == "":
		return ""
	case h.Interface != "":
		return fmt.Sprintf("%s (%q, leaves to %#x, interface %q)", h.Name(), h.Vendor, h.Highest, h.Interface)
	}
	return fmt.Sprintf("%s (%q, leaves to %#x)", h.Name(), h.Vendor, h.Highest)
}
