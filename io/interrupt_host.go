//go:build !kernel

package io

// machine is a test's.
var machine interruptMachine

func expectInterrupt() {}
