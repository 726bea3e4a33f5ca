package cm

import (
	"strings"
	"sync/atomic"

	"gont/cm/regf"
	"gont/nt"
	"gont/ob"
)

// Key is an open key: the body of an object of type Key, and what the kernel holds. Its
// methods may be called from many threads. All but Close say STATUS_KEY_DELETED once the
// key is deleted.
type Key struct {
	node  *node
	watch *watch
	// watched is set before watch is, so that a close need not take mu.
	watched atomic.Bool
	// What NtSetInformationKey keeps with the object.
	marks Marks
	// object is that of a Key which a handle leads to; next is in the list of spare keys.
	object ob.Object
	next   *Key
}

// OpenKey opens a key by its full path, as `\Registry\Machine\SYSTEM\Select`. Links
// are followed. The caller closes the key.
func OpenKey(path string) (*Key, nt.Status) { return kernelOpen(nil, path, nil) }

// CreateKey opens a key by its full path, and makes it if it is not there, with all keys
// on the way to it. volatile: what is made is not written to the hive's file.
func CreateKey(path string, volatile bool) (*Key, nt.Status) {
	return kernelOpen(nil, path, &CreateOptions{Volatile: volatile})
}

// Open opens a key below k; "" is k itself, once more.
func (k *Key) Open(path string) (*Key, nt.Status) { return kernelOpen(k, path, nil) }

// Create is CreateKey below k.
func (k *Key) Create(path string, volatile bool) (*Key, nt.Status) {
	return kernelOpen(k, path, &CreateOptions{Volatile: volatile})
}

// CreateLink makes a key below k that is a symbolic link to target, a full path. It fails
// with STATUS_OBJECT_NAME_COLLISION if there is such a key.
func (k *Key) CreateLink(name, target string, volatile bool) nt.Status {
	mu.Lock()
	n, posts, s := open(k.node, name, true, &CreateOptions{Volatile: volatile, Link: true})
	if s.OK() {
		err := n.hive.r.SetValue(n.cell, linkValueName, regf.Link, bytes(regf.Encode(target)), now())
		s = status(err)
		n.release()
	}
	mu.Unlock()
	complete(posts)
	return s
}

func kernelOpen(from *Key, path string, create *CreateOptions) (*Key, nt.Status) {
	if master == nil {
		return nil, nt.StatusObjectPathNotFound
	}
	if from == nil {
		below, ok := belowRegistry(path)
		if !ok {
			return nil, nt.StatusObjectPathNotFound
		}
		path = below
	}
	mu.Lock()
	var start *node
	if from == nil {
		start = master.node(master.r.Root())
	} else {
		start = from.node
		start.refs++
	}
	n, posts, s := open(start, path, false, create)
	if s == nt.StatusObjectNameNotFound && create != nil {
		// Some key on the way is missing: one after the other.
		for rest := path; rest != ""; {
			var name string
			if name, rest = nextName(rest); name == "" {
				break
			}
			var more *Post
			next, more, t := open(start, name, false, create)
			posts = join(posts, more)
			if s = t; !s.OK() {
				break
			}
			start.release()
			start = next
		}
		if s.OK() {
			n = start
			n.refs++
		}
	}
	start.release()
	mu.Unlock()
	complete(posts)
	if !s.OK() {
		return nil, s
	}
	return &Key{node: n}, s
}

// join makes one list of two.
func join(a, b *Post) *Post {
	if a == nil {
		return b
	}
	for p := a; ; p = p.next {
		if p.next == nil {
			p.next = b
			return a
		}
	}
}

// Close gives the key back. Who waits for its changes gets STATUS_NOTIFY_CLEANUP.
func (k *Key) Close() {
	mu.Lock()
	posts := k.close()
	mu.Unlock()
	complete(posts)
}

// close is Close with mu held; the caller completes what it returns without mu.
func (k *Key) close() (posts *Post) {
	if n := k.node; n != nil {
		if k.watch != nil {
			k.endWatch(&posts)
		}
		k.node = nil
		n.release()
	}
	return posts
}

// lock takes mu for work on a key: for reading, or for changing it. When it fails, mu is not
// held.
func (k *Key) lock(change bool) nt.Status {
	mu.Lock()
	for {
		n := k.node
		if n.deleted {
			mu.Unlock()
			return nt.StatusKeyDeleted
		}
		b := n.hive.busy
		if b == nil || !b.exclusive && !change {
			return nt.StatusSuccess
		}
		waitFor(b)
	}
}

// Path is the key's full name, "" when it is deleted.
func (k *Key) Path() string {
	if !k.lock(false).OK() {
		return ""
	}
	defer mu.Unlock()
	return regf.Decode(appendPath(nil, k.node.hive, k.node.cell))
}

// Value reads a value; name "" is the key's default value. STATUS_OBJECT_NAME_NOT_FOUND if
// there is none. The data are a copy, in the Go heap.
func (k *Key) Value(name string) (v Value, s nt.Status) {
	if s = k.lock(false); !s.OK() {
		return v, s
	}
	defer mu.Unlock()
	v, ok := readValue(k.node.hive.r, k.node.cell, name)
	if !ok {
		return v, nt.StatusObjectNameNotFound
	}
	return v, nt.StatusSuccess
}

// Text, Uint32 and MultiText read a value of that kind; false if there is none.
func (k *Key) Text(name string) (string, bool) {
	v, s := k.Value(name)
	if !s.OK() {
		return "", false
	}
	return v.Text()
}

// Uint32 reads a REG_DWORD.
func (k *Key) Uint32(name string) (uint32, bool) {
	v, s := k.Value(name)
	if !s.OK() {
		return 0, false
	}
	return v.Uint32()
}

// MultiText reads a REG_MULTI_SZ.
func (k *Key) MultiText(name string) ([]string, bool) {
	v, s := k.Value(name)
	if !s.OK() {
		return nil, false
	}
	return v.MultiText()
}

// SetText sets a REG_SZ, SetUint32 a REG_DWORD, SetMultiText a REG_MULTI_SZ.
func (k *Key) SetText(name, text string) nt.Status {
	return k.SetValue(name, regf.String, TextData(text))
}

// SetUint32 sets a REG_DWORD.
func (k *Key) SetUint32(name string, v uint32) nt.Status {
	return k.SetValue(name, regf.Dword, Uint32Data(v))
}

// SetMultiText sets a REG_MULTI_SZ.
func (k *Key) SetMultiText(name string, list []string) nt.Status {
	return k.SetValue(name, regf.MultiString, MultiTextData(list))
}

// SetValue sets a value of any type, which is made if it is not there.
func (k *Key) SetValue(name string, typ uint32, data []byte) nt.Status {
	return k.SetValueData(regf.Encode(name), typ, data)
}

// DeleteValue deletes a value.
func (k *Key) DeleteValue(name string) nt.Status { return k.DeleteValueName(regf.Encode(name)) }

// Subkeys lists the names of the subkeys: stable ones first, each kind in order. nil when the
// key is deleted.
func (k *Key) Subkeys() (list []string) {
	if !k.lock(false).OK() {
		return nil
	}
	defer mu.Unlock()
	h := k.node.hive.r
	for i := uint32(0); ; i++ {
		c := h.Subkey(k.node.cell, i)
		if c == regf.NoCell {
			return list
		}
		list = append(list, h.Name(c))
	}
}

// Values lists the names of the values in the order in which they were made. nil when the
// key is deleted.
func (k *Key) Values() (list []string) {
	if !k.lock(false).OK() {
		return nil
	}
	defer mu.Unlock()
	h := k.node.hive.r
	for i := uint32(0); ; i++ {
		v, ok := h.ValueAt(k.node.cell, i)
		if !ok {
			return list
		}
		list = append(list, h.ValueName(v))
	}
}

// DeleteTree deletes the key with all below it, as often as that is possible: a key that
// may not be deleted is STATUS_CANNOT_DELETE, and a part is gone then.
func (k *Key) DeleteTree() nt.Status {
	for _, name := range k.Subkeys() {
		if strings.Contains(name, `\`) {
			continue
		}
		mu.Lock()
		n, _, s := open(k.node, name, true, nil)
		mu.Unlock()
		if s == nt.StatusObjectNameNotFound {
			continue
		}
		if !s.OK() {
			return s
		}
		sub := &Key{node: n}
		s = sub.DeleteTree()
		sub.Close()
		if !s.OK() && s != nt.StatusKeyDeleted {
			return s
		}
	}
	return k.Delete()
}
