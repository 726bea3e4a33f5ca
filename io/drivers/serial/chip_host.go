//go:build !kernel

package serial

// chip is a test's.
var chip func(base uint16) registers
