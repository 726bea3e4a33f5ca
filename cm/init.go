package cm

import (
	"errors"
	"fmt"

	"gont/cm/regf"
	"gont/nt"
	"gont/ob"
)

// KeyType is the object type Key. It exists from P1.22 on.
var KeyType *ob.Type

// Rights of a Key (KEY_...).
const (
	QueryValue       nt.AccessMask = 1
	SetValueRight    nt.AccessMask = 2
	CreateSubKey     nt.AccessMask = 4
	EnumerateSubKeys nt.AccessMask = 8
	NotifyRight      nt.AccessMask = 0x10
	CreateLinkRight  nt.AccessMask = 0x20
	// Both only say which view of the registry a 32-bit program wants; there is one.
	Wow64Views nt.AccessMask = 0x300
)

const (
	keyRead  = nt.ReadControl | QueryValue | EnumerateSubKeys | NotifyRight
	keyWrite = nt.ReadControl | SetValueRight | CreateSubKey
	keyAll   = nt.StandardAll&^nt.Synchronize | 0x3F
)

// createType makes the object type.
func createType() (s nt.Status) {
	KeyType, s = ob.CreateType(ob.Type{Name: "Key", Valid: keyAll, Generic: [4]nt.AccessMask{keyRead, keyWrite, keyRead, keyAll},
		Parse: parseKey, Close: closeKey, Delete: deleteKey, QueryName: queryKeyName})
	return s
}

// Opening is the context that ob.OpenByName takes for a key.
type Opening struct {
	OpenLink bool           // OBJ_OPENLINK: the last key may be a symbolic link itself
	Create   *CreateOptions // nil: open only
}

// parseKey is the type's Parse procedure: it makes an object for the key.
func parseKey(o *ob.Object, p *ob.Parse) nt.Status {
	if p.Type != nil && p.Type != KeyType {
		return nt.StatusObjectTypeMismatch
	}
	var how Opening
	if c, ok := p.Context.(*Opening); ok {
		how = *c
	}
	result, s := OpenObject(o, p.Name, how.OpenLink, how.Create)
	p.Object = result
	return s
}

// OpenObject makes an object for the key that a path leads to from a key's object, as
// the Parse procedure does. create nil only opens.
func OpenObject(from *ob.Object, path string, openLink bool, create *CreateOptions) (*ob.Object, nt.Status) {
	start := from.Body.(*Key).node
	mu.Lock()
	n, posts, s := open(start, path, openLink, create)
	var k *Key
	if s.OK() {
		k = newKey(n)
	}
	mu.Unlock()
	if posts != nil {
		complete(posts)
	}
	if k == nil {
		return nil, s
	}
	k.object.Initialize(KeyType, k)
	return &k.object, s
}

// spareKeys are keys that were closed, for those that are opened next. mu guards them.
var spareKeys struct {
	first *Key
	count int
}

const mostSpareKeys = 64

// newKey makes a Key, which takes the reference to its node over. mu is held.
func newKey(n *node) *Key {
	k := spareKeys.first
	if k == nil {
		return &Key{node: n}
	}
	spareKeys.first = k.next
	spareKeys.count--
	k.next, k.node = nil, n
	return k
}

// spare keeps a closed key whose object nobody references any more. mu is held.
func (k *Key) spare() {
	if spareKeys.count == mostSpareKeys {
		return
	}
	k.marks = Marks{}
	k.watched.Store(false)
	k.next, spareKeys.first = spareKeys.first, k
	spareKeys.count++
}

// closeKey ends the object's watch with its last handle (CmpCloseKeyObject).
func closeKey(o *ob.Object) {
	k := o.Body.(*Key)
	if !k.watched.Load() {
		return
	}
	if _, handles := o.Counts(); handles > 0 {
		return
	}
	var posts *Post
	mu.Lock()
	k.endWatch(&posts)
	mu.Unlock()
	complete(posts)
}

// deleteKey gives the key back with the object's last reference.
func deleteKey(o *ob.Object) {
	k := o.Body.(*Key)
	mu.Lock()
	posts := k.close()
	if o == &k.object {
		k.spare()
	}
	mu.Unlock()
	if posts != nil {
		complete(posts)
	}
}

// queryKeyName is what NtQueryObject says of a key.
func queryKeyName(o *ob.Object) (string, nt.Status) {
	k := o.Body.(*Key)
	if s := k.lock(false); !s.OK() {
		return "", s
	}
	defer mu.Unlock()
	return regf.Decode(appendPath(nil, k.node.hive, k.node.cell)), nt.StatusSuccess
}

// InitSystem1 is CmInitSystem1 (SPEC P1.22): the object type, \Registry, \Registry\Machine
// and \Registry\User; \Registry\Machine\HARDWARE, empty; \Registry\Machine\SYSTEM from the
// boot view, whose bytes are copied into pool, so that the loader's memory may go; and in
// it the link CurrentControlSet and the key Clone, a volatile copy of the current control
// set. changed says that the hive's file does not hold what the loader has read: it was
// recovered.
func InitSystem1(changed bool) error {
	switch {
	case boot.hive == nil:
		return errors.New("there is no SYSTEM hive")
	case boot.root == regf.NoCell:
		return ErrNoControlSet
	}
	if s := createType(); !s.OK() {
		return s
	}
	r, err := regf.New(regf.Options{Memory: memory, Poll: pollNow, Name: registryName, Time: now()})
	if err != nil {
		return err
	}
	m := &hive{r: r, nodes: map[regf.Cell]*node{}, exit: regf.NoCell, volatile: true, mounts: map[regf.Cell]*hive{}}
	for _, name := range []string{"Machine", "User"} {
		if _, err := r.Create(r.Root(), regf.Encode(name), regf.KeyOptions{}, now()); err != nil {
			return err
		}
	}
	mu.Lock()
	paths.forget()
	master, initialized.session, initialized.accepted, loading = m, false, false, nil
	root := ob.New(KeyType, &Key{node: m.node(r.Root())})
	mu.Unlock()
	s := ob.Insert(nil, root, registryName, true, true)
	root.Dereference()
	if !s.OK() {
		return s
	}
	hardware, err := regf.New(regf.Options{Memory: memory, Poll: pollNow, Name: "HARDWARE", Time: now()})
	if err != nil {
		return err
	}
	if s := mount(`Machine`, "HARDWARE", &hive{r: hardware, volatile: true}); !s.OK() {
		return s
	}
	return mountSystem(changed)
}

// mountSystem moves the boot view's hive to \Registry\Machine\SYSTEM.
func mountSystem(changed bool) error {
	h := boot.hive
	if err := h.CopyOut(memory); err != nil {
		return err
	}
	if changed {
		h.SetAllDirty()
	}
	boot.hive = nil
	h.SetPoll(pollNow)
	if err := h.Upgrade(); err != nil {
		return err
	}
	if s := mount(`Machine`, "SYSTEM", &hive{r: h, file: hiveFiles{path: systemHivePath}}); !s.OK() {
		return s
	}
	system, s := OpenKey(systemKey)
	if !s.OK() {
		return s
	}
	defer system.Close()
	if s := system.linkControlSet(boot.set); !s.OK() {
		return fmt.Errorf("the link CurrentControlSet: %w", s)
	}
	if s := system.clone(boot.set); !s.OK() {
		return fmt.Errorf("the key Clone: %w", s)
	}
	return nil
}

const (
	systemKey      = `\Registry\Machine\SYSTEM`
	systemHivePath = `\SystemRoot\System32\config\SYSTEM`
)

// linkControlSet makes CurrentControlSet, a volatile link to a control set, in the place of
// any key of that name, and lets Select\Current say the number.
func (k *Key) linkControlSet(set uint32) nt.Status {
	if s := k.removeOld("CurrentControlSet"); !s.OK() {
		return s
	}
	if s := k.CreateLink("CurrentControlSet", systemKey+`\`+controlSetName(set), true); !s.OK() {
		return s
	}
	sel, s := k.Create("Select", false)
	if !s.OK() {
		return s
	}
	defer sel.Close()
	if n, ok := sel.Uint32("Current"); ok && n == set {
		return nt.StatusSuccess
	}
	return sel.SetUint32("Current", set)
}

// removeOld deletes a key that a hive's maker has left where a volatile one belongs.
func (k *Key) removeOld(name string) nt.Status {
	mu.Lock()
	n, _, s := open(k.node, name, true, nil)
	mu.Unlock()
	if s == nt.StatusObjectNameNotFound {
		return nt.StatusSuccess
	}
	if !s.OK() {
		return s
	}
	old := &Key{node: n}
	defer old.Close()
	return old.DeleteTree()
}

// clone makes Clone, what NtInitializeRegistry later makes the last known good control set
// of (SPEC S7): what programs change in the current one meanwhile does not count.
func (k *Key) clone(set uint32) nt.Status {
	if s := k.removeOld("Clone"); !s.OK() {
		return s
	}
	from, s := k.Open(controlSetName(set))
	if !s.OK() {
		return s
	}
	defer from.Close()
	to, s := k.Create("Clone", true)
	if !s.OK() {
		return s
	}
	defer to.Close()
	return copyKey(from, to)
}

// mount puts a hive at a new key of master's, below `Machine` or `User`. It takes the hive
// over when it succeeds.
func mount(parent, name string, h *hive) nt.Status {
	mu.Lock()
	defer mu.Unlock()
	return mountAt(master.r.Open(master.r.Root(), parent), regf.Encode(name), h)
}

// mountAt is mount with mu held.
func mountAt(parent regf.Cell, name []uint16, h *hive) nt.Status {
	c, err := master.r.Create(parent, name, regf.KeyOptions{}, now())
	if err != nil {
		return status(err)
	}
	h.exit, h.nodes = c, map[regf.Cell]*node{}
	master.mounts[c] = h
	return nt.StatusSuccess
}
