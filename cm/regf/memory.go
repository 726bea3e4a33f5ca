package regf

// Memory gives the pages in which a hive's bytes lie.
type Memory interface {
	// Alloc returns size zero bytes in one piece, or nil when there is no
	// memory. size is a multiple of 4096.
	Alloc(size int) []byte
	// Free takes back what Alloc has returned.
	Free(b []byte)
}

// Heap is Memory from the Go heap, for programs with enough of it.
type Heap struct{}

// Alloc implements Memory.
func (Heap) Alloc(size int) []byte { return make([]byte, size) }

// Free implements Memory; the collector does it.
func (Heap) Free([]byte) {}

// maxTree has a number for each page and finds the first page whose number is
// at least as big as a wanted one, in a logarithm of steps.
type maxTree struct {
	leaves int // a power of two
	t      []uint32
}

func (m *maxTree) grow(n int) {
	if n <= m.leaves {
		return
	}
	size := max(m.leaves, 1)
	for size < n {
		size *= 2
	}
	t := make([]uint32, 2*size)
	if m.leaves > 0 {
		copy(t[size:], m.t[m.leaves:])
	}
	for i := size - 1; i > 0; i-- {
		t[i] = max(t[2*i], t[2*i+1])
	}
	m.t, m.leaves = t, size
}

func (m *maxTree) set(i int, v uint32) {
	i += m.leaves
	m.t[i] = v
	for i > 1 {
		i /= 2
		v := max(m.t[2*i], m.t[2*i+1])
		if m.t[i] == v {
			return
		}
		m.t[i] = v
	}
}

// first returns the first leaf with a number of at least v, or -1.
func (m *maxTree) first(v uint32) int {
	if m.leaves == 0 || m.t[1] < v {
		return -1
	}
	i := 1
	for i < m.leaves {
		i *= 2
		if m.t[i] < v {
			i++
		}
	}
	return i - m.leaves
}
