// Package cm is the configuration manager (SPEC B6, P1.22, P1.33, P1.35): the registry
// of keys and values under \Registry. Its hives are cm/regf's; docs/registry.md tells of
// both.
//
// Before P1.22 there is the boot view: OpenBootHive and BootValue read the loader's copy
// of the SYSTEM hive. From P1.22 on the kernel uses OpenKey, CreateKey and the methods of
// Key; programs use system services (svc/registry), which come here by way of ob.
//
//	one hive      hive: a regf.Hive, where it is mounted, its file
//	one open key  node: which cell, whether it is deleted, who watches it
//	one handle    Key, the body of an object of type Key; also what the kernel holds
//
// Locks: mu guards all of it, the hives' bytes as well. It is a ke.FastMutex: short
// stretches, no waiting. Work that waits for a disk or takes long (load, flush, save,
// restore) marks its hive busy under mu and then works without; others that find the mark
// wait until it has gone, those that only read a shared one do not (busy.go).
//
//	busy mark of a hive (waited for with no lock)
//	    mu
//	        locks of mm (pool)
//
// ob's locks are never taken with mu held, nor is mu with ob's: procedures of the type Key
// are called without locks.
//
// IRQL: PASSIVE_LEVEL, for all functions.
package cm
