package io

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
