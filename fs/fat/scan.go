package fat

import "unicode/utf16"

// scan calls f for every entry from slot from on, . and .. and labels included, until it
// returns false, and returns the first slot that was never used. f may not change the
// directory.
func (n *Node) scan(from uint32, f func(e *entry) bool) (end uint32, err error) {
	return n.each(from, &scanner{f: f})
}

// scanner is scan's visitor.
type scanner struct {
	e entry
	f func(e *entry) bool
}

func (s *scanner) visit(slot, first uint32, raw *[entrySize]byte, long []uint16) bool {
	s.e = entry{slot: slot, first: first, raw: *raw}
	if long != nil {
		s.e.long = string(utf16.Decode(long))
	}
	return s.f(&s.e)
}

// visitor takes an entry from the sector as it is: its slot, the first slot of its long name or the same, and that
// name, nil for none, in UTF-16. Both are good until visit returns.
type visitor interface {
	visit(slot, first uint32, raw *[entrySize]byte, long []uint16) bool
}

// each is scan for a visitor.
func (n *Node) each(from uint32, f visitor) (end uint32, err error) {
	var long longName
	var data []byte
	for i := from; ; i++ {
		if len(data) == 0 {
			n.v.cache.trim()
			b, o, err := n.slotAt(i)
			if err != nil || b == nil {
				return i, err
			}
			data = b.data[o:]
		}
		raw := (*[entrySize]byte)(data)
		data = data[entrySize:]
		switch {
		case raw[0] == slotNever:
			return i, nil
		case raw[0] == slotFree:
			long.reset()
		case raw[11]&attrMask == attrLong:
			long.add(raw[:], i)
		default:
			var name []uint16
			first := i
			if long.have {
				name, first = long.units(raw[:], i)
				long.reset()
			}
			if !f.visit(i, first, raw, name) {
				return i, nil
			}
		}
	}
}

// read returns the entry of a slot; its long name is looked for before it.
func (n *Node) read(slot uint32) (e *entry, err error) {
	start := slot
	for start > 0 && slot-start < 20 {
		b, o, err := n.slotAt(start - 1)
		if err != nil || b == nil {
			return nil, err
		}
		raw := b.data[o : o+entrySize]
		if raw[0] == slotFree || raw[11]&attrMask != attrLong || uint32(raw[0]&0x3F) != slot-start+1 {
			break
		}
		start--
		if raw[0]&0x40 != 0 {
			break
		}
	}
	_, err = n.scan(start, func(x *entry) bool {
		if x.slot == slot {
			e = x
		}
		return false
	})
	return e, err
}
