package lz4

import "math/bits"

// Primes of XXH32 (xxHash specification 0.1.1).
const (
	prime1 = 2654435761
	prime2 = 2246822519
	prime3 = 3266489917
	prime4 = 668265263
	prime5 = 374761393
)

// Sum32 is XXH32 of b with seed 0.
func Sum32(b []byte) uint32 {
	h := uint32(prime5)
	n := uint32(len(b))
	if len(b) >= 16 {
		var p1, p2 uint32 = prime1, prime2
		v1, v2, v3, v4 := p1+p2, p2, uint32(0), -p1
		for len(b) >= 16 {
			v1 = bits.RotateLeft32(v1+load32(b, 0)*prime2, 13) * prime1
			v2 = bits.RotateLeft32(v2+load32(b, 1)*prime2, 13) * prime1
			v3 = bits.RotateLeft32(v3+load32(b, 2)*prime2, 13) * prime1
			v4 = bits.RotateLeft32(v4+load32(b, 3)*prime2, 13) * prime1
			b = b[16:]
		}
		h = bits.RotateLeft32(v1, 1) + bits.RotateLeft32(v2, 7) +
			bits.RotateLeft32(v3, 12) + bits.RotateLeft32(v4, 18)
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+le32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}
