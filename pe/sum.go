package pe

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

// add adds a file's 32-bit words, which folds to the same as its 16-bit words.
func add(b []byte) (sum uint64) {
	for len(b) >= 32 {
		w := b[:32:32]
		sum += uint64(le32(w)) + uint64(le32(w[4:])) + uint64(le32(w[8:])) + uint64(le32(w[12:])) +
			uint64(le32(w[16:])) + uint64(le32(w[20:])) + uint64(le32(w[24:])) + uint64(le32(w[28:]))
		b = b[32:]
	}
	for i, c := range b {
		sum += uint64(c) << (8 * (i % 4))
	}
	return sum
}
