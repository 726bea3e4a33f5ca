package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

func init() {
	parts["gc"] = func() { gcLoad(4, 300) }
	parts["finalizers"] = finalizers
	parts["exhaust"] = exhaust
	parts["exhaust-small"] = exhaustSmall
	parts["overflow"] = overflow
}

type tree struct {
	left, right *tree
	id          int
	data        []byte
}

func grow(depth, id int) *tree {
	t := &tree{id: id, data: make([]byte, id%100)}
	for i := range t.data {
		t.data[i] = byte(id)
	}
	if depth > 0 {
		t.left, t.right = grow(depth-1, 2*id), grow(depth-1, 2*id+1)
	}
	return t
}

func (t *tree) count() int {
	if t == nil {
		return 0
	}
	for _, b := range t.data {
		check(b == byte(t.id), "memory of a live object has changed")
	}
	return 1 + t.left.count() + t.right.count()
}

// gcLoad builds and drops trees in several goroutines while one stays alive.
func gcLoad(workers, rounds int) {
	keep := grow(12, 1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for r := range rounds {
				t := grow(9, r+1)
				check(t.count() == 1023, "a tree has lost nodes")
			}
		})
	}
	wg.Wait()
	check(keep.count() == 8191, "the kept tree has lost nodes")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	check(m.NumGC > 3, "%d collections", m.NumGC)
	check(m.HeapSys < 128<<20, "heap grew to %d bytes", m.HeapSys)
}

func finalizers() {
	done := make(chan bool, 100)
	for range 100 {
		p := new([100]int)
		runtime.SetFinalizer(p, func(*[100]int) { done <- true })
	}
	for range 5 {
		runtime.GC()
	}
	for range 50 {
		<-done
	}
	debug.FreeOSMemory()
}

var hoard [][]byte

// exhaust uses the heap up in large pieces.
func exhaust() {
	for {
		hoard = append(hoard, make([]byte, 1<<20))
		hoard[len(hoard)-1][0] = 1
	}
}

// exhaustSmall uses it up in small ones.
func exhaustSmall() {
	var head *tree
	for {
		head = &tree{left: head}
	}
}

func overflow() {
	debug.SetMaxStack(8 << 20)
	var f func(n int) int
	f = func(n int) int { return f(n+1) + 1 }
	fmt.Println(f(0))
}
