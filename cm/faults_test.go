package cm

import (
	"testing"

	"gont/cm/regf"
)

// TestDescribeFaults: the first three faults, and no notes.
func TestDescribeFaults(t *testing.T) {
	fault := func(reason string, note bool) regf.Fault {
		return regf.Fault{Cell: regf.NoCell, Reason: reason, Note: note}
	}
	if s := DescribeFaults([]regf.Fault{fault("a", false), fault("note", true), fault("b", false), fault("c", false), fault("d", false)}); s != "a; b; c" {
		t.Errorf("%q", s)
	}
	if s := DescribeFaults(nil); s != "" {
		t.Errorf("%q", s)
	}
}
