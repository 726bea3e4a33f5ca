package oplock

import "gont/nt"

// Kind is what somebody does to a file.
type Kind uint8

const (
	Create Kind = iota // an open of the file, which is there already
	Read
	Write  // not of the page cache
	Lock   // locks bytes or unlocks them
	Resize // sets the end of the file or its allocation
	Rename
)

// Operation is one of these, by a file object.
type Operation struct {
	Kind Kind
	// Owner is the file object; its own exclusive oplock is not in its way. nil for Create.
	Owner any
	// Access and Overwrites are Create's: what is asked for, and whether the disposition empties the file.
	Access     nt.AccessMask
	Overwrites bool
}

// Rights that an open may ask for without a break: of any oplock, and of a filter oplock.
const (
	attributes = nt.FileReadAttributes | nt.FileWriteAttributes | nt.Synchronize
	reading    = attributes | nt.FileReadData | nt.FileReadEa | nt.FileExecute | nt.ReadControl
)

// Check is FsRtlCheckOplock, before the operation: it begins the breaks that the operation needs. With wait the operation has to wait for the end
// of the break (Wait), and to check again then; an open with FILE_COMPLETE_IF_OPLOCKED may go on, and tells of it by
// STATUS_OPLOCK_BREAK_IN_PROGRESS. batch says that the break is of a batch or filter oplock, whose holder may close the file for it.
func (o *Oplock) Check(op Operation) (wait, batch bool, e Effect) {
	if o.level != None && (o.exclusive.owner != op.Owner || op.Owner == nil) {
		to := breaks(o.level, op)
		if to == stays {
			return false, false, e
		}
		if o.state == held {
			information := uint64(nt.FileOplockBrokenToNone)
			if o.state = toNone; to == twoLeft {
				o.state, information = toTwo, nt.FileOplockBrokenToLevel2
			}
			e.end(o.exclusive.request, nt.StatusSuccess, information)
			o.exclusive.request = nil
		}
		return true, o.level != One, e
	}
	if op.Kind == Write || op.Kind == Lock || op.Kind == Resize || op.Kind == Create && op.Overwrites {
		o.breakTwos(&e)
	}
	return false, false, e
}

// outcome is what an operation of somebody else's leaves of an exclusive oplock.
type outcome uint8

const (
	stays outcome = iota
	twoLeft
	noneLeft
)

func breaks(l Level, op Operation) outcome {
	filter := l == Filter
	switch op.Kind {
	case Create:
		switch {
		case op.Overwrites:
			return noneLeft
		case op.Access&^attributes == 0 || filter && op.Access&^reading == 0:
			return stays
		case filter:
			return noneLeft
		}
		return twoLeft
	case Read:
		if filter {
			return stays
		}
		return twoLeft
	case Write, Resize:
		return noneLeft
	case Lock:
		if filter {
			return stays
		}
		return noneLeft
	case Rename:
		if l == One {
			return stays
		}
		return noneLeft
	}
	return stays
}
