package file

import (
	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// NtQueryDirectoryFile(handle, event, apcRoutine, apcContext, *iosb, buffer, length, class,
// single, *pattern, restart): the directory's next entries.
func NtQueryDirectoryFile(c *svc.Call) nt.Status {
	t := c.Thread
	o, f, s := target(c, nt.FileReadData) // FILE_LIST_DIRECTORY
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	pattern, flags := "", uint8(0)
	if va := c.Arg(10); va != 0 {
		if pattern, s = svc.ReadString(t, va); !s.OK() {
			return s
		}
	}
	if c.Bool(9) {
		flags |= io.ReturnSingleEntry
	}
	if c.Bool(11) {
		flags |= io.RestartScan
	}
	if c.Arg(6)&3 != 0 {
		return nt.StatusDatatypeMisalignment
	}
	r := io.Request{Thread: t, ApcRoutine: c.Arg(3), ApcContext: c.Arg(4), Iosb: c.Arg(5)}
	if s := capture(c, &r); !s.OK() {
		return s
	}
	return f.QueryDirectory(&r, c.Uint32(8), c.Arg(6), c.Uint32(7), pattern, flags)
}

// NtNotifyChangeDirectoryFile(handle, event, apcRoutine, apcContext, *iosb, buffer, length,
// filter, tree): ends when something in the directory has changed.
func NtNotifyChangeDirectoryFile(c *svc.Call) nt.Status {
	o, f, s := target(c, nt.FileReadData)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	filter := c.Uint32(8)
	if filter == 0 || filter&^nt.FileNotifyValid != 0 {
		return nt.StatusInvalidParameter
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	r := io.Request{Thread: c.Thread, ApcRoutine: c.Arg(3), ApcContext: c.Arg(4), Iosb: c.Arg(5)}
	if s := capture(c, &r); !s.OK() {
		return s
	}
	return f.NotifyChange(&r, c.Arg(6), c.Uint32(7), filter, c.Bool(9))
}
