package io

// VolumePrefetch is the Argument of FSCTL_FILE_PREFETCH, which the kernel alone sends (SPEC P1.24).
type VolumePrefetch struct {
	// Serial is the volume's serial number. The file system sets it; with Fetch it reads nothing, and returns
	// STATUS_WRONG_VOLUME, where the volume has another one.
	Serial uint32
	// Fetch: sectors of Table are read into the file system's cache. Else the file system lists
	// in Table what its cache has.
	Fetch bool
	// Table is of the FAT; sector 0 is its first. For other file systems it is empty.
	Table []SectorRun
	// Reads is how many reads have fetched it, Sectors how many there were.
	Reads, Sectors int
}

// SectorRun is sectors behind each other.
type SectorRun struct{ First, Count uint32 }

// Extent is a part of a file that lies in one piece.
type Extent struct {
	Offset   int64 // in the file, bytes
	Position int64 // on the device, bytes
	Length   int64 // bytes
}

// PagingExtents is the Argument of FSCTL_QUERY_RETRIEVAL_POINTERS, which the kernel alone
// sends: the file is to be a paging file. With success the file system has set Device, the
// volume's disk, and Extents, all of the file in ascending order; it neither moves the
// file's data nor dismounts the volume from then on, as long as the file is open.
type PagingExtents struct {
	Device  *Device
	Extents []Extent
}
