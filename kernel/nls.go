//go:build kernel

package main

import (
	"fmt"
	"unsafe"

	"gont/arc"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/rtl/nls"
)

// Tables of characters: from the loader (SPEC P0.3), then in paged pool (P0.21), then as
// sections for programs (P1.19).

var nlsTag = mm.Tag{'N', 'l', 's', ' '}

// loaderReader reads what hangs on the loader block: addresses of the physical map, below
// 4 GiB or in memory.
var loaderReader = arc.Reader{At: func(address, n uint64) unsafe.Pointer {
	top := max(uint64(4)<<30, loader.highest)
	if address < arc.PhysMap || n > top || address-arc.PhysMap > top-n {
		return nil
	}
	return hal.Phys(address - arc.PhysMap)
}}

// initNls puts the loader's tables in force. A file that is missing or damaged is named;
// the built-in table stands for it.
func initNls() nt.Status {
	checkFlags()
	ansi, oem, cases := loaderReader.NlsTables(hal.LoaderBlock().NlsData)
	var t nls.Tables
	page := func(what string, file []byte) *nls.CodePage {
		if file == nil {
			dbgprint.Line("P0.3: no tables of the " + what + " code page: Latin-1 is used")
			return nil
		}
		c, err := nls.ParseCodePage(file)
		if err != nil {
			dbgprint.Line("P0.3: the " + what + " code page: " + err.Error() + ": Latin-1 is used")
		}
		return c
	}
	t.Ansi, t.Oem = page("ANSI", ansi), page("OEM", oem)
	if cases == nil {
		dbgprint.Line("P0.3: no table of upper and lower case: the kernel's own is used")
	} else if c, err := nls.ParseCaseTable(cases); err != nil {
		dbgprint.Line("P0.3: " + err.Error() + ": the kernel's own is used")
	} else {
		t.Case = c
	}
	nls.Install(t)
	return nt.StatusSuccess
}

// nlsFiles are the tables in pool, by the names of their sections; nil for a built-in one.
var nlsFiles [3]struct {
	name string
	file []byte
}

// moveNls copies the tables into paged pool and puts the copies in force (SPEC P0.21): the
// loader's memory can go.
func moveNls() nt.Status {
	checkFlags()
	old := nls.Current()
	t := nls.Tables{}
	move := func(i int, name string, file []byte) ([]byte, bool) {
		b := mm.AllocatePool(mm.PagedPool, len(file), nlsTag)
		if b == nil {
			failureText = fmt.Sprintf("no pool for %d bytes of %s", len(file), name)
			return nil, false
		}
		copy(b, file)
		nlsFiles[i].name, nlsFiles[i].file = name, b
		return b, true
	}
	for i, c := range []*nls.CodePage{old.Ansi, old.Oem} {
		if c == nil {
			continue
		}
		b, ok := move(i, fmt.Sprintf("NlsSectionCP%d", c.Number), c.Bytes())
		if !ok {
			return nt.StatusNoMemory
		}
		moved, err := nls.ParseCodePage(b)
		if err != nil {
			return fail(err)
		}
		if i == 0 {
			t.Ansi = moved
		} else {
			t.Oem = moved
		}
	}
	if old.Case != nil {
		b, ok := move(2, "NlsSectionLANG_INTL", old.Case.Bytes())
		if !ok {
			return nt.StatusNoMemory
		}
		moved, err := nls.ParseCaseTable(b)
		if err != nil {
			return fail(err)
		}
		t.Case = moved
	}
	nls.Install(t)
	return nt.StatusSuccess
}

// createNlsSections makes \NLS with a section of each table (SPEC P1.19), which programs may
// map to read.
func createNlsSections() nt.Status {
	if _, s := ob.CreateDirectory(`\NLS`); !s.OK() && s != nt.StatusObjectNameCollision {
		return s
	}
	for _, f := range nlsFiles {
		if f.file == nil {
			continue
		}
		section, s := readOnlySection(f.name, f.file)
		if !s.OK() {
			return s
		}
		o := ob.New(mm.SectionType, section)
		s = ob.Insert(nil, o, `\NLS\`+f.name, true, true)
		o.Dereference()
		if !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// readOnlySection makes a section with these bytes, which nobody can write to.
func readOnlySection(name string, b []byte) (*mm.Section, nt.Status) {
	section, s := mm.NewDataSection(name, uint64(len(b)), nt.PageReadWrite, false)
	if !s.OK() {
		return nil, s
	}
	space, ok := mm.NewAddressSpace()
	if !ok {
		section.Delete()
		return nil, nt.StatusNoMemory
	}
	defer space.Destroy()
	base, _, _, s := space.MapView(section, mm.View{Protect: nt.PageReadWrite})
	if s.OK() {
		_, s = space.WriteBytes(base, b)
		space.UnmapView(base)
	}
	if !s.OK() {
		section.Delete()
		return nil, s
	}
	section.MakeReadOnly()
	return section, nt.StatusSuccess
}
