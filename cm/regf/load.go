package regf

// Load reads a hive. data are the file's bytes; with o.Adopt they become the
// hive's. A dirty hive is recovered from o.Logs. What is wrong is mended in
// memory, and the report lists it; the file gets it at the next flush. The error
// is ErrNotHive, ErrNoMemory, or a *Refusal that names the cell and the reason.
//
// Whatever data hold, Load ends, and takes no more than four times their size.
func Load(data []byte, o Options) (*Hive, *Report, error) {
	h, r := newHive(&o), &Report{}
	data, err := h.recover(data, &o, r)
	if err != nil {
		return nil, r, err
	}
	length, err := h.checkBaseBlock(data, r)
	if err == nil {
		err = h.readBins(data[baseSize:baseSize+length], o.Adopt && !r.Recovered, r)
	}
	if r.Recovered {
		o.Memory.Free(data[:cap(data)])
	}
	if err == nil {
		h.log.markRecovered(h)
		err = h.checkTree(&o, r)
	}
	if err != nil {
		h.Close()
		return nil, r, err
	}
	return h, r, nil
}

// checkBaseBlock copies the base block and returns how many bytes of bins
// there are.
func (h *Hive) checkBaseBlock(data []byte, r *Report) (int, error) {
	if len(data) < baseSize+pageSize {
		return 0, &Refusal{NoCell, "the file ends before its first bin does"}
	}
	b := h.base[:]
	copy(b, data)
	sound := soundBase(b)
	if why := checkBase(b); why != "" {
		return 0, &Refusal{NoCell, why}
	}
	if t := le.Uint32(b[baseType:]); t != typePrimary {
		if sound {
			return 0, &Refusal{NoCell, "this is the log of a hive, not a hive"}
		}
		r.add(NoCell, "the base block says type %d", t)
		le.PutUint32(b[baseType:], typePrimary)
	}
	if !sound {
		r.add(NoCell, "the checksum of the base block is wrong")
	}
	if one, two := le.Uint32(b[baseSeq1:]), le.Uint32(b[baseSeq2:]); one != two {
		r.add(NoCell, "a flush was not completed (sequence numbers %d and %d), and no log completes it", one, two)
		le.PutUint32(b[baseSeq1:], max(one, two))
		le.PutUint32(b[baseSeq2:], max(one, two))
	}
	length, have := le.Uint32(b[baseLength:]), uint32(min(len(data)-baseSize, maxBins))&^(pageSize-1)
	switch {
	case length%pageSize != 0 || length == 0 || length > maxBins:
		if sound {
			r.add(NoCell, "the base block says %#x bytes of bins; the file has %#x", length, have)
		}
		length = have
	case length > have:
		r.add(NoCell, "the file is cut off: it has %#x of %#x bytes of bins", have, length)
		length = have
	}
	for _, c := range data[baseSize+length:] {
		if c != 0 {
			r.note(NoCell, "%d bytes behind the last bin", len(data)-baseSize-int(length))
			break
		}
	}
	h.root = Cell(le.Uint32(b[baseRoot:]))
	return int(length), nil
}

// binLengthAt returns the length of the bin whose header is at off, or 0 if
// there is no sound header.
func binLengthAt(data []byte, off int) int {
	b := data[off:]
	n := int(le.Uint32(b[binLength:]))
	if string(b[:4]) != "hbin" || int(le.Uint32(b[binOffset:])) != off || n%pageSize != 0 || n == 0 || n > len(b) {
		return 0
	}
	return n
}

// readBins brings the bins into the store and finds their cells.
func (h *Hive) readBins(data []byte, adopt bool, r *Report) error {
	s := &h.stable
	for off := 0; off < len(data); {
		n := binLengthAt(data, off)
		bad := n == 0
		if bad {
			for n = pageSize; off+n < len(data) && binLengthAt(data, off+n) == 0; n += pageSize {
			}
		}
		b := data[off : off+n : off+n]
		if !adopt {
			if b = s.mem.Alloc(n); b == nil {
				return ErrNoMemory
			}
			copy(b, data[off:])
		}
		s.addBin(b)
		if bad {
			r.add(Cell(off), "the bin has a bad header")
			copy(b, "hbin")
			le.PutUint32(b[binOffset:], uint32(off))
			le.PutUint32(b[binLength:], uint32(n))
			s.mark(uint32(off), binHeader)
		}
		s.findCells(uint32(off), b, r)
		h.poll()
		off += n
	}
	if adopt {
		s.adopted = len(s.bins)
	}
	return nil
}

// findCells walks through a bin's cells. From the first one with an impossible
// size on, it looks for the next that leads to the bin's end.
func (s *store) findCells(base uint32, b []byte, r *Report) {
	var largest uint32
	page := base / pageSize
	for at := binHeader; at < len(b); {
		n := int64(int32(le.Uint32(b[at:])))
		size := int(max(n, -n))
		if size < 8 || size%8 != 0 || size > len(b)-at {
			size = resync(b, at) - at
			r.add(Cell(base)+Cell(at), "the size %d is impossible; it is %d now", n, size)
			if n < 0 {
				n = -int64(size)
			} else {
				n = int64(size)
			}
			le.PutUint32(b[at:], uint32(n))
			s.mark(base+uint32(at), 4)
		}
		off := base + uint32(at)
		s.setStart(off, true)
		if p := off / pageSize; p != page {
			s.free.set(int(page), largest)
			page, largest = p, 0
		}
		if n > 0 {
			largest = max(largest, uint32(n))
		}
		at += size
	}
	s.free.set(int(page), largest)
}

// resync returns the next place behind at where a cell in use begins, or a
// free one that is the last, so that from there on all sizes fit; the end of
// the bin if there is none.
func resync(b []byte, at int) int {
	// From the end backwards: do sizes lead from here to the end?
	leads := make([]uint64, len(b)/512+1)
	best := len(b)
	for p := len(b) - 8; p > at; p -= 8 {
		n := int64(int32(le.Uint32(b[p:])))
		end := p + int(max(n, -n))
		if n%8 != 0 || end <= p || end > len(b) || end < len(b) && leads[end/512]>>(end/8%64)&1 == 0 {
			continue
		}
		if n > 0 && end < len(b) && int32(le.Uint32(b[end:])) > 0 {
			continue // two free cells in a row: rather data that look like it
		}
		leads[p/512] |= 1 << (p / 8 % 64)
		if n < 0 || end == len(b) {
			best = p
		}
	}
	return best
}
