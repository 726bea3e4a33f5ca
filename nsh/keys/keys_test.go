package keys

import (
	"fmt"
	"testing"
)

// type_ presses keys: a code, "-" before it for its release, "e" for the prefix E0.
func press(k *Keyboard, reports ...string) (out string) {
	for _, r := range reports {
		var flags, code uint16
		for r[0] == '-' || r[0] == 'e' {
			if r[0] == '-' {
				flags |= Break
			} else {
				flags |= E0
			}
			r = r[1:]
		}
		fmt.Sscanf(r, "%x", &code)
		out += k.Key(code, flags)
	}
	return out
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		reports []string
		want    string
	}{
		{[]string{"19", "-19", "1f", "-1f", "1c"}, "ps\r"},
		{[]string{"2a", "19", "-2a", "19"}, "Pp"},
		{[]string{"36", "02", "0c", "2b", "-36", "2b"}, "!_|\\"},
		{[]string{"2a", "36", "-2a", "1e", "-36", "1e"}, "Aa"}, // two shift keys
		{[]string{"3a", "-3a", "1e", "02", "2a", "1e", "-2a", "3a", "-3a", "1e"}, "A1aa"},
		{[]string{"3a", "3a", "3a", "-3a", "1e"}, "A"}, // it repeats
		{[]string{"1d", "2e", "-1d", "2e"}, "\x03c"},
		{[]string{"e1d", "26", "-e1d", "26"}, "\x0cl"},
		{[]string{"1d", "33", "-1d"}, ""},
		{[]string{"1d", "39", "1a", "2b", "27", "35"}, "\x00\x1b\x1c\x1f"},
		{[]string{"38", "30", "-38", "30"}, "\x1bbb"},
		{[]string{"e48", "e50", "e4b", "e4d", "e47", "e4f", "e53", "e49"}, "\x1b[A\x1b[B\x1b[D\x1b[C\x1b[H\x1b[F\x1b[3~"},
		{[]string{"e2a", "e48", "-e48", "-e2a", "1e"}, "\x1b[Aa"}, // the keyboard's own shift
		{[]string{"2a", "-e2a", "e48", "1e"}, "\x1b[AA"},
		{[]string{"1d", "e4b", "e4d", "-1d", "e4d"}, "\x1b[1;5D\x1b[1;5C\x1b[C"},
		{[]string{"48", "45", "-45", "48", "4e", "53", "2a", "48"}, "\x1b[A8+.\x1b[A"},
		{[]string{"0e", "0f", "01", "e1c", "e35", "37"}, "\x7f\t\x1b\r/*"},
		{[]string{"3b", "57", "58", "7f", "ff", "00", "e5b"}, ""}, // F1, F11, F12, none, Windows
	} {
		if got := press(&Keyboard{}, c.reports...); got != c.want {
			t.Errorf("%v: %q, not %q", c.reports, got, c.want)
		}
	}
}

// TestAllCodes: every report is taken, releases and Pause say nothing, and all
// printable characters can be typed.
func TestAllCodes(t *testing.T) {
	typed := map[string]bool{}
	for code := range uint16(0x200) {
		for flags := range uint16(8) {
			for _, shift := range []bool{false, true} {
				k := &Keyboard{leftShift: shift}
				out := k.Key(code, flags)
				if out != "" && flags&(Break|E1) != 0 {
					t.Errorf("code %#x, flags %d: %q", code, flags, out)
				}
				typed[out] = true
			}
		}
	}
	for c := ' '; c <= '~'; c++ {
		if !typed[string(c)] {
			t.Errorf("%q cannot be typed", c)
		}
	}
}

func TestLights(t *testing.T) {
	k := &Keyboard{}
	press(k, "3a", "-3a", "45", "-45", "46", "-46")
	if k.Lights() != CapsLock|NumLock|ScrollLock {
		t.Errorf("%#x", k.Lights())
	}
	if press(k, "3a", "-3a"); k.Lights() != NumLock|ScrollLock {
		t.Errorf("%#x", k.Lights())
	}
}
