//go:build tamago

package runtime

import (
	hooks "runtime/goos"
	"unsafe"
)

// tamagoG0Stack is what rt0_go takes for the stack of the first thread.
const tamagoG0Stack = 64 << 10

// sbrk moves the break up by n bytes, as far as the first thread's stack. It
// does not touch the memory. It returns nil when there is not so much left.
func sbrk(n uintptr) unsafe.Pointer {
	bl := bloc
	n = memRound(n)
	if bl+n > blocMax {
		limit := uintptr(hooks.RamStart) + uintptr(hooks.RamSize) -
			uintptr(hooks.RamStackOffset) - tamagoG0Stack
		if bl > limit || n > limit-bl {
			return nil
		}
		blocMax = bl + n
	}
	bloc += n
	return unsafe.Pointer(bl)
}
