package hal

import (
	"testing"

	"gont/hal/acpi"
)

// TestVectors (P1.29, I1): vectors are spread over the processors, messages in a row are
// aligned, and what is freed can be had again.
func TestVectors(t *testing.T) {
	var v vectorTable
	seen := map[Vector]bool{}
	per := lastDeviceVector - firstDeviceVector + 1
	for i := range 4 * per {
		x, ok := v.allocate(1, 0x0F)
		if !ok || seen[x] || x.Processor > 3 || x.Number < firstDeviceVector || x.Number > lastDeviceVector {
			t.Fatalf("%d: %v %v, seen %v", i, x, ok, seen[x])
		}
		seen[x] = true
	}
	for p, n := range v.load[:4] {
		if n != per {
			t.Errorf("processor %d has %d vectors", p, n)
		}
	}
	if x, ok := v.allocate(1, 0x0F); ok {
		t.Errorf("%v of a full table", x)
	}
	for x := range seen {
		v.free(x, 1)
	}
	if v != (vectorTable{}) {
		t.Error("something is left")
	}
	for _, n := range []int{1, 3, 4, 8, 32, 16} {
		x, ok := v.allocate(n, 1<<5)
		if !ok || x.Processor != 5 {
			t.Fatalf("%d messages: %v %v", n, x, ok)
		}
		step := 1
		for step < n {
			step *= 2
		}
		if int(x.Number)%step != 0 {
			t.Errorf("%d messages begin at %#x", n, x.Number)
		}
	}
	for _, n := range []int{0, -1, 33, 1000} {
		if _, ok := v.allocate(n, 1); ok {
			t.Errorf("%d messages", n)
		}
	}
	if _, ok := v.allocate(1, 0); ok {
		t.Error("a vector of no processor")
	}
	defer func() {
		if recover() == nil {
			t.Error("a vector was freed twice")
		}
	}()
	x, _ := v.allocate(1, 2)
	v.free(x, 1)
	v.free(x, 1)
}

// TestRoutes: what buses and the MADT say of a line.
func TestRoutes(t *testing.T) {
	m := &acpi.Madt{Overrides: []acpi.Override{{Source: 0, Gsi: 2}, {Source: 9, Gsi: 9, Flags: 0xF}, {Source: 10, Gsi: 10, Flags: 0xD}, {Source: 11, Gsi: 23, Flags: 0}, {Source: 5, Gsi: 5, Flags: 5}}}
	for _, c := range []struct {
		got, want Line
		redir     uint32
	}{
		{routeIsa(nil, 4), Line{Number: 4, Pic: true}, 0x10061},
		{routeIsa(m, 4), Line{Number: 4}, 0x10061},
		{routeIsa(m, 0), Line{Number: 2}, 0x10061},
		{routeIsa(m, 9), Line{Number: 9, Low: true, Level: true}, 0x1A061},
		{routePci(nil, 11), Line{Number: 11, Pic: true, Level: true}, 0x18061},
		{routePci(m, 10), Line{Number: 10, Level: true}, 0x18061},            // what QEMU's PIIX3 makes of it
		{routePci(m, 11), Line{Number: 23, Level: true, Low: true}, 0x1A061}, // flags: as the bus
		{routePci(m, 5), Line{Number: 5}, 0x10061},                           // edge, high: said outright
		{routePci(m, 7), Line{Number: 7, Level: true, Low: true}, 0x1A061},
		{routePci(m, 20), Line{Number: 20, Level: true, Low: true}, 0x1A061},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
		if r := c.got.redirection(0x61); r != c.redir {
			t.Errorf("%v: entry %#x, want %#x", c.got, r, c.redir)
		}
	}
	if m := message(Vector{2, 0x71}, 3); m.Address != 0xFEE03000 || m.Data != 0x71 {
		t.Errorf("%+v", m)
	}
}
