package fsrtl

import (
	"slices"
	"strings"

	"gont/ke"
	"gont/nt"
)

// Change is what has happened to a name (FILE_ACTION_...).
type Change struct {
	Action uint32
	Name   string // relative to the directory that is watched
}

// Actions of a change.
const (
	ActionAdded = iota + 1
	ActionRemoved
	ActionModified
	ActionRenamedOldName
	ActionRenamedNewName
)

// NotifySync holds all watches of a volume (NOTIFY_SYNC and its list).
type NotifySync struct {
	mu   ke.FastMutex
	list []*watch
}

// watch is a NOTIFY_CHANGE: one directory, watched through one file object.
type watch struct {
	context   any // the file object
	directory string
	tree      bool
	filter    uint32
	limit     int // bytes that the program's buffer holds
	kept      []Change
	keptBytes int
	overflow  bool
	done      func([]Change, nt.Status)
}

// changeBytes is what a FILE_NOTIFY_INFORMATION takes in a buffer.
func changeBytes(c Change) int {
	n := 12
	for _, r := range c.Name {
		if n += 2; r > 0xFFFF {
			n += 2
		}
	}
	return (n + 3) &^ 3
}

// ChangeDirectory is FsRtlNotifyFullChangeDirectory: done is called once with the changes
// below directory (its path, `\` at the front) that filter (FILE_NOTIFY_CHANGE_...) asks
// for. What happens between two calls for the same context is kept, as far as limit bytes
// go; beyond that done gets STATUS_NOTIFY_ENUM_DIR and nothing else. STATUS_PENDING, or
// STATUS_SUCCESS when done has been called already; STATUS_INVALID_PARAMETER when a call
// for this context waits.
func (n *NotifySync) ChangeDirectory(context any, directory string, tree bool, filter uint32, limit int, done func([]Change, nt.Status)) nt.Status {
	n.mu.Lock()
	i := slices.IndexFunc(n.list, func(w *watch) bool { return w.context == context })
	if i < 0 {
		i = len(n.list)
		n.list = append(n.list, &watch{context: context, directory: directory, tree: tree, filter: filter, limit: limit})
	}
	w := n.list[i]
	if w.done != nil {
		n.mu.Unlock()
		return nt.StatusInvalidParameter
	}
	w.done = done
	if !w.overflow && len(w.kept) == 0 {
		n.mu.Unlock()
		return nt.StatusPending
	}
	f := w.deliver()
	n.mu.Unlock()
	f()
	return nt.StatusSuccess
}

// deliver takes what the watch has out of it; the result calls done, without the lock.
func (w *watch) deliver() func() {
	done, kept, s := w.done, w.kept, nt.StatusSuccess
	if w.overflow {
		kept, s = nil, nt.StatusNotifyEnumDir
	}
	w.done, w.kept, w.keptBytes, w.overflow = nil, nil, 0, false
	return func() { done(kept, s) }
}

// Report is FsRtlNotifyFullReportChange: path has changed, match says in which way
// (FILE_NOTIFY_CHANGE_...), action what a program is told.
func (n *NotifySync) Report(path string, match, action uint32) {
	var calls []func()
	n.mu.Lock()
	for _, w := range n.list {
		if w.filter&match == 0 {
			continue
		}
		name, inside := below(w.directory, path)
		if !inside || !w.tree && strings.Contains(name, `\`) {
			continue
		}
		c := Change{action, name}
		if w.keptBytes += changeBytes(c); w.overflow || w.keptBytes > w.limit {
			w.overflow, w.kept = true, nil
		} else {
			w.kept = append(w.kept, c)
		}
		if w.done != nil {
			calls = append(calls, w.deliver())
		}
	}
	n.mu.Unlock()
	for _, f := range calls {
		f()
	}
}

// below is path relative to directory.
func below(directory, path string) (name string, inside bool) {
	if directory != `\` {
		directory += `\`
	}
	if len(path) <= len(directory) || !AreNamesEqual(path[:len(directory)], directory, true) {
		return "", false
	}
	return path[len(directory):], true
}

// Cleanup is FsRtlNotifyCleanup: the file object is closed; one that waits gets
// STATUS_NOTIFY_CLEANUP.
func (n *NotifySync) Cleanup(context any) {
	var done func([]Change, nt.Status)
	n.mu.Lock()
	if len(n.list) == 0 {
		n.mu.Unlock()
		return
	}
	n.list = slices.DeleteFunc(n.list, func(w *watch) bool {
		if w.context == context {
			done = w.done
			return true
		}
		return false
	})
	n.mu.Unlock()
	if done != nil {
		done(nil, nt.StatusNotifyCleanup)
	}
}

// Forget takes back what context waits with, which is not told: its request has been
// cancelled. What happens from now on is kept for its next call.
func (n *NotifySync) Forget(context any) {
	n.mu.Lock()
	for _, w := range n.list {
		if w.context == context {
			w.done = nil
		}
	}
	n.mu.Unlock()
}

// Watched reports whether anybody watches a directory of the volume.
func (n *NotifySync) Watched() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.list) > 0
}
