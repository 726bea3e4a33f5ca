package cm

import (
	"gont/cm/regf"
	"gont/nt"
)

// MaximumData is the most bytes that a value may have. NT lets memory be the limit.
const MaximumData = 16 << 20

// SetValueData sets a value (NtSetValueKey). A symbolic link takes one value only,
// SymbolicLinkValue of type REG_LINK.
func (k *Key) SetValueData(name []uint16, typ uint32, data []byte) nt.Status {
	if len(name) > regf.MaxValueName {
		return nt.StatusInvalidParameter
	}
	if len(data) > MaximumData {
		return nt.StatusInsufficientResources
	}
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive.r
	if h.Flags(n.cell)&regf.FlagSymLink != 0 && (typ != regf.Link || !sameName(name, linkValueName)) {
		mu.Unlock()
		return nt.StatusAccessDenied
	}
	if typ == regf.Link {
		paths.forget()
	}
	err := h.SetValue(n.cell, name, typ, data, now())
	var posts *Post
	if err == nil {
		posts = changed(n.hive, n.cell, NotifyLastSet)
	}
	mu.Unlock()
	complete(posts)
	return status(err)
}

func sameName(a, b []uint16) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if regf.Upcase(a[i]) != regf.Upcase(b[i]) {
			return false
		}
	}
	return true
}

// DeleteValueName deletes a value (NtDeleteValueKey).
func (k *Key) DeleteValueName(name []uint16) nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	if n.hive.r.Flags(n.cell)&regf.FlagSymLink != 0 {
		paths.forget()
	}
	err := n.hive.r.DeleteValue(n.cell, name, now())
	var posts *Post
	if err == nil {
		posts = changed(n.hive, n.cell, NotifyLastSet)
	}
	mu.Unlock()
	complete(posts)
	return status(err)
}

// fixed reports whether a key is \Registry, or Machine or User below it. mu is held.
func fixed(h *hive, c regf.Cell) bool {
	return h == master && (c == h.r.Root() || h.r.Parent(c) == h.r.Root())
}

// mayDelete reports whether a key is neither a hive's root nor a fixed one. mu is held.
func (n *node) mayDelete() bool {
	return n.cell != n.hive.r.Root() && !fixed(n.hive, n.cell)
}

// Delete deletes the key (NtDeleteKey): STATUS_CANNOT_DELETE when it has subkeys or is a
// hive's root. Whoever has it open gets STATUS_KEY_DELETED from now on.
func (k *Key) Delete() nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive
	if !n.mayDelete() {
		mu.Unlock()
		return nt.StatusCannotDelete
	}
	parent := h.r.Parent(n.cell)
	paths.forget()
	err := h.r.Delete(n.cell, now())
	var posts *Post
	if err == nil {
		n.endWatches(&posts)
		n.gone()
		posts = join(posts, changed(h, parent, NotifyName))
	}
	mu.Unlock()
	complete(posts)
	return status(err)
}

// Rename gives the key another name (NtRenameKey). STATUS_CANNOT_DELETE if a key beside it
// has the name already, or if it is a hive's root.
func (k *Key) Rename(name []uint16) nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive
	if !n.mayDelete() {
		mu.Unlock()
		return nt.StatusCannotDelete
	}
	parent := h.r.Parent(n.cell)
	paths.forget()
	to, err := h.r.Rename(n.cell, name, now())
	var posts *Post
	if err == nil {
		delete(h.nodes, n.cell)
		n.cell = to
		h.nodes[to] = n
		posts = changed(h, parent, NotifyName)
	}
	mu.Unlock()
	complete(posts)
	if err == regf.ErrExists {
		return nt.StatusCannotDelete
	}
	return status(err)
}
