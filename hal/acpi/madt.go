package acpi

import (
	"fmt"
	"strings"
)

// Processor is one local APIC of the MADT (5.2.12.2, 5.2.12.12).
type Processor struct {
	ApicID  uint32
	UID     uint32
	Enabled bool // Flags bit 0
	Capable bool // Flags bit 1: may be enabled later
}

// IOApic is one I/O APIC (5.2.12.3).
type IOApic struct {
	ID      uint8
	Address uint32
	GsiBase uint32
}

// Override says that an ISA interrupt is wired elsewhere (5.2.12.5).
type Override struct {
	Source uint8
	Gsi    uint32
	Flags  IntiFlags
}

// IntiFlags are an interrupt's polarity and trigger mode (table 5.50).
type IntiFlags uint16

// ActiveLow and Level tell what the flags mean for an interrupt whose bus says edge
// and active high (ISA), or which is an NMI.
func (f IntiFlags) ActiveLow() bool { return f&3 == 3 }
func (f IntiFlags) Level() bool     { return f>>2&3 == 3 }

// LocalNmi says which of a processor's local pins is wired to NMI (5.2.12.7,
// 5.2.12.13).
type LocalNmi struct {
	UID   uint32
	All   bool // of every processor
	Lint  uint8
	Flags IntiFlags
}

// NmiSource is a pin of an I/O APIC that is NMI (5.2.12.6).
type NmiSource struct {
	Gsi   uint32
	Flags IntiFlags
}

// Madt is the multiple APIC description table. Processors has each APIC id once, as
// enabled if any entry of the id says so, in the order in which the table names them
// first.
type Madt struct {
	LocalApic  uint64 // physical address
	PCAT       bool   // there are 8259s, too
	Processors []Processor
	IOApics    []IOApic
	Overrides  []Override
	LocalNmis  []LocalNmi
	NmiSources []NmiSource
	Repeated   map[uint32]int // APIC ids that are enabled more than once, and how often more
	// Problems are what was left out, a sentence each: a few for the whole table,
	// however long it is.
	Problems []string
}

// Enabled returns how many processors can run.
func (m *Madt) Enabled() (n int) {
	for _, p := range m.Processors {
		if p.Enabled {
			n++
		}
	}
	return n
}

// GsiOf returns where an ISA interrupt is wired, and how: pin irq unless an override
// says otherwise.
func (m *Madt) GsiOf(irq uint8) (gsi uint32, flags IntiFlags) {
	for _, o := range m.Overrides {
		if o.Source == irq {
			return o.Gsi, o.Flags
		}
	}
	return uint32(irq), 0
}

// NmiPins returns, for the processor with a UID, what is wired to NMI of its two local
// pins, as flags by pin. When the table tells nothing about the processor, LINT1 is, as
// on every PC (SDM vol. 3, 10.5.1).
func (m *Madt) NmiPins(uid uint32) map[uint8]IntiFlags {
	pins := map[uint8]IntiFlags{}
	for _, n := range m.LocalNmis {
		if n.All || n.UID == uid {
			pins[n.Lint] = n.Flags
		}
	}
	if len(pins) == 0 {
		pins[1] = 0
	}
	return pins
}

// Madt reads the table "APIC" (5.2.12): of several, the first with a processor that
// is enabled, else the first that is long enough. ErrMissing when there is none.
func (t *Tables) Madt() (m *Madt, err error) {
	err = ErrMissing
	for _, x := range t.All("APIC") {
		switch {
		case len(x) < 44:
			if m == nil {
				err = fmt.Errorf("acpi: MADT: %w %d", ErrLength, len(x))
			}
		default:
			if n := readMadt(x); m == nil || m.Enabled() == 0 && n.Enabled() > 0 {
				m, err = n, nil
			}
		}
	}
	return m, err
}

// minimum has the sizes of the entries that are read, by type.
var minimum = map[byte]int{0: 8, 1: 12, 2: 10, 3: 8, 4: 6, 5: 12, 9: 16, 10: 12}

func readMadt(x Table) *Madt {
	m := &Madt{LocalApic: uint64(le.Uint32(x[36:])), PCAT: x[40]&1 != 0}
	var short, lengths, pins tally
	list := processorList{at: map[uint32]int{}, repeated: map[uint32]int{}}
	for b := x[44:]; len(b) > 0; {
		if zero(b) {
			break // padding
		}
		// What has no length is skipped by its type's, so that it hides nothing.
		if n := minimum[b[0]]; len(b) >= 2 && b[1] < 2 && n > 0 && n < len(b) {
			lengths.add(uint32(b[0]))
			b = b[n:]
			continue
		}
		if len(b) < 2 || int(b[1]) < 2 || int(b[1]) > len(b) {
			m.problem("an entry %d bytes before the end has a wrong length", len(b))
			break
		}
		e := b[:b[1]]
		b = b[len(e):]
		if len(e) < minimum[e[0]] {
			short.add(uint32(e[0]))
			continue
		}
		switch e[0] {
		case 0:
			if e[3] != 0xFF { // the place of a processor that is an x2APIC entry, or of none
				list.add(Processor{ApicID: uint32(e[3]), UID: uint32(e[2])}, e[4])
			}
		case 9:
			if id := le.Uint32(e[4:]); id != 0xFFFFFFFF { // the broadcast id (SDM vol. 3, 10.12.9)
				list.add(Processor{ApicID: id, UID: le.Uint32(e[12:])}, e[8])
			}
		case 1:
			m.IOApics = append(m.IOApics, IOApic{e[2], le.Uint32(e[4:]), le.Uint32(e[8:])})
		case 2:
			m.Overrides = append(m.Overrides, Override{e[3], le.Uint32(e[4:]), IntiFlags(le.Uint16(e[8:]))})
		case 3:
			m.NmiSources = append(m.NmiSources, NmiSource{le.Uint32(e[4:]), IntiFlags(le.Uint16(e[2:]))})
		case 4:
			n := LocalNmi{UID: uint32(e[2]), All: e[2] == 0xFF, Flags: IntiFlags(le.Uint16(e[3:])), Lint: e[5]}
			if n.Lint > 1 {
				pins.add(uint32(n.Lint))
				continue
			}
			m.LocalNmis = append(m.LocalNmis, n)
		case 5:
			m.LocalApic = le.Uint64(e[4:])
		case 10:
			n := LocalNmi{UID: le.Uint32(e[4:]), Flags: IntiFlags(le.Uint16(e[2:])), Lint: e[8]}
			n.All = n.UID == 0xFFFFFFFF
			if n.Lint > 1 {
				pins.add(uint32(n.Lint))
				continue
			}
			m.LocalNmis = append(m.LocalNmis, n)
		}
	}
	m.Processors = list.all
	if short.count > 0 {
		m.problem("%s too short", short.say("entry is", "entries are", "of type"))
	}
	if lengths.count > 0 {
		m.problem("%s left out: without a length", lengths.say("entry is", "entries are", "of type"))
	}
	if pins.count > 0 {
		m.problem("%s left out: a processor has LINT0 and LINT1 only", pins.say("NMI entry is", "NMI entries are", "for pin"))
	}
	m.Repeated = list.repeated
	return m
}

func (m *Madt) problem(format string, a ...any) {
	m.Problems = append(m.Problems, fmt.Sprintf(format, a...))
}

// processorList gathers processors by APIC id.
type processorList struct {
	all      []Processor
	at       map[uint32]int // id to index
	repeated map[uint32]int
}

// add takes an entry: an enabled one of an id counts more than those that are not, in
// whatever order they come. Firmware names the places of absent processors with the
// ids of present ones.
func (l *processorList) add(p Processor, flags byte) {
	p.Enabled, p.Capable = flags&1 != 0, flags&2 != 0
	i, there := l.at[p.ApicID]
	switch {
	case !there:
		l.at[p.ApicID] = len(l.all)
		l.all = append(l.all, p)
	case p.Enabled && l.all[i].Enabled:
		l.repeated[p.ApicID]++
	case p.Enabled:
		l.all[i] = p
	}
}

// tally counts things and keeps the first few different numbers of them.
type tally struct {
	count  int
	values []uint32
	more   bool
}

func (t *tally) add(v uint32) {
	t.count++
	for _, x := range t.values {
		if x == v {
			return
		}
	}
	if len(t.values) == 4 {
		t.more = true
		return
	}
	t.values = append(t.values, v)
}

// say makes "3 entries are (of type 0, 1)" of the tally; what goes before the values,
// which are those of the first few.
func (t *tally) say(one, many, what string) string {
	words := many
	if t.count == 1 {
		words = one
	}
	end := strings.LastIndexByte(words, ' ')
	noun, verb := words[:end], words[end+1:]
	s := fmt.Sprintf("%d %s (%s", t.count, noun, what)
	for i, v := range t.values {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(" %d", v)
	}
	if t.more {
		s += ", ..."
	}
	return s + ") " + verb
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
