// Package file is the wing of services on files: opening devices, requests, control
// codes, information, loading and unloading of drivers. What they do, package io does.
package file

import (
	"gont/io"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// NtCreateFile(*handle, access, attributes, *iosb, *allocationSize, fileAttributes, share,
// disposition, options, ea, eaLength)
func NtCreateFile(c *svc.Call) nt.Status {
	if c.Uint32(11) != 0 {
		return nt.StatusEasNotSupported
	}
	var size int64
	if va := c.Arg(5); va != 0 {
		if s := svc.Get(c.Thread, va, &size); !s.OK() {
			return s
		}
		if size < 0 {
			return nt.StatusInvalidParameter
		}
	}
	p := io.NewPacket(c.Thread)
	p.Access, p.FileAttributes, p.ShareAccess = c.Access(2), c.Uint32(6), c.Uint32(7)
	p.Disposition, p.Options, p.AllocationSize = c.Uint32(8), c.Uint32(9), size
	s := create(c, p)
	p.Release(c.Thread)
	return s
}

// NtOpenFile(*handle, access, attributes, *iosb, share, options)
func NtOpenFile(c *svc.Call) nt.Status {
	p := io.NewPacket(c.Thread)
	p.Access, p.ShareAccess, p.Disposition, p.Options = c.Access(2), c.Uint32(5), nt.FileOpen, c.Uint32(6)
	s := create(c, p)
	p.Release(c.Thread)
	return s
}

// create is IoCreateFile.
func create(c *svc.Call, p *io.OpenPacket) nt.Status {
	t := c.Thread
	access := p.Access
	p.Access, p.Mode = io.FileType.MapGeneric(access), ke.UserMode
	if s := valid(p); !s.OK() {
		return s
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	if s := svc.ProbeWrite(t, c.Arg(1), 8); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, c.Arg(4), 16); !s.OK() {
		return s
	}
	if c.Arg(3) == 0 {
		return nt.StatusInvalidParameter
	}
	var a svc.Attributes
	if s := c.BriefAttributes(c.Arg(3), &a); !s.OK() {
		return s
	}
	o, s := p.Open(a.Root, a.Name, a.Insensitive)
	if s.OK() {
		if s = svc.GiveHandle(t, c.Arg(1), o, access, a.Flags, nt.StatusSuccess); s.OK() {
			if s = svc.Put(t, c.Arg(4), &nt.IoStatusBlock{Status: p.Warning, Information: p.Information}); s.OK() {
				s = p.Warning
			}
		}
		o.Dereference()
	} else if p.Information != 0 {
		svc.Put(t, c.Arg(4), &nt.IoStatusBlock{Status: s, Information: p.Information})
	}
	a.Release()
	return s
}

// valid checks what can be said of an open, whose rights are not generic any more, before anybody is asked.
func valid(p *io.OpenPacket) nt.Status {
	const synchronous = nt.FileSynchronousIoAlert | nt.FileSynchronousIoNonalert
	access, o := p.Access, p.Options
	switch {
	case p.FileAttributes&^nt.FileAttributeValid != 0,
		p.ShareAccess&^nt.FileShareValid != 0,
		p.Disposition > nt.FileOverwriteIf,
		o&^nt.FileValidOptions != 0,
		o&synchronous == synchronous,
		o&synchronous != 0 && access&nt.Synchronize == 0,
		o&nt.FileDeleteOnClose != 0 && access&nt.Delete == 0,
		o&nt.FileDirectoryFile != 0 && o&nt.FileNonDirectoryFile != 0,
		o&nt.FileNoIntermediateBuffering != 0 && access&nt.FileAppendData != 0:
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}
