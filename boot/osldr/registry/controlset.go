package registry

import (
	"gont/arc"
	"gont/boot/osldr/status"
	"gont/cm/regf"
)

// Choice is the control set that the boot uses.
type Choice struct {
	Set    uint32 // number of the set
	Failed uint32 // number of the set that was given up for it, 0 for none
	Reason arc.LastKnownGood
	Root   regf.Cell // the set's key
}

func (s *System) selectKey() regf.Cell { return s.Hive.Open(s.Hive.Root(), "Select") }

// number is a value of Select; 0 where there is none.
func (s *System) number(name string) uint32 {
	if k := s.selectKey(); k != regf.NoCell {
		if n, ok := s.dword(k, name); ok && n <= 999 {
			return n
		}
	}
	return 0
}

func setName(n uint32) string {
	d := status.Dec(uint64(n))
	return "ControlSet" + "000"[:3-len(d)] + d
}

// set is the key of a control set, NoCell where it is missing or has nothing in it that a
// system could start with.
func (s *System) set(n uint32) regf.Cell {
	if n == 0 {
		return regf.NoCell
	}
	k := s.Hive.Open(s.Hive.Root(), setName(n))
	if k == regf.NoCell || s.Hive.Open(k, "Control") == regf.NoCell || s.Hive.Open(k, "Services") == regf.NoCell {
		return regf.NoCell
	}
	return k
}

// hasSet reports whether Select leads to a control set at all.
func hasSet(h *regf.Hive) bool {
	s := &System{Hive: h}
	return s.set(s.number("Default")) != regf.NoCell || s.set(s.number("LastKnownGood")) != regf.NoCell ||
		s.set(s.number("Current")) != regf.NoCell
}

// Choose takes the control set that Select names (SPEC B6): Default, or LastKnownGood
// when reason asks for it. Where that is missing, the other one, and Current at last. It
// writes the choice into Select of the hive in memory: Current and, when LastKnownGood is
// taken, Default and Failed. The kernel has that written to the disk.
func (s *System) Choose(reason arc.LastKnownGood) (Choice, error) {
	def, good, current := s.number("Default"), s.number("LastKnownGood"), s.number("Current")
	if def == 0 {
		def = current
	}
	c := Choice{Set: def, Reason: reason}
	if reason != arc.CurrentSet {
		c.Set = good
		if s.set(good) == regf.NoCell {
			s.say("The control set LastKnownGood (", setName(good), ") is missing; ", setName(def), " is used.")
			c.Set, c.Reason = def, arc.CurrentSet
		}
	}
	if s.set(c.Set) == regf.NoCell {
		switch {
		case s.set(good) != regf.NoCell:
			s.say("The control set ", setName(c.Set), " is missing; LastKnownGood (", setName(good), ") is used.")
			c.Set, c.Reason = good, arc.LastKnownGoodBad
		case s.set(current) != regf.NoCell:
			s.say("The control sets Default (", setName(def), ") and LastKnownGood (", setName(good), ") are missing; Current (", setName(current), ") is used.")
			c.Set = current
		default:
			return c, status.Corrupt("SYSTEM has no control set that Select names")
		}
	}
	if c.Reason != arc.CurrentSet && def != c.Set {
		c.Failed = def
	}
	c.Root = s.set(c.Set)
	if err := s.record(&c); err != nil {
		return c, err
	}
	c.Root = s.set(c.Set) // a hive that was changed may have moved it
	return c, nil
}

// record writes a choice into Select.
func (s *System) record(c *Choice) error {
	k := s.selectKey()
	set := func(name string, n uint32) error {
		if have, ok := s.dword(k, name); ok && have == n {
			return nil
		}
		return s.Hive.SetValue(k, regf.Encode(name), regf.Dword, []byte{byte(n), byte(n >> 8), 0, 0}, s.Hive.Key(k).LastWrite)
	}
	err := set("Current", c.Set)
	if err == nil && c.Reason != arc.CurrentSet {
		if err = set("Default", c.Set); err == nil {
			err = set("Failed", c.Failed)
		}
	}
	return err
}
