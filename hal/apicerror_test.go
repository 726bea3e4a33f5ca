package hal

import "testing"

func TestApicErrorText(t *testing.T) {
	for esr, want := range map[uint32]string{0: "none is shown", 0x20: "send illegal vector", 0x81: "send checksum, illegal register"} {
		if got := apicErrorText(esr); got != want {
			t.Errorf("%#x: %q", esr, got)
		}
	}
}
