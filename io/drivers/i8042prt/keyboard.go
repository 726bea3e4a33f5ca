package i8042prt

import "gont/nt"

// Commands of the keyboard, and its answers.
const (
	kbdLeds       = 0xED
	kbdScanSet    = 0xF0
	kbdIdentify   = 0xF2
	kbdTypematic  = 0xF3
	kbdEnable     = 0xF4
	kbdDisable    = 0xF5
	kbdDefaults   = 0xF6
	answerAck     = 0xFA
	answerResend  = 0xFE
	answerTested  = 0xAA
	answerOverrun = 0x00
)

// tell sends a byte to the keyboard and waits for its acknowledgement, three times if it
// wants to hear it again.
func tell(b bus, v uint8) bool {
	for range 3 {
		if !until(b, patience, func() bool { return b.status()&statusInput == 0 }) {
			return false
		}
		b.write(v)
		for range 8 { // codes of keys may come first
			a, ok := receive(b, patience)
			if !ok {
				return false
			}
			if a == answerAck {
				return true
			}
			if a == answerResend {
				break
			}
		}
	}
	return false
}

// setUp sets a keyboard up, and returns which codes come from the controller: set 1, where it
// translates, else 2. ok is false where no keyboard answers: the controller is there, and
// one may be plugged in later.
func setUp(b bus, commandByte uint8, typematic uint8) (set int, ok bool) {
	set = 2
	if commandByte&byteTranslate != 0 {
		set = 1
	}
	if !tell(b, kbdDisable) {
		return set, false
	}
	tell(b, kbdDefaults)
	// Set 2 is the default; with translation that makes set 1.
	if tell(b, kbdScanSet) {
		tell(b, 2)
	}
	if tell(b, kbdTypematic) {
		tell(b, typematic)
	}
	if tell(b, kbdLeds) {
		tell(b, 0)
	}
	return set, tell(b, kbdEnable)
}

// Typematic rates of the keyboard, in tenths of a character a second, by the five low bits of the
// command's byte.
var rates = [32]uint16{300, 267, 240, 218, 200, 185, 171, 160, 150, 133, 120, 109, 100, 92, 86, 80,
	75, 67, 60, 55, 50, 46, 43, 40, 37, 33, 30, 27, 25, 23, 21, 20}

// typematicByte makes the command's byte: the rate next to that many characters a second, the
// delay next to that many ms (250 to 1000).
func typematicByte(p nt.KeyboardTypematic) uint8 {
	best := 0
	for i, r := range rates {
		if distance(int(r), 10*int(p.Rate)) < distance(int(rates[best]), 10*int(p.Rate)) {
			best = i
		}
	}
	delay := (min(max(int(p.Delay), 250), 1000) + 124) / 250
	return uint8(best) | uint8(delay-1)<<5
}

func distance(a, b int) int { return max(a-b, b-a) }
