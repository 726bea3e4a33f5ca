// Package ex is the executive (SPEC P1.10): event pairs, keyed events, I/O
// completion, callbacks, profiles, worker threads; and what needs no machine:
// boot options, the boot trace, the stop codes.
//
// Locks: a keyed event and a callback have a ke.FastMutex each, and so has the list
// of profiles that are started. All are leaves: nothing that takes a lock is called
// with one of them held.
//
// IRQL: PASSIVE_LEVEL, of which a checked build enforces APC_LEVEL (ke.FastMutex);
// QueueWorkItem DISPATCH_LEVEL or below.
package ex
