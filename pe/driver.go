package pe

// A driver's file is an image of subsystem native that imports from ntoskrnl.exe the
// name of its entry, which is linked into the kernel, and exports nothing. ParseDriver
// checks the file; ReadImports and ReadExports read the tables of an image in memory, where
// everything lies at its RVA.

// ParseDriver is Parse for an image that may import from other images.
func ParseDriver(file []byte) (*Image, error) {
	m, err := parse(file, true)
	if err == nil && m.Subsystem != SubsystemNative {
		return nil, &Error{NotImage, "image is of another subsystem than native"}
	}
	return m, err
}

// Limits of what ReadImports and ReadExports read.
const (
	maxModules = 64
	maxNames   = 4096
)

// Import is one name that an image needs of another.
type Import struct {
	Module  string
	Name    string // "" for one by number
	Ordinal uint16
	Slot    uint32 // RVA of the pointer that takes its address
}

// Directories of the optional header.
const dirExport = 0

// mapped is an image in memory.
type mapped []byte

func (m mapped) at(rva uint32, n int) []byte {
	if uint64(rva)+uint64(n) > uint64(len(m)) {
		return nil
	}
	return m[rva:][:n]
}

// name is a string of printable ASCII that ends in NUL; false where there is none.
func (m mapped) name(rva uint32) (string, bool) {
	if uint64(rva) >= uint64(len(m)) || rva == 0 {
		return "", false
	}
	b := m[rva:]
	s := printable(b[:min(len(b), 256)])
	return s, s != "" && len(s) < len(b) && b[len(s)] == 0
}

// directory returns where a table is, and how long. 0: there is none.
func (m mapped) directory(i int) (rva, size uint32) {
	at, err := header(m)
	if err != nil {
		return 0, 0
	}
	h := m[at+4:]
	n := int(le16(h[16:]))
	if n < optionalSize || len(h) < fileSize+n {
		return 0, 0
	}
	o := h[fileSize:][:n]
	if uint32(i) >= le32(o[108:]) || optionalSize+8*i+8 > n {
		return 0, 0
	}
	return le32(o[optionalSize+8*i:]), le32(o[optionalSize+8*i+4:])
}

// ReadImports lists what an image in memory imports. The error is an *Error.
func ReadImports(memory []byte) ([]Import, error) {
	m := mapped(memory)
	table, _ := m.directory(dirImport)
	if table == 0 {
		return nil, nil
	}
	var list []Import
	for i := uint32(0); i < maxModules; i++ {
		d := m.at(table+20*i, 20)
		if d == nil {
			return nil, &Error{Layout, "import table is outside the image"}
		}
		names, name, slots := le32(d), le32(d[12:]), le32(d[16:])
		if name == 0 && slots == 0 {
			return list, nil
		}
		module, ok := m.name(name)
		if !ok {
			return nil, &Error{Layout, "import table has no name of an image"}
		}
		if names == 0 {
			names = slots
		}
		for k := uint32(0); ; k++ {
			t := m.at(names+8*k, 8)
			if t == nil || m.at(slots+8*k, 8) == nil || len(list) == maxNames {
				return nil, &Error{Layout, "import table does not end"}
			}
			v := le64(t)
			if v == 0 {
				break
			}
			one := Import{Module: module, Slot: slots + 8*k}
			if v>>63 != 0 {
				one.Ordinal = uint16(v)
			} else if one.Name, ok = m.name(uint32(v) + 2); !ok || v > MaxImageSize {
				return nil, &Error{Layout, "import table has no name of a routine"}
			}
			list = append(list, one)
		}
	}
	return nil, &Error{Layout, "import table does not end"}
}

// Export is one name that an image offers.
type Export struct {
	Name string
	RVA  uint32
}

// ReadExports lists what an image in memory exports by name, as far as its table is whole.
func ReadExports(memory []byte) (list []Export) {
	m := mapped(memory)
	table, _ := m.directory(dirExport)
	d := m.at(table, 40)
	if table == 0 || d == nil {
		return nil
	}
	functions, names := le32(d[20:]), le32(d[24:])
	for i := uint32(0); i < names && i < maxNames; i++ {
		p, o := m.at(le32(d[32:])+4*i, 4), m.at(le32(d[36:])+2*i, 2)
		if p == nil || o == nil || le16(o) >= functions {
			return list
		}
		f := m.at(le32(d[28:])+4*le16(o), 4)
		name, ok := m.name(le32(p))
		if !ok || f == nil {
			return list
		}
		list = append(list, Export{name, le32(f)})
	}
	return list
}
