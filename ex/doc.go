// Package ex is the executive (SPEC P1.10): event pairs, keyed events, I/O
// completion, callbacks, profiles, worker threads; and what needs no machine:
// boot options, the boot trace, the stop codes.
//
// Locks: a keyed event, a callback and a profile have a Go lock each, and so has
// the list of profiles that are started. Nothing of ke is called with one of them
// held but what does not switch. A profile's is taken before mm's, the others
// are leaves.
//
// IRQL: PASSIVE_LEVEL, which is not checked; QueueWorkItem DISPATCH_LEVEL or
// below.
package ex
