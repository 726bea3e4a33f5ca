package registry

import (
	"gont/boot/osldr/status"
	"gont/cm/regf"
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
	Name          string
	ErrorControl  uint32
	Group         string
	Tag           uint32 // 0 for none
	DependOnGroup []string
	ImagePath     string // as written, "" for none
}

// BootServices lists the drivers of a control set with Start=0, in the order of their
// keys.
func (s *System) BootServices(set regf.Cell) (list []Service) {
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
		d := Service{Name: h.Name(k), ErrorControl: normalError}
		if n, ok := s.dword(k, "ErrorControl"); ok && n <= 3 {
			d.ErrorControl = n
		}
		d.Group, _ = s.text(k, "Group")
		d.Tag, _ = s.dword(k, "Tag")
		d.DependOnGroup = s.texts(k, "DependOnGroup")
		d.ImagePath, _ = s.text(k, "ImagePath")
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

// ImageFile is the file of a service's image, from the root of the volume that has
// directory as the system's, `\Windows`. A path is below the system's directory, or
// begins with \SystemRoot, %SystemRoot%, or \??\ and a drive letter; one with another
// backslash first counts from the root.
func (d *Service) ImageFile(directory string) (string, error) {
	p := d.ImagePath
	if p == "" {
		return directory + `\System32\drivers\` + d.Name + ".sys", nil
	}
	if rest, ok := cutPrefix(p, `\SystemRoot\`); ok {
		p = directory + `\` + rest
	} else if rest, ok := cutPrefix(p, `%SystemRoot%\`); ok {
		p = directory + `\` + rest
	} else if rest, ok := cutPrefix(p, `\??\`); ok {
		if len(rest) < 3 || rest[1] != ':' || rest[2] != '\\' {
			return p, status.PathNotFound
		}
		p = rest[2:]
	} else if p[0] != '\\' {
		p = directory + `\` + p
	}
	for i := 0; i < len(p); i++ {
		if p[i] == '%' || p[i] == '/' || p[i] < ' ' {
			return p, &status.Error{Code: status.PathNotFound.Code, Reason: "ImagePath cannot be used"}
		}
	}
	return p, nil
}

// cutPrefix is what is behind a prefix, whose case does not matter.
func cutPrefix(s, prefix string) (string, bool) {
	if len(s) < len(prefix) {
		return s, false
	}
	for i := 0; i < len(prefix); i++ {
		if low(s[i]) != low(prefix[i]) {
			return s, false
		}
	}
	return s[len(prefix):], true
}

func low(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
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
