//go:build kernel

package main

import (
	"gont/ex"
	"gont/nt"
	"gont/ob"
)

// Object types of the executive (SPEC P1.10).
var (
	eventType, eventPairType, keyedEventType, mutantType *ob.Type
	semaphoreType, timerType, profileType                *ob.Type
	ioCompletionType                                     *ob.Type
)

// exInitSystem is SPEC P1.10: the types, worker threads, callback objects, and
// the keyed event of last resort.
func exInitSystem() nt.Status {
	if s := createExecutiveTypes(); !s.OK() {
		return s
	}
	ex.InitializeCompletion()
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	if s := createCallbacks(); !s.OK() {
		return s
	}
	return createCritSecEvent()
}

func createExecutiveTypes() nt.Status {
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
		dispatcher(&eventType, "Event", 3),
		create(&eventPairType, ob.Type{Name: "EventPair"}, nt.StandardAll, nt.Synchronize, nt.Synchronize, nt.Synchronize),
		dispatcher(&mutantType, "Mutant", 1),
		dispatcher(&semaphoreType, "Semaphore", 3),
		dispatcher(&timerType, "Timer", 3),
		create(&ex.CallbackType, ob.Type{Name: "Callback"}, nt.StandardAll|1, 0, 1, nt.Synchronize),
		create(&profileType, ob.Type{Name: "Profile", Delete: ex.DeleteProfile}, required|nt.ProfileControl, 1, 1, 1),
		create(&keyedEventType, ob.Type{Name: "KeyedEvent"}, required|nt.KeyedEventWait|nt.KeyedEventWake, nt.KeyedEventWait, nt.KeyedEventWake, 0),
		create(&ioCompletionType, ob.Type{Name: "IoCompletion", Waitable: true, Delete: deleteIoCompletion, Close: closeIoCompletion},
			nt.StandardAll|nt.IoCompletionQuery|nt.IoCompletionSet, nt.IoCompletionQuery, nt.IoCompletionSet, nt.Synchronize),
	} {
		if !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// deleteDispatcherObject: an owned mutant and a timer that is set outlive their
// last handle in the dispatcher's lists.
func deleteDispatcherObject(o *ob.Object) {
	if d, ok := o.Body.(interface{ Delete() }); ok {
		d.Delete()
	}
}

// The callback objects that the kernel notifies, or may.
var timeCallback, powerCallback *ex.Callback

// createCallbacks makes \Callback and NT's objects in it. Nobody notifies those
// that have no variable here: processors are not added, and the system's state has
// no other change than its end.
func createCallbacks() nt.Status {
	if _, s := ob.CreateDirectory(`\Callback`); !s.OK() {
		return s
	}
	for _, c := range []struct {
		name string
		p    **ex.Callback
	}{{"SetSystemTime", &timeCallback}, {"SetSystemState", nil}, {"PowerState", &powerCallback}, {"ProcessorAdd", nil}} {
		o, s := ex.CreateCallback(`\Callback\`+c.name, true, true)
		if !s.OK() {
			return s
		}
		if c.p != nil {
			*c.p = o.Body.(*ex.Callback)
		}
	}
	timeCallback.Register(sharedTimeChanged, nil)
	timeCallback.Register(realTimeChanged, nil)
	return nt.StatusSuccess
}
