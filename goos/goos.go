// Package goos stands in for runtime/goos (GOOSPKG=gont): it is where the Go
// runtime meets what it runs on. One build tag chooses the target:
//
//	kernel   ring 0, the kernel's window; functions come from package hal
//	osldr    ring 0, identity mapped, before the kernel
//	ntuser   ring 3, on top of the native API; functions come from package ntdll
//
// The contract is package goos of github.com/usbarmory/tamago, with one
// function more: SetTLS sets the FS base in ring 3 (docs/toolchain.md).
package goos
