package pe

// dirRelocation is the directory table's entry of the base relocation table.
const dirRelocation = 5

// maxRelocations is the most bytes of a base relocation table that Relocations keeps.
const maxRelocations = 4 << 20

// Types of fixups (PE format, 5.6.2).
const (
	fixupNone  = 0  // fills up a block
	fixupDir64 = 10 // 8 bytes
)

// Relocations is the base relocation table of an image (PE format, 5.6): where it has addresses, to
// which the distance is added when the image lies elsewhere than at its base.
type Relocations struct {
	blocks []byte
	index  []uint32 // in blocks, of one after the other; pages ascend
	base   uint32   // RVA of the headers' ImageBase, which says where the image is
}

// Relocations reads and copies the base relocation table; file is what Parse has read. ok is false when
// the image can lie at its base only: its relocations were stripped, or the table is not one
// that a linker for AMD64 makes, a block for each page in ascending order.
func (m *Image) Relocations(file []byte) (r *Relocations, ok bool) {
	if m.Characteristics&FileRelocsStripped != 0 {
		return nil, false
	}
	at, err := header(file)
	if err != nil {
		return nil, false
	}
	h := file[at+4:]
	o := h[fileSize : fileSize+int(le16(h[16:]))]
	r = &Relocations{base: uint32(at) + 4 + fileSize + 24}
	rva := directory(o, dirRelocation)
	if rva == 0 {
		return r, true
	}
	n := le32(o[optionalSize+8*dirRelocation+4:])
	if n > maxRelocations {
		return nil, false
	}
	b := m.bytes(file, rva, int(n))
	if b == nil {
		return nil, false
	}
	r.blocks = append([]byte(nil), b[:n]...)
	next := uint64(0) // the least page that a block may have now
	for at := uint32(0); at < n; {
		if n-at < 8 {
			return nil, false
		}
		page, size := le32(r.blocks[at:]), le32(r.blocks[at+4:])
		if size < 8 || size%2 != 0 || size > n-at || page%PageSize != 0 || uint64(page) < next {
			return nil, false
		}
		for e := at + 8; e < at+size; e += 2 {
			v := le16(r.blocks[e:])
			switch v >> 12 {
			case fixupNone:
			case fixupDir64:
				if uint64(page)+uint64(v&0xFFF)+8 > uint64(m.Size) {
					return nil, false
				}
			default:
				return nil, false
			}
		}
		r.index = append(r.index, at)
		at, next = at+size, uint64(page)+PageSize
	}
	return r, true
}

// Any reports whether there is a fixup that changes bytes of the page at an RVA.
func (r *Relocations) Any(page uint32) (any bool) {
	r.Each(page, func(uint32) { any = true })
	return any
}

// Each calls f with the RVA of each 8-byte address that has bytes in the page at an RVA. The headers'
// ImageBase is one of them.
func (r *Relocations) Each(page uint32, f func(rva uint32)) {
	if r.base+8 > page && r.base < page+PageSize {
		f(r.base)
	}
	low, high := 0, len(r.index)
	for low < high { // the first block that is not before the page
		if i := (low + high) / 2; le32(r.blocks[r.index[i]:]) < page {
			low = i + 1
		} else {
			high = i
		}
	}
	if low > 0 { // an address may begin in the page before
		r.block(low-1, func(rva uint32) {
			if rva+8 > page && rva < page {
				f(rva)
			}
		})
	}
	if low < len(r.index) && le32(r.blocks[r.index[low]:]) == page {
		r.block(low, f)
	}
}

func (r *Relocations) block(i int, f func(rva uint32)) {
	at := r.index[i]
	page, end := le32(r.blocks[at:]), at+le32(r.blocks[at+4:])
	for e := at + 8; e < end; e += 2 {
		if v := le16(r.blocks[e:]); v>>12 == fixupDir64 {
			f(page + v&0xFFF)
		}
	}
}
