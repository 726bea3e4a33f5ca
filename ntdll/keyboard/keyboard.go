// Package keyboard makes characters of keys, for programs that read \Device\KeyboardClass0:
// the US layout, and what a terminal sends for the keys that are no characters (ECMA-48, as
// xterm has them).
package keyboard

import "gont/nt"

// Decoder is the state of a keyboard: which keys are held, which locks are on. The zero value
// is a keyboard with nothing held and no lock.
type Decoder struct {
	shift, control, alt uint8 // bit 0 left, bit 1 right
	caps, num, scroll   bool
	held                [3]bool // lock keys that are down: they repeat
}

// Leds are the LEDs that should be lit (nt.LedCapsLock...).
func (d *Decoder) Leds() (leds uint16) {
	if d.scroll {
		leds |= nt.LedScrollLock
	}
	if d.num {
		leds |= nt.LedNumLock
	}
	if d.caps {
		leds |= nt.LedCapsLock
	}
	return leds
}

// plain and shifted are the characters by make code; 0 is none.
const (
	plain   = "\x00\x1b1234567890-=\x7f\tqwertyuiop[]\r\x00asdfghjkl;'`\x00\\zxcvbnm,./\x00*\x00 "
	shifted = "\x00\x1b!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\x00ASDFGHJKL:\"~\x00|ZXCVBNM<>?\x00*\x00 "
)

// grey are the sequences of keys with E0, and of the number block without its lock.
var grey = map[uint16]string{
	0x47: "\x1b[H", 0x48: "\x1b[A", 0x49: "\x1b[5~", 0x4B: "\x1b[D", 0x4D: "\x1b[C", 0x4F: "\x1b[F",
	0x50: "\x1b[B", 0x51: "\x1b[6~", 0x52: "\x1b[2~", 0x53: "\x1b[3~",
}

// function are those of F1 to F12.
var function = map[uint16]string{
	0x3B: "\x1bOP", 0x3C: "\x1bOQ", 0x3D: "\x1bOR", 0x3E: "\x1bOS", 0x3F: "\x1b[15~", 0x40: "\x1b[17~",
	0x41: "\x1b[18~", 0x42: "\x1b[19~", 0x43: "\x1b[20~", 0x44: "\x1b[21~", 0x57: "\x1b[23~", 0x58: "\x1b[24~",
}

// numbers are the number block's characters, from make code 47h on.
const numbers = "789-456+1230."

// Key takes a key, and returns what a terminal would send for it, "" for nothing.
func (d *Decoder) Key(k nt.KeyboardInputData) string {
	up, e0 := k.Flags&nt.KeyBreak != 0, k.Flags&nt.KeyE0 != 0
	modifier := func(m *uint8, bit uint8) string {
		if *m |= bit; up {
			*m &^= bit
		}
		return ""
	}
	lock := func(n int, on *bool) string {
		if !up && !d.held[n] {
			*on = !*on
		}
		d.held[n] = !up
		return ""
	}
	side := uint8(1)
	if e0 {
		side = 2
	}
	switch {
	case k.MakeCode == 0x2A:
		return modifier(&d.shift, 1)
	case k.MakeCode == 0x36:
		return modifier(&d.shift, 2)
	case k.MakeCode == 0x1D && k.Flags&nt.KeyE1 == 0:
		return modifier(&d.control, side)
	case k.MakeCode == 0x38:
		return modifier(&d.alt, side)
	case k.MakeCode == 0x3A:
		return lock(0, &d.caps)
	case k.MakeCode == 0x45 && k.Flags&nt.KeyE1 == 0:
		return lock(1, &d.num)
	case k.MakeCode == 0x46 && !e0:
		return lock(2, &d.scroll)
	case up || k.Flags&nt.KeyE1 != 0:
		return ""
	}
	if s := d.character(k.MakeCode, e0); s != "" {
		if d.alt != 0 && len(s) == 1 {
			return "\x1b" + s
		}
		return s
	}
	return ""
}

// character is Key's work for keys that go down and are no modifiers.
func (d *Decoder) character(code uint16, e0 bool) string {
	switch {
	case e0 && code == 0x1C:
		return "\r"
	case e0 && code == 0x35:
		return "/"
	case e0:
		return grey[code]
	case function[code] != "":
		return function[code]
	case code >= 0x47 && code <= 0x53:
		if c := numbers[code-0x47]; c == '-' || c == '+' || d.num != (d.shift != 0) {
			return string(c)
		}
		return grey[code]
	case int(code) >= len(plain):
		return ""
	}
	c, s := plain[code], shifted[code]
	if c == 0 {
		return ""
	}
	letter := c >= 'a' && c <= 'z'
	if (d.shift != 0) != (letter && d.caps) {
		c = s
	}
	if code == 0x0F && d.shift != 0 {
		return "\x1b[Z"
	}
	if d.control != 0 {
		switch {
		case letter:
			return string(c & 0x1F)
		case c == ' ' || c == '2' || c == '@':
			return "\x00"
		case c == '[' || c == '{':
			return "\x1b"
		case c == '\\' || c == '|':
			return "\x1c"
		case c == ']' || c == '}':
			return "\x1d"
		case c == '-' || c == '_':
			return "\x1f"
		case c == 0x7F:
			return "\b"
		}
	}
	return string(c)
}
