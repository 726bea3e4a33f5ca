package po

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
)

// TestGracefulShutdown (X1): who wants to know is told first, then the machine is
// asked once for the right thing; one that cannot be switched off is halted, with the
// reason.
func TestGracefulShutdown(t *testing.T) {
	var log []string
	note := func(s string) { log = append(log, s) }
	Machine.Settle = func() { note("settle") }
	Machine.Display = note
	Machine.Reboot = func() { panic("reboot") }
	Machine.Halt = func() { panic("halt") }
	ex.PowerCallback = &ex.Callback{}
	ex.PowerCallback.Register(func(_, a, b any) { note(fmt.Sprint("told ", a, " ", b)) }, nil)
	told := fmt.Sprint("told ", nt.PowerStateLock, " 0")
	for _, c := range []struct {
		action uint32
		off    error
		end    string
		want   []string
	}{
		{nt.ShutdownNoReboot, nil, "halt", []string{told, "settle", "It is now safe to turn off your computer.\n"}},
		{nt.ShutdownReboot, nil, "reboot", []string{told, "settle", "The system restarts.\n"}},
		{nt.ShutdownPowerOff, nil, "off", []string{told, "settle", "The system switches off.\n"}},
		{nt.ShutdownPowerOff, errors.New("no way"), "halt",
			[]string{told, "settle", "The system switches off.\n", "HAL: no way\n", "It is now safe to turn off your computer.\n"}},
	} {
		log = nil
		Machine.PowerOff = func() error {
			if c.off == nil {
				panic("off")
			}
			return c.off
		}
		end := func() (r any) {
			defer func() { r = recover() }()
			GracefulShutdown(c.action)
			return nil
		}()
		if end != c.end || !slices.Equal(log, c.want) {
			t.Errorf("action %d (off: %v): ended by %v with %q, want %q", c.action, c.off, end, log, c.want)
		}
	}
}

// TestShutdownFileSystems (X1): volumes are written before the end; a disk that does not answer is
// waited for a minute, and no longer.
func TestShutdownFileSystems(t *testing.T) {
	const lost = "A volume cannot be written; what was changed on it may be lost.\n"
	for _, c := range []struct {
		hangs bool
		want  []string
	}{{false, []string{"written", "The system switches off.\n"}}, {true, []string{lost, "The system switches off.\n"}}} {
		var log []string
		simulate(t, func() {
			ex.PowerCallback = &ex.Callback{}
			Machine.Settle, Machine.ClearPagingFiles = func() {}, nil
			Machine.Display = func(s string) { log = append(log, s) }
			Machine.PowerOff = func() error { panic("off") }
			Machine.FileSystems = func() {
				if c.hangs {
					ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
				}
				log = append(log, "written")
			}
			defer func() {
				Machine.FileSystems = nil
				if r := recover(); r != "off" {
					t.Errorf("ended by %v", r)
				}
			}()
			GracefulShutdown(nt.ShutdownPowerOff)
		})
		if !slices.Equal(log, c.want) {
			t.Errorf("hangs %v: %q, want %q", c.hangs, log, c.want)
		}
	}
}
