package file

import (
	"gont/io/pagingfile"
	"gont/mm"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtCreatePagingFile(*name, *minimum, *maximum, priority): makes a paging file, by its full
// name. Who asks must hold SeCreatePagefilePrivilege. The file has its minimum size for
// good: it does not grow to the maximum, which must not be smaller.
func NtCreatePagingFile(c *svc.Call) nt.Status {
	t := c.Thread
	if !t.Process.Holds(se.CreatePagefilePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var least, most int64
	for i, p := range []*int64{&least, &most} {
		if s := svc.Get(t, c.Arg(2+i), p); !s.OK() {
			return s
		}
	}
	name, s := svc.ReadString(t, c.Arg(1))
	switch {
	case !s.OK():
		return s
	case name == "" || name[0] != '\\':
		return nt.StatusObjectPathSyntaxBad
	case most < least:
		return nt.StatusInvalidParameter
	}
	return pagingfile.Create(name, least)
}
