package mountmgr

import (
	"bytes"
	"encoding/binary"

	"gont/cm"
	"gont/io/storage"
)

// Letters of systems before MountedDevices: the value Information of the key SYSTEM\DISK, which Disk Administrator of
// NT 3.1 to 4.0 has written (ntddft.h, ntdskreg.h). It is read, never written: a letter that is taken
// from it goes to MountedDevices, which is asked first.

// OldKey is where they are.
const OldKey = `\Registry\Machine\SYSTEM\DISK`

// Sizes and places in the value. It begins with a header (DISK_CONFIG_HEADER), which says where DISK_REGISTRY lies: a number of
// disks, and for each DISK_DESCRIPTION, a number of partitions and the disk's signature, followed by its
// partitions (DISK_PARTITION). All is little endian, fields of eight bytes at multiples of four.
const (
	headerSize      = 44
	headerVersion   = 0  // 3
	headerOffset    = 12 // of DISK_REGISTRY
	headerLength    = 16
	registrySize    = 4 // number of disks, two bytes
	descriptionSize = 8 // number of partitions, two bytes; the signature, four bytes, at 4
	partitionSize   = 52
	partitionType   = 0
	partitionStart  = 8
	partitionLength = 16
	partitionLetter = 40
	partitionAssign = 41
	diskVersion     = 3
	notAnFtMember   = 4 // FT_TYPE of a partition that is a volume of its own
)

// oldPartition is what SYSTEM\DISK says of a partition.
type oldPartition struct {
	id     []byte // storage.Volume.UniqueID
	length uint64 // bytes
	letter byte   // 0: any
	none   bool   // it gets no letter: nobody wanted one, or it is a part of a fault-tolerant set
}

// oldLetters reads the value. Nothing of one that is damaged is used: nil.
func oldLetters(b []byte) (list []oldPartition) {
	le := binary.LittleEndian
	if len(b) < headerSize || le.Uint32(b[headerVersion:]) != diskVersion {
		return nil
	}
	at, n := uint64(le.Uint32(b[headerOffset:])), uint64(le.Uint32(b[headerLength:]))
	if at < headerSize || at+n > uint64(len(b)) {
		return nil
	}
	b = b[at : at+n]
	take := func(n int) []byte {
		if len(b) < n {
			return nil
		}
		p := b[:n]
		b = b[n:]
		return p
	}
	head := take(registrySize)
	if head == nil {
		return nil
	}
	for range le.Uint16(head) {
		disk := take(descriptionSize)
		if disk == nil {
			return nil
		}
		for range le.Uint16(disk) {
			p := take(partitionSize)
			if p == nil {
				return nil
			}
			x := oldPartition{id: append(append([]byte(nil), disk[4:8]...), p[partitionStart:partitionStart+8]...), length: le.Uint64(p[partitionLength:])}
			switch letter := p[partitionLetter] &^ 0x20; {
			case le.Uint32(p[partitionType:]) != notAnFtMember || p[partitionAssign] == 0:
				x.none = true
			case letter >= 'A' && letter <= lastLetter && p[partitionLetter] != ' ':
				x.letter = letter
			}
			list = append(list, x)
		}
	}
	return list
}

// readOld reads SYSTEM\DISK; nil when there is none.
func readOld() []oldPartition {
	k, s := cm.OpenKey(OldKey)
	if !s.OK() {
		return nil
	}
	defer k.Close()
	v, s := k.Value("Information")
	if !s.OK() || v.Type != regBinary {
		return nil
	}
	return oldLetters(v.Data)
}

// old is what SYSTEM\DISK says of a volume that MountedDevices has no letter for: letter is 0 when it says nothing or any letter
// is good. Letters of other partitions that MountedDevices (k) has no letter for either are added to others: their
// volumes may still come.
func old(k *cm.Key, v *storage.Volume, others map[byte]bool) (letter byte, none bool) {
	for _, x := range readOld() {
		switch {
		case bytes.Equal(x.id, v.UniqueID):
			if x.length == v.Length {
				letter, none = x.letter, x.none
			}
		case x.letter != 0 && !lettered(k, x.id):
			others[x.letter] = true
		}
	}
	return letter, none
}

// lettered reports whether MountedDevices has a letter for what id is.
func lettered(k *cm.Key, id []byte) bool {
	letters, _ := known(k, &storage.Volume{UniqueID: id})
	return len(letters) > 0
}
