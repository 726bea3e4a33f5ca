//go:build !ram64

package goos

// ramSize is address space; memory is committed as it is touched.
const ramSize = 0x60000000
