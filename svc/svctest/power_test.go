package svctest

import (
	"testing"
	"unsafe"

	"gont/nt"
	"gont/po"
	"gont/svc/system"
)

// TestPowerInformation (P1.6): NtPowerInformation says what the power manager knows, refuses what
// has no answer, and touches nothing but a buffer with room.
func TestPowerInformation(t *testing.T) {
	if n := unsafe.Sizeof(nt.PowerCapabilities{}); n != 76 || unsafe.Offsetof(nt.PowerCapabilities{}.BatteryScale) != 32 || unsafe.Offsetof(nt.PowerCapabilities{}.SystemBatteriesPresent) != 30 {
		t.Errorf("SYSTEM_POWER_CAPABILITIES has %d bytes", n)
	}
	simulate(t, func(w *world) {
		old, processor := po.Machine.Capabilities, system.Machine.Processor
		defer func() {
			po.Machine.Capabilities, system.Machine.Processor = old, processor
			po.DisableButtons()
		}()
		system.Machine.Processor = func() system.Processor { return system.Processor{MHz: 2100} }
		po.Machine.Capabilities = func() po.Capabilities { return po.Capabilities{PowerButton: true, SwitchOff: true} }
		po.InitSystem0()
		if s := w.service(nt.SvcPowerInformation, nt.SystemPowerCapabilitiesLevel, 0, 0, dataAt, 100); !s.OK() {
			t.Fatal(s)
		}
		if c := get[nt.PowerCapabilities](w, dataAt); c != (nt.PowerCapabilities{PowerButtonPresent: 1, SystemS5: 1, ProcessorMinThrottle: 100, ProcessorMaxThrottle: 100}) {
			t.Errorf("%+v", c)
		}
		if s := w.service(nt.SvcPowerInformation, nt.ProcessorInformationLevel, 0, 0, dataAt, 24); !s.OK() {
			t.Fatal(s)
		}
		if p := get[nt.ProcessorPower](w, dataAt); p.Number != 0 || p.MaxMhz != 2100 || p.CurrentMhz != p.MaxMhz || p.MaxIdleState != 1 {
			t.Errorf("%+v", p)
		}
		for _, c := range []struct {
			level, input, inputLength, output, length uint64
			want                                      nt.Status
		}{
			{nt.LastWakeTimeLevel, 0, 0, dataAt, 8, nt.StatusSuccess},
			{nt.LastSleepTimeLevel, 0, 0, dataAt, 8, nt.StatusSuccess},
			{nt.SystemExecutionStateLevel, 0, 0, dataAt, 4, nt.StatusSuccess},
			{nt.SystemExecutionStateLevel, 0, 0, dataAt, 3, nt.StatusBufferTooSmall},
			{nt.SystemPowerCapabilitiesLevel, 0, 0, dataAt, 75, nt.StatusBufferTooSmall},
			{nt.SystemPowerCapabilitiesLevel, 0, 0, 0, 0, nt.StatusBufferTooSmall},
			{nt.ProcessorInformationLevel, 0, 0, dataAt, 23, nt.StatusBufferTooSmall},
			{nt.SystemPowerCapabilitiesLevel, dataAt, 76, dataAt, 76, nt.StatusInvalidParameter},
			{nt.SystemPowerCapabilitiesLevel, dataAt, 0, dataAt, 76, nt.StatusInvalidParameter},
			{nt.SystemPowerCapabilitiesLevel, 0, 0, dataAt + 2, 76, nt.StatusDatatypeMisalignment},
			{nt.SystemPowerCapabilitiesLevel, 0, 0, readOnly, 76, nt.StatusAccessViolation},
			{nt.SystemPowerCapabilitiesLevel, 0, 0, hole, 76, nt.StatusAccessViolation},
			{0, 0, 0, dataAt, 1000, nt.StatusNotSupported},
			{5, 0, 0, dataAt, 1000, nt.StatusNotSupported}, // a battery
			{nt.LastPowerInformationLevel + 1, 0, 0, dataAt, 1000, nt.StatusInvalidParameter},
			{0xFFFFFFFF, 0, 0, dataAt, 1000, nt.StatusInvalidParameter},
		} {
			if s := w.service(nt.SvcPowerInformation, c.level, c.input, c.inputLength, c.output, c.length); s != c.want {
				t.Errorf("%+v: %v", c, s)
			}
		}
	})
}
