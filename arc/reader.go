package arc

import "unsafe"

// Reader reads what hangs on a loader block. Nothing in the block is believed:
// every structure is asked for by address and size, strings and lists have a
// greatest length, and no walk goes in circles.
type Reader struct {
	// At returns the n bytes at a virtual address of the block's, nil where they
	// cannot be read.
	At func(address, n uint64) unsafe.Pointer
}

// Limits of what a block may hold.
const (
	maxText       = 64 << 10
	maxEntries    = 10000 // of a list
	maxComponents = 20000 // of the hardware tree
	maxDepth      = 16    // of the hardware tree
)

// get is a structure at an address, nil where it cannot be read.
func get[T any](r Reader, address uint64) *T {
	var v T
	if address%8 != 0 {
		return nil
	}
	return (*T)(r.At(address, uint64(unsafe.Sizeof(v))))
}

// Text reads a string; ok is false where it cannot be read or has no end. Address
// 0 is the empty string.
func (r Reader) Text(address uint64) (s string, ok bool) {
	if address == 0 {
		return "", true
	}
	var b []byte
	for len(b) < maxText {
		p := r.At(address+uint64(len(b)), 1)
		if p == nil {
			return string(b), false
		}
		c := *(*byte)(p)
		if c == 0 {
			return string(b), true
		}
		b = append(b, c)
	}
	return string(b), false
}

// Bytes is a run of bytes in place, nil where it cannot be read or is empty.
func (r Reader) Bytes(address, n uint64) []byte {
	if n == 0 || n > 1<<40 {
		return nil
	}
	p := r.At(address, n)
	if p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(p), n)
}

// List calls f with the address of each entry of the list whose head lies at an
// address. It returns false where the list is damaged: an entry that cannot be
// read, a link back that does not lead to where the walk came from, more entries
// than any list has.
func (r Reader) List(head uint64, f func(entry uint64)) bool {
	h := get[ListEntry](r, head)
	if h == nil {
		return false
	}
	last, at := head, h.Flink
	for range maxEntries {
		e := get[ListEntry](r, at)
		if e == nil || e.Blink != last {
			return false
		}
		if at == head {
			return true
		}
		next := e.Flink
		f(at)
		last, at = at, next
	}
	return false
}

// BootDriver is an entry of the list of boot-start drivers, read.
type BootDriver struct {
	Name         string // of the service: the last part of RegistryPath
	RegistryPath string
	FilePath     string
	Status       uint32 // NTSTATUS of the load
	ErrorControl uint32
	Reason       string // why it was not loaded
	// Image is the image as it is mapped, at DllBase; nil when there is none.
	Image []byte
	Entry LdrDataTableEntry // the zero value when there is none
}

// BootDrivers reads the list of boot-start drivers of the block at an address. ok
// is false where something of it is damaged; what could be read comes with it.
func (r Reader) BootDrivers(block uint64) (list []BootDriver, ok bool) {
	if get[LoaderParameterBlock](r, block) == nil {
		return nil, false
	}
	good := true
	text := func(address uint64) string {
		s, ok := r.Text(address)
		good = good && ok
		return s
	}
	ok = r.List(block+uint64(unsafe.Offsetof(LoaderParameterBlock{}.BootDriverListHead)), func(at uint64) {
		e := get[BootDriverEntry](r, at)
		if e == nil {
			good = false
			return
		}
		d := BootDriver{RegistryPath: text(e.RegistryPath), FilePath: text(e.FilePath), Status: e.Status,
			ErrorControl: e.ErrorControl, Reason: text(e.Reason)}
		d.Name = lastPart(d.RegistryPath)
		if e.LdrEntry != 0 {
			l := get[LdrDataTableEntry](r, e.LdrEntry)
			if l == nil {
				good = false
				return
			}
			d.Entry = *l
			if d.Image = r.Bytes(l.DllBase, l.SizeOfImage); d.Image == nil {
				good = false
			}
		}
		list = append(list, d)
	})
	return list, ok && good
}

func lastPart(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '\\' {
			return path[i+1:]
		}
	}
	return path
}

// NlsTables returns the three files of NlsData in place; nil for one that is not
// there.
func (r Reader) NlsTables(data uint64) (ansi, oem, caseTable []byte) {
	n := get[NlsDataBlock](r, data)
	if n == nil {
		return nil, nil, nil
	}
	return r.Bytes(n.Ansi.Base, n.Ansi.Length), r.Bytes(n.Oem.Base, n.Oem.Length), r.Bytes(n.CaseTable.Base, n.CaseTable.Length)
}

// Disk is an entry of ArcDiskInformation, read.
type Disk struct {
	ArcDiskSignature
	Name string
}

// Disks reads ArcDiskInformation.
func (r Reader) Disks(information uint64) (list []Disk, ok bool) {
	if get[ArcDiskInformation](r, information) == nil {
		return nil, false
	}
	good := true
	ok = r.List(information, func(at uint64) {
		d := get[ArcDiskSignature](r, at)
		if d == nil {
			good = false
			return
		}
		name, whole := r.Text(d.ArcName)
		good = good && whole
		list = append(list, Disk{*d, name})
	})
	return list, ok && good
}

// Component is a node of the hardware tree, read. Children are in the order of
// the tree.
type Component struct {
	ConfigurationComponent
	Identifier string
	Data       []byte // CM_PARTIAL_RESOURCE_LIST, in place; Resources reads it
	Children   []*Component
}

// Components reads the hardware tree. It returns nil and false where there is no
// root, and what could be read and false where the tree is damaged.
func (r Reader) Components(root uint64) (c *Component, ok bool) {
	left := maxComponents
	return r.component(root, 0, 0, &left)
}

func (r Reader) component(at, parent uint64, depth int, left *int) (c *Component, ok bool) {
	d := get[ConfigurationComponentData](r, at)
	if d == nil || depth == maxDepth || d.Parent != parent {
		return nil, false
	}
	*left--
	c = &Component{ConfigurationComponent: d.ComponentEntry}
	c.Identifier, ok = r.Text(d.ComponentEntry.Identifier)
	if n := uint64(d.ComponentEntry.ConfigurationDataLength); n != 0 {
		c.Data = r.Bytes(d.ConfigurationData, n)
		ok = ok && c.Data != nil
	}
	for child := d.Child; child != 0; {
		if *left <= 0 {
			return c, false
		}
		k, good := r.component(child, at, depth+1, left)
		ok = ok && good
		if k == nil {
			return c, false
		}
		c.Children = append(c.Children, k)
		child = get[ConfigurationComponentData](r, child).Sibling
	}
	return c, ok
}
