package regf

// Whole reports whether a hive's file was completely written: its base block is sound
// and has two equal sequence numbers. Of one that is not, the logs are needed.
func Whole(data []byte) bool {
	return soundBase(data) && le.Uint32(data[baseSeq1:]) == le.Uint32(data[baseSeq2:])
}
