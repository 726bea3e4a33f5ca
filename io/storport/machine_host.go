//go:build !kernel

package storport

import "gont/io"

// physicalOf is for buffers that tell no addresses, which the host's have.
func physicalOf([]byte) (uint64, int) { return 0, 0 }

// open is a test's.
var open = func(io.Resource) (Registers, error) { return nil, ErrGone }
