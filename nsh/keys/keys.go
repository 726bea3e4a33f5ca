// Package keys turns what a keyboard driver reports, scan codes of set 1, into what
// a terminal sends: characters of the US layout, control characters, and the
// sequences of a VT100's keys.
package keys

// Flags of a report (KEYBOARD_INPUT_DATA).
const (
	Break = 1 // the key was released
	E0    = 2 // the code had the prefix E0h
	E1    = 4
)

// Lights of a keyboard (KEYBOARD_INDICATOR_PARAMETERS).
const (
	ScrollLock = 1
	NumLock    = 2
	CapsLock   = 4
)

// Keyboard is the state of a keyboard's shift and lock keys. The zero value has none
// pressed and no lock on.
type Keyboard struct {
	leftShift, rightShift bool
	leftCtrl, rightCtrl   bool
	leftAlt, rightAlt     bool
	held                  uint16 // the lock key that is down: it repeats like others
	lights                uint16
}

// Lights are the locks that are on.
func (k *Keyboard) Lights() uint16 { return k.lights }

// Scan codes that are not characters.
const (
	scanEscape     = 0x01
	scanBackspace  = 0x0E
	scanTab        = 0x0F
	scanEnter      = 0x1C
	scanCtrl       = 0x1D
	scanLeftShift  = 0x2A
	scanSlash      = 0x35
	scanRightShift = 0x36
	scanAlt        = 0x38
	scanCapsLock   = 0x3A
	scanNumLock    = 0x45
	scanScrollLock = 0x46
	scanKeypad     = 0x47 // the first of the keypad's block
	scanKeypadLast = 0x53
)

// plain and shifted are the characters of the main block by scan code; 0: none.
var plain = [0x3A]byte{
	0x02: '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '-', '=',
	0x10: 'q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p', '[', ']',
	0x1E: 'a', 's', 'd', 'f', 'g', 'h', 'j', 'k', 'l', ';', '\'', '`',
	0x2B: '\\', 'z', 'x', 'c', 'v', 'b', 'n', 'm', ',', '.', '/',
	0x37: '*',
	0x39: ' ',
}

var shifted = [0x3A]byte{
	0x02: '!', '@', '#', '$', '%', '^', '&', '*', '(', ')', '_', '+',
	0x10: 'Q', 'W', 'E', 'R', 'T', 'Y', 'U', 'I', 'O', 'P', '{', '}',
	0x1E: 'A', 'S', 'D', 'F', 'G', 'H', 'J', 'K', 'L', ':', '"', '~',
	0x2B: '|', 'Z', 'X', 'C', 'V', 'B', 'N', 'M', '<', '>', '?',
	0x37: '*',
	0x39: ' ',
}

// keypad are the digits of the keypad from scan code 47h on, and cursor what the
// same keys are without Num Lock.
const keypad = "789-456+1230."

var cursor = [len(keypad)]string{"\x1b[H", "\x1b[A", "", "-", "\x1b[D", "", "\x1b[C", "+", "\x1b[F", "\x1b[B", "", "", "\x1b[3~"}

// Key takes a report and returns what a terminal sends for it, "" for nothing.
func (k *Keyboard) Key(code, flags uint16) string {
	down := flags&Break == 0
	if flags&E1 != 0 {
		return "" // Pause
	}
	extended := flags&E0 != 0
	switch code {
	case scanLeftShift, scanRightShift:
		if extended { // a keyboard's own, around its cursor keys
			return ""
		}
		if code == scanLeftShift {
			k.leftShift = down
		} else {
			k.rightShift = down
		}
		return ""
	case scanCtrl:
		set(&k.leftCtrl, &k.rightCtrl, extended, down)
		return ""
	case scanAlt:
		set(&k.leftAlt, &k.rightAlt, extended, down)
		return ""
	case scanCapsLock, scanNumLock, scanScrollLock:
		if !extended {
			k.lock(code, down)
		}
		return ""
	}
	if !down {
		return ""
	}
	switch {
	case code >= scanKeypad && code <= scanKeypadLast:
		i := code - scanKeypad
		if !extended && (k.lights&NumLock != 0) != k.shift() {
			return keypad[i : i+1]
		}
		return k.cursorKey(cursor[i])
	case extended && code == scanEnter:
		return "\r"
	case extended && code == scanSlash:
		return "/"
	case extended:
		return ""
	case code == scanEscape:
		return "\x1b"
	case code == scanBackspace:
		return "\x7f"
	case code == scanTab:
		return "\t"
	case code == scanEnter:
		return "\r"
	}
	return k.character(code)
}

func set(left, right *bool, extended, down bool) {
	if extended {
		left = right
	}
	*left = down
}

func (k *Keyboard) shift() bool { return k.leftShift || k.rightShift }
func (k *Keyboard) ctrl() bool  { return k.leftCtrl || k.rightCtrl }

// lock turns a lock over when its key goes down, not when it repeats.
func (k *Keyboard) lock(code uint16, down bool) {
	if !down {
		k.held = 0
		return
	}
	if k.held == code {
		return
	}
	k.held = code
	k.lights ^= map[uint16]uint16{scanCapsLock: CapsLock, scanNumLock: NumLock, scanScrollLock: ScrollLock}[code]
}

// cursorKey adds Ctrl to the sequences of left and right.
func (k *Keyboard) cursorKey(sequence string) string {
	if k.ctrl() && (sequence == "\x1b[C" || sequence == "\x1b[D") {
		return "\x1b[1;5" + sequence[2:]
	}
	return sequence
}

func (k *Keyboard) character(code uint16) string {
	if int(code) >= len(plain) || plain[code] == 0 {
		return ""
	}
	c := plain[code]
	letter := 'a' <= c && c <= 'z'
	if k.shift() != (letter && k.lights&CapsLock != 0) {
		c = shifted[code]
	}
	if k.ctrl() {
		switch {
		case c == ' ' || c == '2':
			c = 0
		case letter || '@' <= c && c <= '_':
			c &= 0x1F
		case c == '/':
			c = 0x1F
		default:
			return ""
		}
	}
	if k.leftAlt || k.rightAlt {
		return "\x1b" + string(rune(c))
	}
	return string(rune(c))
}
