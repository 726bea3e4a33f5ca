package menu

import "testing"

// TestFromLine: every byte, with and without errors.
func TestFromLine(t *testing.T) {
	for c := range 256 {
		want := None
		switch {
		case c == 127 || c == 8:
			want = Backspace
		case c == 10 || c == 13:
			want = Enter
		case c == 27 || 32 <= c && c < 127:
			want = Key(c)
		}
		if got := FromLine(0x61, byte(c)); got != want {
			t.Errorf("%#x: %d", c, got)
		}
		for _, bit := range []byte{2, 4, 8, 16} {
			if got := FromLine(0x61|bit, byte(c)); got != None {
				t.Errorf("%#x with error %#x: %d", c, bit, got)
			}
		}
	}
	if Ready(0xFF) || Ready(0x60) || !Ready(0x61) || !Ready(0xE3) {
		t.Error("Ready")
	}
}

func TestFromKeyboard(t *testing.T) {
	for ax, want := range map[uint16]Key{0x1C0D: Enter, 0x48E0: Up, 0x5000: Down, 0x0E08: Backspace, 0x011B: Escape, 0x1265: 'e', 0x3B00: None, 0x00FF: None, 0: None} {
		if got := FromKeyboard(ax); got != want {
			t.Errorf("%#x: %d", ax, got)
		}
	}
}
