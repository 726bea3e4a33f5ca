package hal

import "testing"

// TestHaltKind: which processors have C1E to be switched off.
func TestHaltKind(t *testing.T) {
	for _, c := range []struct {
		vendor        string
		family, model uint32
		hypervisor    string
		want          uint32
	}{
		{"AuthenticAMD", 0x0F, 0x41, "", haltNoC1e}, {"AuthenticAMD", 0x0F, 0x3F, "", haltPlain}, {"AuthenticAMD", 0x10, 2, "", haltNoC1e},
		{"AuthenticAMD", 0x10, 2, "TCGTCGTCGTCG", haltPlain}, {"AuthenticAMD", 0x15, 2, "", haltPlain}, {"AuthenticAMD", 0x17, 1, "", haltPlain},
		{"GenuineIntel", 0x0F, 0x44, "", haltPlain}, {"GenuineIntel", 6, 0x3A, "", haltPlain},
	} {
		if got := haltKind(c.vendor, c.hypervisor, c.family, c.model); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
