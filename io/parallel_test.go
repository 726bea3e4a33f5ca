package io

import (
	"bytes"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gont/ke"
	"gont/nt"
	"gont/ps"
)

var rounds = flag.Int("rounds", 300, "rounds of the tests of races")

// parallel is a machine whose processors run at the same time, as far as the host has
// any: a goroutine for each thread, of which as many run as there are processors.
type parallel struct {
	mu     sync.Mutex
	by     map[uint64]*fiber
	fibers []*fiber
	births chan int // the processor of the thread that begins
	ipi    []chan struct{}
	asked  []atomic.Bool
	ticks  []uint64 // worked on; each processor's own
	clock  atomic.Uint64
	stop   atomic.Bool
	idles  sync.WaitGroup
}

type fiber struct {
	cpu  int
	id   uintptr
	wake chan struct{}
}

func goroutine() uint64 {
	var b [40]byte
	s := b[len("goroutine "):runtime.Stack(b[:], false)]
	n, _ := strconv.ParseUint(string(s[:bytes.IndexByte(s, ' ')]), 10, 64)
	return n
}

// simulateOn runs body in a thread of a program on a machine of n processors.
func simulateOn(t *testing.T, n int, body func(w *world)) {
	p := &parallel{by: map[uint64]*fiber{}, births: make(chan int), ipi: make([]chan struct{}, n), asked: make([]atomic.Bool, n), ticks: make([]uint64, n)}
	for k := range p.ipi {
		p.ipi[k] = make(chan struct{}, 1)
	}
	p.clock.Store(1)
	p.idles.Add(n)
	w := &world{t: t, born: func() { p.self() }, poll: p.poll}
	started, all := make(chan struct{}), make(chan struct{})
	for k := range n {
		go func() {
			defer p.idles.Done()
			p.adopt(k)
			if k == 0 {
				w.initialize(ke.Hooks{
					Now:           func() uint64 { return p.clock.Load() * 10_000 },
					TimeIncrement: 10_000,
					Processor:     func() int { return p.self().cpu },
					Request: func(n int) {
						p.asked[n].Store(true)
						select {
						case p.ipi[n] <- struct{}{}:
						default:
						}
					},
					Switch: p.switchTo,
					Panic:  func(th *ke.Thread, r any) { panic(fmt.Sprint(th.Name, ": ", r, string(debug.Stack()))) },
				})
			} else {
				ps.AdoptIdle(ke.StartProcessor(k))
			}
			started <- struct{}{}
			if k == 0 {
				<-all
				w.begin(func(w *world) {
					body(w)
					p.stop.Store(true)
				})
			}
			p.idle(k)
		}()
		<-started
	}
	watchdog := time.AfterFunc(60*time.Second, func() {
		debug.SetTraceback("all")
		panic("threads wait for what has happened")
	})
	go func() {
		for !p.stop.Load() {
			time.Sleep(time.Millisecond)
			p.clock.Add(1)
		}
	}()
	all <- struct{}{}
	p.idles.Wait()
	watchdog.Stop()
}

func (p *parallel) adopt(cpu int) *fiber {
	g := goroutine()
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &fiber{cpu: cpu, id: uintptr(len(p.fibers) + 1), wake: make(chan struct{}, 1)}
	p.fibers = append(p.fibers, f)
	p.by[g] = f
	return f
}

// self is the caller's fiber. A new thread is told its processor by the one that has
// started it and holds the lock until it knows.
func (p *parallel) self() *fiber {
	g := goroutine()
	p.mu.Lock()
	f := p.by[g]
	p.mu.Unlock()
	if f == nil {
		f = p.adopt(<-p.births)
	}
	return f
}

func (p *parallel) switchTo(from, to *uintptr, lock *uint32) {
	me := p.self()
	var next *fiber
	if to == nil {
		p.births <- me.cpu
	} else {
		p.mu.Lock()
		next = p.fibers[*to-1]
		p.mu.Unlock()
		*to = 0
		next.cpu = me.cpu
	}
	if from != nil {
		*from = me.id
	} else {
		p.mu.Lock()
		delete(p.by, goroutine())
		p.mu.Unlock()
	}
	atomic.StoreUint32(lock, 0)
	if next != nil {
		next.wake <- struct{}{}
	}
	if from != nil {
		<-me.wake
	}
}

// idle is a processor's idle loop; it halts until it is asked or the clock ticks.
func (p *parallel) idle(k int) {
	for !p.stop.Load() {
		p.poll()
		ke.RunReady()
		if !ke.Requested() {
			select {
			case <-p.ipi[k]:
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// poll is the way back to ring 3: what interrupts have left to do.
func (p *parallel) poll() {
	k := p.self().cpu
	if n := p.clock.Load() - p.ticks[k]; n > 0 {
		p.ticks[k] += n
		ke.Tick(int(n), true)
	}
	if p.asked[p.self().cpu].Swap(false) {
		ke.DispatchPoint()
	}
	runtime.Gosched()
}

// TestCancelAgainstComplete: requests are completed by a DPC on another processor while
// their thread cancels them. Each ends once, one way or the other.
func TestCancelAgainstComplete(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		x := w.driver("Test", 0)
		var stop atomic.Bool
		var completed atomic.Int64
		dpc := ke.NewDpc(func(any) {
			if x.finishOne(nt.StatusSuccess, 4) {
				completed.Add(1)
			}
		})
		helper := w.user("completer", func(*ps.Thread) {
			for !stop.Load() {
				dpc.Insert(nil)
				w.poll()
			}
		})
		var asked, succeeded, cancelled atomic.Int64
		var threads []*ps.Thread
		for n := range 2 {
			threads = append(threads, w.user("asker", func(*ps.Thread) {
				f, h := w.open(`\Device\Test`, 0)
				block, buf := uint64(iosbAt+0x100*(n+1)), uint64(bufAt+0x1000*(n+1))
				for range *rounds {
					const burst = 4
					for i := range uint64(burst) {
						if s := f.DeviceControl(&Request{Thread: ps.Current(), Iosb: block + 16*i}, false, codePend, buf, 4, buf+8, 4); s != nt.StatusPending {
							t.Errorf("a request: %v", s)
						}
						asked.Add(1)
					}
					CancelRequests(ps.Current(), f)
					for i := range uint64(burst) {
						switch b := w.iosb(block + 16*i); b {
						case nt.IoStatusBlock{Information: 4}:
							succeeded.Add(1)
						case nt.IoStatusBlock{Status: nt.StatusCancelled}:
							cancelled.Add(1)
						default:
							t.Errorf("a status block: %+v", b)
						}
						w.p.Space.WriteBytes(block+16*i, make([]byte, 16))
					}
				}
				w.p.Handles.Close(h)
			}))
		}
		for _, th := range threads {
			w.wait(th)
		}
		stop.Store(true)
		w.wait(helper)
		if asked.Load() != succeeded.Load()+cancelled.Load() || completed.Load() != succeeded.Load() {
			t.Errorf("%d requests, %d completed, of which %d came back, %d cancelled", asked.Load(), completed.Load(), succeeded.Load(), cancelled.Load())
		}
		if !testing.Short() && (succeeded.Load() == 0 || cancelled.Load() == 0) {
			t.Logf("no race: %d succeeded, %d cancelled", succeeded.Load(), cancelled.Load())
		}
		w.expect("requests that are left", x.queue.Len(), 0)
		w.settleFiles(2, x)
	})
}

// settleFiles waits until files that were closed are gone.
func (w *world) settleFiles(want int, x *testDriver) {
	for range 100 {
		if n, _ := FileType.Counts(); n == 0 {
			break
		}
		ke.Delay(ke.KernelMode, false, -100_000)
	}
	n, _ := FileType.Counts()
	w.expect("files that are left", n, 0)
	w.expect("closes", int(x.ends.Load()), want)
}

// TestCloseAgainstPending: the last handle goes while requests are completed. None is
// left, and the file goes after all of them.
func TestCloseAgainstPending(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		x := w.driver("Test", 0)
		var stop atomic.Bool
		helper := w.user("completer", func(*ps.Thread) {
			for !stop.Load() {
				x.finishOne(nt.StatusSuccess, 4)
				w.poll()
			}
		})
		n := max(*rounds/3, 10)
		for range n {
			f, h := w.open(`\Device\Test`, 0)
			asker := w.user("asker", func(*ps.Thread) {
				for i := range uint64(3) {
					f.DeviceControl(&Request{Thread: ps.Current(), Iosb: iosbAt + 16*i}, false, codePend, bufAt, 4, bufAt+8, 4)
				}
			})
			o := f.Object.Reference()
			w.p.Handles.Close(h)
			w.wait(asker)
			x.queue.CancelFile(f) // what came after Cleanup
			o.Dereference()
		}
		stop.Store(true)
		w.wait(helper)
		w.settleFiles(n, x)
	})
}

// TestDetachAgainstCall: a filter is attached and detached while requests pass through
// it; its remove lock says when nobody is in it any more.
func TestDetachAgainstCall(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		x := w.driver("Test", 0)
		type extension struct {
			lock  RemoveLock
			gone  atomic.Bool
			lower *Device
		}
		filter, s := NewDriver(`\Driver`, "Filter", "")
		if !s.OK() {
			t.Fatal(s)
		}
		var passed atomic.Int64
		pass := func(d *Device, irp *IRP) nt.Status {
			e := d.Extension.(*extension)
			if s := e.lock.Acquire(); !s.OK() {
				return Complete(irp, s, 0)
			}
			if e.gone.Load() {
				t.Error("a request in a filter that has gone")
			}
			passed.Add(1)
			irp.SkipLocation()
			s := CallDriver(e.lower, irp)
			e.lock.Release()
			return s
		}
		for i := range filter.Major {
			filter.Major[i] = pass
		}
		var stop atomic.Bool
		var threads []*ps.Thread
		var done, refused atomic.Int64
		for range 2 {
			threads = append(threads, w.user("asker", func(*ps.Thread) {
				var f *File
				for {
					var s nt.Status
					if f, s = w.tryOpen(`\Device\Test`); s.OK() {
						break
					} else if s != nt.StatusDeletePending { // a filter that was about to go has refused
						panic(s)
					}
					w.poll()
				}
				block := uint64(iosbAt)
				for !stop.Load() {
					switch s := f.DeviceControl(&Request{Thread: ps.Current(), Iosb: block}, false, codeEcho, bufAt, 4, bufAt+8, 4); s {
					case nt.StatusSuccess:
						done.Add(1)
					case nt.StatusDeletePending:
						refused.Add(1)
					default:
						t.Errorf("a request: %v", s)
					}
					w.poll()
				}
				f.Object.Dereference()
			}))
		}
		for range max(*rounds/3, 10) {
			v, s := CreateDevice(filter, "", nt.FileDeviceUnknown, 0, 0)
			if !s.OK() {
				t.Fatal(s)
			}
			e := &extension{lower: x.device}
			e.lock.Initialize()
			v.Extension = e
			if AttachDevice(v, x.device) != x.device {
				t.Fatal("the filter is not attached")
			}
			w.poll()
			if s := e.lock.Acquire(); !s.OK() {
				t.Fatal(s)
			}
			e.lock.ReleaseAndWait()
			DetachDevice(x.device)
			e.gone.Store(true)
			DeleteDevice(v)
		}
		stop.Store(true)
		for _, th := range threads {
			w.wait(th)
		}
		t.Logf("%d requests done, %d through a filter, %d refused", done.Load(), passed.Load(), refused.Load())
		w.settleFiles(2, x)
		if n, _ := DeviceType.Counts(); n != 1 {
			t.Errorf("%d devices are left", n)
		}
	})
}

// TestUnloadAgainstOpen: a driver is unloaded while it is opened: who has it open keeps
// it, and it goes with the last.
func TestUnloadAgainstOpen(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		for range max(*rounds/10, 5) {
			x := w.driver("Test", 0)
			var threads []*ps.Thread
			for range 2 {
				threads = append(threads, w.user("opener", func(*ps.Thread) {
					for {
						f, s := w.tryOpen(`\Device\Test`)
						if !s.OK() {
							if s != nt.StatusNoSuchDevice && s != nt.StatusObjectNameNotFound {
								t.Errorf("an open: %v", s)
							}
							return
						}
						if x.unloaded.Load() {
							t.Error("a file of a driver that is unloaded")
						}
						f.Object.Dereference()
						w.poll()
					}
				}))
			}
			w.expect("the unloading", x.StartUnload(), nt.StatusSuccess)
			for _, th := range threads {
				w.wait(th)
			}
			ke.WaitForSingleObject(x.done, ke.KernelMode, false, nil)
			x.Object.Dereference()
		}
		for range 50 {
			if n, _ := DriverType.Counts(); n == 0 {
				return
			}
			ke.Delay(ke.KernelMode, false, -100_000)
		}
		n, _ := DriverType.Counts()
		w.expect("drivers that are left", n, 0)
	})
}
