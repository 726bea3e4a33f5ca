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

// end is one run of GracefulShutdown in a system of its own.
type end struct {
	log []string // what was displayed and done, in its order
	by  any      // what has ended it
	at  uint64   // when, seconds after the beginning
}

// shutdown runs GracefulShutdown. stages are what the machine has to do in Machine's six functions,
// nil for one that it has not; off is what PowerOff fails with.
func shutdown(t *testing.T, action uint32, off error, notified func(e *end), stages [6]func() string) *end {
	t.Helper()
	e := &end{}
	saved := Machine
	defer func() { Machine = saved }()
	simulate(t, func() {
		note := func(s string) { e.log = append(e.log, s) }
		begin := ke.InterruptTime()
		m := &Machine
		m.Settle, m.Display = func() { note("settle") }, note
		m.Reboot, m.Halt = func() { panic("reboot") }, func() { panic("halt") }
		m.PowerOff = func() error {
			if off == nil {
				panic("off")
			}
			return off
		}
		for i, f := range []*func() string{&m.Drivers, &m.Registry, &m.Pages, &m.FileSystems, &m.LastDrivers, &m.ClearPagingFiles} {
			*f = stages[i]
		}
		ex.PowerCallback = &ex.Callback{}
		ex.PowerCallback.Register(func(_, a, b any) {
			note(fmt.Sprint("told ", a, " ", b))
			if notified != nil {
				notified(e)
			}
		}, nil)
		defer func() {
			e.by, e.at = recover(), (ke.InterruptTime()-begin)/second
		}()
		GracefulShutdown(action)
	})
	return e
}

const begins = "Shutdown: components are told\n"

// TestGracefulShutdown (X1): who wants to know is told first, then the machine is
// asked once for the right thing; one that cannot be switched off is halted, with the
// reason.
func TestGracefulShutdown(t *testing.T) {
	told := fmt.Sprint("told ", nt.PowerStateLock, " 0")
	for _, c := range []struct {
		action uint32
		off    error
		end    string
		want   []string
	}{
		{nt.ShutdownNoReboot, nil, "halt", []string{"settle", begins, told, "It is now safe to turn off your computer.\n"}},
		{nt.ShutdownReboot, nil, "reboot", []string{"settle", begins, told, "The system restarts.\n"}},
		{nt.ShutdownPowerOff, nil, "off", []string{"settle", begins, told, "The system switches off.\n"}},
		{nt.ShutdownPowerOff, errors.New("no way"), "halt",
			[]string{"settle", begins, told, "The system switches off.\n", "HAL: no way\n", "It is now safe to turn off your computer.\n"}},
	} {
		e := shutdown(t, c.action, c.off, nil, [6]func() string{})
		if e.by != c.end || !slices.Equal(e.log, c.want) {
			t.Errorf("action %d (off: %v): ended by %v with %q, want %q", c.action, c.off, e.by, e.log, c.want)
		}
	}
}

// names are what the console shows of Machine's six stages.
var names = []string{"drivers are told", "the registry is written", "pages of files are written", "volumes are closed", "devices are told", "paging files are cleared"}

// TestStages (X1, X2): the stages run in SPEC's order, each with its name on the console before it
// begins; what a stage complains of is shown, and the next one runs.
func TestStages(t *testing.T) {
	var e *end
	var stages [6]func() string
	want := []string{"settle", begins, fmt.Sprint("told ", nt.PowerStateLock, " 0")}
	for i, n := range names {
		want = append(want, "Shutdown: "+n+"\n", fmt.Sprint("does ", i))
		stages[i] = func() string {
			e.log = append(e.log, fmt.Sprint("does ", i))
			if i%2 == 1 {
				return fmt.Sprint("complaint ", i)
			}
			return ""
		}
		if i%2 == 1 {
			want = append(want, fmt.Sprint("Shutdown: complaint ", i, "\n"))
		}
	}
	want = append(want, "The system switches off.\n")
	got := shutdown(t, nt.ShutdownPowerOff, nil, func(o *end) { e = o }, stages)
	if got.by != "off" || !slices.Equal(got.log, want) {
		t.Errorf("ended by %v with %q, want %q", got.by, got.log, want)
	}
}

// TestStageHangs (X1): each stage alone, and all of them, never end. The system waits for the stage's
// limit, says so and what may be lost, runs all other stages, and switches off.
func TestStageHangs(t *testing.T) {
	limits := []uint64{5, 60, 60, 60, 60, 60, 600}
	hang := func() { ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil) }
	for which := 0; which <= 7; which++ { // 0: the callback; 7: all
		ran, wait := 0, uint64(0)
		var stages [6]func() string
		for i := range stages {
			stages[i] = func() string {
				ran++
				if which == i+1 || which == 7 {
					hang()
				}
				return ""
			}
		}
		for i, l := range limits {
			if which == i || which == 7 {
				wait += l
			}
		}
		e := shutdown(t, nt.ShutdownReboot, nil, func(*end) {
			if which == 0 || which == 7 {
				hang()
			}
		}, stages)
		behind := 0
		for _, line := range e.log {
			var n uint64
			if k, _ := fmt.Sscanf(line, "Shutdown: this has not ended after %d s", &n); k == 1 {
				behind++
			}
		}
		if want := map[bool]int{false: 1, true: 7}[which == 7]; e.by != "reboot" || ran != 6 || e.at < wait || e.at > wait+1 || behind != want {
			t.Errorf("stage %d hangs: ended by %v after %d s (want %d), %d stages ran, %d were left behind: %q", which, e.by, e.at, wait, ran, behind, e.log)
		}
	}
}

// TestShutdownOnce: who asks while the end is under way changes nothing, even when all worker threads hang.
func TestShutdownOnce(t *testing.T) {
	saved := Machine
	defer func() { Machine = saved; begun.Store(false) }()
	offs, reboots := 0, 0
	simulate(t, func() {
		for range 40 {
			ex.QueueWorkItem(ex.NewWorkItem(func(any) {
				ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
			}, nil), ex.CriticalWorkQueue)
		}
		ex.PowerCallback = &ex.Callback{}
		over := ke.NewEvent(nt.NotificationEvent, false)
		stop := func() {
			over.Set()
			ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
		}
		Machine.Settle, Machine.Display = func() {}, func(string) {}
		Machine.PowerOff = func() error { offs++; stop(); return nil }
		Machine.Reboot = func() { reboots++; stop() }
		Shutdown(nt.ShutdownPowerOff)
		Shutdown(nt.ShutdownReboot)
		ke.WaitForSingleObject(over, ke.KernelMode, false, nil)
	})
	if offs != 1 || reboots != 0 {
		t.Errorf("%d times off, %d times restarted", offs, reboots)
	}
}
