//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateSection(*handle, access, attributes, *size, protect, allocation, file).
// There are no files: sections are of the paging file.
func ntCreateSection(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [3]uint64 // protection, attributes, file
	for i := range arg {
		v, s := argument(t, c, 5+i)
		if !s.OK() {
			return s
		}
		arg[i] = v
	}
	attributes, file := uint32(arg[1]), arg[2]
	switch attributes {
	case nt.SecCommit, nt.SecReserve, nt.SecImage:
	default:
		return nt.StatusInvalidParameter6
	}
	var size uint64
	if c.R9 != 0 {
		if s := get(t, c.R9, &size); !s.OK() {
			return s
		}
	}
	if file != 0 {
		o, s := t.Process.Handles.Reference(nt.Handle(file), 0, nil)
		if s.OK() {
			o.Dereference()
			s = nt.StatusObjectTypeMismatch
		}
		return s
	}
	if attributes == nt.SecImage {
		return nt.StatusInvalidFileForSection
	}
	section, s := mm.NewDataSection("", size, uint32(arg[0]), attributes == nt.SecReserve)
	if !s.OK() {
		return s
	}
	return createObject(t, c, ob.New(mm.SectionType, section))
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

// ntMapViewOfSection(section, process, *base, zeroBits, commitSize, *offset,
// *size, inherit, type, protect)
func ntMapViewOfSection(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [6]uint64 // from commitSize on
	for i := range arg {
		v, s := argument(t, c, 5+i)
		if !s.OK() {
			return s
		}
		arg[i] = v
	}
	commit, offsetVA, sizeVA, inherit, typ, protect := arg[0], arg[1], arg[2], uint32(arg[3]), uint32(arg[4]), uint32(arg[5])
	limit, ok := mm.ZeroBitsLimit(c.R9)
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
	}{{c.R8, &w.Base}, {sizeVA, &w.Size}, {offsetVA, &w.Offset}} {
		if x.va == 0 && x.v == &w.Offset {
			continue
		}
		if s := get(t, x.va, x.v); !s.OK() {
			return s
		}
		if s := probeWrite(t, x.va, 8); !s.OK() {
			return s
		}
	}
	if w.Base > nt.MaximumUserAddress || w.Base != 0 && w.Size > nt.MaximumUserAddress-w.Base {
		return nt.StatusInvalidParameter3
	}
	p, release, s := targetSpace(t, c.Rdx, nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	o, section, s := body[*mm.Section](t, c.R10, viewAccess(protect), mm.SectionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	base, offset, size, s := p.Space.MapView(section, w)
	mm.SignalZeroing()
	if !s.OK() {
		return s
	}
	put(t, c.R8, &base) // a caller that unmaps them itself loses the answer
	put(t, sizeVA, &size)
	putOptional(t, offsetVA, &offset)
	return s
}

// ntUnmapViewOfSection(process, base)
func ntUnmapViewOfSection(t *ps.Thread, c *hal.Context) nt.Status {
	p, release, s := targetSpace(t, c.R10, nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	s = p.Space.UnmapView(c.Rdx)
	mm.SignalZeroing()
	return s
}

// ntQuerySection(section, class, buffer, length, *returned)
func ntQuerySection(t *ps.Thread, c *hal.Context) nt.Status {
	ret, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	basic, image := uint32(c.Rdx) == nt.SectionBasicInformationClass, uint32(c.Rdx) == nt.SectionImageInformationClass
	n := uint64(unsafe.Sizeof(nt.SectionBasicInformation{}))
	if image {
		n = uint64(unsafe.Sizeof(nt.SectionImageInformation{}))
	}
	switch {
	case !basic && !image:
		return nt.StatusInvalidInfoClass
	case c.R9 < n:
		return nt.StatusInfoLengthMismatch
	}
	o, section, s := body[*mm.Section](t, c.R10, nt.SectionQuery, mm.SectionType)
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
		s = put(t, c.R8, &v)
	case !section.Image():
		return nt.StatusSectionNotImage
	default:
		v := section.Information()
		s = put(t, c.R8, &v)
	}
	if !s.OK() || ret == 0 {
		return s
	}
	return put(t, ret, &n)
}

// ntExtendSection(section, *size): only a section of a data file grows.
func ntExtendSection(t *ps.Thread, c *hal.Context) nt.Status {
	var size uint64
	if s := get(t, c.Rdx, &size); !s.OK() {
		return s
	}
	if s := probeWrite(t, c.Rdx, 8); !s.OK() {
		return s
	}
	o, _, s := body[*mm.Section](t, c.R10, nt.SectionExtendSize, mm.SectionType)
	if !s.OK() {
		return s
	}
	o.Dereference()
	return nt.StatusSectionNotExtended
}
