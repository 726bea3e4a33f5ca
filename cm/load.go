package cm

import (
	"strings"

	"gont/cm/regf"
	"gont/nt"
)

// loading are files that are being loaded.
var loading []*hiveFiles

// Load mounts a hive from a file (NtLoadKey): at path, relative to from or, when that is
// nil, a full one, whose last name is new and directly below \Registry\Machine or
// \Registry\User. A dirty hive is recovered from its logs, a damaged one is healed; an empty
// file becomes a hive with a root key. STATUS_SHARING_VIOLATION when the file is a hive's
// already, STATUS_NOT_REGISTRY_FILE, STATUS_REGISTRY_CORRUPT, STATUS_NOT_SUPPORTED while
// there are no files.
func Load(from *Key, path, file string) nt.Status {
	if master == nil || fileSystem == nil {
		return nt.StatusNotSupported
	}
	parent, name, s := mountPoint(from, path)
	if !s.OK() {
		return s
	}
	defer parent.Close()
	h := &hive{file: hiveFiles{path: file}}
	mu.Lock()
	if master.r.Find(parent.node.cell, name) != regf.NoCell {
		mu.Unlock()
		return nt.StatusObjectNameCollision
	}
	for _, m := range master.mounts {
		if m.file.is(file) {
			mu.Unlock()
			return nt.StatusSharingViolation
		}
	}
	for _, f := range loading {
		if f.is(file) {
			mu.Unlock()
			return nt.StatusSharingViolation
		}
	}
	loading = append(loading, &h.file)
	mu.Unlock()
	if s = h.file.open(); s.OK() {
		h.r, h.adopted, s = readHive(&h.file)
	}
	mu.Lock()
	for i, f := range loading {
		if f == &h.file {
			loading = append(loading[:i], loading[i+1:]...)
			break
		}
	}
	var posts *Post
	if s.OK() {
		if s = mountAt(parent.node.cell, name, h); s.OK() {
			posts = changed(master, parent.node.cell, NotifyName)
		}
	}
	mu.Unlock()
	if !s.OK() {
		h.discard()
	}
	complete(posts)
	return s
}

// mountPoint opens the key below which a hive is to be mounted, Machine or User.
func mountPoint(from *Key, path string) (*Key, []uint16, nt.Status) {
	path = strings.TrimRight(path, `\`)
	i := strings.LastIndexByte(path, '\\')
	name := regf.Encode(path[i+1:])
	if len(name) == 0 || len(name) > regf.MaxKeyName {
		return nil, nil, nt.StatusInvalidParameter
	}
	if i < 0 && from == nil {
		return nil, nil, nt.StatusObjectPathSyntaxBad
	}
	parent, s := kernelOpen(from, path[:max(i, 0)], nil)
	if !s.OK() {
		return nil, nil, s
	}
	if n := parent.node; !fixed(n.hive, n.cell) || n.cell == master.r.Root() {
		parent.Close()
		return nil, nil, nt.StatusInvalidParameter
	}
	return parent, name, nt.StatusSuccess
}

// discard gives all back that a hive has, which nobody can see any more.
func (h *hive) discard() {
	if h.r != nil {
		h.r.Close()
	}
	freeFile(h.adopted)
	h.file.close()
}

// Unload flushes a hive that Load or RestoreVolatile has mounted and takes it away (NtUnloadKey).
// STATUS_CANNOT_DELETE while one of its keys is open; STATUS_INVALID_PARAMETER when the path
// is not that of such a hive.
func Unload(from *Key, path string) nt.Status {
	k, s := kernelOpen(from, path, nil)
	if !s.OK() {
		return s
	}
	defer k.Close()
	mu.Lock()
	n := k.node
	h := n.hive
	switch {
	case n.deleted:
		s = nt.StatusKeyDeleted
	case h == master || h.volatile && !h.restored || n.cell != h.r.Root() || h.file.is(systemHivePath):
		s = nt.StatusInvalidParameter
	default:
		h.begin(true)
		if n.deleted || h.open() > 1 || n.refs > 1 {
			s = nt.StatusCannotDelete
			mu.Unlock()
			h.end()
			return s
		}
	}
	if !s.OK() {
		mu.Unlock()
		return s
	}
	mu.Unlock()
	if s = h.flush(); !s.OK() {
		h.end()
		return s
	}
	var posts *Post
	mu.Lock()
	n.endWatches(&posts)
	n.gone()
	parent := master.r.Parent(h.exit)
	delete(master.mounts, h.exit)
	err := master.r.Delete(h.exit, now())
	posts = join(posts, changed(master, parent, NotifyName))
	mu.Unlock()
	h.end() // who has waited finds that the hive has gone
	complete(posts)
	h.discard()
	return status(err)
}

// flush writes a hive's changes. The hive is busy with the caller.
func (h *hive) flush() nt.Status {
	switch {
	case h.volatile || h.file.replaced || !h.r.Dirty():
		return nt.StatusSuccess
	case h.file.primary == nil:
		return nt.StatusRegistryIoFailed
	}
	return status(h.r.Flush(h.file.files(), now()))
}

// Flush writes all changes of the key's hive to its file (NtFlushKey).
// STATUS_REGISTRY_IO_FAILED when that cannot be done, also while there are no files and the
// hive belongs into one.
func (k *Key) Flush() nt.Status {
	if s := k.lock(false); !s.OK() {
		return s
	}
	n := k.node
	n.hive.begin(false)
	h := n.hive
	mu.Unlock()
	s := h.flush()
	h.end()
	return s
}

// FlushAll flushes all hives: at the system's end, and every few seconds. The status is that
// of the first that failed.
func FlushAll() nt.Status {
	if master == nil {
		return nt.StatusSuccess
	}
	result := nt.StatusSuccess
	done := map[*hive]bool{}
	for {
		mu.Lock()
		var h *hive
		for _, m := range master.mounts {
			if !done[m] && (m.busy == nil || !m.busy.exclusive) {
				h = m
				break
			}
		}
		if h == nil {
			mu.Unlock()
			return result
		}
		done[h] = true
		if h.begin(false) && master.mounts[h.exit] != h { // it was unloaded meanwhile
			mu.Unlock()
			h.end()
			continue
		}
		mu.Unlock()
		if s := h.flush(); !s.OK() && result.OK() {
			result = s
		}
		h.end()
	}
}
