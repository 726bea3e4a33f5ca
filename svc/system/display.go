package system

import (
	"gont/nt"
	"gont/svc"
)

// maximumDisplay is how much NtDisplayString takes at once, in characters.
const maximumDisplay = 4096

// NtDisplayString(*string): on the screen and the serial port. The string and its
// header are read once.
func NtDisplayString(c *svc.Call) nt.Status {
	t := c.Thread
	var u nt.UnicodeString
	if s := svc.Get(t, c.Arg(1), &u); !s.OK() {
		return s
	}
	if u.Length > maximumDisplay*2 {
		return nt.StatusInvalidParameter
	}
	text, s := svc.ReadUnicode(t, &u)
	if !s.OK() {
		return s
	}
	return Machine.Display(text)
}
