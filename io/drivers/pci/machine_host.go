//go:build !kernel

package pci

// here is a test's.
var here machine
