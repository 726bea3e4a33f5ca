package cm

import (
	"gont/cm/regf"
	"gont/nt"
)

// Filters of NtNotifyChangeKey.
const (
	NotifyName       = 1 // a subkey made, deleted or renamed
	NotifyAttributes = 2
	NotifyLastSet    = 4 // a value set or deleted
	NotifySecurity   = 8
	notifyAll        = 15
)

// watch is what one Key wants to know. The first call of Notify makes it; its filter and
// subtree stay until the Key's last handle is closed or the key is deleted.
type watch struct {
	key     *Key
	filter  uint32
	tree    bool
	pending bool  // something has changed since the last post was completed
	posts   *Post // calls that wait
	next    *watch
}

// Post is one call that waits for a change (CM_POST_BLOCK).
type Post struct {
	// Complete is called once, without locks, at PASSIVE_LEVEL, in the thread that has
	// changed something, with STATUS_NOTIFY_ENUM_DIR, or with STATUS_NOTIFY_CLEANUP when
	// there is nothing to wait for any more.
	Complete func(nt.Status)

	status nt.Status
	next   *Post
}

// complete tells posts what has become of them. Without mu.
func complete(list *Post) {
	for p := list; p != nil; {
		next := p.next
		p.next = nil
		p.Complete(p.status)
		p = next
	}
}

// take moves a watch's posts to list.
func (w *watch) take(list **Post, s nt.Status) {
	for w.posts != nil {
		p := w.posts
		w.posts = p.next
		p.status, p.next = s, *list
		*list = p
	}
}

// Notify waits for a change of the key, and of all below it with tree, that filter names.
// STATUS_PENDING: p will be completed; it may be already. Filter and tree are those of the
// first call for this Key.
func (k *Key) Notify(filter uint32, tree bool, p *Post) nt.Status {
	if filter == 0 || filter&^notifyAll != 0 {
		return nt.StatusInvalidParameter
	}
	k.watched.Store(true)
	mu.Lock()
	n := k.node
	if n.deleted {
		mu.Unlock()
		return nt.StatusKeyDeleted
	}
	w := k.watch
	if w == nil {
		w = &watch{key: k, filter: filter, tree: tree, next: n.watches}
		n.watches, k.watch = w, w
		n.hive.watches++
	}
	if w.pending {
		w.pending = false
		mu.Unlock()
		p.Complete(nt.StatusNotifyEnumDir)
		return nt.StatusPending
	}
	p.next, w.posts = w.posts, p
	mu.Unlock()
	return nt.StatusPending
}

// Cancel takes a post back and reports whether it was waiting; false: it is completed, or
// is being so.
func (k *Key) Cancel(p *Post) bool {
	mu.Lock()
	defer mu.Unlock()
	if k.watch == nil {
		return false
	}
	for at := &k.watch.posts; *at != nil; at = &(*at).next {
		if *at == p {
			*at = p.next
			p.next = nil
			return true
		}
	}
	return false
}

// endWatch ends what the Key watches, if it watches anything. mu is held.
func (k *Key) endWatch(list **Post) {
	w := k.watch
	if w == nil {
		return
	}
	k.watch = nil
	w.take(list, nt.StatusNotifyCleanup)
	n := k.node
	n.hive.watches--
	for at := &n.watches; *at != nil; at = &(*at).next {
		if *at == w {
			*at = w.next
			return
		}
	}
}

// endWatches ends all watches of a node whose key is deleted. mu is held.
func (n *node) endWatches(list **Post) {
	for n.watches != nil {
		n.watches.key.endWatch(list)
	}
}

// changed returns the posts that a change of a key completes, and has the change written to
// the hive's file some time. mu is held.
func changed(h *hive, c regf.Cell, filter uint32) (list *Post) {
	if onChange != nil && h.file.path != "" {
		onChange()
	}
	for below := false; ; below = true {
		h, c = inside(h, c)
		if h.watches == 0 { // nobody in this hive: on at its mount point
			if h == master || master.watches == 0 {
				return list
			}
			c = h.r.Root()
		} else if n := h.nodes[c]; n != nil {
			for w := n.watches; w != nil; w = w.next {
				if w.filter&filter == 0 || below && !w.tree {
					continue
				}
				if w.posts == nil {
					w.pending = true
				}
				w.take(&list, nt.StatusNotifyEnumDir)
			}
		}
		h, c = outside(h, c)
		if c == h.r.Root() {
			return list
		}
		c = h.r.Parent(c)
	}
}
