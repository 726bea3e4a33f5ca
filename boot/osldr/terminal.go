//go:build tamago && osldr

package main

import (
	"gont/boot/osldr/menu"
	"gont/boot/osldr/status"
)

// terminal is both consoles for the menu. Serial terminals get ANSI sequences
// (ECMA-48: CUP, ED, SGR).
type terminal struct {
	ticks, days uint32 // BIOS clock as last read, midnights since
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
		s[r][c+i] = attr | uint16(text[i])
		serialPut(text[i])
	}
	if reverse {
		serialText("\x1b[0m")
	}
}

// scanCodes of keys without a character (INT 16h AH=00h, AL=0).
var scanCodes = [...]struct {
	code byte
	key  menu.Key
}{
	{0x48, menu.Up}, {0x50, menu.Down}, {0x4B, menu.Left}, {0x4D, menu.Right},
	{0x47, menu.Home}, {0x4F, menu.End}, {0x53, menu.Delete}, {0x42, menu.F8},
}

func (t *terminal) Key() menu.Key {
	r := biosRegs{number: 0x16, ax: 0x0100}
	bios(&r)
	if r.flags&0x40 == 0 { // ZF clear: a key is waiting
		r = biosRegs{number: 0x16}
		bios(&r)
		if c := byte(r.ax); c != 0 && c != 0xE0 {
			return menu.Key(c)
		}
		for _, s := range scanCodes {
			if s.code == byte(r.ax>>8) {
				return s.key
			}
		}
	}
	c, ok := serialGet()
	switch {
	case !ok:
		return menu.None
	case c == 0x7F:
		return menu.Backspace
	case c == '\n':
		return menu.Enter
	case c == 0x1B:
		return t.escape()
	}
	return menu.Key(c)
}

func serialGet() (byte, bool) {
	if ho.serial == 0 || inb(lineReady)&1 == 0 {
		return 0, false
	}
	return inb(com1), true
}

// escape reads what follows ESC: nothing within two ticks is the key itself.
func (t *terminal) escape() menu.Key {
	next := func() byte {
		for i := 0; i < 3; i++ {
			if c, ok := serialGet(); ok {
				return c
			}
			t.Wait()
		}
		return 0
	}
	switch next() {
	case '[', 'O':
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
	k := menu.None
	if c == '3' {
		k = menu.Delete
	}
	for '0' <= c && c <= '9' || c == ';' { // to the final '~'
		c = next()
	}
	return k
}

func (t *terminal) Wait() { bios(&biosRegs{number: thunkWait}) }

// Seconds counts by the BIOS clock, 1573040 ticks a day.
func (t *terminal) Seconds() int {
	r := biosRegs{number: 0x1A}
	bios(&r)
	ticks := r.cx<<16&0xFFFF0000 | r.dx&0xFFFF
	if ticks < t.ticks {
		t.days++
	}
	t.ticks = ticks
	return int((uint64(t.days)*1573040 + uint64(ticks)) * 86400 / 1573040)
}
