package fat

import "gont/boot/osldr/status"

// The partition table of a disk's sector 0.
const (
	tableAt  = 446
	rowSize  = 16
	tableEnd = 510
)

var (
	errNoTable  = &status.Error{Code: status.NoSuchDevice.Code, Reason: "the disk has no partition table"}
	errExtended = &status.Error{Code: status.NoSuchDevice.Code, Reason: "it is an extended partition"}
)

// Partition returns the first sector of partition n, 1 to 4, of the disk whose
// sector 0 is given. own is where the volume that OSLDR came from begins; 0 is a
// disk without a table, and its volume is partition 1. A row's type says nothing
// of what is there but for extended partitions: Mount looks. The error has
// NoSuchDevice's status.
func Partition(sector0 []byte, n int, own uint64) (uint64, error) {
	switch {
	case n < 1 || n > 4:
		return 0, status.NoSuchDevice
	case own == 0 && n == 1:
		return 0, nil
	case own == 0 || sector0[tableEnd] != 0x55 || sector0[tableEnd+1] != 0xAA:
		return 0, errNoTable
	}
	row := sector0[tableAt+rowSize*(n-1):][:rowSize]
	start := uint64(le32(row[8:]))
	switch {
	case row[4] == 0 || start == 0:
		return 0, status.NoSuchDevice
	case extended(row[4]):
		return 0, errExtended
	}
	return start, nil
}

func extended(kind byte) bool { return kind == 0x05 || kind == 0x0F || kind == 0x85 }
