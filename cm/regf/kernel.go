package regf

// What the kernel's configuration manager needs besides.

// Upgrade makes the hive one of version 1.5, as the first change would. After it
// functions that only read, Flush's and WriteTo's reading parts among them, change
// nothing that others read.
func (h *Hive) Upgrade() error { return h.upgrade() }

// SetPoll sets what Options.Poll says.
func (h *Hive) SetPoll(poll func()) { h.poll = poll }

// Flags returns a key's flags, without the rest of what Key returns.
func (h *Hive) Flags(key Cell) uint16 { return le.Uint16(h.cell(key)[nkFlags:]) }

// CopyOut copies the bins that Load has adopted into memory of mem's, which all later
// bins come from, too. When it fails with ErrNoMemory, nothing has changed.
func (h *Hive) CopyOut(mem Memory) error {
	s := &h.stable
	copies := make([][]byte, s.adopted)
	for i := range copies {
		b := mem.Alloc(len(s.bins[i].b))
		if b == nil {
			for _, b := range copies[:i] {
				mem.Free(b)
			}
			return ErrNoMemory
		}
		copy(b, s.bins[i].b)
		copies[i] = b
	}
	for i, b := range copies {
		s.bins[i].b = b
	}
	s.adopted = 0
	s.mem, h.vol.mem = mem, mem
	return nil
}
