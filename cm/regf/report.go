package regf

// ErrNotHive says that the bytes are no hive at all.
const ErrNotHive = Error("not a registry hive")

// Refusal says why a hive cannot be used, and which cell is to blame.
type Refusal struct {
	Cell   Cell // NoCell: no cell, but the hive as a whole
	Reason string
}

func (r *Refusal) Error() string {
	if r.Cell == NoCell {
		return r.Reason
	}
	return sprintf("%v: %s", r.Cell, r.Reason)
}

// Fault is one thing that Load has found wrong and mended.
type Fault struct {
	Cell   Cell // NoCell: no cell, but the base block or the file
	Reason string
	Note   bool // not a fault of the hive, but worth telling
}

func (f Fault) String() string {
	if f.Cell == NoCell {
		return f.Reason
	}
	return sprintf("%v: %s", f.Cell, f.Reason)
}

// maxFaults is the number of faults that a Report keeps; of the others only
// the number is known.
const maxFaults = 1000

// Report is what Load has found.
type Report struct {
	List      []Fault // the first 1000
	Faults    int     // all of them, without notes
	Recovered bool    // logs were applied
}

func (r *Report) add(c Cell, format string, args ...any) {
	r.Faults++
	r.keep(Fault{Cell: c, Reason: format}, args)
}

func (r *Report) note(c Cell, format string, args ...any) {
	r.keep(Fault{Cell: c, Reason: format, Note: true}, args)
}

func (r *Report) keep(f Fault, args []any) {
	if len(r.List) < maxFaults {
		f.Reason = sprintf(f.Reason, args...)
		r.List = append(r.List, f)
	}
}
