package shell

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// pipe is a console: keys that were typed, and what was printed.
type pipe struct {
	in  io.Reader
	out strings.Builder
}

func (p *pipe) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *pipe) Write(b []byte) (int, error) { return p.out.Write(b) }

// session types keys at a prompt and returns what the screen was sent.
func session(t *testing.T, f *fake, keys string) string {
	t.Helper()
	p := &pipe{in: strings.NewReader(keys)}
	ended := make(chan error, 1)
	go func() { ended <- Run(p, f, "banner\n") }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%q: %v", keys, err)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%q: the shell does not end", keys)
	}
	return p.out.String()
}

// TestSession: line editing, history, completion, as a person types.
func TestSession(t *testing.T) {
	for keys, lines := range map[string][]string{
		"ver\r":                        {"banner", "nt> ver", "GoNT of the test", "nt>"},
		"ver\r\nver\n":                 {"GoNT of the test", "nt>"},
		"vr\x1b[De\r":                  {"GoNT of the test"}, // left, then insert
		"xver\x01\x1b[3~\r":            {"GoNT of the test"}, // Home, Delete
		"verx\x7f\r":                   {"GoNT of the test"},
		"kill 4\x03ver\r":              {"GoNT of the test"},
		"obj \\Dev\t\tser\t\t\r":       {`\Device\Serial0 \Device\Serial1`, `obj: \Device\Serial: STATUS_OBJECT_NAME_NOT_FOUND`},
		"ver\r\x1b[A\r":                {"GoNT of the test"},
		"ver\rfrob\r\x1bOA\x1b[A\r":    {"GoNT of the test", "frob: there is no such command"},
		"\x1b[200~ver\x1b[201~\r":      {"GoNT of the test"},
		"\x1b[99;99;99;99;99;99;99;99": {"nt>"},
		"ver\x00\x1b\r":                {"GoNT of the test"},
		"exit\rver\r":                  {"nt> exit"},
	} {
		got := session(t, newFake(), keys)
		want(t, got, lines...)
		if n := strings.Count(got, "GoNT of the test"); strings.HasPrefix(keys, "ver\r") && n != 2 && keys != "ver\r" {
			t.Errorf("%q: ver has run %d times\n%s", keys, n, got)
		}
	}
	if f := newFake(); true {
		session(t, f, "kill 4\x03ver\r")
		if f.killed != nil {
			t.Error("a line that was given up has run")
		}
	}
}

// TestAnyInput: whatever comes in, the shell takes the next line that makes sense.
func TestAnyInput(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		b := make([]byte, r.IntN(600))
		for i := range b {
			if b[i] = byte(r.Uint32()); r.IntN(3) == 0 {
				b[i] = "\x1b[;1~OAHt"[r.IntN(9)]
			}
			if b[i] == 4 || b[i] == '\r' || b[i] == '\n' { // Ctrl-D ends the shell, lines may do anything
				b[i] = '\t'
			}
		}
		// "~" ends a sequence that is unfinished, Ctrl-C the line.
		if got := session(t, newFake(), string(b)+"~\x03ver\r"); !strings.Contains(got, "GoNT of the test") {
			t.Fatalf("%q: ver has not run\n%q", b, got)
		}
	}
}

// TestFilter: what passes is what term.Terminal understands.
func TestFilter(t *testing.T) {
	for in, out := range map[string]string{
		"a\x00b\x1fc":                      "abc",
		"\x1b[1~\x1bOF":                    "\x1b[H\x1b[F",
		"\x1b[1;5C":                        "\x1b[1;3C",
		"\x1b[5~x":                         "x",
		"\x1b\x1b[A":                       "\x1b[A",
		"\x1b[\x1b[A":                      "\x1b[A",
		"\x1bx":                            "x",
		"\u00e4\xff\xc3x\u20ac":            "\u00e4x\u20ac",
		"\xc3\x1b[Ax":                      "\x1b[Ax",
		"\xa4\xa4x":                        "x",
		"a\r\nb\n":                         "a\rb\r",
		"\x03":                             "\x05\x15",
		"\x1b[" + strings.Repeat("1", 300): strings.Repeat("1", 300-longestSequence+1),
	} {
		tm := &terminal{c: &pipe{in: strings.NewReader(in)}}
		b, err := io.ReadAll(tm)
		if string(b) != out || err != nil || !utf8.Valid(b) {
			t.Errorf("%q: %q (%v), not %q", in, b, err, out)
		}
	}
}

// TestConsoleFails: a console that is gone ends the shell.
func TestConsoleFails(t *testing.T) {
	gone := errors.New("gone")
	p := &pipe{in: io.MultiReader(strings.NewReader("ver\r"), failing{gone})}
	if err := Run(p, newFake(), ""); !errors.Is(err, gone) {
		t.Errorf("read: %v", err)
	}
	if err := Run(&mute{pipe{in: strings.NewReader("ver\r")}, gone}, newFake(), ""); !errors.Is(err, gone) {
		t.Errorf("write: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type mute struct {
	pipe
	err error
}

func (m *mute) Write([]byte) (int, error) { return 0, m.err }

func TestHistory(t *testing.T) {
	h := &history{}
	for range 3 {
		h.Add("same")
	}
	h.Add("  ")
	for i := range 250 {
		h.Add(strings.Repeat("x", i%9) + "y")
	}
	if h.Len() != mostHistory || h.At(0) != strings.Repeat("x", 249%9)+"y" {
		t.Errorf("%d lines, the last %q", h.Len(), h.At(0))
	}
}

func TestColumns(t *testing.T) {
	if got := columns([]string{"a", "bb", "c", "d", "e"}, 7); got != "a   d\nbb  e\nc" {
		t.Errorf("%q", got)
	}
	if got := columns([]string{strings.Repeat("x", 100), "y"}, 79); strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
}
