// Package loadertest has the tests of the boot chain on whole machines: MBR, boot
// sector and OSLDR in QEMU and Bochs, on good and on damaged disks, with a small
// kernel (boot/testkernel) that prints what it was handed.
package loadertest
