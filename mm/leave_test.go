package mm

import "testing"

// TestLeave: from Leave on nobody is told the old root, before Destroy has given
// anything back.
func TestLeave(t *testing.T) {
	setKernelRoot(t, boot(t, 1024))
	a, ok := NewAddressSpace()
	if !ok {
		t.Fatal("no address space")
	}
	old := a.Root()
	if got := a.Leave(); got != old || a.Root() != uint64(kernelRoot)<<PageShift {
		t.Errorf("left %#x, which was %#x; the root is %#x now", got, old, a.Root())
	}
	if pfns.pfn[old>>PageShift].list != Active {
		t.Error("the root is not in use any more")
	}
	a.Destroy()
	if pfns.pfn[old>>PageShift].list == Active {
		t.Error("the root is still in use")
	}
}
