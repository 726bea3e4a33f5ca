//go:build ram64

package goos

// ramSize is small here, for programs that show what happens when the heap is
// used up.
const ramSize = 64 << 20
