package ex

import (
	"slices"

	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// Callback is CALLBACK_OBJECT: routines that want to know of something.
type Callback struct {
	mu       ke.FastMutex
	multiple bool
	list     []*Registration
}

// CallbackFunction is what a registration is called with: its own context, and
// the notifier's two arguments.
type CallbackFunction func(context, argument1, argument2 any)

// Registration is a routine's place in a callback.
type Registration struct {
	callback *Callback
	routine  CallbackFunction
	context  any
	busy     int       // calls that have not returned
	idle     *ke.Event // set with the last of them, once Unregister waits for it
}

// CallbackType is the object type.
var CallbackType *ob.Type

// CreateCallback is ExCreateCallback: opens the callback object of that name, or
// makes a permanent one if create says so. multiple allows more than one
// registration. The caller owns a reference. STATUS_OBJECT_NAME_NOT_FOUND, and what
// else ob's Lookup and Insert return.
func CreateCallback(name string, create, multiple bool) (*ob.Object, nt.Status) {
	o, s := ob.Lookup(nil, name, true, CallbackType)
	if s.OK() || !create || s != nt.StatusObjectNameNotFound {
		return o, s
	}
	o = ob.New(CallbackType, &Callback{multiple: multiple})
	if s = ob.Insert(nil, o, name, true, true); s.OK() {
		return o, s
	}
	o.Dereference()
	return nil, s
}

// Register is ExRegisterCallback: routine will be called each time. nil when
// there is a registration already and the callback allows one alone.
func (c *Callback) Register(routine CallbackFunction, context any) *Registration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.multiple && len(c.list) > 0 {
		return nil
	}
	r := &Registration{callback: c, routine: routine, context: context}
	c.list = append(c.list, r)
	return r
}

// Unregister is ExUnregisterCallback: when it returns, the routine does not run
// and will not be called any more. It must not be called in the routine itself.
func (r *Registration) Unregister() {
	c := r.callback
	c.mu.Lock()
	c.list = slices.DeleteFunc(slices.Clone(c.list), func(o *Registration) bool { return o == r })
	var idle *ke.Event
	if r.busy > 0 {
		if r.idle == nil {
			r.idle = ke.NewEvent(nt.NotificationEvent, false)
		}
		idle = r.idle
	}
	c.mu.Unlock()
	if idle != nil {
		ke.WaitForSingleObject(idle, ke.KernelMode, false, nil)
	}
}

// Notify is ExNotifyCallback: calls the routines that are registered, in the
// order in which they came, at the caller's IRQL. Those that are registered meanwhile are
// not called, nor those that are taken out before their turn.
func (c *Callback) Notify(argument1, argument2 any) {
	c.mu.Lock()
	list := c.list // never changed in place but by append
	c.mu.Unlock()
	for _, r := range list {
		if !r.enter() {
			continue
		}
		r.routine(r.context, argument1, argument2)
		r.leave()
	}
}

// enter reports whether the routine may be called.
func (r *Registration) enter() bool {
	c := r.callback
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.list, r) {
		return false
	}
	r.busy++
	return true
}

func (r *Registration) leave() {
	c := r.callback
	c.mu.Lock()
	var idle *ke.Event
	if r.busy--; r.busy == 0 {
		idle = r.idle
	}
	c.mu.Unlock()
	if idle != nil {
		idle.Set()
	}
}

// The callback objects \Callback\SetSystemTime and \Callback\PowerState.
var TimeCallback, PowerCallback *Callback
