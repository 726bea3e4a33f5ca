package shell

import "unicode/utf8"

// terminal stands between a console and term.Terminal. What goes out is gathered,
// since every write to a device is a request of its own. What comes in is let
// through if it is a character, a control character that means something, or the
// sequence of a key that term.Terminal knows: from others it might never recover.
type terminal struct {
	c       Console
	out     []byte
	in      []byte // filtered, not read yet
	pending []byte // the beginning of a sequence or of a character
	was     byte   // the byte before
	err     error  // of the console, after what is in in
}

// mostOut is how much is gathered.
const mostOut = 1024

func (t *terminal) Write(b []byte) (int, error) {
	t.out = append(t.out, b...)
	if len(t.out) >= mostOut {
		t.flush()
	}
	return len(b), nil
}

// flush sends what was gathered. An error shows at the next read.
func (t *terminal) flush() {
	if len(t.out) > 0 && t.err == nil {
		_, t.err = t.c.Write(t.out)
	}
	t.out = t.out[:0]
}

func (t *terminal) Read(b []byte) (int, error) {
	t.flush()
	var raw [64]byte
	for len(t.in) == 0 && t.err == nil {
		n, err := t.c.Read(raw[:])
		t.err = err
		for _, c := range raw[:n] {
			t.take(c)
		}
	}
	n := copy(b, t.in)
	t.in = append(t.in[:0], t.in[n:]...)
	if n > 0 {
		return n, nil
	}
	return 0, t.err
}

const (
	ctrlC  = 3
	ctrlE  = 5
	ctrlU  = 21
	escape = 27
)

// sequences are those that keys send, and what they stand for.
var sequences = map[string]string{
	"[A": "[A", "[B": "[B", "[C": "[C", "[D": "[D", "[H": "[H", "[F": "[F", // arrows, Home, End
	"OA": "[A", "OB": "[B", "OC": "[C", "OD": "[D", "OH": "[H", "OF": "[F",
	"[1~": "[H", "[7~": "[H", "[4~": "[F", "[8~": "[F", "[3~": "[3~", // Home, End, Delete
	"[1;3C": "[1;3C", "[1;3D": "[1;3D", "[1;5C": "[1;3C", "[1;5D": "[1;3D", // word by word
}

// longestSequence is more than those have.
const longestSequence = 12

// take filters one byte.
func (t *terminal) take(c byte) {
	was := t.was
	t.was = c
	if len(t.pending) > 0 && t.pending[0] == escape {
		t.takeSequence(c)
		return
	}
	if len(t.pending) > 0 || c >= utf8.RuneSelf {
		t.takeRune(c)
		return
	}
	switch {
	case c == escape:
		t.pending = append(t.pending, c)
	case c == '\n' && was == '\r': // one end of a line
	case c == '\n':
		t.in = append(t.in, '\r')
	case c == ctrlC: // the line is given up; term.Terminal would end
		t.in = append(t.in, ctrlE, ctrlU)
	case c >= ' ' || controls&(1<<c) != 0:
		t.in = append(t.in, c)
	}
}

// controls are the control characters that term.Terminal understands.
const controls = 1<<1 | 1<<2 | 1<<4 | 1<<5 | 1<<6 | 1<<8 | 1<<9 | 1<<11 | 1<<12 | 1<<13 | 1<<14 | 1<<16 | 1<<20 | 1<<21 | 1<<23

func (t *terminal) takeSequence(c byte) {
	again := func() { // the sequence is none
		t.pending = t.pending[:0]
		t.take(c)
	}
	switch n := len(t.pending); {
	case c < ' ' || c >= 0x7F:
		again()
	case n == 1 && c != '[' && c != 'O':
		again()
	case n == 1 || t.pending[1] == '[' && c < '@':
		if t.pending = append(t.pending, c); n >= longestSequence {
			t.pending = t.pending[:0]
		}
	default:
		key := sequences[string(t.pending[1:])+string(rune(c))]
		t.pending = t.pending[:0]
		if key != "" {
			t.in = append(append(t.in, escape), key...)
		}
	}
}

func (t *terminal) takeRune(c byte) {
	if len(t.pending) == 0 {
		if utf8.RuneStart(c) {
			t.pending = append(t.pending, c)
		}
	} else if utf8.RuneStart(c) {
		t.pending = t.pending[:0]
		t.take(c)
		return
	} else {
		t.pending = append(t.pending, c)
	}
	if utf8.FullRune(t.pending) {
		if r, _ := utf8.DecodeRune(t.pending); r != utf8.RuneError {
			t.in = append(t.in, t.pending...)
		}
		t.pending = t.pending[:0]
	}
}
