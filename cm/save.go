package cm

import (
	"slices"

	"gont/cm/regf"
	"gont/nt"
)

// Save writes the key and all below it that is not volatile to a file, as a hive of its own
// (NtSaveKey). STATUS_ACCESS_DENIED for a volatile key, and for those of no hive.
func (k *Key) Save(f File) nt.Status {
	if s := k.lock(false); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive
	h.begin(false)
	if n.deleted || h == master || n.cell.Volatile() {
		s := nt.StatusAccessDenied
		if n.deleted {
			s = nt.StatusKeyDeleted
		}
		mu.Unlock()
		h.end()
		return s
	}
	mu.Unlock()
	copied, err := copyOf(h.r, n.cell)
	h.end()
	if err != nil {
		return status(err)
	}
	defer copied.Close()
	if err := f.Truncate(0); err != nil {
		return nt.StatusRegistryIoFailed
	}
	if _, err := copied.WriteTo(&fileWriter{f, 0}); err != nil {
		return nt.StatusRegistryIoFailed
	}
	if err := f.Sync(); err != nil {
		return nt.StatusRegistryIoFailed
	}
	return nt.StatusSuccess
}

// copyOf makes a hive of a key and what is below it. It only reads.
func copyOf(h *regf.Hive, key regf.Cell) (*regf.Hive, error) {
	r, err := regf.New(regf.Options{Memory: memory, Poll: pollNow, Name: h.Name(key), Time: now(), Security: h.Security(key)})
	if err != nil {
		return nil, err
	}
	if err := h.CopyTree(key, r, r.Root(), false); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// fileWriter writes one piece behind the other.
type fileWriter struct {
	f  File
	at int64
}

func (w *fileWriter) Write(p []byte) (int, error) {
	n, err := w.f.WriteAt(p, w.at)
	w.at += int64(n)
	poll()
	return n, err
}

// Restore puts what a file's hive holds in the place of the key's values and of all below it
// (NtRestoreKey). STATUS_ACCESS_DENIED while somebody has a key below open; with force they
// have a deleted key then. When it fails, the key is as it was.
func (k *Key) Restore(f File, force bool) nt.Status {
	file := hiveFiles{path: "restore", primary: f}
	from, adopted, s := readHive(&file)
	if !s.OK() {
		return s
	}
	defer func() {
		from.Close()
		freeFile(adopted)
	}()
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive
	h.begin(true)
	below := h.nodesBelow(n)
	switch {
	case n.deleted:
		s = nt.StatusKeyDeleted
	case h == master || h.r.Flags(n.cell)&regf.FlagSymLink != 0 || len(below) > 0 && !force:
		s = nt.StatusAccessDenied
	}
	mu.Unlock()
	if s.OK() {
		s = h.replaceTree(n.cell, from)
	}
	var posts *Post
	mu.Lock()
	if s.OK() {
		for _, b := range below {
			b.endWatches(&posts)
			b.gone()
		}
		posts = join(posts, changed(h, n.cell, notifyAll))
	}
	mu.Unlock()
	h.end()
	complete(posts)
	return s
}

// RestoreVolatile makes a hive that is in no file of what a file's hive holds, and mounts it
// below the key, which is \Registry\Machine or \Registry\User, by its root key's name
// (NtRestoreKey with REG_WHOLE_HIVE_VOLATILE). Unload takes it away. STATUS_INVALID_PARAMETER for
// another key, and for a name that no key can have; STATUS_OBJECT_NAME_COLLISION when there is
// such a key; STATUS_NOT_REGISTRY_FILE for an empty file.
func (k *Key) RestoreVolatile(f File) nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	parent, ok := k.node.cell, fixed(k.node.hive, k.node.cell) && k.node.cell != master.r.Root()
	mu.Unlock()
	if !ok {
		return nt.StatusInvalidParameter
	}
	if size, err := f.Size(); err != nil {
		return nt.StatusRegistryIoFailed
	} else if size == 0 {
		return nt.StatusNotRegistryFile
	}
	h := &hive{volatile: true, restored: true}
	var s nt.Status
	if h.r, h.adopted, s = readHive(&hiveFiles{primary: f}); !s.OK() {
		return s
	}
	name := h.r.AppendName(nil, h.r.Root())
	if len(name) == 0 || len(name) > regf.MaxKeyName || slices.Contains(name, '\\') {
		s = nt.StatusInvalidParameter
	}
	var posts *Post
	if s.OK() {
		mu.Lock()
		if s = mountAt(parent, name, h); s.OK() {
			posts = changed(master, parent, NotifyName)
		}
		mu.Unlock()
	}
	if !s.OK() {
		h.discard()
	}
	complete(posts)
	return s
}

// nodesBelow lists the nodes of keys below one. mu is held.
func (h *hive) nodesBelow(top *node) (list []*node) {
	for c, n := range h.nodes {
		if n.refs == 0 { // nobody would miss it
			n.dropped = true
			delete(h.nodes, c)
			h.idle--
			continue
		}
		for c != top.cell && c != h.r.Root() {
			if c = h.r.Parent(c); c == top.cell {
				list = append(list, n)
			}
		}
	}
	return list
}

// replaceTree empties a key and copies another hive's root there. What was there is kept
// until that has worked. The hive is busy with the caller.
func (h *hive) replaceTree(key regf.Cell, from *regf.Hive) nt.Status {
	kept, err := regf.New(regf.Options{Memory: memory, Poll: pollNow, Name: "kept", Time: now()})
	if err != nil {
		return status(err)
	}
	defer kept.Close()
	if err := h.r.CopyTree(key, kept, kept.Root(), true); err != nil {
		return status(err)
	}
	err = h.empty(key)
	if err == nil {
		err = from.CopyTree(from.Root(), h.r, key, false)
	}
	if err == nil {
		return nt.StatusSuccess
	}
	// The cells that were used before are free again.
	if h.empty(key) != nil || kept.CopyTree(kept.Root(), h.r, key, true) != nil {
		return nt.StatusRegistryCorrupt
	}
	return status(err)
}

// empty deletes a key's values and all below it.
func (h *hive) empty(key regf.Cell) error {
	for {
		c := h.r.Subkey(key, 0)
		if c == regf.NoCell {
			break
		}
		if err := h.r.DeleteTree(c, now()); err != nil {
			return err
		}
		poll()
	}
	for {
		v, ok := h.r.ValueAt(key, 0)
		if !ok {
			return nil
		}
		if err := h.r.DeleteValue(key, h.r.AppendValueName(nil, v), now()); err != nil {
			return err
		}
	}
}

// Refresh takes back what has been changed in the key's hive since the last flush, by
// reading its file again (NtRestoreKey with REG_REFRESH_HIVE). The key is the hive's root,
// and nobody else has a key of it open: STATUS_ACCESS_DENIED.
func (k *Key) Refresh() nt.Status {
	if s := k.lock(true); !s.OK() {
		return s
	}
	n := k.node
	h := n.hive
	h.begin(true)
	s := nt.StatusSuccess
	switch {
	case n.deleted:
		s = nt.StatusKeyDeleted
	case h == master || n.cell != h.r.Root() || h.file.primary == nil || h.file.replaced:
		s = nt.StatusInvalidParameter
	case h.open() > 1:
		s = nt.StatusAccessDenied
	}
	mu.Unlock()
	var r *regf.Hive
	var adopted []byte
	if s.OK() {
		r, adopted, s = readHive(&h.file)
	}
	old, oldAdopted := h.r, h.adopted
	mu.Lock()
	var posts *Post
	if s.OK() {
		h.r, h.adopted = r, adopted
		n.cell = r.Root()
		h.nodes, h.idle = map[regf.Cell]*node{n.cell: n}, 0
		posts = changed(h, n.cell, notifyAll)
	}
	mu.Unlock()
	h.end()
	complete(posts)
	if s.OK() {
		old.Close()
		freeFile(oldAdopted)
	}
	return s
}

// Replace makes the file newFile that of the key's hive, from the next start on (NtReplaceKey);
// the present one gets the name oldFile. What is changed from now on is not written.
func (k *Key) Replace(newFile, oldFile string) nt.Status {
	if fileSystem == nil {
		return nt.StatusNotSupported
	}
	// Is it a hive?
	check := hiveFiles{path: newFile}
	var s nt.Status
	if check.primary, s = fileSystem.Open(newFile, false); !s.OK() {
		return s
	}
	r, adopted, s := readHive(&check)
	check.close()
	if !s.OK() {
		return s
	}
	r.Close()
	freeFile(adopted)
	if s := k.lock(false); !s.OK() {
		return s
	}
	h := k.node.hive
	h.begin(false)
	mu.Unlock()
	defer h.end()
	if h.file.primary == nil || h.file.replaced {
		return nt.StatusInvalidParameter
	}
	if s := h.flush(); !s.OK() {
		return s
	}
	if s := fileSystem.Rename(h.file.path, oldFile); !s.OK() {
		return s
	}
	if s := fileSystem.Rename(newFile, h.file.path); !s.OK() {
		fileSystem.Rename(oldFile, h.file.path)
		return s
	}
	// The logs are those of the old file: empty, they say nothing of the new one.
	for _, l := range h.file.logs {
		if l != nil {
			l.Truncate(0)
			l.Sync()
		}
	}
	h.file.close()
	h.file.replaced = true
	return nt.StatusSuccess
}
