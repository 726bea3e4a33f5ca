package hal

// bracket waits until ended says so and returns two readings of clock that the
// end lies between. Between any two steps here the processor may stand still,
// an emulated one for many milliseconds: low is from before ended was last
// false, not from after. start is a reading from before the end; at most n
// questions are asked.
func bracket(start uint64, n int, ended func() bool, clock func() uint64) (low, high uint64, ok bool) {
	low = start
	for i := 0; i < n; i++ {
		now := clock()
		if ended() {
			return low, clock(), true
		}
		low = now
	}
	return low, clock(), false
}
