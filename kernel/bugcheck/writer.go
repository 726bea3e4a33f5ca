package bugcheck

import (
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// writer puts the stop screen's text out. It allocates nothing, takes no lock and waits for
// nothing but a port whose patience is bounded.
type writer struct {
	put  func(c byte)
	show func() // makes visible what was put
}

// text writes strings.
func (w *writer) text(list ...string) {
	for _, s := range list {
		for i := range len(s) {
			w.put(s[i])
		}
	}
	w.show()
}

// hex writes a number with so many digits.
func (w *writer) hex(v uint64, digits int) {
	for i := digits - 1; i >= 0; i-- {
		w.put("0123456789abcdef"[v>>(4*i)&15])
	}
}

// decimal writes a number that is not negative.
func (w *writer) decimal(n int) {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		w.put(b[i])
	}
}

// head writes code and parameters of a stop.
func (w *writer) head(code uint32, name string, p [4]uint64) {
	w.text("\n*** STOP: 0x")
	w.hex(uint64(code), 8)
	w.text(" (")
	for i, v := range p {
		if i > 0 {
			w.text(", ")
		}
		w.text("0x")
		w.hex(v, 16)
	}
	w.text(")\n*** ", name, "\n")
}

// service says which system service the thread is in, if it is in one, with the arguments
// that came in registers.
func (w *writer) service(k *ke.Thread) {
	t, _ := k.Owner.(*ps.Thread)
	if t == nil || t.Service == 0 {
		return
	}
	c := t.Context
	w.text("*** in ", nt.Service(t.Service-1).String())
	for i, v := range [4]uint64{c.R10, c.Rdx, c.R8, c.R9} {
		w.text([4]string{" (0x", ", 0x", ", 0x", ", 0x"}[i])
		w.hex(v, 16)
	}
	w.text(")\n")
}

// bank shows a machine-check bank.
func (w *writer) bank(b *hal.MachineCheckBank) {
	w.text("*** machine-check bank ")
	w.decimal(b.Bank)
	w.text(": status 0x")
	w.hex(b.Status, 16)
	w.text(", address 0x")
	w.hex(b.Addr, 16)
	w.text(", misc 0x")
	w.hex(b.Misc, 16)
	w.text("\n***   ", b.Kind(), ", ", b.Severity(), "\n")
}
