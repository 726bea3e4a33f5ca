package ex

import (
	"fmt"

	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/rtl/nls"
)

// Tables of characters: from the loader (SPEC P0.3), then in paged pool (P0.21), then as
// sections for programs (P1.19). The thread that starts the system calls these functions,
// once each and in this order.

var nlsTag = mm.Tag{'N', 'l', 's', ' '}

// InitNls puts the loader's tables in force, the files of the ANSI and the OEM code page and
// of upper and lower case, which stay where they are until MoveNls. A built-in table stands
// for a file that is missing (nil) or damaged; problems names it.
func InitNls(ansi, oem, cases []byte) (problems []string) {
	var t nls.Tables
	page := func(name string, file []byte) *nls.CodePage {
		if file == nil {
			problems = append(problems, "no tables of the "+name+" code page: Latin-1 is used")
			return nil
		}
		c, err := nls.ParseCodePage(file)
		if err != nil {
			problems = append(problems, "the "+name+" code page: "+err.Error()+": Latin-1 is used")
		}
		return c
	}
	t.Ansi, t.Oem = page("ANSI", ansi), page("OEM", oem)
	if cases == nil {
		problems = append(problems, "no table of upper and lower case: the kernel's own is used")
	} else if c, err := nls.ParseCaseTable(cases); err != nil {
		problems = append(problems, err.Error()+": the kernel's own is used")
	} else {
		t.Case = c
	}
	nls.Install(t)
	return problems
}

// nlsFiles are the tables in pool, by the names of their sections; nil for a built-in one.
var nlsFiles [3]struct {
	name string
	file []byte
}

// MoveNls copies the tables into paged pool and puts the copies in force (SPEC P0.21): the
// loader's memory can go. The error says what a status other than success is about.
func MoveNls() (nt.Status, error) {
	old := nls.Current()
	t := nls.Tables{}
	move := func(i int, name string, file []byte) ([]byte, error) {
		b := mm.AllocatePool(mm.PagedPool, len(file), nlsTag)
		if b == nil {
			return nil, fmt.Errorf("no pool for %d bytes of %s", len(file), name)
		}
		copy(b, file)
		nlsFiles[i].name, nlsFiles[i].file = name, b
		return b, nil
	}
	for i, c := range []*nls.CodePage{old.Ansi, old.Oem} {
		if c == nil {
			continue
		}
		b, err := move(i, fmt.Sprintf("NlsSectionCP%d", c.Number), c.Bytes())
		if err != nil {
			return nt.StatusNoMemory, err
		}
		moved, err := nls.ParseCodePage(b)
		if err != nil {
			return nt.StatusUnsuccessful, err
		}
		if i == 0 {
			t.Ansi = moved
		} else {
			t.Oem = moved
		}
	}
	if old.Case != nil {
		b, err := move(2, "NlsSectionLANG_INTL", old.Case.Bytes())
		if err != nil {
			return nt.StatusNoMemory, err
		}
		moved, err := nls.ParseCaseTable(b)
		if err != nil {
			return nt.StatusUnsuccessful, err
		}
		t.Case = moved
	}
	nls.Install(t)
	return nt.StatusSuccess, nil
}

// CreateNlsSections makes \NLS with a section of each table (SPEC P1.19), which programs may
// map to read.
func CreateNlsSections() nt.Status {
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
