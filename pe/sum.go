package pe

import "math/bits"

// checkSumAt is where CheckSum is in the optional header.
const checkSumAt = 64

// Sum is what a file's CheckSum must be, as ImageHlp computes it: the ones'
// complement sum of the file's 16-bit words, CheckSum counted as zero, plus the
// file's length. A file without headers that reach so far is summed as it is.
func Sum(file []byte) uint32 {
	sum := add(file)
	if at, err := header(file); err == nil {
		if f := at + 4 + fileSize + checkSumAt; f+4 <= len(file) {
			sum += uint64(^le32(file[f:])) // takes the field away again
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xFFFF + sum>>16
	}
	return uint32(sum) + uint32(len(file))
}

// add adds a file's 64-bit words with end-around carry, which folds to the same as
// its 16-bit words: 2^16, 2^32 and 2^48 are 1 modulo 2^16-1. A loader sums
// megabytes; this takes some two instructions a word.
func add(b []byte) uint64 {
	var sum, carry uint64
	for len(b) >= 32 {
		w := b[:32:32]
		sum, carry = bits.Add64(sum, le64(w), carry)
		sum, carry = bits.Add64(sum, le64(w[8:]), carry)
		sum, carry = bits.Add64(sum, le64(w[16:]), carry)
		sum, carry = bits.Add64(sum, le64(w[24:]), carry)
		b = b[32:]
	}
	sum = sum>>32 + sum&0xFFFFFFFF + carry
	for i, c := range b {
		sum += uint64(c) << (8 * (i % 4))
	}
	return sum
}
