package mm

import (
	"sync/atomic"

	"gont/nt"
)

// Mdl is MDL: bytes of a program's memory whose page frames are held, so that a
// driver can use them in any thread, at any level, and a device can reach them. The
// program may unmap them meanwhile; the frames stay until Unlock.
type Mdl struct {
	frames []uint32
	offset int // of the first byte in the first frame
	length int
	write  bool
	few    [2]uint32 // room for the frames of a short one
}

// mdlPages are the frames that all Mdls hold, counted for each of them.
var mdlPages atomic.Uint64

// MaximumMdl is the most bytes that one Mdl describes.
const MaximumMdl = 32 << 20

// NewMdl is MmProbeAndLockPages: it makes n bytes of the address space from va on
// present for an access, and holds them. fault is called for what is not present yet;
// nil is a.Fault. STATUS_INVALID_PARAMETER for more than MaximumMdl,
// STATUS_WORKING_SET_QUOTA when a quarter of the memory is held already, else what
// fault says. IRQL: APC_LEVEL or below, no locks: it may wait.
func (a *AddressSpace) NewMdl(va uint64, n int, access Access, fault func(va uint64, access Access) nt.Status) (*Mdl, nt.Status) {
	if n <= 0 || n > MaximumMdl {
		return nil, nt.StatusInvalidParameter
	}
	if !userRange(va, uint64(n)) {
		return nil, nt.StatusAccessViolation
	}
	start, end := roundDown(va), roundUp(va+uint64(n))
	m := &Mdl{offset: int(va - start), length: n, write: access == Write}
	s := a.hold(&m, (end-start)/PageSize, func(i uint64) uint64 { return start + i*PageSize }, access, fault)
	return m, s
}

// NewMdlOfPages is NewMdl for n bytes that lie in pages at several addresses, one after the other:
// STATUS_DATATYPE_MISALIGNMENT for one that is no page's, STATUS_INVALID_PARAMETER for fewer pages
// than n bytes take.
func (a *AddressSpace) NewMdlOfPages(pages []uint64, n int, access Access, fault func(va uint64, access Access) nt.Status) (*Mdl, nt.Status) {
	count := (n + PageSize - 1) / PageSize
	if n <= 0 || n > MaximumMdl || len(pages) < count {
		return nil, nt.StatusInvalidParameter
	}
	for _, va := range pages[:count] {
		if va%PageSize != 0 {
			return nil, nt.StatusDatatypeMisalignment
		}
		if !userRange(va, PageSize) {
			return nil, nt.StatusAccessViolation
		}
	}
	m := &Mdl{length: n, write: access == Write}
	s := a.hold(&m, uint64(count), func(i uint64) uint64 { return pages[i] }, access, fault)
	return m, s
}

// hold takes shares of an Mdl's pages, the i-th of which is at address at(i). After an error
// there is no Mdl.
func (a *AddressSpace) hold(mdl **Mdl, pages uint64, at func(i uint64) uint64, access Access, fault func(va uint64, access Access) nt.Status) nt.Status {
	m := *mdl
	if fault == nil {
		fault = a.Fault
	}
	if mdlPages.Add(pages) > pfns.ram/4 {
		mdlPages.Add(-pages)
		*mdl = nil
		return nt.StatusWorkingSetQuota
	}
	if m.frames = m.few[:0]; pages > uint64(len(m.few)) {
		m.frames = make([]uint32, 0, pages)
	}
	for i := uint64(0); i < pages; {
		n, ok := a.pin(at(i), access)
		if ok {
			m.frames = append(m.frames, n)
			i++
			continue
		}
		if s := fault(at(i), access); !s.OK() {
			mdlPages.Add(uint64(len(m.frames)) - pages) // Unlock takes the rest back
			m.Unlock()
			*mdl = nil
			return s
		}
	}
	return nt.StatusSuccess
}

// pin takes a share of the page at va, if it is present for the access.
func (a *AddressSpace) pin(va uint64, access Access) (pfn uint32, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return 0, false // the fault says so, too
	}
	p := walk(a.root, va, false)
	if p == nil {
		return 0, false
	}
	e := p.load()
	if e&PtePresent == 0 || access == Write && e&PteWrite == 0 {
		return 0, false
	}
	if access == Write {
		p.or(PteDirty)
	}
	addShare(e.pfn())
	return e.pfn(), true
}

// Unlock is MmUnlockPages: the frames go back to whom they belong, or to nobody. The
// Mdl describes nothing then. IRQL: APC_LEVEL or below.
func (m *Mdl) Unlock() {
	for _, n := range m.frames {
		dropShare(n, m.write)
	}
	mdlPages.Add(-uint64(len(m.frames)))
	m.frames, m.length = nil, 0
}

// Len returns how many bytes the Mdl describes.
func (m *Mdl) Len() int { return m.length }

// Writable reports whether the memory may be written.
func (m *Mdl) Writable() bool { return m.write }

// Piece returns the bytes from offset on as far as they lie in one page, nil from the
// end on. They are those of the physical map. Any IRQL.
func (m *Mdl) Piece(offset int) []byte {
	if offset < 0 || offset >= m.length {
		return nil
	}
	at := m.offset + offset
	b := frameBytes(m.frames[at/PageSize])[at%PageSize:]
	return b[:min(len(b), m.length-offset)]
}

// Address returns the physical address of the byte at an offset, for a device, and how
// many bytes from there on lie in one page. Precondition: offset is below Len.
func (m *Mdl) Address(offset int) (physical uint64, n int) {
	at := m.offset + offset
	return uint64(m.frames[at/PageSize])<<PageShift + uint64(at%PageSize), len(m.Piece(offset))
}

// CopyOut copies from the memory from offset on to b, and returns how many bytes there
// were. Any IRQL.
func (m *Mdl) CopyOut(b []byte, offset int) (n int) {
	for n < len(b) {
		p := m.Piece(offset + n)
		if p == nil {
			break
		}
		n += copy(b[n:], p)
	}
	return n
}

// CopyIn copies b to the memory from offset on, and returns how many bytes it took: 0
// when the memory may not be written. Any IRQL.
func (m *Mdl) CopyIn(b []byte, offset int) (n int) {
	for n < len(b) && m.write {
		p := m.Piece(offset + n)
		if p == nil {
			break
		}
		n += copy(p, b[n:])
	}
	return n
}

// Frame returns a page's bytes in the physical map. The caller has the page.
func Frame(pfn uint32) *[PageSize]byte { return frameBytes(pfn) }
