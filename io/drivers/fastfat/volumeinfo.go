package fastfat

import (
	"encoding/binary"
	"unicode/utf16"

	"gont/fs/fat"
	"gont/io"
	"gont/nt"
)

// maximumComponent is how many characters a name may have.
const maximumComponent = 255

// queryVolume serves QueryVolumeInformation.
func (v *volume) queryVolume(irp *io.IRP) nt.Status {
	l := irp.Location()
	if l.Code == nt.FileFsAttributeInformationClass {
		return v.attribute(irp)
	}
	i, err := v.fs.Info()
	if err != nil {
		return done(irp, status(err), 0)
	}
	per := i.ClusterSize / i.SectorSize
	switch l.Code {
	case nt.FileFsVolumeInformationClass:
		b := irp.SystemBuffer
		if len(b) < 18 {
			return done(irp, nt.StatusInfoLengthMismatch, 0)
		}
		label := units(i.Label)
		binary.LittleEndian.PutUint64(b, 0) // FAT does not know when it was made
		binary.LittleEndian.PutUint32(b[8:], i.Serial)
		binary.LittleEndian.PutUint32(b[12:], uint32(len(label)))
		b[16], b[17] = 0, 0
		return partly(irp, 18, label)
	case nt.FileFsSizeInformationClass:
		return answer(irp, nt.FileFsSizeInformation{TotalAllocationUnits: int64(i.Clusters), AvailableAllocationUnits: int64(i.Free),
			SectorsPerAllocationUnit: per, BytesPerSector: i.SectorSize})
	case nt.FileFsFullSizeInformationClass:
		return answer(irp, nt.FileFsFullSizeInformation{TotalAllocationUnits: int64(i.Clusters), CallerAvailableAllocationUnits: int64(i.Free),
			ActualAvailableAllocationUnits: int64(i.Free), SectorsPerAllocationUnit: per, BytesPerSector: i.SectorSize})
	}
	return done(irp, nt.StatusInvalidParameter, 0)
}

// attribute is FileFsAttributeInformation.
func (v *volume) attribute(irp *io.IRP) nt.Status {
	i, err := v.fs.Info()
	if err != nil {
		return done(irp, status(err), 0)
	}
	b := irp.SystemBuffer
	if len(b) < 12 {
		return done(irp, nt.StatusInfoLengthMismatch, 0)
	}
	name := "FAT"
	if i.Kind == fat.FAT32 {
		name = "FAT32"
	}
	binary.LittleEndian.PutUint32(b, nt.FileCasePreservedNames|nt.FileUnicodeOnDisk|nt.FileSupportsOpenByFileID)
	binary.LittleEndian.PutUint32(b[4:], maximumComponent)
	binary.LittleEndian.PutUint32(b[8:], uint32(2*len(name)))
	return partly(irp, 12, units(name))
}

// partly completes a request with a name behind what is there already:
// STATUS_BUFFER_OVERFLOW when not all of it has room.
func partly(irp *io.IRP, at int, name []byte) nt.Status {
	n := copy(irp.SystemBuffer[at:], name)
	if n < len(name) {
		return done(irp, nt.StatusBufferOverflow, uint64(at+n))
	}
	return done(irp, nt.StatusSuccess, uint64(at+n))
}

// setVolume serves SetVolumeInformation: the label.
func (v *volume) setVolume(irp *io.IRP) nt.Status {
	b := irp.SystemBuffer
	if irp.Location().Code != nt.FileFsLabelInformationClass {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if len(b) < 4 {
		return done(irp, nt.StatusInfoLengthMismatch, 0)
	}
	n := binary.LittleEndian.Uint32(b)
	if n%2 != 0 || uint64(n) > uint64(len(b)-4) {
		return done(irp, nt.StatusInvalidVolumeLabel, 0)
	}
	u := make([]uint16, n/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[4+2*i:])
	}
	err := v.fs.SetLabel(string(utf16.Decode(u)))
	v.lazy.note()
	return done(irp, status(err), 0)
}
