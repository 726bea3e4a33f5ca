package fat

import (
	"errors"
	"fmt"

	"gont/nt"
)

// Device is where the volume lies. Its methods are called with the volume's lock held.
type Device interface {
	// SectorSize is the size in bytes of what can be read and written: a power of two,
	// 512 to 4096.
	SectorSize() int
	// Sectors is how many sectors the device has.
	Sectors() uint64
	// ReadAt fills p, whole sectors, from sector on.
	ReadAt(p []byte, sector uint64) error
	// WriteAt writes p, whole sectors. The device may keep it and may change the order of
	// writes until Flush.
	WriteAt(p []byte, sector uint64) error
	// Flush returns when all that was written is safe.
	Flush() error
}

// Error is a failure with its NT status and what it was about.
type Error struct {
	Status nt.Status
	Reason string
	Cause  error // of the device; nil otherwise
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v (%v)", e.Reason, e.Cause, e.Status)
	}
	return fmt.Sprintf("%s (%v)", e.Reason, e.Status)
}

// Unwrap returns the device's error.
func (e *Error) Unwrap() error { return e.Cause }

// StatusOf is the NT status of an error of this package or of a device: STATUS_SUCCESS for
// nil, STATUS_IO_DEVICE_ERROR for what has no status.
func StatusOf(err error) nt.Status {
	if err == nil {
		return nt.StatusSuccess
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	var s nt.Status
	if errors.As(err, &s) {
		return s
	}
	return nt.StatusIoDeviceError
}

func fail(s nt.Status, format string, a ...any) error {
	return &Error{Status: s, Reason: fmt.Sprintf(format, a...)}
}

func corrupt(format string, a ...any) error {
	return &Error{Status: nt.StatusFileCorruptError, Reason: fmt.Sprintf(format, a...)}
}

// readSectors and writeSectors move volume sectors; the device's may be smaller.
func (v *Volume) readSectors(p []byte, sector uint64) error {
	if sector+uint64(len(p)/v.sectorSize) > v.g.total {
		return corrupt("sector %d lies outside of the volume", sector)
	}
	if err := v.dev.ReadAt(p, sector*v.ratio); err != nil {
		return &Error{Status: StatusOf(err), Reason: fmt.Sprintf("reading sector %d", sector), Cause: err}
	}
	return nil
}

func (v *Volume) writeSectors(p []byte, sector uint64) error {
	if sector+uint64(len(p)/v.sectorSize) > v.g.total {
		return corrupt("sector %d lies outside of the volume", sector)
	}
	if err := v.dev.WriteAt(p, sector*v.ratio); err != nil {
		return &Error{Status: StatusOf(err), Reason: fmt.Sprintf("writing sector %d", sector), Cause: err}
	}
	return nil
}

func (v *Volume) barrier() error {
	if err := v.dev.Flush(); err != nil {
		return &Error{Status: StatusOf(err), Reason: "flushing the device", Cause: err}
	}
	return nil
}
