package regf

// checker goes through all keys of a hive that was read, without recursion: what
// is to be looked at waits on a stack. Each cell has one owner; the one that
// comes second does not get it. So cells that say what they are come first, keys
// and lists and descriptors, then values, and last the data, which may be
// anything: a wrong offset of data takes no key away.
type checker struct {
	h     *Hive
	o     *Options
	r     *Report
	used  []uint64 // one bit per 8 bytes: the cell there has an owner
	stack []pending
	keys  []Cell          // all that are sound
	sk    map[Cell]uint32 // security cells, with the number of their keys
	twice []duplicate
	// claimed is room for the cells of one value's data.
	claimed []Cell
	looks   int  // that elsewhere may still take
	big     bool // there are values of over 16344 bytes in one cell
	err     error
}

type pending struct {
	key   Cell
	level int
}

// duplicate is a key whose name another of the same parent has.
type duplicate struct{ parent, key Cell }

func (h *Hive) checkTree(o *Options, r *Report) error {
	c := &checker{h: h, o: o, r: r, sk: map[Cell]uint32{}, looks: 1 << 20}
	c.used = make([]uint64, len(h.stable.starts))
	if err := c.root(); err != nil {
		return err
	}
	for len(c.stack) > 0 && c.err == nil {
		p := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		c.key(p)
		h.poll()
	}
	for _, k := range c.keys {
		c.values(k)
		h.poll()
	}
	for _, k := range c.keys {
		h.poll()
		c.class(k)
		c.contents(k)
	}
	if c.err == nil {
		c.security()
		c.unused()
		c.duplicates()
	}
	if c.err != nil {
		return c.err
	}
	h.bigSingles = c.big
	if c.big && le.Uint32(h.base[baseMinor:]) > 3 {
		return h.upgrade()
	}
	return nil
}

// isUsed reports whether a cell that begins at c has an owner.
func (c *checker) isUsed(x Cell) bool {
	return int(x/512) < len(c.used) && c.used[x/512]>>(x/8%64)&1 != 0
}

func (c *checker) setUsed(x Cell) {
	for int(x/512) >= len(c.used) {
		c.used = append(c.used, 0)
	}
	c.used[x/512] |= 1 << (x / 8 % 64)
}

// valid says why a cell cannot be read; "" when it can.
func (c *checker) valid(x Cell) string {
	switch {
	case x&volatileBit != 0 || uint32(x) >= c.h.stable.size():
		return "it lies outside the hive"
	case !c.h.stable.isStart(uint32(x)):
		return "no cell begins there"
	case c.h.stable.cellSize(uint32(x)) > 0:
		return "the cell is free"
	}
	return ""
}

// claim makes the caller the owner of a cell with at least n bytes, or says why
// not.
func (c *checker) claim(x Cell, n int) string {
	if why := c.valid(x); why != "" {
		return why
	}
	if c.isUsed(x) {
		return "the cell is used by something else"
	}
	if len(c.h.cell(x)) < n {
		return "the cell is too small"
	}
	c.setUsed(x)
	return ""
}

// give takes the owner from cells that are not what the owner thought.
func (c *checker) give(cells ...Cell) {
	for _, x := range cells {
		c.used[x/512] &^= 1 << (x / 8 % 64)
	}
}

// root finds the root key.
func (c *checker) root() error {
	h := c.h
	why := c.node(h.root)
	if why != "" {
		// Another key that says of itself that it is the root.
		end := h.stable.size()
		for off, ok := h.stable.next(0, end); ok; off, ok = h.stable.next(off+8, end) {
			if x := Cell(off); h.stable.cellSize(off) < 0 && len(h.cell(x)) >= nkName && sig(h.cell(x)) == "nk" &&
				le.Uint16(h.cell(x)[nkFlags:])&FlagHiveEntry != 0 && c.node(x) == "" {
				c.r.add(h.root, "not the root key: %s; %v is", why, x)
				h.root, why = x, ""
				le.PutUint32(h.base[baseRoot:], uint32(x))
				break
			}
		}
	}
	if why != "" {
		return &Refusal{h.root, "this should be the root key: " + why}
	}
	c.setUsed(h.root)
	nk := h.cell(h.root)
	if flags := le.Uint16(nk[nkFlags:]); flags&FlagHiveEntry == 0 {
		c.r.add(h.root, "the root key is not marked as one")
		le.PutUint16(h.write(h.root)[nkFlags:], flags|FlagHiveEntry)
	}
	// Keys without a usable descriptor get their parent's: the root needs one.
	if x := Cell(le.Uint32(nk[nkSecurity:])); !c.usable(x) {
		sd := c.o.Security
		if !soundDescriptor(sd) {
			return ErrSecurity
		}
		n, err := h.stable.alloc(skData + len(sd))
		if err != nil {
			return err
		}
		b := h.cell(n)
		copy(b, "sk")
		le.PutUint32(b[skNext:], uint32(n))
		le.PutUint32(b[skPrev:], uint32(n))
		le.PutUint32(b[skSize:], uint32(len(sd)))
		copy(b[skData:], sd)
		c.setUsed(n)
		c.sk[n] = 0
		c.r.add(h.root, "the root key has no security descriptor (%v); it has the default one now", x)
		le.PutUint32(h.write(h.root)[nkSecurity:], uint32(n))
	}
	c.stack = append(c.stack, pending{h.root, 0})
	return nil
}

// node says why a cell is no key; "" when it is one. It mends the name.
func (c *checker) node(x Cell) string {
	if why := c.valid(x); why != "" {
		return why
	}
	nk := c.h.cell(x)
	if sig(nk) != "nk" {
		return "there is no key"
	}
	if len(nk) <= nkName {
		return "the cell is too small for a key"
	}
	c.name(x)
	return ""
}

// name mends a key's name in its place.
func (c *checker) name(x Cell) {
	nk := c.h.cell(x)
	unit := 2
	if le.Uint16(nk[nkFlags:])&FlagCompName != 0 {
		unit = 1
	}
	was := int(le.Uint16(nk[nkNameLen:]))
	n := min(was, (len(nk)-nkName), MaxKeyName*unit) / unit * unit
	if n == 0 {
		nk = c.h.write(x)
		le.PutUint16(nk[nkFlags:], le.Uint16(nk[nkFlags:])|FlagCompName)
		nk[nkName], n = '_', 1
	}
	if n != was {
		c.r.add(x, "the key's name has an impossible length, %d bytes", was)
		le.PutUint16(c.h.write(x)[nkNameLen:], uint16(n))
	}
	name := c.h.keyName(x)
	for i := range name.len() {
		if name.at(i) == '\\' {
			c.r.add(x, "the key's name %q has a backslash in it", name)
			break
		}
	}
	for i := range name.len() {
		if name.at(i) == '\\' {
			c.h.write(x) // marks it; name has the same bytes
			name.b[i*unit] = '_'
		}
	}
}

// key looks at one key: flags, security, subkeys.
func (c *checker) key(p pending) {
	h := c.h
	flags := le.Uint16(h.cell(p.key)[nkFlags:])
	bad := flags & (FlagVolatile | FlagHiveExit)
	if p.key != h.root {
		bad |= flags & FlagHiveEntry
	}
	if bad != 0 {
		c.r.add(p.key, "key %q has flags that do not belong into a file: %#x", h.keyName(p.key), bad)
		le.PutUint16(h.write(p.key)[nkFlags:], flags&^bad)
	}
	if flags&FlagPredef != 0 {
		c.r.add(p.key, "key %q is a predefined handle", h.keyName(p.key))
		nk := h.write(p.key)
		le.PutUint16(nk[nkFlags:], flags&^(FlagPredef|bad))
		le.PutUint32(nk[nkValues:], 0)
		le.PutUint32(nk[nkValueList:], uint32(NoCell))
	}
	c.keys = append(c.keys, p.key)
	c.descriptor(p.key)
	c.subkeys(p)
}

func (c *checker) class(key Cell) {
	nk := c.h.cell(key)
	n := int(le.Uint16(nk[nkClassLen:]))
	if n == 0 {
		return
	}
	if why := c.claim(Cell(le.Uint32(nk[nkClass:])), n); why != "" {
		c.r.add(key, "key %q has lost its class: %s", c.h.keyName(key), why)
		nk = c.h.write(key)
		le.PutUint32(nk[nkClass:], uint32(NoCell))
		le.PutUint16(nk[nkClassLen:], 0)
	}
}

// unused tells of cells that nothing refers to, and frees them if asked to.
func (c *checker) unused() {
	s := &c.h.stable
	var n, bytes int
	end := s.size()
	for off, ok := s.next(0, end); ok; off, ok = s.next(off+8, end) {
		if size := s.cellSize(off); size < 0 && !c.isUsed(Cell(off)) {
			n, bytes = n+1, bytes-int(size)
			if c.o.Reclaim {
				s.freeCell(Cell(off))
			}
		}
	}
	if n > 0 {
		what := "nothing refers to %d cells (%d bytes)"
		if c.o.Reclaim {
			what += "; they are free now"
		}
		c.r.note(NoCell, what, n, bytes)
	}
}
