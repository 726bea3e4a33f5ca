package fat

import (
	"strings"

	"gont/nt"
	"gont/rtl/nls"
)

// labelSlot returns the slot of the root's label, and the label.
func (v *Volume) labelSlot() (slot uint32, label string, found bool, err error) {
	_, err = v.root.scan(0, func(e *entry) bool {
		if e.raw[11]&attrVolume == 0 || e.raw[11]&nt.FileAttributeDirectory != 0 {
			return true
		}
		slot, found = e.slot, true
		b := append([]byte(nil), e.raw[:11]...)
		if b[0] == kanji {
			b[0] = 0xE5
		}
		label = strings.TrimRight(nls.OemString(b), " ")
		return false
	})
	return slot, label, found, err
}

// label is the volume's label; empty when there is none.
func (v *Volume) label() (string, error) {
	_, l, _, err := v.labelSlot()
	return l, err
}

// labelBytes is a label in the OEM code page, checked.
func labelBytes(label string) ([]byte, error) {
	b, ok := oemUpper(label)
	ok = ok && len(b) <= 11 && !strings.HasPrefix(label, " ")
	for _, c := range b {
		ok = ok && (c == ' ' || shortChar(c))
	}
	if !ok {
		return nil, fail(nt.StatusInvalidVolumeLabel, "%q is no label", label)
	}
	return b, nil
}

// SetLabel gives the volume a label of at most 11 characters of the OEM code page, none of
// which may be a control character or one of "*+,./:;<=>?[\]|; "" takes it away.
// STATUS_INVALID_VOLUME_LABEL.
func (v *Volume) SetLabel(label string) error {
	v.lock.Lock()
	defer v.lock.Unlock()
	b, err := labelBytes(label)
	if err != nil {
		return err
	}
	if err := v.touch(); err != nil {
		return err
	}
	slot, _, found, err := v.labelSlot()
	if err != nil {
		return err
	}
	if err := v.bootLabel(b); err != nil {
		return err
	}
	root := v.root
	switch {
	case !found && label == "":
		return nil
	case label == "":
		if err := root.build(); err != nil {
			return err
		}
		root.dir.live++ // remove counts a label that build did not
		return root.remove(slot, slot, false)
	case !found:
		if err := root.build(); err != nil {
			return err
		}
		if slot, err = root.findSlots(1); err != nil {
			return err
		}
		if err := root.reserve(slot + 1); err != nil {
			return err
		}
		if err := root.endBehind(slot + 1); err != nil {
			return err
		}
		root.dir.end = max(root.dir.end, slot+1)
	}
	s, o, err := root.slotAt(slot)
	if err != nil {
		return err
	}
	raw := s.data[o : o+entrySize]
	clear(raw)
	copy(raw, "           ")
	copy(raw, b)
	if raw[0] == 0xE5 {
		raw[0] = kanji
	}
	raw[11] = attrVolume
	date, clock, _ := encodeTime(v.now())
	le.PutUint16(raw[22:], clock)
	le.PutUint16(raw[24:], date)
	v.cache.changed(s)
	return nil
}

// bootLabelAt is where a boot sector has the label.
func (v *Volume) bootLabelAt() int {
	if v.g.kind == FAT32 {
		return 71
	}
	return 43
}

// paddedLabel is the boot sector's form of a label.
func paddedLabel(label []byte) (b [11]byte) {
	copy(b[:], "           ")
	if copy(b[:], label); len(label) == 0 {
		copy(b[:], "NO NAME")
	}
	return b
}

// hasBootLabel says whether the boot sector has the label, or room for none.
func (v *Volume) hasBootLabel(label []byte) (bool, error) {
	b, at := make([]byte, v.sectorSize), v.bootLabelAt()
	if err := v.readSectors(b, 0); err != nil {
		return false, err
	}
	want := paddedLabel(label)
	return b[at-5] != 0x29 || string(b[at:at+11]) == string(want[:]), nil
}

// bootLabel puts a label into the boot sector and its copy, where they have one.
func (v *Volume) bootLabel(label []byte) error {
	at := v.bootLabelAt()
	for i, sector := range []uint64{0, v.g.backup} {
		if i > 0 && sector == 0 {
			break
		}
		b := make([]byte, v.sectorSize)
		if err := v.readSectors(b, sector); err != nil {
			return err
		}
		if b[at-5] != 0x29 || le.Uint16(b[510:]) != bootSignature {
			continue
		}
		want := paddedLabel(label)
		copy(b[at:], want[:])
		if err := v.writeSectors(b, sector); err != nil {
			return err
		}
	}
	return nil
}
