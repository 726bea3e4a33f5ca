// Package ke is the dispatcher: threads, priorities, dispatcher objects and
// waits (SPEC P1.2, P1.10, P1.12, P1.45).
//
// A Thread is a goroutine that runs only while the dispatcher lets it: exactly
// one thread is current, all others are blocked on their own channel, and a
// switch is one send and one receive (DESIGN 4). Waiting here is the only way a
// thread may block. The code needs no machine: the host tests run it with
// real goroutines and a clock of their own.
//
// A wait is the only thing that blocks; a dispatch point is where everything
// else happens: DPCs run (retireDpcs), a quantum that has ended or a better
// thread takes the processor away (dispatch, swap), kernel APCs run (deliver).
// Every exported function that can change who should run ends in one, and so
// do LowerIrql and Tick.
//
// Levels: PASSIVE_LEVEL and APC_LEVEL belong to the thread, which keeps its
// level over a switch; kernel APCs come below APC_LEVEL. DISPATCH_LEVEL belongs
// to the processor: no switch, no wait with a time, DPCs wait for its end. Above
// it only Dpc.Insert, Dpc.Remove and LowerIrql may be called. A call at the
// wrong level panics with IrqlError.
//
// What a processor has for itself is its prcb, what a thread has its Thread.
//
// Locks: one, the dispatcher lock. It is held for short stretches of this
// package only and is released before a switch. It is the innermost lock of
// the system: nothing is called with it held but hooks that say so. Every
// exported function must be called without it, by the current thread.
package ke
