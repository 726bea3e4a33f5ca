// Package fastfat is the driver of the file system FAT (SPEC I9): it puts fs/fat below NT's
// files. A volume is mounted by the I/O manager (io.Vpb) at the first open of a name on it; a
// file object's Context2 is a *ccb, the open, and Context a *fcb, the file, which all opens of it
// share.
//
// All requests are served in the thread that makes them, and wait there for the disk; only
// waits for byte ranges and for changes of directories are pending.
//
// # Locks
//
// From the outside inwards:
//
//   - volume.opens, a fast mutex: create, cleanup, rename, delete, lock and dismount of the volume.
//   - fcb.resource: shared by who reads the file or asks about it, exclusive for who writes or
//     closes it. A request looks at ccb.cleaned with it, so nobody uses a node that is closed.
//   - fcb.mapping, a fast mutex, of who makes the map of the page cache.
//   - fs/fat's lock of the volume, also a fast mutex, around each of its methods.
//   - those of fsrtl, leaves.
//
// Holders wait for the disk; they are in a critical region (ke), so no suspension stops one that
// others wait for. IRQL: PASSIVE_LEVEL.
package fastfat
