package ex

import (
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestWithin: a task that ends in time, and one that ends later, which runs on.
func TestWithin(t *testing.T) {
	simulate(t, func(*world) {
		ended := 0
		sleep := func(ticks int64) func() {
			return func() {
				timeout := -ticks * tick
				ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, &timeout)
				ended++
			}
		}
		if !Within("quick", 10*tick, sleep(5)) || ended != 1 {
			t.Error("a task has not ended in time")
		}
		task := StartTask("slow", sleep(20))
		if task.Wait(10*tick) || ended != 1 {
			t.Error("a task of 20 ticks has ended within 10")
		}
		if !task.Wait(20*tick) || !task.Wait(0) || ended != 2 {
			t.Error("a task that was not waited for long enough has not run on")
		}
	})
}
