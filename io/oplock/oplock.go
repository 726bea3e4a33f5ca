// Package oplock is FsRtl's opportunistic locks: what a program that keeps a file's data, or its open, in a
// cache of its own asks a file system for, so that it is told before somebody else would see another state of the file. Who
// holds one is told by the end of the request that it has asked with; that is the break. Who has caused the break waits, where the holder
// may have something to write back, until the holder has acknowledged.
//
// The package is rules alone (WDK, "Opportunistic Locks"; MS-FSA 2.1.4.12): it does no I/O, waits for nothing, and has no
// lock. The file system guards an Oplock, and carries out the Effect of each call when it holds no lock any more.
package oplock

import "gont/nt"

// Level is what kind of oplock it is.
type Level uint8

const (
	None   Level = iota
	Two          // several may hold one: the file is read only
	One          // the only open: data may be read and written ahead and behind
	Batch        // the only open: that may also be kept when the program has closed the file
	Filter       // the only open: others may read
)

// Completion is a request that ends. Information of one for an oplock is what it was broken to.
type Completion struct {
	Request     any
	Status      nt.Status
	Information uint64
}

// Effect is what has to be done after a call: requests to be completed, and waiters, as given to Wait, to be woken.
type Effect struct {
	Completions []Completion
	Wake        []any
}

func (e *Effect) end(request any, s nt.Status, information uint64) {
	e.Completions = append(e.Completions, Completion{request, s, information})
}

// state says how far a break of an exclusive oplock is.
type state uint8

const (
	held         state = iota
	toTwo              // the holder has been told, and has not answered
	toNone             // as toTwo
	closePending       // it has answered that it will close the file
)

// holder is who has an oplock: its file object, and its request.
type holder struct{ owner, request any }

// Oplock is what there is of oplocks on one file. The zero value is none.
type Oplock struct {
	level     Level // of the exclusive one: None, One, Batch, Filter
	exclusive holder
	state     state
	twos      []holder
	waiters   []any // of who waits for the end of the break
	notify    []any // requests that do (FSCTL_OPLOCK_BREAK_NOTIFY)
}

// Grantable reports whether a request for an oplock would be granted: opens is how many handles there are of the file, locked
// whether bytes of it are locked. A handle whose requests are synchronous must not ask: its thread would wait for the break.
func (o *Oplock) Grantable(l Level, opens int, locked bool) bool {
	switch {
	case o.level != None:
		return false
	case l == Two:
		return !locked
	}
	return opens == 1
}

// Request asks for an oplock: STATUS_PENDING when it is granted, until it breaks; STATUS_OPLOCK_NOT_GRANTED. A level 2 oplock of the
// only open gives way to an exclusive one.
func (o *Oplock) Request(l Level, owner, request any, opens int, locked bool) (s nt.Status, e Effect) {
	if l == None || !o.Grantable(l, opens, locked) {
		return nt.StatusOplockNotGranted, e
	}
	if l == Two {
		o.twos = append(o.twos, holder{owner, request})
		return nt.StatusPending, e
	}
	o.breakTwos(&e)
	o.level, o.exclusive, o.state = l, holder{owner, request}, held
	return nt.StatusPending, e
}

// breakTwos ends all level 2 oplocks; nobody has to acknowledge that.
func (o *Oplock) breakTwos(e *Effect) {
	for _, h := range o.twos {
		e.end(h.request, nt.StatusSuccess, nt.FileOplockBrokenToNone)
	}
	o.twos = nil
}

// Breaking reports whether a break waits for the holder.
func (o *Oplock) Breaking() bool { return o.level != None && o.state != held }

// Early reports whether a batch or filter oplock is there: an open has to Check before it looks whether it can share the file.
func (o *Oplock) Early() bool { return o.level == Batch || o.level == Filter }

// Held reports whether there is an oplock of any kind.
func (o *Oplock) Held() bool { return o.level != None || len(o.twos) > 0 }

// over ends an exclusive oplock, and all waiting for it.
func (o *Oplock) over(e *Effect) {
	o.level, o.exclusive, o.state = None, holder{}, held
	e.Wake = append(e.Wake, o.waiters...)
	for _, r := range o.notify {
		e.end(r, nt.StatusSuccess, 0)
	}
	o.waiters, o.notify = nil, nil
}

// AckPends reports whether Acknowledge would leave the owner a level 2 oplock, whose request pends.
func (o *Oplock) AckPends(owner any) bool {
	return o.level != None && o.exclusive.owner == owner && o.state == toTwo
}

// Acknowledge is FSCTL_OPLOCK_BREAK_ACKNOWLEDGE and, with noTwo, FSCTL_OPLOCK_BREAK_ACK_NO_2: the holder has
// written back what it had. STATUS_PENDING when it has a level 2 oplock now, of which request is the request; STATUS_SUCCESS when it has none;
// STATUS_INVALID_OPLOCK_PROTOCOL from who was not asked.
func (o *Oplock) Acknowledge(owner, request any, noTwo bool) (s nt.Status, e Effect) {
	if o.level == None || o.exclusive.owner != owner || o.state != toTwo && o.state != toNone {
		return nt.StatusInvalidOplockProtocol, e
	}
	two := o.state == toTwo && !noTwo
	o.over(&e)
	if two {
		o.twos = append(o.twos, holder{owner, request})
		return nt.StatusPending, e
	}
	return nt.StatusSuccess, e
}

// ClosePending is FSCTL_OPBATCH_ACK_CLOSE_PENDING: the holder of a batch or filter oplock is going to close its handle, and others
// wait for that. From the holder of a level 1 oplock it is a full acknowledgment. STATUS_INVALID_OPLOCK_PROTOCOL from who was not asked.
func (o *Oplock) ClosePending(owner any) (s nt.Status, e Effect) {
	if o.level == None || o.exclusive.owner != owner || o.state != toTwo && o.state != toNone {
		return nt.StatusInvalidOplockProtocol, e
	}
	if o.level == One {
		o.over(&e)
	} else {
		o.state = closePending
	}
	return nt.StatusSuccess, e
}

// Notify is FSCTL_OPLOCK_BREAK_NOTIFY: STATUS_PENDING until the break that is under way has ended, STATUS_SUCCESS when there is
// none.
func (o *Oplock) Notify(request any) nt.Status {
	if !o.Breaking() {
		return nt.StatusSuccess
	}
	o.notify = append(o.notify, request)
	return nt.StatusPending
}

// Wait has w woken when the break that is under way has ended. Precondition: Check has just returned wait.
func (o *Oplock) Wait(w any) { o.waiters = append(o.waiters, w) }

// Forget takes back a Wait.
func (o *Oplock) Forget(w any) { o.waiters = without(o.waiters, w) }

func without(list []any, x any) (left []any) {
	for _, y := range list {
		if y != x {
			left = append(left, y)
		}
	}
	return left
}

// Cleanup ends what a file object holds, because its last handle has gone. No acknowledgment is needed.
func (o *Oplock) Cleanup(owner any) (e Effect) {
	if o.level != None && o.exclusive.owner == owner {
		if o.state == held {
			e.end(o.exclusive.request, nt.StatusOplockHandleClosed, nt.FileOplockBrokenToNone)
		}
		o.over(&e)
	}
	o.dropTwos(func(h holder) bool {
		if h.owner == owner {
			e.end(h.request, nt.StatusOplockHandleClosed, nt.FileOplockBrokenToNone)
		}
		return h.owner == owner
	})
	return e
}

// Cancel ends what a request that is cancelled holds or waits for; the request itself is the caller's to complete.
func (o *Oplock) Cancel(request any) (e Effect) {
	if o.level != None && o.state == held && o.exclusive.request == request {
		o.over(&e)
	}
	o.dropTwos(func(h holder) bool { return h.request == request })
	o.notify = without(o.notify, request)
	return e
}

func (o *Oplock) dropTwos(gone func(holder) bool) {
	var left []holder
	for _, h := range o.twos {
		if !gone(h) {
			left = append(left, h)
		}
	}
	o.twos = left
}
