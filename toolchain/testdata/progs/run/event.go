package main

import (
	"sync/atomic"
	"time"
	_ "unsafe"
)

//go:linkname waitEvent runtime.tamagoWaitEvent
func waitEvent()

// raise does what an interrupt handler does: it sets runtime·tamagoEvent.
func raise()

// event shows that the word an interrupt handler sets makes a goroutine run.
func event() {
	var got atomic.Int32
	go func() {
		for {
			waitEvent()
			got.Add(1)
		}
	}()
	time.Sleep(10 * time.Millisecond)
	check(got.Load() == 0, "event without cause")
	for i := range 5 {
		raise()
		time.Sleep(time.Millisecond)
		check(got.Load() == int32(i+1), "event %d, seen %d", i+1, got.Load())
	}
}
