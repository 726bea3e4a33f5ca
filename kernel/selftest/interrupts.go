//go:build kernel

package selftest

import (
	"fmt"
	"sync/atomic"

	"gont/hal"
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// SELFTEST=interrupts: lines and messages of devices, on the machine that is there.

func testInterrupts() error {
	for _, t := range []struct {
		name string
		run  func() error
	}{
		{"line", testLine}, {"messages", testMessages}, {"late", testLateInterrupt}, {"stuck", testStuckLine},
	} {
		if err := t.run(); err != nil {
			return fmt.Errorf("interrupts, %s: %w", t.name, err)
		}
		k.PrintLine("SELFTEST interrupt " + t.name + " ok")
	}
	return nil
}

// The real-time clock's periodic interrupt (MC146818 data sheet: register B, PIE; register
// C, which reading clears).
func cmosRegister(n uint8) uint8 { hal.WritePort8(0x70, n); return hal.ReadPort8(0x71) }

func setPeriodic(on bool) {
	b := cmosRegister(0x0B) &^ 0x40
	if on {
		b |= 0x40
	}
	hal.WritePort8(0x70, 0x0B)
	hal.WritePort8(0x71, b)
	cmosRegister(0x0C)
}

// waitUntil waits in the dispatcher, as devices' drivers do, so that the processors halt.
func waitUntil(what string, seconds int, ok func() bool) error {
	for start := hal.Nanotime(); !ok(); ke.Delay(ke.KernelMode, false, -100_000) {
		if hal.Nanotime()-start > int64(seconds)*1_000_000_000 {
			return fmt.Errorf("%s: not within %d s", what, seconds)
		}
	}
	return nil
}

// testLine: 64 interrupts a second of IRQ 8 come, and none after the disconnection.
func testLine() error {
	var n, level atomic.Uint32
	i, s := io.ConnectInterrupt("RTC", hal.IsaLine(8), func(int) bool {
		level.Store(uint32(ke.CurrentIrql()))
		if cmosRegister(0x0C)&0x40 == 0 {
			return false
		}
		n.Add(1)
		return true
	})
	if !s.OK() {
		return fmt.Errorf("not connected: %v", s)
	}
	setPeriodic(true)
	i.Expect()
	err := waitUntil("32 ticks", 20, func() bool { return n.Load() >= 32 })
	setPeriodic(false)
	list := io.Interrupts()
	io.DisconnectInterrupt(i)
	if err != nil {
		return err
	}
	if len(list) != 1 || list[0].Polled || list[0].Served < 32 || list[0].Came < 32 || level.Load() != ke.DispatchLevel {
		return fmt.Errorf("%+v, at IRQL %d", list, level.Load())
	}
	if c := io.Interrupts(); len(c) != 0 {
		return fmt.Errorf("%v is connected still", c)
	}
	return nil
}

// testMessages: three messages for each processor, sent as a device's would come.
func testMessages() error {
	cpus := hal.ProcessorCount()
	if !hal.UsesIOApics() && cpus == 1 {
		return nil // perhaps without a local APIC
	}
	came := make([]atomic.Uint32, 3*cpus)
	var all []*io.Interrupt
	per := map[int]int{}
	for k := range came {
		i, m, s := io.ConnectMessages("test", 1, func(int) bool { came[k].Add(1); return true })
		if !s.OK() || len(m) != 1 {
			return fmt.Errorf("message %d: %v", k, s)
		}
		all = append(all, i)
		per[m[0].Vector.Processor]++
		if !hal.SendMessage(m[0]) {
			return fmt.Errorf("message %d cannot be sent", k)
		}
	}
	for k := range came {
		if err := waitUntil(fmt.Sprintf("message %d", k), 20, func() bool { return came[k].Load() == 1 }); err != nil {
			return err
		}
	}
	for _, i := range all {
		io.DisconnectInterrupt(i)
	}
	if len(per) != cpus {
		return fmt.Errorf("%v messages of %d processors", per, cpus)
	}
	_, _, s := io.ConnectMessages("test", 64, func(int) bool { return true })
	if s != nt.StatusInsufficientResources {
		return fmt.Errorf("64 messages: %v", s)
	}
	return nil
}

// testLateInterrupt: a device that wants to tell something and whose line is not wired is
// polled from the second on.
func testLateInterrupt() error {
	var asked atomic.Uint32
	i, s := io.ConnectInterrupt("test device", hal.IsaLine(5), func(int) bool { asked.Add(1); return true })
	if !s.OK() {
		return fmt.Errorf("not connected: %v", s)
	}
	start := hal.Nanotime()
	i.Expect()
	err := waitUntil("poll", 30, func() bool { return asked.Load() > 10 })
	took := hal.Nanotime() - start
	io.DisconnectInterrupt(i)
	if err == nil && took < 1_000_000_000 {
		err = fmt.Errorf("polled after %d ms", took/1_000_000)
	}
	return err
}

// testStuckLine: a level that nobody claims is masked in the end, told, and the devices
// asked. Where the line is edge triggered by nature there is nothing to test.
func testStuckLine() error {
	l := hal.IsaLine(8)
	if l.Pic {
		return nil
	}
	l.Level = true
	var calls atomic.Uint32
	var release atomic.Bool
	i, s := io.ConnectInterrupt("RTC as a level", l, func(int) bool {
		calls.Add(1)
		return release.Load() && cmosRegister(0x0C)&0x40 != 0
	})
	if !s.OK() {
		return fmt.Errorf("not connected: %v", s)
	}
	setPeriodic(true)
	err := waitUntil("stuck", 30, func() bool { return io.Interrupts()[0].Polled })
	release.Store(true)
	if err == nil {
		err = waitUntil("served", 30, func() bool { return io.Interrupts()[0].Served > 0 })
	}
	setPeriodic(false)
	io.DisconnectInterrupt(i)
	return err
}
