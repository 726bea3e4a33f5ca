package arc

// The report of a stop (SPEC K1) in a region of memory that OSLDR reserves at a fixed place
// and leaves alone, and that firmware leaves alone over a warm reset: a head of
// crashHead bytes and the report's text.
//
//	 0  8 bytes  signature
//	 8  uint32   length of the text
//	12  uint32   reserved
//	16  uint64   checksum (FNV-1a, 64 bits) of bytes 0 to 15 and the text
//	24  uint64   reserved
//	32           text
const (
	crashSignature = "GNTCRSH1"
	crashHead      = 32

	// CrashRegionPages is how long the region is, in pages of 4 KiB.
	CrashRegionPages = 8
)

// FNV-1a, 64 bits.
const (
	fnvBasis = 0xCBF29CE484222325
	fnvPrime = 0x100000001B3
)

// CrashReport writes a report into the region. It allocates nothing and takes no lock. What
// Commit has sealed is whole, whatever comes afterwards.
type CrashReport struct {
	region []byte
	length int
}

// NewCrashReport returns a writer to a region; to one that is too short nothing is written.
func NewCrashReport(region []byte) CrashReport { return CrashReport{region: region} }

// Put adds a byte; when the region is full, it is lost.
func (c *CrashReport) Put(b byte) {
	if crashHead+c.length < len(c.region) {
		c.region[crashHead+c.length] = b
		c.length++
	}
}

// Full is how many bytes of text there can be, 0 without a region.
func (c *CrashReport) Full() int { return max(0, len(c.region)-crashHead) }

// Commit seals what has been put.
func (c *CrashReport) Commit() {
	if len(c.region) < crashHead {
		return
	}
	copy(c.region, crashSignature)
	putNumber(c.region[8:12], uint64(c.length))
	putNumber(c.region[12:16], 0)
	putNumber(c.region[16:24], crashSum(c.region, c.length))
}

// putNumber and number write and read little-endian numbers. OSLDR has this package, too, and no
// room for encoding/binary, which reflects.
func putNumber(b []byte, v uint64) {
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
}

func number(b []byte) (v uint64) {
	for i := range b {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}

func crashSum(region []byte, length int) uint64 {
	sum := uint64(fnvBasis)
	for _, b := range region[:16] {
		sum = (sum ^ uint64(b)) * fnvPrime
	}
	for _, b := range region[crashHead : crashHead+length] {
		sum = (sum ^ uint64(b)) * fnvPrime
	}
	return sum
}

// TakeCrashReport reads the report that a region holds, and removes it, so that it is told
// once. text is "" where there is none; damaged: there was one, and it is not whole.
func TakeCrashReport(region []byte) (text string, damaged bool) {
	if len(region) < crashHead || string(region[:8]) != crashSignature {
		return "", false
	}
	n := number(region[8:12])
	if n > uint64(len(region)-crashHead) || crashSum(region, int(n)) != number(region[16:24]) {
		damaged = true
	} else {
		text = string(region[crashHead : crashHead+n])
	}
	clear(region[:crashHead])
	return text, damaged
}
