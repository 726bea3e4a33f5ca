package ex

import (
	"fmt"
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestCallback: create, open, register, notify in order, unregister.
func TestCallback(t *testing.T) {
	simulate(t, func(w *world) {
		_, s := CreateCallback(`\KernelObjects\Power`, false, true)
		w.expect("not there", s, nt.StatusObjectNameNotFound)
		_, s = CreateCallback(`\Nowhere\Power`, true, true)
		w.expect("no directory", s, nt.StatusObjectPathNotFound)
		o, s := CreateCallback(`\KernelObjects\Power`, true, true)
		w.expect("CreateCallback", s, nt.StatusSuccess)
		again, s := CreateCallback(`\kernelobjects\POWER`, true, false)
		w.expect("open", s, nt.StatusSuccess)
		w.expect("the same", again == o, true)
		_, s = CreateCallback(`\KernelObjects`, true, false)
		w.expect("a directory", s, nt.StatusObjectTypeMismatch)

		c := o.Body.(*Callback)
		var log []string
		note := func(context, a, b any) { log = append(log, fmt.Sprint(context, a, b)) }
		first, second := c.Register(note, "first"), c.Register(note, "second")
		c.Notify(1, 2)
		first.Unregister()
		first.Unregister()
		c.Notify(3, 4)
		second.Unregister()
		c.Notify(5, 6)
		w.expect("log", fmt.Sprint(log), "[first1 2 second1 2 second3 4]")

		alone := &Callback{}
		r := alone.Register(note, nil)
		w.expect("a second one", alone.Register(note, nil) == nil, true)
		r.Unregister()
		w.expect("afterwards", alone.Register(note, nil) != nil, true)
	})
}

// TestCallbackUnregister: it waits for the calls that run, and one that comes
// between two others' calls is not called.
func TestCallbackUnregister(t *testing.T) {
	simulate(t, func(w *world) {
		c := &Callback{multiple: true}
		calls, gone := 0, false
		var second *Registration
		first := c.Register(func(any, any, any) {
			w.sleep(3)
			calls++
			second.Unregister()
			w.expect("gone", gone, false)
		}, nil)
		second = c.Register(func(any, any, any) { w.t.Error("called after the end") }, nil)
		w.start("notifier", ke.NormalPriority+1, func() { c.Notify(nil, nil) })
		first.Unregister()
		gone = true
		w.expect("calls", calls, 1)
		c.Notify(nil, nil)
		w.expect("calls", calls, 1)
	})
}
