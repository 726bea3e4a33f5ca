package kerneltest

import (
	"testing"
)

// TestDebuggerPrograms (K2): explore.
func TestDebuggerPrograms(t *testing.T) {
	t.Parallel()
	g, socket := debugBoot(t, image(t, "/DEBUG"), 2)
	g.Line(waiting, stopLine)
	l := dial(t, socket)
	l.send("\x03")
	l.expect(`kd> `)
	for _, c := range []string{".process", "lm", "? smss!main.main", "? nsh!main.main", "x main.main", ".process 44", "k", "? smss!main.main", "? main.main", "ln smss!main.main+10", "u smss!main.main 3", "bp smss!main.main", "bl", "bc *"} {
		t.Log(c + "\n" + l.command(c))
	}
	l.command1("g")
	for range 10000 {}
	l.send("\x03")
	l.expect(`kd> `)
	for _, c := range []string{"!process", ".process 60", "k", "r"} {
		t.Log(c + "\n" + l.command(c))
	}
}
