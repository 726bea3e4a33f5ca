package usb

import (
	"bytes"
	"strings"
	"testing"
)

// Descriptors of a stick at SuperSpeed.
var (
	stickDevice        = []byte{18, 1, 0x00, 0x03, 0, 0, 0, 9, 0xF4, 0x46, 1, 0, 0, 1, 1, 2, 3, 1}
	stickConfiguration = []byte{9, 2, 44, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 8, 6, 0x50, 0,
		7, 5, 0x81, 2, 0, 4, 0, 6, 0x30, 15, 0, 0, 0, 7, 5, 0x02, 2, 0, 4, 0, 6, 0x30, 15, 0, 0, 0}
)

// TestDescriptors (I2): what devices say of themselves, and what no device says.
func TestDescriptors(t *testing.T) {
	d, err := ParseDevice(stickDevice)
	if err != nil || d.MaxPacket != 512 || d.Vendor != 0x46F4 || d.SerialText != 3 || d.Configurations != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	c, err := ParseConfiguration(stickConfiguration)
	if err != nil || c.Value != 1 || len(c.Interfaces) != 1 || len(c.Interfaces[0].Endpoints) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	i := c.Interfaces[0]
	if in, out := i.Endpoints[0], i.Endpoints[1]; i.Class != ClassMassStorage || !in.In() || out.In() || in.Number() != 1 || out.Number() != 2 || in.MaxPacket != 1024 || in.Burst != 15 || in.Kind != Bulk {
		t.Errorf("%+v", i)
	}
	if s := Text([]byte{12, 3, ' ', 0, 'a', 0, 0, 1, 'b', 0, ' ', 0}); s != "ab" {
		t.Errorf("%q", s)
	}
	for _, b := range [][]byte{nil, {1}, {8, 2, 'a', 0}, {0, 3, 'a', 0}, {3, 3, 'a'}} {
		if s := Text(b); s != "" {
			t.Errorf("%v: %q", b, s)
		}
	}

	whole := stickConfiguration
	change := func(at int, v byte) []byte { b := bytes.Clone(whole); b[at] = v; return b }
	for want, b := range map[string][]byte{
		"configuration descriptor is none":          change(1, 4),
		"configuration descriptor is non":           whole[:8],
		"its configuration has 3 bytes":             change(2, 3),
		"no interface":                              change(0, 200),
		"interface descriptor is too short":         change(9, 8),
		"endpoint descriptor is too short":          append(bytes.Clone(whole[:18]), 6, 5, 0x81, 2, 0, 2),
		"an endpoint (80h) has packets of 1024 byt": change(20, 0x80),
		"has packets of 0 bytes":                    change(23, 0),
		"has packets of 1536 bytes":                 change(23, 6),
		"too many interfaces":                       many(whole[:9], whole[9:18], 100),
		"too many endpoints":                        many(whole[:18], whole[18:25], 40),
	} {
		if _, err := ParseConfiguration(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	if c, err := ParseConfiguration(append(bytes.Clone(whole[:18]), 0, 0, 0, 0)); err != nil || len(c.Interfaces) != 1 {
		t.Errorf("a descriptor without a length ends the list: %+v, %v", c, err)
	}
	for n := range 18 {
		if _, err := ParseDevice(stickDevice[:n]); err == nil {
			t.Errorf("%d bytes are a device descriptor", n)
		}
	}
}

func many(head, one []byte, n int) []byte {
	b := bytes.Clone(head)
	b[2], b[3] = 0xFF, 0x0F
	for range n {
		b = append(b, one...)
	}
	return b
}

// FuzzDescriptors: whatever bytes a device sends, reading them ends, and what comes out is within bounds.
func FuzzDescriptors(f *testing.F) {
	f.Add(stickDevice)
	f.Add(stickConfiguration)
	f.Fuzz(func(t *testing.T, b []byte) {
		Text(b)
		if d, err := ParseDevice(b); err == nil && (d.MaxPacket < 8 || d.MaxPacket > 512) {
			t.Errorf("%+v", d)
		}
		c, err := ParseConfiguration(b)
		if err != nil {
			return
		}
		if len(c.Interfaces) == 0 || len(c.Interfaces) > 64 {
			t.Errorf("%d interfaces", len(c.Interfaces))
		}
		for _, i := range c.Interfaces {
			for _, e := range i.Endpoints {
				if e.Number() < 1 || e.Number() > 15 || e.MaxPacket > 1024 || e.Burst > 15 {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}
