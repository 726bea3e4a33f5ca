package selftest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// DamageHive damages a hive's file in memory as the option HIVETEST= says, and returns what it
// has done. Offsets are those of the format (docs/registry.md).
//
//	value   the last value's signature
//	parent  the last key's parent
//	select  the name of the root's key Select
//	root    the root cell's signature
//	base    the base block's signature
func DamageHive(what string, b []byte) string {
	const (
		bins     = 4096 // where cells' offsets count from
		baseRoot = 36
		nkParent = 16
		cellData = 4 // a cell's data are behind its size
	)
	// last is the last cell with a signature, 0 if there is none.
	last := func(signature string) int {
		for i := (len(b) - 64) &^ 7; i > bins; i -= 8 {
			if string(b[i+cellData:i+cellData+2]) == signature && int32(binary.LittleEndian.Uint32(b[i:])) < 0 {
				return i
			}
		}
		return 0
	}
	if len(b) < bins+64 {
		return "there is no hive"
	}
	at := 0
	switch strings.ToLower(what) {
	case "value":
		if at = last("vk"); at == 0 {
			return "there is no value"
		}
		at += cellData
		b[at] = 'x'
	case "parent":
		if at = last("nk"); at == 0 {
			return "there is no parent"
		}
		at += cellData + nkParent
		b[at] ^= 0x08
	case "select":
		if at = bytes.Index(b, []byte("Select")); at < 0 {
			return "there is no Select"
		}
		b[at] = 'T'
	case "root":
		at = bins + int(binary.LittleEndian.Uint32(b[baseRoot:])) + cellData
		if at >= len(b) {
			return "there is no root"
		}
		b[at] = 'x'
	case "base":
		copy(b, slices.Repeat([]byte{0}, 4))
	default:
		return "boot option HIVETEST=" + what + " is unknown"
	}
	return fmt.Sprintf("HIVETEST: %s is damaged at %#x", strings.ToLower(what), at)
}
