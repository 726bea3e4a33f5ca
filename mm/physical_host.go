//go:build !kernel

package mm

// physical is what a Machine is asked about the memory's bytes.
type physical interface {
	// Page returns a frame's bytes.
	Page(pfn uint32) *[PageSize]byte
}

// frameBytes are a frame's bytes.
func frameBytes(n uint32) *[PageSize]byte { return machine.Page(n) }
