// Package status holds the errors of OSLDR: an NTSTATUS value and a reason in
// words, so that every message can name both (SPEC B5).
package status

// Error is a failure with its NTSTATUS. The zero Code means "none fits".
type Error struct {
	Code   uint32
	Reason string
}

// The values are NT's (MS-ERREF 2.3.1); reasons are the general ones.
var (
	NoSuchFile   = &Error{0xC000000F, "file not found"}
	PathNotFound = &Error{0xC000003A, "directory not found"}
	NoSuchDevice = &Error{0xC000000E, "no such disk or partition"}
	DeviceError  = &Error{0xC0000185, "disk error"}
	NoMemory     = &Error{0xC0000017, "not enough memory"}
)

// Corrupt is STATUS_FILE_CORRUPT_ERROR with a reason.
func Corrupt(reason string) *Error { return &Error{0xC0000102, reason} }

// BadImage is STATUS_INVALID_IMAGE_FORMAT with a reason.
func BadImage(reason string) *Error { return &Error{0xC000007B, reason} }

// BadVolume is STATUS_UNRECOGNIZED_VOLUME with a reason.
func BadVolume(reason string) *Error { return &Error{0xC000014F, reason} }

func (e *Error) Error() string {
	return e.Reason + " (status " + Hex(uint64(e.Code), 8) + ")"
}

// Text is an error's text, with the status where it has one.
func Text(err error) string {
	if err == nil {
		return "success (status 00000000)"
	}
	return err.Error()
}

// Hex writes v in upper case with at least the given number of digits.
func Hex(v uint64, digits int) string {
	var b [16]byte
	i := len(b)
	for v != 0 || len(b)-i < digits {
		i--
		b[i] = "0123456789ABCDEF"[v&15]
		v >>= 4
	}
	return string(b[i:])
}

// Dec writes v in decimal.
func Dec(v uint64) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			return string(b[i:])
		}
	}
}
