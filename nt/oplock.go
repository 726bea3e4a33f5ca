package nt

// Control codes of opportunistic locks (package io/oplock).
const (
	FsctlRequestOplockLevel1    uint32 = FileDeviceFileSystem<<16 | 0<<2
	FsctlRequestOplockLevel2    uint32 = FileDeviceFileSystem<<16 | 1<<2
	FsctlRequestBatchOplock     uint32 = FileDeviceFileSystem<<16 | 2<<2
	FsctlOplockBreakAcknowledge uint32 = FileDeviceFileSystem<<16 | 3<<2
	FsctlOpBatchAckClosePending uint32 = FileDeviceFileSystem<<16 | 4<<2
	FsctlOplockBreakNotify      uint32 = FileDeviceFileSystem<<16 | 5<<2
	FsctlOplockBreakAckNo2      uint32 = FileDeviceFileSystem<<16 | 20<<2
	FsctlRequestFilterOplock    uint32 = FileDeviceFileSystem<<16 | 23<<2
)

// What the end of a request for one tells (IO_STATUS_BLOCK.Information), and what a refused open does.
const (
	FileOplockBrokenToLevel2           = 7
	FileOplockBrokenToNone             = 8
	FileOpBatchBreakUnderway           = 9
	StatusOplockBreakInProgress Status = 0x00000108
	StatusOplockHandleClosed    Status = 0x00000216
	StatusOplockNotGranted      Status = 0xC00000E2
	StatusInvalidOplockProtocol Status = 0xC00000E3
)

func init() {
	statusNames[StatusOplockBreakInProgress] = "STATUS_OPLOCK_BREAK_IN_PROGRESS"
	statusNames[StatusOplockHandleClosed] = "STATUS_OPLOCK_HANDLE_CLOSED"
	statusNames[StatusOplockNotGranted] = "STATUS_OPLOCK_NOT_GRANTED"
	statusNames[StatusInvalidOplockProtocol] = "STATUS_INVALID_OPLOCK_PROTOCOL"
}
