// Package serial is the driver of serial ports, National Semiconductor's 8250 and those that
// follow it (PC16550D data sheet, June 1995): \Device\Serial0 and so on, \??\COM1 and so on
// (SPEC I10, K2).
//
//	uart   the chip's registers: which kind, speed, line
//	port   bytes in and out, requests that wait for them, time-outs
//	driver devices, names, control codes
//
// The port that the kernel writes its own text to (COM1) is shared. The rule is: **one queue**.
// Everything that is to be sent there, the kernel's text and what programs write to the
// device, goes through the kernel's queue (kd.Output), so that neither comes into the middle of a
// write of the other's; what is received is the device's alone. The driver owns the chip's
// interrupts and settings, and lets the queue be pumped when the transmitter is empty. The stop
// screen takes the port from everybody, by polling. A kernel debugger that has the port keeps
// the driver away from it: the device is not started then.
//
// Locks: the interrupt's (Synchronize) for the chip and for what the service routine touches;
// process for what waits. process may be held when the interrupt's is taken.
package serial

import (
	"gont/nt"
)

// registers are a chip's, by number.
type registers interface {
	in(r uint16) uint8
	out(r uint16, v uint8)
}

// Registers and their bits (data sheet, 8.0).
const (
	regData   = 0 // RBR, THR; divisor latch low with DLAB
	regIER    = 1 // divisor latch high with DLAB
	regIIR    = 2 // FCR when written
	regLCR    = 3
	regMCR    = 4
	regLSR    = 5
	regMSR    = 6
	regSCR    = 7
	ierRx     = 1
	ierTx     = 2
	ierLine   = 4
	ierModem  = 8
	lcrDLAB   = 0x80
	lcrBreak  = 0x40
	mcrDTR    = 1
	mcrRTS    = 2
	mcrOut2   = 8 // lets the interrupt out, on a PC
	lsrData   = 1
	lsrOE     = 2
	lsrPE     = 4
	lsrFE     = 8
	lsrBI     = 16
	lsrTHRE   = 0x20
	fcrEnable = 0x01
	fcrClear  = 0x06
	fcr8      = 0x80 // an interrupt from 8 bytes on, or after four characters' time
	iirNone   = 1
)

// kind is a chip's.
type kind uint8

const (
	i8250   kind = iota // no scratch register
	i16450              // one byte each way
	i16550              // the FIFO does not work
	i16550A             // 16 bytes each way
)

func (k kind) String() string { return [...]string{"8250", "16450", "16550", "16550A"}[k] }

// fifo is how many bytes the transmitter takes when it is empty.
func (k kind) fifo() int {
	if k == i16550A {
		return 16
	}
	return 1
}

// identify finds out which chip it is; its FIFO is off afterwards (data sheet, 8.4; the bits
// 6 and 7 of IIR: 0 none, 2 there and broken, 3 there).
func identify(r registers) kind {
	r.out(regIIR, fcrEnable)
	bits := r.in(regIIR) >> 6
	r.out(regIIR, 0)
	switch bits {
	case 3:
		return i16550A
	case 2:
		return i16550
	}
	for _, v := range []uint8{0x5A, 0xA5} {
		r.out(regSCR, v)
		if r.in(regSCR) != v {
			return i8250
		}
	}
	return i16450
}

// clockHz is the chip's clock, divided by 16: the highest speed.
const clockHz = 115200

// divisor is what makes a speed; ok is false where none is within 3 percent (data sheet,
// table 8-3).
func divisor(baud uint32) (d uint16, ok bool) {
	if baud == 0 || baud > clockHz {
		return 0, false
	}
	n := (clockHz + baud/2) / baud
	if n == 0 || n > 0xFFFF {
		return 0, false
	}
	is := clockHz / n
	return uint16(n), is*100 <= baud*103 && is*100 >= baud*97
}

func setDivisor(r registers, d uint16) {
	l := r.in(regLCR)
	r.out(regLCR, l|lcrDLAB)
	r.out(regData, uint8(d))
	r.out(regIER, uint8(d>>8))
	r.out(regLCR, l)
}

func getDivisor(r registers) uint16 {
	l := r.in(regLCR)
	r.out(regLCR, l|lcrDLAB)
	d := uint16(r.in(regData)) | uint16(r.in(regIER))<<8
	r.out(regLCR, l)
	return d
}

// lineBits makes LCR's bits of a line's settings; ok is false for those that the chip does
// not have: 1.5 stop bits go with 5 data bits only, 2 with more (data sheet, 8.1).
func lineBits(c nt.SerialLineControl) (v uint8, ok bool) {
	if c.WordLength < 5 || c.WordLength > 8 || c.Parity > 4 || c.StopBits > 2 ||
		c.StopBits == 1 && c.WordLength != 5 || c.StopBits == 2 && c.WordLength == 5 {
		return 0, false
	}
	v = c.WordLength - 5
	if c.StopBits != 0 {
		v |= 4
	}
	return v | [...]uint8{0, 0x08, 0x18, 0x28, 0x38}[c.Parity], true
}

// lineOf is lineBits's other way.
func lineOf(v uint8) (c nt.SerialLineControl) {
	c.WordLength = v&3 + 5
	if v&4 != 0 {
		if c.StopBits = 2; c.WordLength == 5 {
			c.StopBits = 1
		}
	}
	switch v & 0x38 {
	case 0x08:
		c.Parity = 1
	case 0x18:
		c.Parity = 2
	case 0x28:
		c.Parity = 3
	case 0x38:
		c.Parity = 4
	}
	return c
}
