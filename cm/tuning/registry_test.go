package tuning

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"gont/cm"
	"gont/cm/regf"
	"gont/ex"
)

type hiveFile []byte

func (b *hiveFile) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

// policy makes ProductPolicy with one number (ex.ParsePolicies says what it is made of).
func policy(name string, n uint32) (b []byte) {
	dwords := func(list ...uint32) {
		for _, v := range list {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	data := (16 + 2*len(name) + 4 + 3) &^ 3
	dwords(uint32(20+data+4), uint32(data), 4, 0, 1)
	dwords(uint32(data)|uint32(2*len(name))<<16, 4|4<<16, 0, 0)
	for _, u := range utf16.Encode([]rune(name)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	dwords(n)
	b = append(b, make([]byte, 20+data-len(b))...)
	dwords(0x45)
	return b
}

func bootHive(t *testing.T, product []byte) {
	t.Helper()
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := h.Create(h.Root(), regf.Encode("Select"), regf.KeyOptions{}, 1)
	h.SetValue(c, regf.Encode("Current"), regf.Dword, []byte{1, 0, 0, 0}, 1)
	k := h.Root()
	for _, name := range []string{"ControlSet001", "Control", "ProductOptions"} {
		k, _ = h.Create(k, regf.Encode(name), regf.KeyOptions{}, 1)
	}
	if product != nil {
		h.SetValue(k, regf.Encode("ProductPolicy"), regf.Binary, product, 1)
	}
	var b hiveFile
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := cm.OpenBootHive(b, 0); err != nil {
		t.Fatal(err)
	}
}

// TestLicensedProcessors: the policy limits processors, never to none; without a policy, or
// with a damaged one, all are used.
func TestLicensedProcessors(t *testing.T) {
	defer ex.SetPolicies(nil)
	for _, c := range []struct {
		product []byte
		want    uint64
	}{
		{nil, 8},
		{[]byte{1, 2, 3}, 8},
		{policy("Kernel-RegisteredProcessors", 2), 2},
		{policy("Kernel-RegisteredProcessors", 0), 1},
		{policy("Kernel-RegisteredProcessors", 100), 8},
		{policy("Another", 1), 8},
	} {
		ex.SetPolicies(nil)
		bootHive(t, c.product)
		if n := LicensedProcessors(8); n != c.want {
			t.Errorf("%x: %d, want %d", c.product, n, c.want)
		}
	}
}
