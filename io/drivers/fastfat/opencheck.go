package fastfat

import (
	"gont/fs/fat"
	"gont/io"
	"gont/io/oplock"
	"gont/nt"
)

// opener is an open that fs/fat is about to do. The volume's opens guards it.
type opener struct {
	v    *volume
	l    *io.StackLocation
	c    *ccb
	uses nt.AccessMask
	ask  func(*fat.Node, uint32) error // check
}

// check says whether a file that exists may be opened so, before anything is changed.
func (o *opener) check(n *fat.Node, attributes uint32) error {
	v, c, l := o.v, o.c, o.l
	if attributes&nt.FileAttributeReadOnly != 0 && !n.IsDirectory() {
		switch {
		case c.deleteOnClose:
			return nt.StatusCannotDelete
		case l.DesiredAccess&writing != 0:
			return nt.StatusAccessDenied
		}
		c.access &^= writing // MAXIMUM_ALLOWED
		o.uses &^= writing
	}
	if n == v.fs.Root() && c.deleteOnClose {
		return nt.StatusCannotDelete
	}
	if x := fcbOf(n); x != nil {
		p := x.oplocks.Load()
		// A batch or filter oplock breaks first: its holder may close the file, and then there is nothing to share.
		if p != nil && p.early() && v.breakFor(p, l) {
			return nt.StatusOplockBreakInProgress
		}
		if s := x.share.Check(o.uses, c.share); !s.OK() {
			return s
		}
		if p != nil && v.breaking == nil && v.breakFor(p, l) {
			return nt.StatusOplockBreakInProgress
		}
		s := x.inUse()
		if m := x.cache.Load(); s == nt.StatusSharingViolation && l.DesiredAccess&writing == 0 {
			c.access &^= writing // MAXIMUM_ALLOWED of an image that runs
			o.uses &^= writing
			if l.Disposition == nt.FileOpen || l.Disposition == nt.FileOpenIf {
				return nil
			}
		} else if m != nil && s == nt.StatusUserMappedFile && (l.Disposition == nt.FileOpen || l.Disposition == nt.FileOpenIf) {
			return nil
		}
		return s.Err()
	}
	return nil
}

// breakFor has the open break what is in its way, and reports whether it has to wait. opens is held.
func (v *volume) breakFor(o *oplocks, l *io.StackLocation) bool {
	b := o.check(opens(l))
	v.breaking = &b
	return b.done != nil && l.Options&nt.FileCompleteIfOplocked == 0
}

// opens is an open as an oplock sees it.
func opens(l *io.StackLocation) oplock.Operation {
	overwrites := l.Disposition == nt.FileSupersede || l.Disposition == nt.FileOverwrite || l.Disposition == nt.FileOverwriteIf
	return oplock.Operation{Kind: oplock.Create, Access: rights(l.DesiredAccess), Overwrites: overwrites}
}
