package hal

import "testing"

// TestHypervisor (P0.1, P0.13): names of hypervisors, and of what a processor could run.
func TestHypervisor(t *testing.T) {
	for vendor, want := range map[string]string{"": "", "KVMKVMKVM": "KVM", "TCGTCGTCGTCG": "TCG", "Microsoft Hv": "Hyper-V", "something new": "something new"} {
		if n := (&Hypervisor{Vendor: vendor}).Name(); n != want {
			t.Errorf("%q: %q", vendor, n)
		}
	}
	for want, h := range map[string]Hypervisor{"": {}, `KVM ("KVMKVMKVM", leaves to 0x40000001)`: {"KVMKVMKVM", 0x40000001, ""},
		`Hyper-V ("Microsoft Hv", leaves to 0x4000000b, interface "Hv#1")`: {"Microsoft Hv", 0x4000000B, "Hv#1"}} {
		if s := h.String(); s != want {
			t.Errorf("%+v: %q", h, s)
		}
	}
	for _, c := range []struct {
		ecx1, ecx8 uint32
		want       string
	}{{0, 0, ""}, {1 << 5, 0, "VMX"}, {0, 1 << 2, "SVM"}, {^uint32(1 << 5), 0, ""}, {0, ^uint32(1 << 2), ""}} {
		if s := VirtualizationSupport(c.ecx1, c.ecx8); s != c.want {
			t.Errorf("%x %x: %q", c.ecx1, c.ecx8, s)
		}
	}
}
