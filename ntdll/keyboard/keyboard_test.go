package keyboard

import (
	"testing"

	"gont/nt"
)

// press is a key that goes down, and up behind a minus.
func (d *Decoder) press(t *testing.T, codes ...int) (s string) {
	for _, c := range codes {
		k := nt.KeyboardInputData{}
		if c < 0 {
			k.Flags, c = nt.KeyBreak, -c
		}
		if c >= 0xE000 {
			k.Flags |= nt.KeyE0
		}
		k.MakeCode = uint16(c & 0xFF)
		s += d.Key(k)
	}
	return s
}

// TestKeys (I10): characters, shifts, locks, controls, and what a terminal sends for the rest.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		codes []int
		want  string
	}{
		{[]int{0x23, -0x23, 0x12, 0x26, 0x26, 0x18, 0x1C}, "hello\r"},
		{[]int{0x2A, 0x23, -0x23, -0x2A, 0x17}, "Hi"},
		{[]int{0x36, 0x02, 0x03, -0x36, 0x02}, "!@1"},
		{[]int{0x3A, -0x3A, 0x1E, 0x02, 0x2A, 0x1E, -0x2A, 0x3A, -0x3A, 0x1E}, "A1aa"},
		{[]int{0x3A, 0x3A, 0x3A, -0x3A, 0x1E}, "A"}, // it repeats
		{[]int{0x1D, 0x2E, 0x20, -0x1D, 0x2E}, "\x03\x04c"},
		{[]int{0xE01D, 0x2E, -0xE01D, 0x2E}, "\x03c"},
		{[]int{0x38, 0x21, -0x38}, "\x1bf"},
		{[]int{0xE048, 0xE050, 0xE04B, 0xE04D, 0xE053, 0xE047}, "\x1b[A\x1b[B\x1b[D\x1b[C\x1b[3~\x1b[H"},
		{[]int{0x48, 0x45, -0x45, 0x48, 0x2A, 0x48, -0x2A, 0x4A, 0x4E, 0x53}, "\x1b[A8\x1b[A-+."},
		{[]int{0x3B, 0x58}, "\x1bOP\x1b[24~"},
		{[]int{0x0E, 0x0F, 0x01, 0x39, 0x2A, 0x0F}, "\x7f\t\x1b \x1b[Z"},
		{[]int{0xE035, 0xE01C, 0x37}, "/\r*"},
		{[]int{0x7F, 0x54, 0x00, 0xE07F, 0x5A}, ""},
	} {
		d := &Decoder{}
		if got := d.press(t, c.codes...); got != c.want {
			t.Errorf("%x: %q, want %q", c.codes, got, c.want)
		}
	}
	d := &Decoder{}
	d.press(t, 0x3A, -0x3A, 0x45, -0x45, 0x46, -0x46)
	if d.Leds() != 7 {
		t.Errorf("LEDs %d", d.Leds())
	}
	if d.press(t, 0x45, -0x45, 0x46); d.Leds() != nt.LedCapsLock {
		t.Errorf("LEDs %d", d.Leds())
	}
	pause := nt.KeyboardInputData{MakeCode: 0x45, Flags: nt.KeyE1}
	if d.Key(pause) != "" || d.Leds() != nt.LedCapsLock {
		t.Error("Pause is taken for NumLock")
	}
}

// TestTables: both have a character for the same keys.
func TestTables(t *testing.T) {
	if len(plain) != len(shifted) || plain[0x39] != ' ' || plain[0x1C] != '\r' || plain[0x2B] != '\\' || plain[0x10] != 'q' {
		t.Errorf("%d and %d characters", len(plain), len(shifted))
	}
	for i := range plain {
		if (plain[i] == 0) != (shifted[i] == 0) {
			t.Errorf("%#x: %q and %q", i, plain[i], shifted[i])
		}
	}
}
