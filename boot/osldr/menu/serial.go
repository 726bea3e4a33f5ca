package menu

// What counts as a key on a serial line: printable ASCII, CR, LF, backspace, DEL
// and ESC, and only when the line status register showed no error with it. All else
// is noise: an open or badly set line makes zeros, FFs and bytes above 127.

// Bits of the line status register (PC16550D data sheet, 8.4).
const (
	dataReady  = 1
	lineErrors = 0x1E // overrun, parity, framing, break
	absent     = 0xFF // no port
)

// Ready reports whether the port has a byte.
func Ready(lineStatus byte) bool { return lineStatus != absent && lineStatus&dataReady != 0 }

// FromLine is the key that a byte is, None for noise. lineStatus was read
// before the byte. Escape may be the first byte of a longer key.
func FromLine(lineStatus, c byte) Key {
	switch {
	case lineStatus&lineErrors != 0:
		return None
	case c == 0x7F:
		return Backspace
	case c == '\n':
		return Enter
	case ' ' <= c && c < 0x7F, c == byte(Enter), c == byte(Backspace), c == byte(Escape):
		return Key(c)
	}
	return None
}

// scanCodes of keys without a character (INT 16h AH=00h, AL=0 or E0h).
var scanCodes = [...]struct {
	code byte
	key  Key
}{
	{0x48, Up}, {0x50, Down}, {0x4B, Left}, {0x4D, Right}, {0x47, Home}, {0x4F, End}, {0x53, Delete}, {0x42, F8},
}

// FromKeyboard is the key of what INT 16h AH=00h returns.
func FromKeyboard(ax uint16) Key {
	c := byte(ax)
	if c == 0 || c == 0xE0 {
		for _, s := range scanCodes {
			if s.code == byte(ax>>8) {
				return s.key
			}
		}
		return None
	}
	return FromLine(0, c)
}
