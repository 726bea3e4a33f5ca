//go:build tamago && osldr

package main

import (
	_ "unsafe" // linkname

	"gont/boot/osldr/menu"
)

// Text goes to the screen (80x25, colour text memory) and to COM1.

const (
	com1      = 0x3F8
	lineReady = com1 + 5 // line status; bit 5: may send

	textMemory = 0xB8000
	normal     = 0x07
	reversed   = 0x70
)

var row, column int

type textScreen [menu.Rows][menu.Columns]uint16

func screen() *textScreen { return at[textScreen](textMemory) }

// What the real-mode part has found out of COM1 (stub/console.inc).
const (
	serialAbsent = 0
	serialShared = 2 // the BIOS sends there, too, what INT 10h gets; nothing here uses that
)

// serialLooks is how often a port is looked at that is not ready: some seconds. A
// real port is ready after 87 us; an emulator's may have to wait for whoever reads,
// and that for a busy host.
const serialLooks = 1 << 22

// serialBusy is set when the port was not ready for that long: it loses what is
// sent until it is.
var serialBusy bool

// serialPut sends a byte. A port that never gets ready costs serialLooks once.
//
//go:nosplit
func serialPut(c byte) {
	if ho != nil && ho.serial == serialAbsent {
		return
	}
	looks := serialLooks
	if serialBusy {
		looks = 1
	}
	for ; looks > 0; looks-- {
		if s := inb(lineReady); s == 0xFF {
			return
		} else if s&0x20 != 0 {
			serialBusy = false
			outb(com1, c)
			return
		}
	}
	serialBusy = true
}

// printable keeps bytes from a terminal that it might take for something else than
// a character.
//
//go:nosplit
func printable(c byte) byte {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}

//go:nosplit
func screenPut(c byte) {
	s := screen()
	switch c {
	case '\r':
		column = 0
	case '\n':
		row++
	default:
		if column == menu.Columns {
			column, row = 0, row+1
		}
		scroll(s)
		s[row][column] = normal<<8 | uint16(c)
		column++
	}
	scroll(s)
}

//go:nosplit
func scroll(s *textScreen) {
	if row < menu.Rows {
		return
	}
	for i := 0; i < menu.Rows-1; i++ {
		for j := 0; j < menu.Columns; j++ {
			s[i][j] = s[i+1][j]
		}
	}
	for j := 0; j < menu.Columns; j++ {
		s[menu.Rows-1][j] = normal<<8 | ' '
	}
	row = menu.Rows - 1
}

// printk is where the Go runtime's own messages go.
//
//go:linkname printk runtime/goos.Printk
//go:nosplit
func printk(c byte) {
	if c == '\n' {
		screenPut('\r')
		serialPut('\r')
	} else {
		c = printable(c)
	}
	screenPut(c)
	serialPut(c)
}

// say writes text, '\n' begins a new line.
func say(parts ...string) {
	for _, s := range parts {
		for i := 0; i < len(s); i++ {
			printk(s[i])
		}
	}
	cursor(row, column)
}

// cursor moves the cursor of the screen (CRT controller registers 0Eh, 0Fh).
func cursor(r, c int) {
	n := r*menu.Columns + c
	outb(0x3D4, 0x0E)
	outb(0x3D5, byte(n>>8))
	outb(0x3D4, 0x0F)
	outb(0x3D5, byte(n))
}

// fatal says why OSLDR cannot go on and waits for a key to restart.
func fatal(parts ...string) {
	say(parts...)
	say("\n")
	r := biosRegs{number: 0x10, ax: 0x0200, dx: uint32(row)<<8 | uint32(column)}
	bios(&r) // where the BIOS goes on writing
	bios(&biosRegs{number: thunkRestart})
}
