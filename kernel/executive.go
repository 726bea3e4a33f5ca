//go:build kernel

package main

import (
	"gont/ex"
	"gont/ex/realtime"
	"gont/nt"
	"gont/ob"
)

// exInitSystem is SPEC P1.10: the types, worker threads, callback objects, and
// the keyed event of last resort.
func exInitSystem() nt.Status {
	if s := ex.CreateTypes(); !s.OK() {
		return s
	}
	ex.InitializeCompletion()
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	if s := createCallbacks(); !s.OK() {
		return s
	}
	return ex.CreateCritSecEvent()
}

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
	}{{"SetSystemTime", &ex.TimeCallback}, {"SetSystemState", nil}, {"PowerState", &ex.PowerCallback}, {"ProcessorAdd", nil}} {
		o, s := ex.CreateCallback(`\Callback\`+c.name, true, true)
		if !s.OK() {
			return s
		}
		if c.p != nil {
			*c.p = o.Body.(*ex.Callback)
		}
	}
	ex.TimeCallback.Register(ex.ShareTime, nil)
	ex.TimeCallback.Register(realtime.Changed, nil)
	return nt.StatusSuccess
}
