// Command osldr is the long-mode part of OSLDR (SPEC B4, B5, B8): it reads
// \boot.ini, lets the user choose, loads the kernel, the SYSTEM hive and the
// session manager from the FAT32 volume through the BIOS, and enters the kernel
// with a LOADER_PARAMETER_BLOCK.
//
// It runs with GOOS=tamago, identity mapped, on one thread, interrupts off. It
// keeps away from fmt, strings and all that reflects: the program is read from
// the disk by a BIOS, and every 100 kB cost a hundredth of a second there.
//
// What does not touch the machine is in packages below this folder and tested
// on the host.
package main
