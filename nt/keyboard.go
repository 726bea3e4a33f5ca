package nt

// Control codes of keyboards (IOCTL_KEYBOARD_...), all METHOD_BUFFERED.
const (
	IoctlKeyboardQueryAttributes = FileDeviceKeyboard<<16 | 0<<2
	IoctlKeyboardSetTypematic    = FileDeviceKeyboard<<16 | 1<<2    // KeyboardTypematic
	IoctlKeyboardSetIndicators   = FileDeviceKeyboard<<16 | 2<<2    // KeyboardIndicators
	IoctlKeyboardQueryTypematic  = FileDeviceKeyboard<<16 | 8<<2    // KeyboardTypematic
	IoctlKeyboardQueryIndicators = FileDeviceKeyboard<<16 | 0x10<<2 // KeyboardIndicators
)

// KeyboardInputData is KEYBOARD_INPUT_DATA: a key that goes down or up. MakeCode is the
// code of set 1.
type KeyboardInputData struct {
	UnitID, MakeCode, Flags, Reserved uint16
	ExtraInformation                  uint32
}

// Flags of KeyboardInputData.
const (
	KeyBreak = 1 // the key goes up
	KeyE0    = 2
	KeyE1    = 4
)

// KeyboardTypematic is KEYBOARD_TYPEMATIC_PARAMETERS: characters a second, milliseconds.
type KeyboardTypematic struct{ UnitID, Rate, Delay uint16 }

// KeyboardIndicators is KEYBOARD_INDICATOR_PARAMETERS.
type KeyboardIndicators struct{ UnitID, Leds uint16 }

// LEDs of KeyboardIndicators.
const (
	LedScrollLock = 1
	LedNumLock    = 2
	LedCapsLock   = 4
)

// KeyboardAttributes is KEYBOARD_ATTRIBUTES, as far as it is filled in.
type KeyboardAttributes struct {
	Type, Subtype            uint8
	Mode                     uint16 // the set of codes: 1
	FunctionKeys, Leds, Keys uint16
	_                        uint16
	InputDataQueueLength     uint32
	Minimum, Maximum         KeyboardTypematic
}
