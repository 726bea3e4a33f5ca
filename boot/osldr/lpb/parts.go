package lpb

import (
	"unsafe"

	"gont/arc"
)

// bytes copies bytes in; their address is 0 where there are none.
func (b *Block) bytes(from []byte) (uint64, error) {
	if len(from) == 0 {
		return 0, nil
	}
	p, va, err := b.room(uintptr(len(from)))
	if err != nil {
		return 0, err
	}
	copy(unsafe.Slice((*byte)(p), len(from)), from)
	return va, nil
}

// texts copies strings in, and returns the first error.
func (b *Block) texts(err *error, s string) uint64 {
	if *err != nil || s == "" {
		return 0
	}
	va, e := b.text(s)
	*err = e
	return va
}

// drivers makes the list of boot-start drivers, and puts their images into that of all
// images.
func (b *Block) drivers(p *arc.LoaderParameterBlock, va uint64, images *list, drivers []Driver) error {
	boot := newList(&p.BootDriverListHead, va+uint64(unsafe.Offsetof(p.BootDriverListHead)))
	for i := range drivers {
		d := &drivers[i]
		var err error
		e := arc.BootDriverEntry{Status: d.Status, ErrorControl: d.ErrorControl}
		e.RegistryPath = b.texts(&err, d.RegistryPath)
		e.FilePath = b.texts(&err, d.FilePath)
		e.Reason = b.texts(&err, d.Reason)
		if m := &d.Image; m.Size != 0 && err == nil {
			l := arc.LdrDataTableEntry{DllBase: m.Virtual, EntryPoint: m.Entry, SizeOfImage: m.Size, PhysPage: m.PhysPage, CheckSum: m.CheckSum}
			l.FullDllName = b.texts(&err, m.Path)
			l.BaseDllName = b.texts(&err, m.Name)
			if err == nil {
				var p *arc.LdrDataTableEntry
				if p, e.LdrEntry, err = put(b, l); err == nil {
					images.add(&p.Link, e.LdrEntry)
				}
			}
		}
		if err != nil {
			return err
		}
		n, nva, err := put(b, e)
		if err != nil {
			return err
		}
		boot.add(&n.Link, nva)
	}
	return nil
}

// disks makes ArcDiskInformation.
func (b *Block) disks(disks []Disk) (uint64, error) {
	p, va, err := put(b, arc.ArcDiskInformation{})
	if err != nil {
		return 0, err
	}
	list := newList(&p.DiskSignatureListHead, va)
	for i := range disks {
		d, dva, err := put(b, disks[i].Signature)
		if err == nil {
			d.ArcName, err = b.text(disks[i].Name)
		}
		if err != nil {
			return 0, err
		}
		list.add(&d.Link, dva)
	}
	return va, nil
}

// component makes a node of the hardware tree and all below it; 0 where there is none.
func (b *Block) component(c *Component, parent uint64) (uint64, error) {
	if c == nil {
		return 0, nil
	}
	d, va, err := put(b, arc.ConfigurationComponentData{Parent: parent, ComponentEntry: arc.ConfigurationComponent{
		Class: c.Class, Type: c.Type, Flags: c.Flags, Version: c.Version, Revision: c.Revision, Key: c.Key,
		AffinityMask: 0xFFFFFFFF, ConfigurationDataLength: uint32(len(c.Data))}})
	if err != nil {
		return 0, err
	}
	if c.Identifier != "" {
		d.ComponentEntry.IdentifierLength = uint32(len(c.Identifier)) + 1
		d.ComponentEntry.Identifier = b.texts(&err, c.Identifier)
	}
	if err == nil {
		d.ConfigurationData, err = b.bytes(c.Data)
	}
	link := &d.Child
	for _, k := range c.Children {
		if err != nil {
			return 0, err
		}
		if *link, err = b.component(k, va); err == nil {
			link = &(*arc.ConfigurationComponentData)(unsafe.Pointer(&b.mem[*link-arc.PhysMap-b.phys])).Sibling
		}
	}
	return va, err
}

// Size is how much of a block the tree needs, at most.
func (c *Component) Size() int {
	if c == nil {
		return 0
	}
	n := int(unsafe.Sizeof(arc.ConfigurationComponentData{})) + len(c.Identifier) + len(c.Data) + 64
	for _, k := range c.Children {
		n += k.Size()
	}
	return n
}
