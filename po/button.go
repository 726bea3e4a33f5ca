package po

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
)

// Bits of the fixed events' status and enable registers (ACPI 6.5, table 4.11).
const (
	powerButtonEvent = 1 << 8
	sleepButtonEvent = 1 << 9
)

// Capabilities is what the machine can do about power (SYSTEM_POWER_CAPABILITIES, as far as
// there is something to say).
type Capabilities struct {
	PowerButton, SleepButton bool // fixed ones, that the interrupt announces
	SwitchOff                bool // state S5
}

var capabilities Capabilities

// QueryCapabilities returns them.
func QueryCapabilities() Capabilities { return capabilities }

// InitSystem0 is PoInitSystem in phase 0 (SPEC P1.6): it takes over what the firmware
// says of buttons and sleep states. Machine.Capabilities must be there.
func InitSystem0() nt.Status {
	if Machine.Capabilities == nil {
		return nt.StatusUnsuccessful
	}
	capabilities = Machine.Capabilities()
	return nt.StatusSuccess
}

// The power button's way from its interrupt to a thread: service routine, DPC, work item.
var (
	buttonDpc  *ke.Dpc
	buttonWork *ex.WorkItem
	pressed    bool // the work item is under way; the DPC's
)

// InitSystem1 is PoInitSystem in phase 1 (SPEC P1.39): the buttons are connected, the
// callback \Callback\PowerState is there for those who want to know. It returns what is to
// be said when a button cannot be used; that is no failure.
func InitSystem1() (said string, s nt.Status) {
	if ex.PowerCallback == nil {
		return "", nt.StatusObjectNameNotFound
	}
	if !capabilities.PowerButton && !capabilities.SleepButton {
		return "", nt.StatusSuccess
	}
	buttonDpc, pressed = ke.NewDpc(buttonPressed), false
	buttonWork = ex.NewWorkItem(func(any) { Shutdown(nt.ShutdownPowerOff) }, nil)
	if err := Machine.PrepareEvents(); err != nil {
		capabilities.PowerButton, capabilities.SleepButton = false, false
		return "the power button does nothing: " + err.Error(), nt.StatusSuccess
	}
	if s := Machine.ConnectEvents(serviceEvents); !s.OK() {
		capabilities.PowerButton, capabilities.SleepButton = false, false
		return "the power button does nothing: its interrupt cannot be connected: " + s.String(), nt.StatusSuccess
	}
	Machine.EnableEvents(enabledEvents())
	return "", nt.StatusSuccess
}

func enabledEvents() (bits uint16) {
	if capabilities.PowerButton {
		bits |= powerButtonEvent
	}
	if capabilities.SleepButton {
		bits |= sleepButtonEvent
	}
	return bits
}

// serviceEvents is the service routine of the system control interrupt, which other
// devices may share: DISPATCH_LEVEL, allocates nothing.
func serviceEvents(int) bool {
	bits := Machine.Events() & enabledEvents()
	if bits == 0 {
		return false
	}
	Machine.ClearEvents(bits)
	if bits&powerButtonEvent != 0 {
		buttonDpc.Insert(nil)
	}
	return true // there is no sleep: its button is acknowledged
}

// buttonPressed is the DPC: once the system is on its way to its end, another press
// changes nothing.
func buttonPressed(any) {
	if !pressed {
		pressed = true
		ex.QueueWorkItem(buttonWork, ex.CriticalWorkQueue)
	}
}

// DisableButtons forgets the fixed buttons: an erratum says that they cannot be trusted. It
// has to be called before InitSystem1.
func DisableButtons() { capabilities.PowerButton, capabilities.SleepButton = false, false }
