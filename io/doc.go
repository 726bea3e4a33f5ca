// Package io is the I/O manager (SPEC I1, P1.11): driver, device, file, controller and
// adapter objects, requests (IRPs) on their way through device stacks, completion,
// cancelling, and what drivers are made with: work items, timers, device queues,
// remove locks, cancel-safe queues.
//
// A request of a thread is made by File.Read, Write, DeviceControl and so on, which
// wings of svc/ call. It is the thread's from then on: it is in the thread's list until
// its completion has come back to the thread, in the thread itself if the driver
// completed it at once, else as a special kernel APC. That is where the caller's status
// block is written, its event set, its APC or completion packet sent. A driver sees
// only the IRP.
//
// Locks: the database lock, for the references of devices and for what is attached to
// what; each IRP's, for its cancel routine; those of queues and remove locks. All are
// ke.SpinLocks and leaves. A thread's list of requests belongs to the thread and needs
// none: completion APCs come at dispatch points only, and who walks the list raises
// the level to APC_LEVEL.
//
// IRQL: dispatch routines are called at the level of the caller of CallDriver, which for
// the requests of programs is PASSIVE_LEVEL. CallDriver, CompleteRequest, MarkPending,
// CancelIrp, the queues, remove locks and WorkItem.Queue may be used up to
// DISPATCH_LEVEL; everything else PASSIVE_LEVEL, where not said otherwise.
package io
