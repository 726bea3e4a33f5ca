package storage

import (
	"testing"

	"gont/ke"
)

// TestPorts (I10): whoever subscribes hears of the disks that there are, of those that come
// and of those that go, once each.
func TestPorts(t *testing.T) {
	ke.Initialize(ke.Hooks{Now: func() uint64 { return 1 }})
	Subscribe(nil, nil)
	a, b := &Port{Name: "a"}, &Port{Name: "b"}
	heard := ""
	Arrived(a)
	Subscribe(func(p *Port) { heard += "+" + p.Name }, func(p *Port) { heard += "-" + p.Name })
	Arrived(b)
	Gone(a)
	Gone(a) // not known any more
	Subscribe(nil, nil)
	Gone(b)
	if heard != "+a+b-a" {
		t.Error(heard)
	}
	if s := Bytes("abc"); s.Len() != 3 || string(s.Piece(1)) != "bc" || len(s.Piece(4)) != 0 {
		t.Error("Bytes")
	}
}
