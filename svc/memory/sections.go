package memory

import (
	"strings"
	"unsafe"

	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// NtCreateSection(*handle, access, attributes, *size, protect, allocation, file).
// Without a file the section is of the paging file.
func NtCreateSection(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [3]uint64 // protection, attributes, file
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	attributes, file := uint32(arg[1]), arg[2]
	switch attributes {
	case nt.SecCommit, nt.SecReserve, nt.SecImage:
	default:
		return nt.StatusInvalidParameter6
	}
	var size uint64
	if c.Arg(4) != 0 {
		if s := svc.Get(t, c.Arg(4), &size); !s.OK() {
			return s
		}
	}
	if file != 0 {
		section, s := fileSection(t, file, size, uint32(arg[0]), attributes)
		if !s.OK() {
			return s
		}
		return svc.CreateObject(c, ob.New(mm.SectionType, section))
	}
	if attributes == nt.SecImage {
		return nt.StatusInvalidFileForSection
	}
	section, s := mm.NewDataSection("", size, uint32(arg[0]), attributes == nt.SecReserve)
	if !s.OK() {
		return s
	}
	return svc.CreateObject(c, ob.New(mm.SectionType, section))
}

// fileAccess is what a file's handle must allow for a section with a protection.
func fileAccess(protect uint32) (access nt.AccessMask, ok bool) {
	switch protect {
	case nt.PageReadOnly, nt.PageWriteCopy:
		return nt.FileReadData, true
	case nt.PageReadWrite:
		return nt.FileReadData | nt.FileWriteData, true
	case nt.PageExecute:
		return nt.FileExecute, true
	case nt.PageExecuteRead, nt.PageExecuteWriteCopy:
		return nt.FileExecute | nt.FileReadData, true
	case nt.PageExecuteReadWrite:
		return nt.FileExecute | nt.FileReadData | nt.FileWriteData, true
	}
	return 0, false
}

// fileSection makes a section of a file: of its data, size bytes or all of them, or of the image that
// it is.
func fileSection(t *ps.Thread, file, size uint64, protect, attributes uint32) (*mm.Section, nt.Status) {
	access, ok := fileAccess(protect)
	if !ok {
		return nil, nt.StatusInvalidPageProtection
	}
	o, f, s := svc.Body[*io.File](t, file, access, io.FileType)
	if !s.OK() {
		return nil, s
	}
	defer o.Dereference()
	if attributes == nt.SecImage {
		area, size, s := f.Map(0)
		switch {
		case !s.OK():
			return nil, s
		case size == 0:
			return nil, nt.StatusInvalidFileForSection
		}
		path, s := o.QueryName()
		if !s.OK() {
			return nil, s
		}
		section, err := area.Image(path[strings.LastIndexByte(path, '\\')+1:], size)
		if err != nil {
			return nil, mm.ImageStatus(err)
		}
		section.Path = path
		return section, nt.StatusSuccess
	}
	grow := uint64(0)
	if access&nt.FileWriteData != 0 {
		grow = size
	}
	area, now, s := f.Map(grow)
	if !s.OK() {
		return nil, s
	}
	if size == 0 {
		size = now
	} else if size > now {
		return nil, nt.StatusSectionTooBig
	}
	return area.Section(f.Name, size, protect)
}

// viewAccess is what a handle must allow for a view with a protection
// (MmMakeSectionAccess).
func viewAccess(protect uint32) nt.AccessMask {
	switch protect {
	case nt.PageReadWrite:
		return nt.SectionMapWrite
	case nt.PageExecute, nt.PageExecuteRead, nt.PageExecuteWriteCopy:
		return nt.SectionMapExecute
	case nt.PageExecuteReadWrite:
		return nt.SectionMapWrite | nt.SectionMapExecute
	}
	return nt.SectionMapRead
}

// NtMapViewOfSection(section, process, *base, zeroBits, commitSize, *offset,
// *size, inherit, type, protect)
func NtMapViewOfSection(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [6]uint64 // from commitSize on
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	commit, offsetVA, sizeVA, inherit, typ, protect := arg[0], arg[1], arg[2], uint32(arg[3]), uint32(arg[4]), uint32(arg[5])
	limit, ok := mm.ZeroBitsLimit(c.Arg(4))
	switch {
	case inherit != nt.ViewShare && inherit != nt.ViewUnmap:
		return nt.StatusInvalidParameter8
	case typ&^(nt.MemReserve|nt.MemTopDown) != 0:
		return nt.StatusInvalidParameter9
	case !ok:
		return nt.StatusInvalidParameter4
	}
	w := mm.View{Limit: limit, Commit: commit, Protect: protect, Share: inherit == nt.ViewShare, TopDown: typ&nt.MemTopDown != 0}
	for _, x := range []struct {
		va uint64
		v  *uint64
	}{{c.Arg(3), &w.Base}, {sizeVA, &w.Size}, {offsetVA, &w.Offset}} {
		if x.va == 0 && x.v == &w.Offset {
			continue
		}
		if s := svc.Get(t, x.va, x.v); !s.OK() {
			return s
		}
		if s := svc.ProbeWrite(t, x.va, 8); !s.OK() {
			return s
		}
	}
	if w.Base > nt.MaximumUserAddress || w.Base != 0 && w.Size > nt.MaximumUserAddress-w.Base {
		return nt.StatusInvalidParameter3
	}
	p, release, s := targetSpace(t, c.Arg(2), nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	o, section, s := svc.Body[*mm.Section](t, c.Arg(1), viewAccess(protect), mm.SectionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	base, offset, size, s := p.Space.MapView(section, w)
	mm.SignalZeroing()
	if !s.OK() {
		return s
	}
	svc.Put(t, c.Arg(3), &base) // a caller that unmaps them itself loses the answer
	svc.Put(t, sizeVA, &size)
	svc.PutOptional(t, offsetVA, &offset)
	return s
}

// NtUnmapViewOfSection(process, base)
func NtUnmapViewOfSection(c *svc.Call) nt.Status {
	t := c.Thread
	p, release, s := targetSpace(t, c.Arg(1), nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	s = p.Space.UnmapView(c.Arg(2))
	mm.SignalZeroing()
	return s
}

// NtQuerySection(section, class, buffer, length, *returned)
func NtQuerySection(c *svc.Call) nt.Status {
	t := c.Thread
	ret := c.Arg(5)
	basic, image := c.Uint32(2) == nt.SectionBasicInformationClass, c.Uint32(2) == nt.SectionImageInformationClass
	n := uint64(unsafe.Sizeof(nt.SectionBasicInformation{}))
	if image {
		n = uint64(unsafe.Sizeof(nt.SectionImageInformation{}))
	}
	switch {
	case !basic && !image:
		return nt.StatusInvalidInfoClass
	case c.Arg(4) < n:
		return nt.StatusInfoLengthMismatch
	}
	o, section, s := svc.Body[*mm.Section](t, c.Arg(1), nt.SectionQuery, mm.SectionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch {
	case basic:
		v := nt.SectionBasicInformation{AllocationAttributes: nt.SecCommit, MaximumSize: section.Size}
		if section.Image() {
			v.AllocationAttributes = nt.SecImage | nt.SecFile
		} else if section.Reserved() {
			v.AllocationAttributes = nt.SecReserve
		}
		s = svc.Put(t, c.Arg(3), &v)
	case !section.Image():
		return nt.StatusSectionNotImage
	default:
		v := section.Information()
		s = svc.Put(t, c.Arg(3), &v)
	}
	if !s.OK() || ret == 0 {
		return s
	}
	return svc.Put(t, ret, &n)
}

// NtExtendSection(section, *size): only a section of a data file grows.
func NtExtendSection(c *svc.Call) nt.Status {
	t := c.Thread
	var size uint64
	if s := svc.Get(t, c.Arg(2), &size); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, c.Arg(2), 8); !s.OK() {
		return s
	}
	o, _, s := svc.Body[*mm.Section](t, c.Arg(1), nt.SectionExtendSize, mm.SectionType)
	if !s.OK() {
		return s
	}
	o.Dereference()
	return nt.StatusSectionNotExtended
}

// NtOpenSection(*handle, access, attributes)
var NtOpenSection = svc.OpenService(&mm.SectionType)

// NtFlushVirtualMemory(process, *base, *size, *iosb): what was written through a view is in the file then.
func NtFlushVirtualMemory(c *svc.Call) nt.Status {
	t, iosb := c.Thread, c.Arg(4)
	if s := svc.ProbeWrite(t, iosb, uint64(unsafe.Sizeof(nt.IoStatusBlock{}))); !s.OK() {
		return s
	}
	return regionService(c, c.Arg(2), c.Arg(3), func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		area, first, count, s := a.FlushView(base, size)
		if !s.OK() {
			return base, size, s
		}
		if area != nil {
			_, s = area.Flush(first, count, count)
			size = uint64(count) * mm.PageSize
		}
		if st := svc.Put(t, iosb, &nt.IoStatusBlock{Status: s, Information: size}); s.OK() {
			s = st
		}
		return base, size, s
	})
}
