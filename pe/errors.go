package pe

// Kind is a kind of refusal. errors.Is finds it in what Parse returns.
type Kind uint8

// The kinds.
const (
	NotImage     Kind = iota + 1 // no PE32+ image
	Machine                      // for another processor
	Layout                       // overlaps, leaves file or image, is not aligned
	WriteExecute                 // a section is both writable and executable
	Entry                        // entry point is no code
	BadSum                       // CheckSum is there and wrong
	Imports                      // needs another file
	Runtime                      // needs somebody who sets it up
)

// Status is the kind's NTSTATUS (MS-ERREF 2.3.1).
func (k Kind) Status() uint32 {
	switch k {
	case BadSum:
		return 0xC0000221 // STATUS_IMAGE_CHECKSUM_MISMATCH
	case Imports:
		return 0xC0000135 // STATUS_DLL_NOT_FOUND
	}
	return 0xC000007B // STATUS_INVALID_IMAGE_FORMAT
}

func (k Kind) Error() string {
	switch k {
	case NotImage:
		return "not a PE32+ image"
	case Machine:
		return "image is for another machine"
	case Layout:
		return "image layout is wrong"
	case WriteExecute:
		return "section is both writable and executable"
	case Entry:
		return "entry point is not in a code section"
	case BadSum:
		return "checksum is wrong"
	case Imports:
		return "image has imports"
	}
	return "image cannot run here"
}

// Error is why an image is refused.
type Error struct {
	Kind   Kind
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Unwrap returns the Kind.
func (e *Error) Unwrap() error { return e.Kind }

// Status is the Kind's.
func (e *Error) Status() uint32 { return e.Kind.Status() }
