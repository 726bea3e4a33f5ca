// Package fat is the file system FAT: volumes of FAT12, FAT16 and FAT32 (Microsoft FAT
// specification 1.03), with long names, read and written (SPEC I9). It knows a Device of
// sectors and nothing else, so that a host can test it; a driver of the I/O manager puts
// it below NT's files.
//
// # Order of writes
//
// A cut of the power at any write leaves a volume that has lost clusters at worst, and
// everything that Flush had reported as written (DESIGN 5a):
//
//   - A file's data goes to the device at once, into clusters that nothing on the device
//     leads to, or in place.
//   - What is changed in the FAT and in directories stays in a cache. Flush writes the FAT's
//     new chains, then directories, each followed by a flush of the device.
//   - Clusters that are given up keep their FAT entries until the directories that no longer
//     lead to them have been written. Nobody can be given such a cluster before.
//   - Where one sector of a directory has to be written after others (the old name of a file
//     that moves, the long name of an entry that spans two sectors), the sector has a later
//     epoch, and Flush writes the epochs one after the other.
//   - The volume is marked dirty before the first change and clean when all is written.
//
// A volume that is found dirty is checked and mended (Check) when it is mounted.
//
// # Locks
//
// Every exported method takes the volume's lock (Options.Lock) and may wait for the device
// with it: PASSIVE_LEVEL only.
//
// # Damaged volumes
//
// Nothing that is read is believed: chains are followed for at most as many clusters as the
// volume has, a directory has at most 65,536 entries, and a cluster outside of the volume is
// STATUS_FILE_CORRUPT_ERROR. Memory is bounded by the cache, not by what is read.
package fat
