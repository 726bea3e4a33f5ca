package regf

// The loader has neither fmt nor encoding/binary, which bring much with them; this
// package does without.

// Error is an error that a caller compares with.
type Error string

func (e Error) Error() string { return string(e) }

type littleEndian struct{}

// le reads and writes numbers with the low byte first.
var le littleEndian

func (littleEndian) Uint16(b []byte) uint16 { return uint16(b[1])<<8 | uint16(b[0]) }

func (littleEndian) Uint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[3])<<24 | uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

func (littleEndian) Uint64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7])<<56 | uint64(b[6])<<48 | uint64(b[5])<<40 | uint64(b[4])<<32 |
		uint64(b[3])<<24 | uint64(b[2])<<16 | uint64(b[1])<<8 | uint64(b[0])
}

func (littleEndian) PutUint16(b []byte, v uint16) { b[1], b[0] = byte(v>>8), byte(v) }

func (littleEndian) PutUint32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

func (littleEndian) PutUint64(b []byte, v uint64) {
	_ = b[7]
	le.PutUint32(b, uint32(v))
	le.PutUint32(b[4:], uint32(v>>32))
}

func (littleEndian) AppendUint16(b []byte, v uint16) []byte { return append(b, byte(v), byte(v>>8)) }

func (littleEndian) AppendUint32(b []byte, v uint32) []byte {
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

// number is n to a base up to 16.
func number(n uint64, base uint64) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = "0123456789abcdef"[n%base]
		if n /= base; n == 0 {
			return string(b[i:])
		}
	}
}

// quoted is a string in quotes, with what does not print as in Go.
func quoted(s string) string {
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// sprintf knows %d, %x, %#x, %q, %v and %s, and the types that this package's
// messages have.
func sprintf(format string, args ...any) string {
	var b []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b = append(b, format[i])
			continue
		}
		i++
		base := uint64(10)
		if format[i] == '#' {
			b = append(b, "0x"...)
			i++
		}
		if format[i] == 'x' {
			base = 16
		}
		arg := args[0]
		args = args[1:]
		var s string
		switch v := arg.(type) {
		case string:
			s = v
		case Cell:
			s = v.String()
			if base == 16 {
				s = number(uint64(v), 16)
			}
		case rawName:
			s = v.String()
		case error:
			s = v.Error()
		case int:
			s = signed(int64(v), base)
		case int64:
			s = signed(v, base)
		case uint16:
			s = number(uint64(v), base)
		case uint32:
			s = number(uint64(v), base)
		case uint64:
			s = number(v, base)
		default:
			s = "?"
		}
		if format[i] == 'q' {
			s = quoted(s)
		}
		b = append(b, s...)
	}
	return string(b)
}

func signed(n int64, base uint64) string {
	if n < 0 {
		return "-" + number(uint64(-n), base)
	}
	return number(uint64(n), base)
}
