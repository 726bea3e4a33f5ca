//go:build ntuser

package main

import (
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Page-file sections and views (P1.18).

const sectionAll = nt.StandardAll | 0x1F

// section makes one of 16 pages with a name.
func section(name string, protect, attributes uint32) (nt.Handle, nt.Status) {
	var a *ntdll.Attributes
	if name != "" {
		a = ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0)
	}
	return ntdll.NtCreateSection(a, sectionAll, 16*nt.PageSize, protect, attributes)
}

// view maps all of a section into this process.
func view(h nt.Handle, protect uint32) (base uint64, s nt.Status) {
	base, _, s = ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, protect)
	return
}

func unmap(base uint64) error {
	return expect("NtUnmapViewOfSection", ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base), 0)
}

func init() { register("section", func([]string) nt.Status { return sectionChild() }) }

// sectionChild writes to its parent's section through a view of its own.
func sectionChild() nt.Status {
	h, s := ntdll.NtOpenSection(nt.SectionMapRead|nt.SectionMapWrite, ntdll.NewAttributes(`\NttestSection`, nt.ObjCaseInsensitive, 0))
	if !s.OK() {
		return s
	}
	base, s := view(h, nt.PageReadWrite)
	if !s.OK() {
		return s
	}
	if *at(uintptr(base)) != 'p' {
		return nt.StatusUnsuccessful
	}
	*at(uintptr(base + 1)) = 'c'
	*at(uintptr(base + 9*nt.PageSize)) = 'd'
	return survived
}

var sectionTests = []test{
	{"section-shared", func() error {
		h, s := section(`\NttestSection`, nt.PageReadWrite, nt.SecCommit)
		if !s.OK() {
			return expect("NtCreateSection", s, 0)
		}
		defer ntdll.NtClose(h)
		base, s := view(h, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtMapViewOfSection", s, 0)
		}
		*at(uintptr(base)) = 'p'
		if s, err := run(10*time.Second, "section"); err != nil || s != survived {
			return fmt.Errorf("the child: %v %v", s, err)
		}
		if *at(uintptr(base + 1)) != 'c' || *at(uintptr(base + 9*nt.PageSize)) != 'd' || *at(uintptr(base + 2)) != 0 {
			return fmt.Errorf("the child's writes are not seen")
		}
		// A second view, of the second half; what is left without any view stays.
		second, size, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewShare, nt.MemTopDown, nt.PageReadOnly)
		if !s.OK() || size != 16*nt.PageSize || second < 1<<40 {
			return fmt.Errorf("a second view: %v at %#x, %#x bytes", s, second, size)
		}
		if *at(uintptr(second + 9*nt.PageSize)) != 'd' {
			return fmt.Errorf("the views differ")
		}
		if err := unmap(second + 5*nt.PageSize); err != nil {
			return err
		}
		if err := unmap(base); err != nil {
			return err
		}
		if err := expect("a second time", ntdll.NtUnmapViewOfSection(nt.CurrentProcess, base), nt.StatusNotMappedView); err != nil {
			return err
		}
		if base, s = view(h, nt.PageReadOnly); !s.OK() || *at(uintptr(base)) != 'p' {
			return fmt.Errorf("without a view the contents were lost: %v", s)
		}
		return unmap(base)
	}},
	{"section-copy", func() error {
		h, s := section("", nt.PageReadWrite, nt.SecCommit)
		if !s.OK() {
			return expect("NtCreateSection", s, 0)
		}
		defer ntdll.NtClose(h)
		base, s := view(h, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtMapViewOfSection", s, 0)
		}
		own, s := view(h, nt.PageWriteCopy)
		if !s.OK() {
			return expect("PAGE_WRITECOPY", s, 0)
		}
		*at(uintptr(base)) = 1
		if *at(uintptr(own)) != 1 {
			return fmt.Errorf("what is not copied is not shared")
		}
		*at(uintptr(own)) = 2
		*at(uintptr(base + 1)) = 3
		if *at(uintptr(base)) != 1 || *at(uintptr(own)) != 2 || *at(uintptr(own + 1)) != 0 {
			return fmt.Errorf("a copy is not private")
		}
		if err := unmap(base); err != nil {
			return err
		}
		return unmap(own)
	}},
	{"section-reserve", func() error {
		h, s := section("", nt.PageReadWrite, nt.SecReserve)
		if !s.OK() {
			return expect("NtCreateSection", s, 0)
		}
		defer ntdll.NtClose(h)
		a, s := view(h, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtMapViewOfSection", s, 0)
		}
		b, _ := view(h, nt.PageReadWrite)
		if m, s := ntdll.NtQueryVirtualMemory(nt.CurrentProcess, a); m.State != nt.MemReserve || m.Type != nt.MemMapped || m.RegionSize != 16*nt.PageSize {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, a+3*nt.PageSize, 2*nt.PageSize, nt.MemCommit, nt.PageReadWrite); !s.OK() {
			return expect("committing in a view", s, 0)
		}
		*at(uintptr(a + 3*nt.PageSize)) = 7
		if *at(uintptr(b + 3*nt.PageSize)) != 7 {
			return fmt.Errorf("the other view does not have it")
		}
		if m, s := ntdll.NtQueryVirtualMemory(nt.CurrentProcess, b+3*nt.PageSize); m.State != nt.MemCommit || m.RegionSize != 2*nt.PageSize {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		if err := expect("freeing a view", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, a, 0, nt.MemRelease), nt.StatusUnableToDeleteSection); err != nil {
			return err
		}
		if err := unmap(a); err != nil {
			return err
		}
		return unmap(b)
	}},
	{"section-refused", sectionsRefused},
	{"section-inherited", sectionInherited},
	{"section-image", func() error {
		h, s := ntdll.NtOpenSection(nt.SectionQuery|nt.SectionMapRead|nt.SectionMapExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenSection", s, 0)
		}
		defer ntdll.NtClose(h)
		i, s := ntdll.NtQuerySectionImage(h)
		if !s.OK() || i.Machine != 0x8664 || i.ImageCharacteristics&2 == 0 || i.ImageFileSize == 0 || i.TransferAddress < nt.UserImageBase {
			return fmt.Errorf("query: %v %+v", s, i)
		}
		b, s := ntdll.NtQuerySection(h)
		if !s.OK() || b.AllocationAttributes&nt.SecImage == 0 || b.MaximumSize == 0 {
			return fmt.Errorf("query: %v %+v", s, b)
		}
		// This process has it mapped already, and it has no relocations.
		if _, s = view(h, nt.PageExecuteRead); s != nt.StatusConflictingAddresses {
			return expect("mapping it twice", s, nt.StatusConflictingAddresses)
		}
		made, s := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenSection", s, 0)
		}
		defer ntdll.NtClose(made)
		p, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, made)
		if !s.OK() {
			return expect("NtCreateProcess", s, 0)
		}
		defer ntdll.NtClose(p)
		if s = ntdll.NtUnmapViewOfSection(p, nt.UserImageBase); !s.OK() {
			return expect("taking its image away", s, 0)
		}
		if _, s = ntdll.NtReadVirtualMemory(p, nt.UserImageBase, make([]byte, 2)); s != nt.StatusPartialCopy {
			return expect("reading what is not there", s, nt.StatusPartialCopy)
		}
		base, _, s := ntdll.NtMapViewOfSection(h, p, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageExecuteRead)
		if !s.OK() || base != nt.UserImageBase {
			return fmt.Errorf("mapping it again: %v at %#x", s, base)
		}
		head := make([]byte, 2)
		if _, s = ntdll.NtReadVirtualMemory(p, base, head); !s.OK() || string(head) != "MZ" {
			return fmt.Errorf("its first bytes: %v %q", s, head)
		}
		if m, s := ntdll.NtQueryVirtualMemory(p, base); m.Type != nt.MemImage {
			return fmt.Errorf("query: %v %+v", s, m)
		}
		return expect("NtUnmapViewOfSection", ntdll.NtUnmapViewOfSection(p, base+0x2000), 0)
	}},
	{"image-moved", imageMoved},
	{"lock-memory", lockMemory},
}

// sectionsRefused: each wrong argument has NT's status.
func sectionsRefused() error {
	size := uint64(0x1000)
	create := func(pointer uintptr, protect, attributes uint32, file uintptr) nt.Status {
		var h nt.Handle
		return ntdll.Raw(nt.SvcCreateSection, uintptr(unsafe.Pointer(&h)), uintptr(sectionAll), 0, pointer, uintptr(protect), uintptr(attributes), file)
	}
	big := uint64(1) << 62
	most := uint64(1) << 39
	for _, c := range []struct {
		what string
		got  nt.Status
		want nt.Status
	}{
		{"no size", create(0, nt.PageReadWrite, nt.SecCommit, 0), nt.StatusInvalidParameter4},
		{"no attributes", create(uintptr(unsafe.Pointer(&size)), nt.PageReadWrite, 0, 0), nt.StatusInvalidParameter6},
		{"both attributes", create(uintptr(unsafe.Pointer(&size)), nt.PageReadWrite, nt.SecCommit|nt.SecReserve, 0), nt.StatusInvalidParameter6},
		{"an image of nothing", create(uintptr(unsafe.Pointer(&size)), nt.PageExecute, nt.SecImage, 0), nt.StatusInvalidFileForSection},
		{"protection", create(uintptr(unsafe.Pointer(&size)), 3, nt.SecCommit, 0), nt.StatusInvalidPageProtection},
		{"too big", create(uintptr(unsafe.Pointer(&big)), nt.PageReadWrite, nt.SecReserve, 0), nt.StatusSectionTooBig},
		{"more than there is", create(uintptr(unsafe.Pointer(&most)), nt.PageReadWrite, nt.SecCommit, 0), nt.StatusCommitmentLimit},
		{"a file that is none", create(uintptr(unsafe.Pointer(&size)), nt.PageReadWrite, nt.SecCommit, 0x77777), nt.StatusInvalidHandle},
		{"size in the kernel", create(0x800000000000, nt.PageReadWrite, nt.SecCommit, 0), nt.StatusAccessViolation},
	} {
		if err := expect(c.what, c.got, c.want); err != nil {
			return err
		}
	}
	h, s := section("", nt.PageReadOnly, nt.SecCommit)
	if !s.OK() {
		return expect("NtCreateSection", s, 0)
	}
	defer ntdll.NtClose(h)
	for _, c := range []struct {
		what                       string
		base, commit, offset, size uint64
		inherit, typ, protect      uint32
		want                       nt.Status
	}{
		{"inherit", 0, 0, 0, 0, 3, 0, nt.PageReadOnly, nt.StatusInvalidParameter8},
		{"type", 0, 0, 0, 0, nt.ViewUnmap, nt.MemRelease, nt.PageReadOnly, nt.StatusInvalidParameter9},
		{"protection", 0, 0, 0, 0, nt.ViewUnmap, 0, 5, nt.StatusInvalidPageProtection},
		{"writing", 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite, nt.StatusSectionProtection},
		{"executing", 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageExecuteRead, nt.StatusSectionProtection},
		{"base alignment", 0x11000, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusMappedAlignment},
		{"offset alignment", 0, 0, 0x1000, 0, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusMappedAlignment},
		{"offset", 0, 0, 0x10000, 0, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusInvalidViewSize},
		{"size", 0, 0, 0, 0x11000, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusInvalidViewSize},
		{"commit", 0, 0x11000, 0, 0x10000, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusInvalidParameter5},
		{"kernel", 0xFFFF800000000000, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusInvalidParameter3},
		{"taken", nt.SharedUserData &^ 0xFFFF, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly, nt.StatusConflictingAddresses},
	} {
		_, _, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, c.base, c.commit, c.offset, c.size, c.inherit, c.typ, c.protect)
		if err := expect(c.what, s, c.want); err != nil {
			return err
		}
	}
	if err := expect("NtExtendSection", ntdll.NtExtendSection(h, 1<<20), nt.StatusSectionNotExtended); err != nil {
		return err
	}
	if _, s := ntdll.NtQuerySectionImage(h); s != nt.StatusSectionNotImage {
		return expect("NtQuerySection", s, nt.StatusSectionNotImage)
	}
	weak, s := ntdll.NtDuplicateObject(nt.CurrentProcess, h, nt.CurrentProcess, nt.SectionQuery, 0, 0)
	if !s.OK() {
		return expect("NtDuplicateObject", s, 0)
	}
	defer ntdll.NtClose(weak)
	if _, s := view(weak, nt.PageReadOnly); s != nt.StatusAccessDenied {
		return expect("a handle that may not map", s, nt.StatusAccessDenied)
	}
	e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	defer ntdll.NtClose(e)
	_, s = view(e, nt.PageReadOnly)
	return expect("an event", s, nt.StatusObjectTypeMismatch)
}

// sectionInherited: a process made without an image of its own has this one's, and
// the views that are mapped to be shared, no others.
func sectionInherited() error {
	h, s := section("", nt.PageReadWrite, nt.SecCommit)
	if !s.OK() {
		return expect("NtCreateSection", s, 0)
	}
	defer ntdll.NtClose(h)
	shared, _, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewShare, 0, nt.PageReadWrite)
	if !s.OK() {
		return expect("ViewShare", s, 0)
	}
	defer unmap(shared)
	own, s := view(h, nt.PageReadWrite)
	if !s.OK() {
		return expect("ViewUnmap", s, 0)
	}
	defer unmap(own)
	*at(uintptr(shared)) = 'i'
	p, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, 0)
	if !s.OK() {
		return expect("NtCreateProcess", s, 0)
	}
	defer ntdll.NtClose(p)
	b := make([]byte, 2)
	if _, s = ntdll.NtReadVirtualMemory(p, shared, b); !s.OK() || b[0] != 'i' {
		return fmt.Errorf("the view in the new process: %v %q", s, b)
	}
	ntdll.NtWriteVirtualMemory(p, shared+1, []byte{'j'})
	if *at(uintptr(own + 1)) != 'j' {
		return fmt.Errorf("the new process has a view of something else")
	}
	if m, s := ntdll.NtQueryVirtualMemory(p, own); m.State != nt.MemFree {
		return fmt.Errorf("the other view: %v %+v", s, m)
	}
	if _, s = ntdll.NtReadVirtualMemory(p, nt.UserImageBase, b); !s.OK() || string(b) != "MZ" {
		return fmt.Errorf("its image: %v %q", s, b)
	}
	if _, s = ntdll.NtCreateProcess(nil, nt.CurrentProcess, h); s != nt.StatusSectionNotImage {
		return expect("a section that is no image", s, nt.StatusSectionNotImage)
	}
	return nil
}

func lockMemory() error {
	me := nt.CurrentProcess
	base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 8*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease)
	for _, c := range []struct {
		what      string
		got, want nt.Status
	}{
		{"no option", ntdll.NtLockVirtualMemory(me, base, 1, 0), nt.StatusInvalidParameter},
		{"MAP_SYSTEM", ntdll.NtLockVirtualMemory(me, base, 1, nt.MapSystem), nt.StatusPrivilegeNotHeld},
		{"not locked", ntdll.NtUnlockVirtualMemory(me, base, 1, nt.MapProcess), nt.StatusNotLocked},
		{"nothing there", ntdll.NtLockVirtualMemory(me, base+8*nt.PageSize, 1, nt.MapProcess), nt.StatusAccessViolation},
		{"too much", ntdll.NtLockVirtualMemory(me, 0x10000, 1<<40, nt.MapProcess), nt.StatusWorkingSetQuota},
		{"lock", ntdll.NtLockVirtualMemory(me, base, 4*nt.PageSize, nt.MapProcess), 0},
		{"lock again", ntdll.NtLockVirtualMemory(me, base+3*nt.PageSize, 2*nt.PageSize, nt.MapProcess), nt.StatusWasLocked},
		{"unlock too much", ntdll.NtUnlockVirtualMemory(me, base, 6*nt.PageSize, nt.MapProcess), nt.StatusNotLocked},
		{"unlock", ntdll.NtUnlockVirtualMemory(me, base, 5*nt.PageSize, nt.MapProcess), 0},
	} {
		if err := expect(c.what, c.got, c.want); err != nil {
			return err
		}
	}
	blocks, n, s := ntdll.QueryWorkingSet(me, 1<<14)
	if !s.OK() || n == 0 {
		return fmt.Errorf("the working set: %v, %d pages", s, n)
	}
	found := 0
	for _, b := range blocks {
		if b&^0xFFF >= base && b&^0xFFF < base+5*nt.PageSize {
			found++
		}
	}
	if found != 5 {
		return fmt.Errorf("%d of 5 pages are in the working set of %d", found, n)
	}
	_, _, s = ntdll.QueryWorkingSet(me, 3)
	return expect("a small buffer", s, nt.StatusInfoLengthMismatch)
}
