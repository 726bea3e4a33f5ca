//go:build !kernel

package i8042prt

// chip is a test's.
var chip func(data, status uint16) bus
