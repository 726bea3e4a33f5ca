// Package ke is the dispatcher: threads, priorities, dispatcher objects and
// waits (SPEC P1.2, P1.8, P1.10, P1.12, P1.45), on 1 to 32 processors.
//
// A Thread is a goroutine that runs only while the dispatcher lets it: each
// processor has one current thread, the goroutines of all others are parked
// (DESIGN 4). Waiting here is the only way a thread may block. The code needs no
// machine: what it wants from one is in Hooks, and the host tests play one to four
// processors, one step at a time and in parallel, with a clock of their own.
//
// A wait is the only thing that blocks; a dispatch point is where everything
// else happens: DPCs run (retireDpcs), a quantum that has ended or a better
// thread takes the processor away (dispatch, swap), kernel APCs run (deliver).
// Every exported function that can change who should run ends in one, and so
// do LowerIrql, Tick, DispatchPoint and, for the idle thread, RunReady.
//
// Who runs where: ready threads wait in queues that all processors share, and
// a processor takes the best one that may use it. When a thread becomes
// ready, one processor is asked to come to a dispatch point for it (ready.go); the
// same is asked of a processor whose thread is to be moved, suspended, ended, or has
// a kernel APC (interrupt), and for its DPCs. Hooks.Request carries this
// there. Until the processor comes nothing is lost, and another that comes
// first may take the thread. A goroutine changes its processor in a switch
// only, so self is right from one switch to the next.
// Timers expire and starving threads are looked for in processor 0's Tick;
// quanta and tick counts are each processor's own.
//
// Levels: PASSIVE_LEVEL and APC_LEVEL belong to the thread, which keeps its
// level over a switch; kernel APCs come below APC_LEVEL. DISPATCH_LEVEL belongs
// to the processor: no switch, no wait with a time, DPCs wait for its end. It
// keeps no other processor out. Above it only Dpc.Insert, Dpc.Remove, LowerIrql
// and what only reads may be called. A call at the wrong level panics with
// IrqlError.
//
// What a processor has for itself is its prcb, what a thread has its Thread,
// what they share the database.
//
// Locks: one, the dispatcher lock, a spin lock (lock.go). It is held for short
// stretches of this package only, and in a switch until the old thread is
// parked: nobody can pick that one up too early. It is the innermost lock of
// the system, but for the one of hal's page-fault handler: nothing is called
// with it held but hooks that say so, and nothing is allocated but a thread's
// goroutine when it first runs, and what timers that are very late need. Every
// exported function must be called without it, by the current thread. What is
// read without it is atomic, or belongs to the caller: its own thread's and its
// own processor's.
package ke
