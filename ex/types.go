package ex

import (
	"gont/nt"
	"gont/ob"
)

// Object types of the executive (SPEC P1.10).
var (
	EventType, EventPairType, KeyedEventType, MutantType *ob.Type
	SemaphoreType, TimerType, ProfileType                *ob.Type
	IoCompletionType                                     *ob.Type
)

// CreateTypes makes the types.
func CreateTypes() nt.Status {
	const read, required = nt.ReadControl, nt.StandardAll &^ nt.Synchronize
	create := func(p **ob.Type, t ob.Type, all nt.AccessMask, generic ...nt.AccessMask) nt.Status {
		t.Valid = all
		t.Generic = [4]nt.AccessMask{read | generic[0], read | generic[1], read | generic[2], all}
		var s nt.Status
		*p, s = ob.CreateType(t)
		return s
	}
	// One that can be waited for, and whose specific rights are to query and to
	// modify, or to query only.
	dispatcher := func(p **ob.Type, name string, specific nt.AccessMask) nt.Status {
		return create(p, ob.Type{Name: name, Waitable: true, Delete: deleteDispatcherObject}, nt.StandardAll|specific, 1, specific&2, nt.Synchronize)
	}
	for _, s := range []nt.Status{
		dispatcher(&EventType, "Event", 3),
		create(&EventPairType, ob.Type{Name: "EventPair"}, nt.StandardAll, nt.Synchronize, nt.Synchronize, nt.Synchronize),
		dispatcher(&MutantType, "Mutant", 1),
		dispatcher(&SemaphoreType, "Semaphore", 3),
		dispatcher(&TimerType, "Timer", 3),
		create(&CallbackType, ob.Type{Name: "Callback"}, nt.StandardAll|1, 0, 1, nt.Synchronize),
		create(&ProfileType, ob.Type{Name: "Profile", Delete: DeleteProfile}, required|nt.ProfileControl, 1, 1, 1),
		create(&KeyedEventType, ob.Type{Name: "KeyedEvent"}, required|nt.KeyedEventWait|nt.KeyedEventWake, nt.KeyedEventWait, nt.KeyedEventWake, 0),
	} {
		if !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// CreateIoCompletionType makes the type IoCompletion (SPEC P1.11).
func CreateIoCompletionType() (s nt.Status) {
	all := nt.StandardAll | nt.IoCompletionQuery | nt.IoCompletionSet
	IoCompletionType, s = ob.CreateType(ob.Type{Name: "IoCompletion", Waitable: true, Delete: deleteIoCompletion, Close: closeIoCompletion, Valid: all,
		Generic: [4]nt.AccessMask{nt.ReadControl | nt.IoCompletionQuery, nt.ReadControl | nt.IoCompletionSet, nt.ReadControl | nt.Synchronize, all}})
	return s
}

// deleteDispatcherObject: an owned mutant and a timer that is set outlive their
// last handle in the dispatcher's lists.
func deleteDispatcherObject(o *ob.Object) {
	if d, ok := o.Body.(interface{ Delete() }); ok {
		d.Delete()
	}
}
