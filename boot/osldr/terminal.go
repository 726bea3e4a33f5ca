//go:build tamago && osldr

package main

import (
	"gont/boot/osldr/clock"
	"gont/boot/osldr/menu"
	"gont/boot/osldr/status"
)

// terminal is both consoles for the menu. Serial terminals get ANSI sequences
// (ECMA-48: CUP, ED, SGR).
type terminal struct {
	clock clock.Clock
	// Looks at a byte that was left to the BIOS, and when the first of them was, in ms.
	left   int
	leftAt uint64
	typed  bool // a key has come from the serial port
}

func serialText(s string) {
	for i := 0; i < len(s); i++ {
		serialPut(s[i])
	}
}

func (t *terminal) Clear() {
	s := screen()
	for i := range s {
		for j := range s[i] {
			s[i][j] = normal<<8 | ' '
		}
	}
	row, column = 0, 0
	cursor(0, 0)
	serialText("\x1b[0m\x1b[2J\x1b[H")
}

func (t *terminal) Write(r, c int, text string, reverse bool) {
	attr := uint16(normal << 8)
	serialText("\x1b[" + status.Dec(uint64(r+1)) + ";" + status.Dec(uint64(c+1)) + "H")
	if reverse {
		attr = reversed << 8
		serialText("\x1b[7m")
	}
	s := screen()
	for i := 0; i < len(text) && c+i < menu.Columns; i++ {
		s[r][c+i] = attr | uint16(printable(text[i]))
		serialPut(printable(text[i]))
	}
	if reverse {
		serialText("\x1b[0m")
	}
}

func (t *terminal) Key() menu.Key {
	r := biosRegs{number: 0x16, ax: 0x0100}
	bios(&r)
	if r.flags&0x40 == 0 { // ZF clear: a key is waiting
		r = biosRegs{number: 0x16}
		bios(&r)
		if k := menu.FromKeyboard(uint16(r.ax)); k != menu.None {
			return k
		}
	}
	k := t.serialKey()
	if k == menu.Escape {
		return t.escape()
	}
	return k
}

// serialKey is the next key of the line, None when only noise has come.
func (t *terminal) serialKey() menu.Key {
	for range 64 { // more than a FIFO holds
		lineStatus, c, ok := t.serialGet()
		if !ok {
			return menu.None
		}
		if k := menu.FromLine(lineStatus, c); k != menu.None {
			t.typed = true
			return k
		}
	}
	return menu.None
}

// A BIOS that uses COM1 as well makes keys for INT 16h of what it reads, mostly in its
// tick. A byte is left to the BIOS for patience looks and for patienceTime ms.
const (
	patience     = 8
	patienceTime = 400
)

// serialGet takes a byte out of COM1, with the line status before it.
func (t *terminal) serialGet() (lineStatus, c byte, ok bool) {
	if k := ho.key; k != 0 {
		ho.key = 0
		return 0, byte(k), true
	}
	if ho.serial == serialAbsent {
		return 0, 0, false
	}
	lineStatus = inb(lineReady)
	if !menu.Ready(lineStatus) {
		t.left = 0
		return 0, 0, false
	}
	if ho.serial == serialShared {
		now := t.millis()
		if t.left == 0 {
			t.leftAt = now
		}
		if t.left++; t.left < patience || now-t.leftAt < patienceTime {
			return 0, 0, false
		}
	}
	return lineStatus, inb(com1), true
}

// escapeTime is how long the rest of a key may take after its ESC, in ms.
const escapeTime = 110

// escape reads what follows ESC: nothing within escapeTime is the key itself.
func (t *terminal) escape() menu.Key {
	next := func() byte {
		for start := t.millis(); t.millis()-start < escapeTime; t.Wait() {
			if k := t.serialKey(); k != menu.None {
				return byte(k)
			}
		}
		return 0
	}
	switch next() {
	case '[', 'O':
	case '8': // F8 by the convention of consoles without function keys
		return menu.F8
	default:
		return menu.Escape
	}
	c := next()
	switch c {
	case 'A':
		return menu.Up
	case 'B':
		return menu.Down
	case 'C':
		return menu.Right
	case 'D':
		return menu.Left
	case 'H':
		return menu.Home
	case 'F':
		return menu.End
	}
	n, first := 0, true
	for '0' <= c && c <= '9' || c == ';' { // to the final '~'
		if first = first && c != ';'; first {
			n = n*10%1000 + int(c-'0')
		}
		c = next()
	}
	switch n {
	case 3:
		return menu.Delete
	case 19:
		return menu.F8
	}
	return menu.None
}

// waitClocks is how long Wait lasts where the tick stands, in clocks of the
// processor: some milliseconds.
const waitClocks = 20_000_000

func (t *terminal) Wait() { bios(&biosRegs{number: thunkWait, cx: waitClocks}) }

func (t *terminal) Seconds() int { return int(t.millis() / 1000) }

// millis counts by whatever clock runs (package clock).
func (t *terminal) millis() uint64 {
	if t.clock.Rate == 0 {
		t.clock.Rate = tscRate()
	}
	r := biosRegs{number: thunkWait} // no wait: the tick only
	bios(&r)
	return t.clock.Millis(clock.Sample{Tick: r.dx, Second: rtcSecond(), TSC: rdtsc()})
}

// rtcSecond reads the real-time clock (MC146818 data sheet).
func rtcSecond() int {
	read := func(register byte) byte {
		outb(0x70, register)
		return inb(0x71)
	}
	return clock.Second(read(0xA), read(0), read(0), read(0xA), read(0xB))
}

// tscRate is what the processor says of its time-stamp counter, in kHz: CPUID
// leaf 15h, else the base frequency of leaf 16h (SDM vol. 2A, CPUID); 0 when
// neither is there.
func tscRate() uint64 {
	most, _, _, _ := cpuid(0)
	if most >= 0x15 {
		if denominator, numerator, crystal, _ := cpuid(0x15); denominator != 0 && numerator != 0 && crystal != 0 {
			return uint64(crystal) * uint64(numerator) / uint64(denominator) / 1000
		}
	}
	if most >= 0x16 {
		base, _, _, _ := cpuid(0x16)
		return uint64(base&0xFFFF) * 1000
	}
	return 0
}
