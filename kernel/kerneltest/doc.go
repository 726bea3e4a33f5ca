// Package kerneltest boots the real image in emulators and watches it: the boot
// trace against the golden list, every step's failure, the stop screens, the
// programs in ring 3, and the machines that users have.
package kerneltest
