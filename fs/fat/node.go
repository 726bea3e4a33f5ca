package fat

import (
	"time"

	"gont/nt"
)

// Attributes of a directory entry that NT does not have, or that make a long name.
const (
	attrVolume = 0x08
	attrLong   = 0x0F
	attrMask   = 0x3F
	attrUser   = nt.FileAttributeReadOnly | nt.FileAttributeHidden | nt.FileAttributeSystem | nt.FileAttributeArchive
)

// nodeKey is where a node's entry is.
type nodeKey struct {
	dir  uint32 // the directory's first cluster; 0: the root of FAT12 and FAT16
	slot uint32
}

// Node is a file or a directory. All who have it open share it. The volume's lock guards
// all fields.
type Node struct {
	v      *Volume
	parent *Node // has a reference; nil for the root
	slot   uint32
	lfn    uint32 // its long name's first slot; slot when there is none
	name   string
	short  [13]byte // the 8.3 name, and in byte 12 the case bits

	attr  uint32
	times Times
	first uint32 // cluster; 0: none
	size  uint64
	valid uint64 // bytes that are on the device; behind them up to size are zeros

	runs     []extent // what is known of the chain, from its first cluster on
	whole    bool     // runs has all of it
	cursor   extent   // a place behind runs, of a file in very many pieces
	length   uint32   // clusters, when whole
	refs     int      // opens, and children
	doomed   bool     // deleted when the last one closes
	removed  bool     // has neither entry nor clusters any more
	unlinked bool     // has no entry any more, and its clusters until the last Close
	retained bool     // in the list of nodes that nobody has open

	dir *directory // of a directory

	// Context is what the volume's user keeps with a node that it has open, and guards itself.
	Context any
}

const (
	mostRuns   = 1 << 16
	mostIdle   = 128
	entrySize  = 32
	mostSlots  = 65536
	maxFile    = 1<<32 - 1
	maxNameLen = 255
)

// IsDirectory says whether the node is a directory.
func (n *Node) IsDirectory() bool { return n.attr&nt.FileAttributeDirectory != 0 }

// Name is the node's name; empty for the root. It is a copy taken under the lock.
func (n *Node) Name() string {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	return n.name
}

func (n *Node) key() nodeKey { return nodeKey{n.parent.first, n.slot} }

// nodeAt returns the node of a directory's entry, with a reference.
func (v *Volume) nodeAt(dir *Node, e *entry) (*Node, error) {
	key := nodeKey{dir.first, e.slot}
	if n := v.nodes[key]; n != nil {
		n.reference()
		return n, nil
	}
	n := &Node{v: v, parent: dir, slot: e.slot, lfn: e.first, name: e.name(), attr: uint32(e.raw[11] & attrMask), refs: 1}
	copy(n.short[:11], e.raw[:11])
	n.short[12] = e.raw[12]
	zone := v.zone()
	n.times = Times{
		Created:  decodeTime(le.Uint16(e.raw[16:]), le.Uint16(e.raw[14:]), e.raw[13], zone),
		Accessed: decodeTime(le.Uint16(e.raw[18:]), 0, 0, zone),
		Written:  decodeTime(le.Uint16(e.raw[24:]), le.Uint16(e.raw[22:]), 0, zone),
	}
	n.first = v.firstOf(e.raw[:])
	if n.first != 0 && !v.g.valid(n.first) {
		return nil, corrupt("%s begins at cluster %d", n.name, n.first)
	}
	if n.IsDirectory() {
		if err := v.checkDirectory(n); err != nil {
			return nil, err
		}
		n.dir = &directory{}
	} else {
		n.size = uint64(le.Uint32(e.raw[28:]))
		if n.first == 0 && n.size != 0 {
			return nil, corrupt("%s has %d bytes and no cluster", n.name, n.size)
		}
		n.valid = n.size
	}
	dir.reference()
	v.nodes[key] = n
	return n, nil
}

// child returns the node of the directory's file that has a name, with a reference; nil when
// there is none. A name that no file can have is an error. For a node that is known the directory's
// sectors are not looked at.
func (n *Node) child(name string) (*Node, error) {
	if name != "" {
		if o := n.dir.recent[recentAt(name)]; o != nil && o.name == name {
			o.reference()
			return o, nil
		}
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := n.build(); err != nil {
		return nil, err
	}
	slot, ok := n.dir.index[hashName(name)]
	if !ok {
		return nil, nil
	}
	if slot >= 0 {
		if o := n.v.nodes[nodeKey{n.first, uint32(slot)}]; o != nil && sameName(o.name, name) {
			n.remember(o, name)
			o.reference()
			return o, nil
		}
	}
	e, err := n.lookup(name)
	if err != nil || e == nil {
		return nil, err
	}
	o, err := n.v.nodeAt(n, e)
	if err == nil {
		n.remember(o, name)
	}
	return o, err
}

// recentNodes is how many children a directory finds without its index.
const recentNodes = 8

// recentAt is the place of a name in a directory's recent, for a name that is not empty.
func recentAt(name string) int { return (len(name) + int(name[len(name)-1])) % recentNodes }

// remember has recent find a child that was found by a name, if that is its own as it is spelled.
func (n *Node) remember(o *Node, name string) {
	if o.name == name {
		n.dir.recent[recentAt(name)] = o
	}
}

// forget takes a node out of what the volume finds nodes by: it has or will have no entry, or another
// one, or nobody has it any more.
func (n *Node) forget() {
	delete(n.v.nodes, n.key())
	n.forgetName()
}

// forgetName takes a node out of its directory's recent, before it gets another name, and forgets
// paths.
func (n *Node) forgetName() {
	n.v.names++
	if n.name == "" {
		return
	}
	if r := &n.parent.dir.recent[recentAt(n.name)]; *r == n {
		*r = nil
	}
}

// checkDirectory refuses a directory without clusters, and one whose cluster is that of
// another directory that is known: nobody gets two nodes for the same entries.
func (v *Volume) checkDirectory(n *Node) error {
	if n.first == 0 || n.first == v.g.root {
		return corrupt("directory %s has the root's place", n.name)
	}
	for _, o := range v.nodes {
		if o.IsDirectory() && o.first == n.first && !o.removed {
			return corrupt("directories %s and %s have the same cluster", n.name, o.name)
		}
	}
	return nil
}

// firstOf is the first cluster that an entry names.
func (v *Volume) firstOf(raw []byte) uint32 {
	c := uint32(le.Uint16(raw[26:]))
	if v.g.kind == FAT32 {
		c |= uint32(le.Uint16(raw[20:])) << 16
	}
	return c
}

func (n *Node) reference() {
	if n.retained {
		n.retained = false
		for i := len(n.v.idle) - 1; i >= 0; i-- { // most are used again soon
			if n.v.idle[i] == n {
				n.v.idle = append(n.v.idle[:i], n.v.idle[i+1:]...)
				break
			}
		}
	}
	n.refs++
}

// dereference takes a reference back. A node that nobody has stays known for a while.
func (n *Node) dereference() {
	if n.refs--; n.refs > 0 || n.parent == nil {
		return
	}
	if n.removed {
		n.parent.dereference()
		return
	}
	n.retained = true
	n.v.idle = append(n.v.idle, n)
	if len(n.v.idle) > mostIdle {
		n.v.idle[0].dismiss()
	}
}

// dismiss takes an idle node out of the volume's memory.
func (n *Node) dismiss() {
	v := n.v
	n.retained = false
	for i, o := range v.idle {
		if o == n {
			v.idle = append(v.idle[:i], v.idle[i+1:]...)
			break
		}
	}
	n.forget()
	n.parent.dereference()
}

// store puts what the node knows into its entry in the cache.
func (n *Node) store() error {
	if n.parent == nil || n.removed || n.unlinked {
		return nil
	}
	b, o, err := n.parent.slotAt(n.slot)
	if err != nil {
		return err
	}
	n.encode(b.data[o : o+entrySize])
	n.v.cache.changed(b)
	return nil
}

// encode writes the node's short entry.
func (n *Node) encode(raw []byte) {
	copy(raw, n.short[:11])
	raw[11], raw[12] = byte(n.attr), n.short[12]
	date, clock, hundredths := encodeTime(n.times.Created)
	raw[13] = hundredths
	le.PutUint16(raw[14:], clock)
	le.PutUint16(raw[16:], date)
	date, _, _ = encodeTime(n.times.Accessed)
	le.PutUint16(raw[18:], date)
	date, clock, _ = encodeTime(n.times.Written)
	le.PutUint16(raw[22:], clock)
	le.PutUint16(raw[24:], date)
	if n.v.g.kind == FAT32 {
		le.PutUint16(raw[20:], uint16(n.first>>16))
	}
	le.PutUint16(raw[26:], uint16(n.first))
	if !n.IsDirectory() {
		le.PutUint32(raw[28:], uint32(n.valid))
	}
}

// changedNow sets the time of the last change.
func (n *Node) changedNow() {
	t := n.v.now()
	n.times.Written, n.times.Accessed = t, day(t)
}

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}
