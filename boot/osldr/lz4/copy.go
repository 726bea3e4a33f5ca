package lz4

// copy16 copies 16 bytes, by two loads and two stores. The caller has checked
// that both slices have them and that the pieces do not overlap.
func copy16(dst []byte, d int, src []byte, s int) {
	a, b := le64(src[s:]), le64(src[s+8:])
	put64(dst[d:], a)
	put64(dst[d+8:], b)
}

func put64(b []byte, v uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	b[4], b[5], b[6], b[7] = byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56)
}
