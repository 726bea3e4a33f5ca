package regf

// initBase fills in the base block of a new hive.
func (h *Hive) initBase(name []uint16, now uint64) {
	b := h.base[:]
	copy(b, "regf")
	le.PutUint32(b[baseSeq1:], 1)
	le.PutUint32(b[baseSeq2:], 1)
	le.PutUint64(b[baseTime:], now)
	le.PutUint32(b[baseMajor:], 1)
	le.PutUint32(b[baseMinor:], 5)
	le.PutUint32(b[baseFormat:], 1) // to be read into memory as it is
	le.PutUint32(b[baseCluster:], 1)
	for i, c := range name[:min(len(name), baseNameLen/2-1)] {
		le.PutUint16(b[baseName+2*i:], c)
	}
}

// baseSumOf is the checksum of a base block: the XOR of the 127 words before
// it; 0 and -1 are avoided.
func baseSumOf(b []byte) uint32 {
	var s uint32
	for i := 0; i < baseSum; i += 4 {
		s ^= le.Uint32(b[i:])
	}
	switch s {
	case 0:
		return 1
	case 0xffffffff:
		return 0xfffffffe
	}
	return s
}

func sealBase(b []byte) { le.PutUint32(b[baseSum:], baseSumOf(b)) }

// soundBase reports whether b begins with a base block whose checksum is
// right.
func soundBase(b []byte) bool {
	return len(b) >= sectorSize && string(b[:4]) == "regf" && baseSumOf(b) == le.Uint32(b[baseSum:])
}

// checkBase returns why a base block cannot be that of a hive we read; ""
// when it can. The checksum is not looked at.
func checkBase(b []byte) string {
	major, minor := le.Uint32(b[baseMajor:]), le.Uint32(b[baseMinor:])
	switch {
	case major != 1 || minor < 3 || minor > 6:
		return sprintf("version %d.%d is not known; 1.3 to 1.6 are", major, minor)
	case le.Uint32(b[baseFormat:]) != 1:
		return sprintf("format %d in the base block is not known", le.Uint32(b[baseFormat:]))
	}
	return ""
}

// FileName is the name in the base block, which only people read.
func (h *Hive) FileName() string {
	n := rawName{h.base[baseName : baseName+baseNameLen], true}
	u := n.append(nil)
	for i, c := range u {
		if c == 0 {
			u = u[:i]
			break
		}
	}
	return Decode(u)
}

// Time is when the hive was last flushed, as a FILETIME.
func (h *Hive) Time() uint64 { return le.Uint64(h.base[baseTime:]) }
