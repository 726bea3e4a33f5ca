package ex

import (
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf16"

	"gont/nt"
)

// makePolicies makes a value; pairs are names and numbers.
func makePolicies(names []string, numbers []uint32) []byte {
	le := binary.LittleEndian
	b := make([]byte, policyHead)
	for i, name := range names {
		u := utf16.Encode([]rune(name))
		n := (policyEntry + 2*len(u) + 4 + 3) &^ 3
		e := make([]byte, n)
		le.PutUint16(e, uint16(n))
		le.PutUint16(e[2:], uint16(2*len(u)))
		le.PutUint16(e[4:], regDword)
		le.PutUint16(e[6:], 4)
		for k, c := range u {
			le.PutUint16(e[policyEntry+2*k:], c)
		}
		le.PutUint32(e[policyEntry+2*len(u):], numbers[i])
		b = append(b, e...)
	}
	le.PutUint32(b[4:], uint32(len(b)-policyHead))
	b = le.AppendUint32(b, policyEnd)
	le.PutUint32(b, uint32(len(b)))
	le.PutUint32(b[8:], policyMarker)
	le.PutUint32(b[16:], policyRevision)
	return b
}

// TestPolicies (P1.32): what is there is found; every cut and every changed size is refused
// or read, and never panics.
func TestPolicies(t *testing.T) {
	names := []string{"Kernel-RegisteredProcessors", "Kernel-MaxPhysicalPage"}
	b := makePolicies(names, []uint32{2, 0x1000000})
	list, err := ParsePolicies(b)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	SetPolicies(list)
	if n := PolicyNumber("kernel-registeredprocessors", 0); n != 2 {
		t.Error(n)
	}
	if n := PolicyNumber("Kernel-Nothing", 7); n != 7 {
		t.Error(n)
	}
	if _, s := QueryPolicy("x"); s != nt.StatusObjectNameNotFound {
		t.Error(s)
	}
	SetPolicies(nil)
	for i := range b {
		if _, err := ParsePolicies(b[:i]); !errors.Is(err, ErrPolicy) {
			t.Errorf("%d bytes: %v", i, err)
		}
		for _, v := range []byte{0, 1, 0x7F, 0x80, 0xFF} {
			c := append([]byte(nil), b...)
			c[i] = v
			if _, err := ParsePolicies(c); err != nil && !errors.Is(err, ErrPolicy) {
				t.Error(err)
			}
		}
	}
	twice := makePolicies([]string{"A", "a"}, []uint32{1, 2})
	if _, err := ParsePolicies(twice); !errors.Is(err, ErrPolicy) {
		t.Error("a name is there twice:", err)
	}
}
