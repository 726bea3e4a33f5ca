// Package i8042prt is the driver of the keyboard controller 8042 and of an AT or PS/2
// keyboard at it (SPEC I10): \Device\KeyboardPort0, from which \Device\KeyboardClass0 is
// read as KEYBOARD_INPUT_DATA. The controller's commands are those of the IBM PS/2 Hardware
// Interface Technical Reference, "Keyboard and Auxiliary Device Controller"; the
// keyboard's those of "Keyboards (101- and 102-Key)" there.
//
//	controller  commands and bytes, each wait bounded
//	keyboard    set-up, LEDs, repetition: what is sent to the keyboard
//	scancode    codes of set 1 and 2 to NT's make codes and flags
//	driver      devices, requests
//
// From keys to characters: nt/keyboard has the decoder that programs use; this driver gives
// keys, as NT's does.
package i8042prt

import "gont/nt"

// bus is how the controller is reached: its two ports, and a clock in nanoseconds.
type bus interface {
	data() uint8     // port 60h
	status() uint8   // port 64h
	write(v uint8)   // port 60h
	command(v uint8) // port 64h
	now() int64
	pause()
}

// Bits of the status port.
const (
	statusOutput = 0x01 // a byte can be read
	statusInput  = 0x02 // the controller has not taken the last one
	statusAux    = 0x20 // the byte is the mouse's
)

// Commands of the controller, and bits of its command byte.
const (
	cmdReadByte    = 0x20
	cmdWriteByte   = 0x60
	cmdDisableAux  = 0xA7
	cmdSelfTest    = 0xAA
	cmdTestPort    = 0xAB
	cmdDisable     = 0xAD
	cmdEnable      = 0xAE
	byteInterrupt  = 0x01
	byteSystem     = 0x04
	byteDisabled   = 0x10
	byteTranslate  = 0x40
	selfTestPassed = 0x55
)

// patience is how long the controller may take for a byte, ns. Its self-test takes longer.
const (
	patience     = 50_000_000
	testPatience = 500_000_000
)

// until waits until ok, patience ns at most, and no more than a million questions in case the
// clock stands.
func until(b bus, ns int64, ok func() bool) bool {
	start := b.now()
	for range 1_000_000 {
		if ok() {
			return true
		}
		if b.now()-start > ns {
			return false
		}
		b.pause()
	}
	return false
}

// send gives the controller a command, and a byte with it if v >= 0.
func send(b bus, command uint8, v int) bool {
	if !until(b, patience, func() bool { return b.status()&statusInput == 0 }) {
		return false
	}
	b.command(command)
	if v < 0 {
		return true
	}
	if !until(b, patience, func() bool { return b.status()&statusInput == 0 }) {
		return false
	}
	b.write(uint8(v))
	return true
}

// receive waits for a byte.
func receive(b bus, ns int64) (v uint8, ok bool) {
	if !until(b, ns, func() bool { return b.status()&statusOutput != 0 }) {
		return 0, false
	}
	return b.data(), true
}

// flush takes what lies in the controller; false: it says for ever that there is more.
func flush(b bus) bool {
	for range 64 {
		if b.status()&statusOutput == 0 {
			return true
		}
		b.data()
	}
	return false
}

// prepare sets the controller up: everything is quiet, it has passed its test, the
// keyboard's port works. It returns the command byte that it has then. Interrupts are off
// in it. STATUS_NO_SUCH_DEVICE where nobody answers.
func prepare(b bus) (commandByte uint8, s nt.Status) {
	if b.status() == 0xFF || !send(b, cmdDisable, -1) {
		return 0, nt.StatusNoSuchDevice
	}
	send(b, cmdDisableAux, -1)
	if !flush(b) || !send(b, cmdReadByte, -1) {
		return 0, nt.StatusNoSuchDevice
	}
	commandByte, ok := receive(b, patience)
	if !ok {
		return 0, nt.StatusNoSuchDevice
	}
	if !send(b, cmdSelfTest, -1) {
		return 0, nt.StatusDeviceNotReady
	}
	if v, ok := receive(b, testPatience); !ok || v != selfTestPassed {
		return 0, nt.StatusDeviceNotReady
	}
	commandByte = commandByte&^(byteInterrupt|byteDisabled|2) | byteSystem | 0x20 // the mouse stays off
	// The test may have reset the command byte.
	if !send(b, cmdWriteByte, int(commandByte)) || !send(b, cmdTestPort, -1) {
		return 0, nt.StatusDeviceNotReady
	}
	if v, ok := receive(b, patience); ok && v >= 1 && v <= 4 {
		return 0, nt.StatusDeviceNotReady // the keyboard's wires are stuck
	}
	if !send(b, cmdEnable, -1) {
		return 0, nt.StatusDeviceNotReady
	}
	return commandByte, nt.StatusSuccess
}
