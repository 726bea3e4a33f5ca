package ex

import (
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// KeyedEvent is KEYED_EVENT_OBJECT: a place where threads meet by a key. Who
// waits for a key and who releases it go on together, the one that came first
// waiting for the other, so nothing is remembered that nobody waits for. One such
// object serves any number of keys of any number of processes, and costs memory
// only for the threads that wait.
type KeyedEvent struct {
	mu    ke.FastMutex
	lists map[meeting]*partners
}

// meeting is for what a thread waits: the partner's side of a key. A key is an
// address of its process; the same one of another process is another key.
type meeting struct {
	process any
	key     uint64
	release bool // it waits to release
}

// partners are the threads that wait for the same, first come first served.
type partners struct{ first, last *partner }

type partner struct {
	at         meeting
	met        *ke.Event // set by the one that it has met
	waits      bool      // it is in a list
	next, prev *partner
}

// NewKeyedEvent makes a keyed event.
func NewKeyedEvent() *KeyedEvent { return &KeyedEvent{lists: map[meeting]*partners{}} }

// Wait waits until the key is released, once, by a thread for the same process.
// timeout is as for ke.WaitForSingleObject, and so is the result: STATUS_SUCCESS,
// or STATUS_TIMEOUT, STATUS_ALERTED, STATUS_USER_APC, and then no Release has
// been used up.
func (e *KeyedEvent) Wait(process any, key uint64, mode ke.Mode, alertable bool, timeout *int64) nt.Status {
	return e.meet(meeting{process, key, false}, mode, alertable, timeout)
}

// Release lets one thread go on that waits for the key, and waits for one
// if there is none. The result is as of Wait.
func (e *KeyedEvent) Release(process any, key uint64, mode ke.Mode, alertable bool, timeout *int64) nt.Status {
	return e.meet(meeting{process, key, true}, mode, alertable, timeout)
}

func (e *KeyedEvent) meet(at meeting, mode ke.Mode, alertable bool, timeout *int64) nt.Status {
	other := at
	other.release = !at.release
	me := &partner{at: at}
	e.mu.Lock()
	if l := e.lists[other]; l != nil {
		p := l.first
		e.remove(p)
		e.mu.Unlock()
		p.met.Set()
		return nt.StatusSuccess
	}
	me.met = ke.NewEvent(nt.SynchronizationEvent, false)
	e.add(me)
	e.mu.Unlock()
	s := ke.WaitForSingleObject(me.met, mode, alertable, timeout)
	if s == nt.StatusSuccess {
		return s
	}
	e.mu.Lock()
	alone := me.waits
	if alone {
		e.remove(me)
	}
	e.mu.Unlock()
	if alone {
		return s
	}
	// Somebody has met this thread when it had given up, and counts on it. The
	// signal is there or about to come.
	return ke.WaitForSingleObject(me.met, ke.KernelMode, false, nil)
}

// add makes p the last that waits for the same. The lock is held.
func (e *KeyedEvent) add(p *partner) {
	l := e.lists[p.at]
	if l == nil {
		l = &partners{}
		e.lists[p.at] = l
	}
	if p.prev = l.last; p.prev != nil {
		p.prev.next = p
	} else {
		l.first = p
	}
	l.last, p.waits = p, true
}

// remove takes p out of its list. The lock is held.
func (e *KeyedEvent) remove(p *partner) {
	l := e.lists[p.at]
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		l.first = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		l.last = p.prev
	}
	if p.waits, p.next, p.prev = false, nil, nil; l.first == nil {
		delete(e.lists, p.at)
	}
}

// CritSecEvent is \KernelObjects\CritSecOutOfMemoryEvent: for programs that
// cannot have an object of their own. Handle 0 stands for it, too.
var CritSecEvent *ob.Object

// CreateCritSecEvent makes it.
func CreateCritSecEvent() nt.Status {
	CritSecEvent = ob.New(KeyedEventType, NewKeyedEvent())
	return ob.Insert(nil, CritSecEvent, `\KernelObjects\CritSecOutOfMemoryEvent`, true, true)
}
