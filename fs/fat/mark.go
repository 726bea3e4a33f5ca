package fat

import "gont/nt"

// wasDirty says whether the volume was not closed: by the boot sector's bit or FAT[1]'s.
func (v *Volume) wasDirty() (bool, error) {
	x, err := v.raw(1)
	if err != nil {
		return false, err
	}
	switch v.g.kind {
	case FAT32:
		return v.g.dirty || x&clean32 == 0, nil
	case FAT16:
		return v.g.dirty || x&clean16 == 0, nil
	}
	return v.g.dirty, nil
}

// FSInfo, specification chapter 5.
const (
	infoLead, infoStruct, infoTrail = 0x41615252, 0x61417272, 0xAA550000
	infoUnknown                     = 0xFFFFFFFF
)

// readInfo takes the number of free clusters from FSInfo, where it makes sense. The volume
// has been closed.
func (v *Volume) readInfo() {
	b, ok := v.infoSector()
	if !ok {
		return
	}
	if n := le.Uint32(b[488:]); n <= v.g.clusters {
		v.free, v.freeKnown = n, true
	}
	if n := le.Uint32(b[492:]); v.g.valid(n) {
		v.hint = n
	}
}

func (v *Volume) infoSector() (b []byte, ok bool) {
	if v.g.fsInfo == 0 {
		return nil, false
	}
	b = make([]byte, v.sectorSize)
	if v.readSectors(b, v.g.fsInfo) != nil || le.Uint32(b) != infoLead || le.Uint32(b[484:]) != infoStruct || le.Uint32(b[508:]) != infoTrail {
		return nil, false
	}
	return b, true
}

// writeInfo writes FSInfo.
func (v *Volume) writeInfo(count, hint uint32) error {
	b, ok := v.infoSector()
	if !ok {
		return nil
	}
	le.PutUint32(b[488:], count)
	le.PutUint32(b[492:], hint)
	return v.writeSectors(b, v.g.fsInfo)
}

// touch says that the volume is about to be changed: the first time it is marked dirty on
// the device, and FSInfo unknown.
func (v *Volume) touch() error {
	switch {
	case v.gone:
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case v.o.ReadOnly:
		return fail(nt.StatusMediaWriteProtected, "the volume is mounted for reading")
	case v.cache.dirtyCount() > v.cache.most/2 || len(v.pending) > 4096:
		if err := v.flush(); err != nil {
			return err
		}
	}
	v.cache.trim()
	if v.marked {
		return nil
	}
	if err := v.mark(true); err != nil {
		return err
	}
	if err := v.writeInfo(infoUnknown, infoUnknown); err != nil {
		return err
	}
	if err := v.barrier(); err != nil {
		return err
	}
	v.marked = true
	return nil
}

// mark writes the bits that say whether the volume is in use. No change waits. The boot
// sector's bit is set first and cleared last, each with a barrier between it and the FATs':
// while these may differ, it says that the volume is in use.
func (v *Volume) mark(dirty bool) error {
	b := make([]byte, v.sectorSize)
	boot := func() error {
		if err := v.readSectors(b, 0); err != nil {
			return err
		}
		b[v.g.dirtyAt()] &^= dirtyBoot
		if dirty {
			b[v.g.dirtyAt()] |= dirtyBoot
		}
		return v.writeSectors(b, 0)
	}
	if dirty {
		if err := boot(); err != nil {
			return err
		}
		if err := v.barrier(); err != nil {
			return err
		}
	}
	bit := map[Kind]uint32{FAT32: clean32, FAT16: clean16}[v.g.kind]
	if bit != 0 {
		x, err := v.raw(1)
		if err != nil {
			return err
		}
		if x |= bit; dirty {
			x &^= bit
		}
		if err := v.setAny(1, x); err != nil {
			return err
		}
		if err := v.cache.writeTable(); err != nil {
			return err
		}
	}
	if dirty {
		return nil
	}
	if bit != 0 {
		if err := v.barrier(); err != nil {
			return err
		}
	}
	return boot()
}
