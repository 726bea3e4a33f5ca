//go:build tamago && osldr

package main

import "math/bits"

// randomSeed gathers what a machine at boot has of chance: RDRAND where there
// is one, the jitter of the time stamp counter against slow ports, and the
// real-time clock. ChaCha's permutation (RFC 8439, 2.3) spreads it.
func randomSeed() (seed [32]byte) {
	s := [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}
	feed := func(v uint64) {
		s[4] ^= uint32(v)
		s[5] ^= uint32(v >> 32)
		permute(&s)
	}
	if _, _, c, _ := cpuid(1); c>>30&1 != 0 {
		for i := 0; i < 4; i++ {
			if v, ok := rdrand(); ok {
				feed(v)
			}
		}
	}
	var jitter uint64
	for i := 0; i < 64; i++ {
		inb(0x61)
		jitter = bits.RotateLeft64(jitter, 7) ^ rdtsc()
		if i&15 == 15 {
			feed(jitter)
		}
	}
	for reg := byte(0); reg < 10; reg++ { // MC146818: time and date
		outb(0x70, reg)
		jitter = jitter<<6 ^ uint64(inb(0x71)) ^ rdtsc()<<40
	}
	feed(jitter)
	for i := range seed {
		seed[i] = byte(s[8+i/4] >> (8 * uint(i&3)))
	}
	return seed
}

func permute(s *[16]uint32) {
	quarter := func(a, b, c, d int) {
		s[a] += s[b]
		s[d] = bits.RotateLeft32(s[d]^s[a], 16)
		s[c] += s[d]
		s[b] = bits.RotateLeft32(s[b]^s[c], 12)
		s[a] += s[b]
		s[d] = bits.RotateLeft32(s[d]^s[a], 8)
		s[c] += s[d]
		s[b] = bits.RotateLeft32(s[b]^s[c], 7)
	}
	for i := 0; i < 10; i++ {
		for k := 0; k < 4; k++ {
			quarter(k, k+4, k+8, k+12)
		}
		for k := 0; k < 4; k++ {
			quarter(k, (k+1)&3+4, (k+2)&3+8, (k+3)&3+12)
		}
	}
}
