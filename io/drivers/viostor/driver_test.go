package viostor

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gont/io"
	"gont/io/storport"
)

// none are registers of which the test wants only to know that they were mapped.
type none struct{ io.Resource }

func (none) Read8(uint32) uint8     { return 0 }
func (none) Read16(uint32) uint16   { return 0 }
func (none) Read32(uint32) uint32   { return 0 }
func (none) Write8(uint32, uint8)   {}
func (none) Write16(uint32, uint16) {}
func (none) Write32(uint32, uint32) {}

func hardware(config *[64]uint32, list ...io.Resource) *storport.Hardware {
	return &storport.Hardware{Resources: list, Bus: io.BusInterface{ReadConfig: func(o uint16) uint32 { return config[o/4&63] }}}
}

// capability puts a range of registers into configuration space, as of QEMU's device.
func capability(c *[64]uint32, at, next, kind, bar int, offset, length uint32) {
	c[at/4] = uint32(9 | next<<8 | 20<<16 | kind<<24)
	c[at/4+1], c[at/4+2], c[at/4+3], c[at/4+4] = uint32(bar), offset, length, 4
}

func device() (c [64]uint32) {
	c[0], c[1], c[0x34/4] = 0x10421AF4, 0x100000, 0x40
	capability(&c, 0x40, 0x54, capCommon, 4, 0, 0x1000)
	capability(&c, 0x54, 0x68, capIsr, 4, 0x1000, 0x1000)
	capability(&c, 0x68, 0x7C, capDevice, 4, 0x2000, 0x1000)
	capability(&c, 0x7C, 0, capNotify, 4, 0x3000, 0x1000)
	return c
}

// TestOpen (I10): the modern interface is found by its capabilities, the legacy one where there
// is none, and what lies outside of the function's memory is refused.
func TestOpen(t *testing.T) {
	storport.BenchRegisters(func(r io.Resource) (storport.Registers, error) { return none{r}, nil })
	memory := io.Resource{Kind: io.MemoryResource, Start: 0xFE000000, Length: 0x4000, Bar: 5}
	ports := io.Resource{Kind: io.PortResource, Start: 0xC000, Length: 128, Bar: 1}
	c := device()
	m, err := openModern(hardware(&c, memory))
	if err != nil {
		t.Fatal(err)
	}
	x := m.(*modern)
	if r := x.notify.(none); r.Start != 0xFE003000 || r.Length != 0x1000 || x.multiplier != 4 || x.notifyLength != 0x1000 || x.common.(none).Start != 0xFE000000 {
		t.Errorf("%+v", x)
	}
	for want, set := range map[string]func(c *[64]uint32){
		"no modern interface": func(c *[64]uint32) { c[1] = 0 },
		"too short":           func(c *[64]uint32) { c[0x40/4+3] = 16 },
		"is too short: 4096":  func(c *[64]uint32) { c[0x7C/4+2] = 0x3800 },
		"no base address":     func(c *[64]uint32) { c[0x54/4+1] = 2 },
	} {
		c := device()
		set(&c)
		if _, err := openModern(hardware(&c, memory)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	c = device()
	c[0], c[1] = transitionalBlock<<16|0x1AF4, 0
	if list, err := open(hardware(&c, ports)); err != nil || len(list) != 1 || !list[0].Controller.(*controller).t.isLegacy() {
		t.Errorf("legacy: %v", err)
	}
	r := rand.New(rand.NewPCG(6, 6))
	for range 20_000 {
		c := device()
		for range 1 + r.IntN(6) {
			c[r.IntN(64)] ^= 1 << r.IntN(32)
		}
		open(hardware(&c, memory, ports)) // neither a panic nor an end that does not come
	}
}
