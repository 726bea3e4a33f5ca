package regf

import "slices"

// badKeys in checker.sk marks a security cell that cannot be used.
const badKeys = 1 << 31

// usable reports whether a cell is a security cell, and remembers it.
func (c *checker) usable(x Cell) bool {
	if n, ok := c.sk[x]; ok {
		return n&badKeys == 0
	}
	if c.valid(x) == "" && !c.isUsed(x) {
		b := c.h.cell(x)
		if sig(b) == "sk" && len(b) > skData && int64(le.Uint32(b[skSize:])) <= int64(len(b)-skData) &&
			soundDescriptor(c.h.descriptor(x)) {
			c.setUsed(x)
			c.sk[x] = 0
			return true
		}
		c.sk[x] = badKeys
	}
	return false
}

// descriptor counts the key's use of its security cell.
func (c *checker) descriptor(key Cell) {
	x := Cell(le.Uint32(c.h.cell(key)[nkSecurity:]))
	if !c.usable(x) {
		parent := Cell(le.Uint32(c.h.cell(key)[nkParent:])) // right by now
		to := Cell(le.Uint32(c.h.cell(parent)[nkSecurity:]))
		c.r.add(key, "key %q has no security descriptor (%v); it has its parent's now", c.h.keyName(key), x)
		le.PutUint32(c.h.write(key)[nkSecurity:], uint32(to))
		x = to
	}
	c.sk[x]++
}

// security mends the counts and the ring of the security cells.
func (c *checker) security() {
	h := c.h
	var all []Cell
	for x, n := range c.sk {
		if n&badKeys != 0 {
			continue
		}
		all = append(all, x)
	}
	slices.Sort(all)
	broken := !c.soundRing(all)
	if broken {
		c.r.add(all[0], "the ring of security descriptors is broken")
	}
	for _, x := range all {
		b := h.cell(x)
		if n := le.Uint32(b[skCount:]); n != c.sk[x] {
			c.r.add(x, "the security descriptor counts %d keys and has %d", n, c.sk[x])
			le.PutUint32(h.write(x)[skCount:], c.sk[x])
		}
		if broken {
			h.link(0, x)
		} else if k := skHash(h.descriptor(x)); h.shared[0][k] == 0 {
			h.shared[0][k] = x
		}
	}
	h.ring[0] = all[0]
}

// soundRing reports whether the cells, and no others, are a ring.
func (c *checker) soundRing(all []Cell) bool {
	x := all[0]
	for range all {
		next := Cell(le.Uint32(c.h.cell(x)[skNext:]))
		if n, ok := c.sk[next]; !ok || n&badKeys != 0 || Cell(le.Uint32(c.h.cell(next)[skPrev:])) != x {
			return false
		}
		if x = next; x == all[0] {
			break
		}
	}
	// Back too early: a ring of only some.
	n := 1
	for y := Cell(le.Uint32(c.h.cell(all[0])[skNext:])); y != all[0] && n <= len(all); n++ {
		y = Cell(le.Uint32(c.h.cell(y)[skNext:]))
	}
	return x == all[0] && n == len(all)
}
