package registry

import (
	"gont/cm/regf"
	"gont/io/order"
)

// Values of a service's Start and Type.
const (
	bootStart        = 0
	kernelDriver     = 1
	fileSystemDriver = 2
	recognizerDriver = 8
)

// normalError is the ErrorControl of a service that has none.
const normalError = 1

// Service is a boot-start driver as its key has it.
type Service struct {
	order.Driver
	ErrorControl uint32
	ImagePath    string // as written, "" for none
	Expand       bool   // ImagePath is REG_EXPAND_SZ
}

// File is the file of the service's image, from the root of the volume that has
// directory as the system's (`\Windows`), or what is wrong with its ImagePath.
func (d *Service) File(directory string) (path, reason string) {
	return order.File(directory, d.Name, d.ImagePath, d.Expand)
}

// BootServices lists the drivers of a control set with Start=0, in the order in which
// they start (I4).
func (s *System) BootServices(set regf.Cell) []Service {
	list := s.bootServices(set)
	drivers := make([]order.Driver, len(list))
	for i := range list {
		drivers[i] = list[i].Driver
	}
	sorted := make([]Service, 0, len(list))
	for _, i := range order.Sort(drivers, s.GroupOrder(set), func(group string) []uint32 { return s.TagOrder(set, group) }) {
		sorted = append(sorted, list[i])
	}
	return sorted
}

// bootServices lists them in the order of their keys.
func (s *System) bootServices(set regf.Cell) (list []Service) {
	h := s.Hive
	services := h.Open(set, "Services")
	if services == regf.NoCell {
		return nil
	}
	for i := uint32(0); ; i++ {
		k := h.Subkey(services, i)
		if k == regf.NoCell {
			return list
		}
		start, ok := s.dword(k, "Start")
		kind, _ := s.dword(k, "Type")
		if !ok || start != bootStart || kind&(kernelDriver|fileSystemDriver|recognizerDriver) == 0 {
			continue
		}
		d := Service{Driver: order.Driver{Name: h.Name(k)}, ErrorControl: normalError}
		if n, ok := s.dword(k, "ErrorControl"); ok && n <= 3 {
			d.ErrorControl = n
		}
		d.Group, _ = s.text(k, "Group")
		d.Tag, _ = s.dword(k, "Tag")
		d.DependOnGroup = s.texts(k, "DependOnGroup")
		d.DependOnService = s.texts(k, "DependOnService")
		d.ImagePath, _ = s.text(k, "ImagePath")
		if v, ok := h.Value(k, regf.Encode("ImagePath")); ok {
			d.Expand = v.Type == regf.ExpandString
		}
		list = append(list, d)
	}
}

// GroupOrder is ServiceGroupOrder's list.
func (s *System) GroupOrder(set regf.Cell) []string {
	return s.texts(s.Hive.Open(set, `Control\ServiceGroupOrder`), "List")
}

// TagOrder is a group's list of tags in GroupOrderList: how many there are, then the
// tags. What the first number promises and the data do not hold is left out.
func (s *System) TagOrder(set regf.Cell, group string) (tags []uint32) {
	b, ok := s.data(s.Hive.Open(set, `Control\GroupOrderList`), group, regf.Binary)
	if !ok || len(b) < 4 {
		return nil
	}
	at := func(i int) uint32 {
		return uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24
	}
	n := min(uint64(at(0)), uint64(len(b)/4-1))
	for i := range n {
		tags = append(tags, at(4+4*int(i)))
	}
	return tags
}

// NlsFiles are the names of the files with character tables: of the ANSI and OEM code
// pages and of upper case, as Control\Nls says it, else those of every installation.
func (s *System) NlsFiles(set regf.Cell) (ansi, oem, upcase string) {
	ansi, oem, upcase = "c_1252.nls", "c_437.nls", "l_intl.nls"
	pages := s.Hive.Open(set, `Control\Nls\CodePage`)
	name := func(which string, into *string) {
		if number, ok := s.text(pages, which); ok {
			if file, ok := s.text(pages, number); ok && plainName(file) {
				*into = file
			}
		}
	}
	name("ACP", &ansi)
	name("OEMCP", &oem)
	languages := s.Hive.Open(set, `Control\Nls\Language`)
	if file, ok := s.text(languages, "Default"); ok {
		if file, ok = s.text(languages, file); ok && plainName(file) {
			upcase = file
		}
	}
	return ansi, oem, upcase
}

// plainName reports whether a name leads to no other directory.
func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' || s[i] == '/' || s[i] < ' ' {
			return false
		}
	}
	return s != ""
}
