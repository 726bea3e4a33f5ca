// Package ke is the dispatcher: threads, priorities, dispatcher objects and
// waits (SPEC P1.2, P1.10, P1.12, P1.45).
//
// A Thread is a goroutine that runs only while the dispatcher lets it: exactly
// one thread is current, all others are blocked on their own channel, and a
// switch is one send and one receive (DESIGN 4). Waiting here is the only way a
// thread may block. The code needs no machine: the host tests run it with
// real goroutines and a clock of their own.
//
// Locks: one, the dispatcher lock. It is held for short stretches of this
// package only and is released before a switch. It is the innermost lock of
// the system: nothing is called with it held but hooks that say so. Every
// exported function must be called without it, at PASSIVE_LEVEL, by the
// current thread.
package ke
