package ob

import (
	"gont/ke"
	"gont/nt"
)

// HandleOperation is what a record of a handle trace is about.
type HandleOperation uint8

// Operations (HANDLE_TRACE_DB_...).
const (
	HandleOpened HandleOperation = iota + 1
	HandleClosed
	HandleBad // a reference by, or a close of, what is no handle
)

// HandleRecord is one operation on a table's handles.
type HandleRecord struct {
	Handle    nt.Handle
	Operation HandleOperation
	Type      string // of the object, "" for HandleBad
	Thread    string // who did it
}

// handleTraceLength is how many operations a trace keeps: the last ones.
const handleTraceLength = 4096

// handleTrace is a ring of records; the table's lock guards it.
type handleTrace struct {
	records [handleTraceLength]HandleRecord
	next    uint64
}

func (r *handleTrace) add(h nt.Handle, op HandleOperation, o *Object) {
	x := &r.records[r.next%handleTraceLength]
	r.next++
	*x = HandleRecord{Handle: h, Operation: op}
	if o != nil {
		x.Type = o.Type.Name
	}
	if t := ke.Current(); t != nil {
		x.Thread = t.Name
	}
}

// Trace begins to keep the table's last operations (SPEC P1.15).
func (t *HandleTable) Trace() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trace == nil {
		t.trace = new(handleTrace)
	}
}

// Traced returns the operations that are kept, oldest first, and how many there have been
// in all; nothing without Trace.
func (t *HandleTable) Traced() (list []HandleRecord, all uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trace == nil {
		return nil, 0
	}
	all = t.trace.next
	for i := all - min(all, handleTraceLength); i < all; i++ {
		list = append(list, t.trace.records[i%handleTraceLength])
	}
	return list, all
}
