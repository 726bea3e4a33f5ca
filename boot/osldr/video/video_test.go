package video

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

var le = binary.LittleEndian

func mode(width, height, bits uint16, edit func(b []byte)) []byte {
	b := make([]byte, ModeInfoSize)
	le.PutUint16(b, 0x9B)
	le.PutUint16(b[16:], width*((bits+7)/8))
	le.PutUint16(b[18:], width)
	le.PutUint16(b[20:], height)
	b[25], b[27] = byte(bits), directColor
	copy(b[31:], []byte{8, 16, 8, 8, 8, 0})
	le.PutUint32(b[40:], 0xFD000000)
	if edit != nil {
		edit(b)
	}
	return b
}

// TestMode (B3, B8): what a mode's fields are, and which modes are left out.
func TestMode(t *testing.T) {
	m, ok := Mode(0x143, 0x200, mode(800, 600, 32, nil), 16<<20)
	if !ok || m.Mode != 0x143 || m.Width != 800 || m.Height != 600 || m.Pitch != 3200 || m.BitsPerPixel != 32 || m.FrameBuffer != 0xFD000000 ||
		m.Size != 3200*600 || m.RedShift != 16 || m.GreenShift != 8 || m.BlueShift != 0 || m.RedSize != 8 {
		t.Errorf("%+v, %v", m, ok)
	}
	m, ok = Mode(1, 0x300, mode(640, 480, 16, func(b []byte) {
		le.PutUint16(b[50:], 2048)
		copy(b[54:], []byte{5, 11, 6, 5, 5, 0})
	}), 0)
	if !ok || m.Pitch != 2048 || m.RedSize != 5 || m.RedShift != 11 || m.GreenSize != 6 {
		t.Errorf("version 3: %+v, %v", m, ok)
	}
	for name, edit := range map[string]func(b []byte){
		"not supported":   func(b []byte) { b[0] &^= supported },
		"text":            func(b []byte) { b[0] &^= graphics },
		"banked":          func(b []byte) { b[0] &^= linear },
		"palette":         func(b []byte) { b[27] = 5 },
		"8 bits":          func(b []byte) { b[25] = 8 },
		"no frame buffer": func(b []byte) { le.PutUint32(b[40:], 0) },
		"at the end":      func(b []byte) { le.PutUint32(b[40:], 0xFFFFF000) },
		"pitch":           func(b []byte) { le.PutUint16(b[16:], 800) },
		"no red":          func(b []byte) { b[31] = 0 },
	} {
		if m, ok := Mode(1, 0x200, mode(800, 600, 32, edit), 16<<20); ok {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if _, ok := Mode(1, 0x200, mode(800, 600, 32, nil), 1<<20); ok {
		t.Error("a mode larger than memory")
	}
	if _, ok := Mode(1, 0x200, nil, 0); ok {
		t.Error("a mode of nothing")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := mode(800, 600, 32, nil)
		for range 4 {
			b[r.IntN(64)] = byte(r.Uint32())
		}
		if m, ok := Mode(1, uint32(r.IntN(2))<<8|0x200, b, 16<<20); ok && (m.FrameBuffer+m.Size > 1<<32 || uint64(m.Pitch)*uint64(m.Height) > 16<<20) {
			t.Fatalf("%+v", m)
		}
	}
}

// TestBetter: 800 by 600 with 32 bits is best; more colours count more than size.
func TestBetter(t *testing.T) {
	order := [][3]uint16{{320, 200, 32}, {640, 480, 16}, {800, 600, 16}, {1024, 768, 24}, {640, 480, 24}, {1024, 768, 32}, {640, 480, 32}, {800, 600, 32}}
	best := 0
	for i, o := range order {
		m, ok := Mode(1, 0x200, mode(o[0], o[1], o[2], nil), 0)
		if !ok {
			t.Fatal(o)
		}
		if got := Better(&m, &best); got != (i > 0) {
			t.Errorf("%v: %v", o, got)
		}
	}
	if best != Best {
		t.Errorf("best %d", best)
	}
}

// TestModes: the list of modes of version 2 and later.
func TestModes(t *testing.T) {
	b := make([]byte, InfoSize)
	copy(b, "VESA")
	le.PutUint16(b[4:], 0x300)
	le.PutUint16(b[14:], 0x22)
	le.PutUint16(b[16:], 0x2000)
	le.PutUint16(b[18:], 256)
	if list, size, ok := Modes(b); !ok || list != 0x20022 || size != 16<<20 {
		t.Errorf("%#x %d %v", list, size, ok)
	}
	le.PutUint16(b[4:], 0x102)
	if _, _, ok := Modes(b); ok {
		t.Error("version 1.2")
	}
	if _, _, ok := Modes(make([]byte, InfoSize)); ok {
		t.Error("no signature")
	}
}

// TestTextOnly: the screen stays in text mode with Bochs's own video BIOS alone.
func TestTextOnly(t *testing.T) {
	b := make([]byte, InfoSize)
	le.PutUint16(b[6:], 0x8123)
	le.PutUint16(b[8:], 0xC000)
	if got := Vendor(b); got != 0xC8123 {
		t.Errorf("OEM string at %#x", got)
	}
	for s, want := range map[string]bool{
		"Bochs VBE (C) 2002-2021 http://savannah.nongnu.org/projects/vgabios/":  true,
		"Bochs/Plex86 VBE(C) 2003 http://savannah.nongnu.org/projects/vgabios/": true,
		"Plex86": true, "Plex8": false, "Boch": false, "": false, "not Bochs": false,
		"SeaBIOS VBE(C) 2011": false, "VirtualBox VESA BIOS": false, "\x00Bochs": false,
	} {
		if got := TextOnly([]byte(s)[:min(len(s), VendorSize)]); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	if TextOnly(nil) {
		t.Error("no OEM string")
	}
}
