package usbstor

import (
	"encoding/binary"
	"fmt"

	"gont/io/storage"
	"gont/nt"
)

// Operation codes (SPC-4, SBC-3).
const (
	opTestUnitReady   = 0x00
	opRequestSense    = 0x03
	opInquiry         = 0x12
	opModeSense6      = 0x1A
	opReadCapacity10  = 0x25
	opRead10          = 0x28
	opWrite10         = 0x2A
	opSyncCache10     = 0x35
	opRead16          = 0x88
	opWrite16         = 0x8A
	opReadCapacity16  = 0x9E // with the service action
	actionCapacity16  = 0x10
	inquiryLength     = 36
	capacity10Length  = 8
	capacity16Length  = 32
	senseLength       = 18
	modeLength        = 192
	pageCaching       = 8
	typeDisk          = 0
	qualifierNoDevice = 3
)

// Sense keys (SPC-4, table 43).
const (
	keyNone        = 0
	keyRecovered   = 1
	keyNotReady    = 2
	keyMedium      = 3
	keyHardware    = 4
	keyIllegal     = 5
	keyAttention   = 6
	keyProtect     = 7
	keyBlank       = 8
	codeNoMedium   = 0x3A
	codeNotReady   = 0x04
	codeOutOfRange = 0x21
	codeChanged    = 0x28 // the medium may be another one
)

// sense is why a command has failed.
type sense struct{ key, code, qualifier uint8 }

func (s sense) Error() string {
	return fmt.Sprintf("sense key %X, code %02X/%02X", s.key, s.code, s.qualifier)
}

// parseSense reads fixed or descriptor format (SPC-4, 4.5.2 and 4.5.3).
func parseSense(b []byte) sense {
	if len(b) < 4 {
		return sense{key: keyHardware}
	}
	switch b[0] & 0x7F {
	case 0x72, 0x73:
		return sense{b[1] & 15, b[2], b[3]}
	case 0x70, 0x71:
		s := sense{key: b[2] & 15}
		if len(b) >= 14 && b[7] >= 6 {
			s.code, s.qualifier = b[12], b[13]
		}
		return s
	}
	return sense{key: keyHardware}
}

// status is what a request ends with for it.
func (s sense) status() nt.Status {
	switch s.key {
	case keyNone, keyRecovered:
		return nt.StatusSuccess
	case keyNotReady:
		switch s.code {
		case codeNoMedium:
			return nt.StatusNoMediaInDevice
		case codeNotReady:
			return nt.StatusDeviceBusy
		}
		return nt.StatusDeviceNotReady
	case keyMedium, keyBlank:
		return nt.StatusDeviceDataError
	case keyIllegal:
		if s.code == codeOutOfRange {
			return nt.StatusNonexistentSector
		}
		return nt.StatusInvalidDeviceRequest
	case keyAttention:
		return nt.StatusDeviceBusy // what it has to tell it has told
	case keyProtect:
		return nt.StatusMediaWriteProtected
	}
	return nt.StatusIoDeviceError
}

// command is a command descriptor block, with how many bytes it moves, and from the device or to it.
type command struct {
	cdb  [16]byte
	n    uint8
	data uint32
	in   bool
}

func short(op uint8, data uint8) command {
	return command{cdb: [16]byte{0: op, 4: data}, n: 6, data: uint32(data), in: true}
}

var (
	testUnitReady = command{n: 6}
	requestSense  = short(opRequestSense, senseLength)
	inquiry       = short(opInquiry, inquiryLength)
	capacity10    = command{cdb: [16]byte{0: opReadCapacity10}, n: 10, data: capacity10Length, in: true}
	capacity16    = command{cdb: [16]byte{0: opReadCapacity16, 1: actionCapacity16, 13: capacity16Length}, n: 16, data: capacity16Length, in: true}
	syncCache     = command{cdb: [16]byte{0: opSyncCache10}, n: 10}
)

// modeSense asks for a mode page (SPC-4, 6.13); 3Fh are all.
func modeSense(page uint8) command {
	c := short(opModeSense6, modeLength)
	c.cdb[2] = page
	return c
}

// move is the command for a request of so many sectors of size bytes. READ (16) and WRITE (16) only
// where the sector needs it, because many sticks do not know them.
func move(f storage.Function, sector uint64, count, size uint32) (c command) {
	c.data, c.in = count*size, f == storage.Read
	if sector+uint64(count) > 1<<32 || count > 0xFFFF {
		c.n, c.cdb[0] = 16, opRead16
		if !c.in {
			c.cdb[0] = opWrite16
		}
		binary.BigEndian.PutUint64(c.cdb[2:], sector)
		binary.BigEndian.PutUint32(c.cdb[10:], count)
		return c
	}
	c.n, c.cdb[0] = 10, opRead10
	if !c.in {
		c.cdb[0] = opWrite10
	}
	binary.BigEndian.PutUint32(c.cdb[2:], uint32(sector))
	binary.BigEndian.PutUint16(c.cdb[7:], uint16(count))
	return c
}

// parseInquiry says whether a unit is a disk, and what it is called.
func parseInquiry(b []byte) (disk bool, name string) {
	if len(b) < inquiryLength || b[0]>>5 == qualifierNoDevice || b[0]&31 != typeDisk {
		return false, ""
	}
	text := func(b []byte) string {
		var t []byte
		for _, c := range b {
			if c < ' ' || c > '~' {
				c = ' '
			}
			if c != ' ' || len(t) > 0 && t[len(t)-1] != ' ' {
				t = append(t, c)
			}
		}
		if n := len(t); n > 0 && t[n-1] == ' ' {
			t = t[:n-1]
		}
		return string(t)
	}
	name = text(b[8:32])
	if name == "" {
		name = "USB disk"
	}
	return true, name
}

// parseCapacity10 and parseCapacity16 read how many sectors there are, and their size. whole is
// false where 32 bits do not suffice.
func parseCapacity10(b []byte) (sectors uint64, size uint32, whole bool) {
	last := binary.BigEndian.Uint32(b)
	return uint64(last) + 1, binary.BigEndian.Uint32(b[4:]), last != ^uint32(0)
}

func parseCapacity16(b []byte) (sectors uint64, size, physical uint32) {
	size = binary.BigEndian.Uint32(b[8:])
	physical = size
	if exponent := b[13] & 15; exponent < 8 && size <= 4096 {
		physical <<= exponent
	}
	return binary.BigEndian.Uint64(b) + 1, size, physical
}

// parseMode reads MODE SENSE (6)'s answer (SPC-4, 7.5.5): whether the medium may not be written, and
// whether the caching page says that a write is safe when it is done.
func parseMode(b []byte) (readOnly, through bool) {
	if len(b) < 4 {
		return false, false
	}
	readOnly = b[2]&0x80 != 0
	first := 4 + int(b[3])
	b = b[:min(int(b[0])+1, len(b))]
	for at := first; at+2 <= len(b); at += 2 + int(b[at+1]) {
		if b[at]&0x3F == pageCaching && b[at]&0x40 == 0 && b[at+1] >= 1 && at+2 < len(b) {
			const writeCache = 1 << 2
			through = b[at+2]&writeCache == 0
		}
	}
	return readOnly, through
}

// Wrappers (Bulk-Only Transport, 5).
const (
	commandLength    = 31
	statusLength     = 13
	commandSignature = 0x43425355
	statusSignature  = 0x53425355

	statusGood  = 0
	statusFail  = 1
	statusPhase = 2
)

// wrap writes a command block wrapper.
func wrap(b []byte, tag uint32, lun uint8, c *command) {
	clear(b[:commandLength])
	binary.LittleEndian.PutUint32(b, commandSignature)
	binary.LittleEndian.PutUint32(b[4:], tag)
	binary.LittleEndian.PutUint32(b[8:], c.data)
	if c.in {
		b[12] = 0x80
	}
	b[13], b[14] = lun, c.n
	copy(b[15:], c.cdb[:c.n])
}

// unwrap reads a command status wrapper; ok: it is the command's, and what it says can be.
func unwrap(b []byte, n uint32, tag uint32, c *command) (status uint8, residue uint32, ok bool) {
	status, residue = b[12], binary.LittleEndian.Uint32(b[8:])
	ok = n == statusLength && binary.LittleEndian.Uint32(b) == statusSignature && binary.LittleEndian.Uint32(b[4:]) == tag &&
		status <= statusPhase && (status == statusPhase || residue <= c.data)
	return status, residue, ok
}
