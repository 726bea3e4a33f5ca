//go:build !kernel

package rtc

// chip is a test's.
var chip cmos
