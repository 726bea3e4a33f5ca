package arc

// A kernel that cannot write to the disk yet tells OSLDR across a restart what to
// start: the alarm registers of the real-time clock keep three bytes (MC146818
// data sheet, registers 1, 3 and 5). They have a battery, no BIOS has a checksum over
// them, and nobody looks at them while the alarm's interrupt is off. What is
// written there is no time of day, so that an alarm that some firmware has set
// is never taken for a message. OSLDR takes a message once: it clears the
// registers before it acts.

// RestartKind is what a message asks for.
type RestartKind uint8

// Kinds.
const (
	RestartNothing       RestartKind = iota // there is no message
	RestartEntry                            // start entry Number of boot.ini, without the menu
	RestartLastKnownGood                    // a driver failed (SPEC I6): LastKnownGood of entry Number
	RestartAskedGood                        // somebody at the prompt asked for LastKnownGood of entry Number
	maxRestart
)

// RestartMessage is a message: in the loader block, that which OSLDR has taken.
type RestartMessage struct {
	Kind     RestartKind
	Number   uint8 // entry of boot.ini, from 0
	Reserved [6]uint8
}

// Registers of the real-time clock that hold a message.
const (
	AlarmSeconds = 1
	AlarmMinutes = 3
	AlarmHours   = 5
	// AlarmEnable is the bit of register B that makes the alarm interrupt.
	// Who finds it set leaves the registers alone.
	ClockRegisterB = 0x0B
	AlarmEnable    = 0x20
)

// restartMark is the high half of the first byte: no number of seconds, neither
// in BCD nor in binary, and not the "every second" of C0h to FFh.
const restartMark = 0x90

// Registers are what AlarmSeconds, AlarmMinutes and AlarmHours get.
func (m RestartMessage) Registers() (seconds, minutes, hours byte) {
	seconds = restartMark | byte(m.Kind)&15
	return seconds, m.Number, restartSum(seconds, m.Number)
}

// TakeRestart reads a message; ok is false where the registers hold none.
func TakeRestart(seconds, minutes, hours byte) (m RestartMessage, ok bool) {
	kind := RestartKind(seconds & 15)
	if seconds&0xF0 != restartMark || kind == RestartNothing || kind >= maxRestart || hours != restartSum(seconds, minutes) {
		return RestartMessage{}, false
	}
	return RestartMessage{Kind: kind, Number: minutes}, true
}

func restartSum(a, b byte) byte { return 0xA5 ^ a ^ (b<<3 | b>>5) }
