package regf

// A Cell is the offset of a cell from the first bin, in bytes. Bit 31 says that
// the cell is volatile: in memory only, with offsets of its own.
type Cell uint32

// NoCell stands for a cell that is not there.
const NoCell Cell = 0xffffffff

const volatileBit Cell = 1 << 31

// Volatile reports whether the cell is never written to a file.
func (c Cell) Volatile() bool { return c != NoCell && c&volatileBit != 0 }

func (c Cell) String() string {
	if c == NoCell {
		return "no cell"
	}
	return "cell 0x" + number(uint64(c), 16)
}

// Sizes of the layout, in bytes.
const (
	pageSize   = 4096
	sectorSize = 512
	baseSize   = 4096 // of the base block
	binHeader  = 32
	maxSegment = 16344 // most data of one cell; more is big data
	maxBins    = 0x7fffe000
	maxLeaf    = 506 // entries of a list that fit a bin of one page
	maxDepth   = 512 // levels of keys, as NT has it
	maxRoot    = 0xffff
)

// Fields of the base block.
const (
	baseSeq1    = 4
	baseSeq2    = 8
	baseTime    = 12
	baseMajor   = 20
	baseMinor   = 24
	baseType    = 28
	baseFormat  = 32
	baseRoot    = 36
	baseLength  = 40 // of all bins
	baseCluster = 44
	baseName    = 48
	baseNameLen = 64
	baseFlags   = 144
	baseSum     = 508
)

// Types of files.
const (
	typePrimary    = 0
	typeLog        = 1 // a dirty vector and pages
	typeLogVeryOld = 2 // the same
	typeLogEntries = 6 // entries "HvLE"
)

// Fields of a bin's header.
const (
	binOffset = 4
	binLength = 8
	binTime   = 20
)

// Fields of a key node; they count from the cell's data.
const (
	nkFlags        = 2
	nkTime         = 4
	nkParent       = 16
	nkCount        = 20
	nkVolatile     = 24 // count and list of volatile subkeys mean nothing here
	nkList         = 28
	nkVolatileList = 32
	nkValues       = 36
	nkValueList    = 40
	nkSecurity     = 44
	nkClass        = 48
	nkMaxName      = 52 // 16 bits; then 4 of virtualization, 4 of the user's, 8 of debugging
	nkUser         = 54
	nkMaxClass     = 56
	nkMaxValueName = 60
	nkMaxData      = 64
	nkNameLen      = 72
	nkClassLen     = 74
	nkName         = 76
)

// Flags of a key node.
const (
	FlagVolatile  = 0x0001
	FlagHiveExit  = 0x0002 // another hive is mounted here
	FlagHiveEntry = 0x0004 // root of a hive
	FlagNoDelete  = 0x0008
	FlagSymLink   = 0x0010
	FlagCompName  = 0x0020 // the name is Latin-1
	FlagPredef    = 0x0040 // a predefined handle instead of values
)

// Fields of a value.
const (
	vkNameLen  = 2
	vkSize     = 4
	vkData     = 8
	vkType     = 12
	vkFlags    = 16
	vkName     = 20
	vkCompName = 1
	vkInline   = 1 << 31
)

// Fields of a security cell.
const (
	skNext  = 4
	skPrev  = 8
	skCount = 12
	skSize  = 16
	skData  = 20
)

// Types of values.
const (
	None                 = 0
	String               = 1
	ExpandString         = 2
	Binary               = 3
	Dword                = 4
	DwordBigEndian       = 5
	Link                 = 6
	MultiString          = 7
	ResourceList         = 8
	FullResource         = 9
	ResourceRequirements = 10
	Qword                = 11
)

func is(b []byte, s string) bool { return len(b) >= 2 && b[0] == s[0] && b[1] == s[1] }

func sig(b []byte) string {
	if len(b) < 2 {
		return ""
	}
	return string(b[:2])
}
