//go:build !kernel

package beep

// chip is a test's.
var chip speaker
