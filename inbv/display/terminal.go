package display

import "gont/inbv"

// Terminal is the screen, for the driver of \Device\Video0. lock guards it.
type Terminal struct{ terminal inbv.Terminal }

// Display shows text with the sequences of a terminal. It returns false while boot video
// does not own the screen, or the logo stands there.
func (t *Terminal) Display(b []byte) bool {
	text := oem(string(b))
	lock.Lock()
	defer lock.Unlock()
	if !active || screen.LogoShown() {
		return false
	}
	for _, c := range b {
		machine.EmergencyPut(c)
	}
	t.terminal.Screen = screen
	t.terminal.Write(text)
	return true
}

// Size returns how many columns and rows the screen has.
func (t *Terminal) Size() (columns, rows int) {
	lock.Lock()
	defer lock.Unlock()
	return screen.Size()
}
