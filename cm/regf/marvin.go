package regf

import "math/bits"

// The seed of the log entries' hashes, low word first. Some texts give its
// bytes in the other order, and logs written by them are read, too.
const (
	marvinSeed    = 0x82ef4d887a4e55c5
	marvinSwapped = 0xc5554e7a884def82
)

// marvin is a Marvin32 hash in the making.
type marvin struct{ lo, hi uint32 }

func newMarvin(seed uint64) *marvin { return &marvin{uint32(seed), uint32(seed >> 32)} }

func (m *marvin) mix(v uint32) {
	lo, hi := m.lo+v, m.hi
	hi ^= lo
	lo = bits.RotateLeft32(lo, 20) + hi
	hi = bits.RotateLeft32(hi, 9) ^ lo
	lo = bits.RotateLeft32(lo, 27) + hi
	m.lo, m.hi = lo, bits.RotateLeft32(hi, 19)
}

// write takes whole words.
func (m *marvin) write(b []byte) {
	for ; len(b) >= 4; b = b[4:] {
		m.mix(le.Uint32(b))
	}
}

// sum ends the hash.
func (m *marvin) sum() uint64 { return m.end(nil) }

// end ends the hash with up to three bytes.
func (m *marvin) end(b []byte) uint64 {
	last := uint32(0x80)
	for i := len(b) - 1; i >= 0; i-- {
		last = last<<8 | uint32(b[i])
	}
	m.mix(last)
	m.mix(0)
	return uint64(m.hi)<<32 | uint64(m.lo)
}

// marvin32 is the Marvin32 hash of b.
func marvin32(seed uint64, b []byte) uint64 {
	m := newMarvin(seed)
	m.write(b)
	return m.end(b[len(b)&^3:])
}
