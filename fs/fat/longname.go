package fat

import "unicode/utf16"

// longName collects the parts of a long name, the last part first.
type longName struct {
	chars [260]uint16
	most  int    // characters that the parts have room for
	first uint32 // slot
	last  uint32 // slot of the part that was added last
	want  byte   // number of the next part; 0: complete, or none
	sum   byte
	have  bool
}

func (l *longName) reset() { l.have, l.want = false, 0 }

// place of the characters in a part.
var longAt = [13]int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}

func (l *longName) add(raw []byte, slot uint32) {
	n := raw[0]
	if n&0x40 != 0 {
		l.have, l.want, l.sum, l.first = true, n&0x3F, raw[13], slot
		l.most = min(int(n&0x3F)*13, len(l.chars))
	}
	if n &= 0x3F; !l.have || n == 0 || n > 20 || n != l.want || raw[13] != l.sum {
		l.reset()
		return
	}
	to, raw := l.chars[int(n-1)*13:][:13], raw[:entrySize]
	for i, o := range longAt {
		to[i] = le.Uint16(raw[o:])
	}
	l.last = slot
	l.want--
}

// of returns the long name of a short entry and its first slot; "" and the entry's own slot
// when it has none.
func (l *longName) of(raw []byte, slot uint32) (string, uint32) {
	u, first := l.units(raw, slot)
	return string(utf16.Decode(u)), first
}

// units is of for a name in UTF-16 as it is in the directory, which is good until the next name.
func (l *longName) units(raw []byte, slot uint32) ([]uint16, uint32) {
	if !l.have || l.want != 0 || l.last+1 != slot || checksum(raw) != l.sum {
		return nil, slot
	}
	n := 0
	for n < l.most && l.chars[n] != 0 && l.chars[n] != 0xFFFF {
		n++
	}
	if n == 0 || n > maxNameLen {
		return nil, slot
	}
	return l.chars[:n], l.first
}

// parts is how many slots a long name takes.
func parts(name []uint16) uint32 { return uint32(len(name)+12) / 13 }

// encodePart writes part k, from 1, of a long name.
func encodePart(raw []byte, name []uint16, k uint32, sum byte) {
	clear(raw)
	raw[0], raw[11], raw[13] = byte(k), attrLong, sum
	if k == parts(name) {
		raw[0] |= 0x40
	}
	for i, o := range longAt {
		c, at := uint16(0xFFFF), int(k-1)*13+i
		if at < len(name) {
			c = name[at]
		} else if at == len(name) {
			c = 0
		}
		le.PutUint16(raw[o:], c)
	}
}
