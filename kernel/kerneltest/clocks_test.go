package kerneltest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// TestClocks (P0.4): machines whose clocks are missing, or not to be believed. Each finds
// the rate of the time-stamp counter that a whole machine finds, says what is wrong, and
// its five seconds are five of the host's.
func TestClocks(t *testing.T) {
	t.Parallel()
	const dead, watched = `^HAL: the PIT is no clock: it does not count: port 61h reads FFh$`, `^HAL: time is kept by the time-stamp counter \(not invariant by CPUID, the hypervisor's\), watched by the `
	by := func(name string) string { return `^HAL: clocks measured by the ` + name + `$` }
	kept := func(name string) string {
		return `^HAL: time is kept by the ` + name + `, as the time-stamp counter is not invariant by CPUID$`
	}
	rate := regexp.MustCompile(`, ([0-9]+) MHz counter$`)
	rates := make(chan float64, 16)
	whole := 0.0
	t.Cleanup(func() {
		close(rates)
		for r := range rates {
			if r < whole*0.95 || r > whole*1.05 {
				t.Errorf("a counter of %v MHz was found to have %v", whole, r)
			}
		}
	})
	for _, c := range []struct {
		name, options string
		smp           int
		cpu, machine  string
		lines         []string
	}{
		{"all", "", 1, "", "", []string{watched + `HPET$`}},
		{"no PIT", "", 2, "", "pit=off", []string{dead, by("(HPET|PM timer)"), watched + `HPET$`}},
		{"PM timer only", "", 1, "", "pit=off,hpet=off", []string{dead, by("PM timer"), watched + `PM timer$`}},
		{"CMOS clock only", "", 1, "", "pit=off,hpet=off,acpi=off", []string{dead, by("RTC"), `^HAL: the 8254 does not count: the local APIC timer is the clock$`}},
		{"ticks of the CMOS clock", "", 1, "qemu64,-apic", "pit=off", []string{dead, `^HAL: the 8254 does not count: the CMOS clock's periodic interrupt is the clock$`}},
		{"HPET keeps time", "", 2, "qemu64,-hypervisor", "", []string{kept("HPET")}},
		{"PM timer keeps time", "", 2, "qemu64,-hypervisor", "hpet=off", []string{kept("PM timer")}},
		{"counter goes wrong", "/SELFTEST=clock", 2, "", "", []string{watched + `HPET$`,
			`^HAL: the time-stamp counter is not to be trusted \(it does not keep its rate\): the HPET keeps time from here on$`}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			config := qemu.Config{Image: image(t, c.options).Name, Disk: qemu.Virtio, SMP: c.smp, CPU: c.cpu}
			if c.machine != "" {
				config.Args = []string{"-machine", c.machine}
			}
			g := qemu.Boot(t, config)
			r, _ := strconv.ParseFloat(rate.FindStringSubmatch(g.Line(` MHz counter$`, stopLine))[1], 64)
			if rates <- r; c.name == "all" {
				whole = r
			}
			g.Line(systemProcessors(c.smp), stopLine)
			_, began := g.LineAt(firstLine, stopLine)
			_, ended := g.LineAt(`^P1\.45: the session manager has run for 5 s$`, stopLine)
			if d := ended - began; d < 4*time.Second || d > 15*time.Second {
				t.Errorf("five seconds took %v", d)
			}
			for _, l := range c.lines {
				if re := regexp.MustCompile(l); !slices.ContainsFunc(g.Lines(), re.MatchString) {
					t.Errorf("no line is %s", l)
				}
			}
			if n := strings.Count(g.Text(), "not to be trusted"); n != strings.Count(strings.Join(c.lines, ""), "not to be trusted") {
				t.Errorf("the counter was found off %d times", n)
			}
		})
	}
}
