package nt

// Statuses of disks and file systems.
const (
	StatusNoMoreFiles         Status = 0x80000006
	StatusNonexistentSector   Status = 0xC0000015
	StatusNoMediaInDevice     Status = 0xC0000013
	StatusDiskCorruptError    Status = 0xC0000032
	StatusCrcError            Status = 0xC000003F
	StatusDiskFull            Status = 0xC000007F
	StatusDeviceNotConnected  Status = 0xC000009D
	StatusIoTimeout           Status = 0xC00000B5
	StatusDirectoryNotEmpty   Status = 0xC0000101
	StatusFileCorruptError    Status = 0xC0000102
	StatusUnrecognizedVolume  Status = 0xC000014F
	StatusInvalidVolumeLabel  Status = 0xC0000086
	StatusPartitionFailure    Status = 0xC0000172
	StatusVolumeDismounted    Status = 0xC000026E
	StatusCannotMake          Status = 0xC00002EA
	StatusDiskOperationFailed Status = 0xC000016A
)

func init() {
	for s, name := range map[Status]string{
		StatusNoMoreFiles: "STATUS_NO_MORE_FILES", StatusNonexistentSector: "STATUS_NONEXISTENT_SECTOR",
		StatusNoMediaInDevice: "STATUS_NO_MEDIA_IN_DEVICE", StatusDiskCorruptError: "STATUS_DISK_CORRUPT_ERROR",
		StatusCrcError: "STATUS_CRC_ERROR", StatusDiskFull: "STATUS_DISK_FULL",
		StatusDeviceNotConnected: "STATUS_DEVICE_NOT_CONNECTED",
		StatusIoTimeout:          "STATUS_IO_TIMEOUT", StatusDirectoryNotEmpty: "STATUS_DIRECTORY_NOT_EMPTY",
		StatusFileCorruptError: "STATUS_FILE_CORRUPT_ERROR", StatusCannotDelete: "STATUS_CANNOT_DELETE",
		StatusUnrecognizedVolume: "STATUS_UNRECOGNIZED_VOLUME", StatusInvalidVolumeLabel: "STATUS_INVALID_VOLUME_LABEL",
		StatusPartitionFailure: "STATUS_PARTITION_FAILURE", StatusVolumeDismounted: "STATUS_VOLUME_DISMOUNTED",
		StatusCannotMake: "STATUS_CANNOT_MAKE", StatusDiskOperationFailed: "STATUS_DISK_OPERATION_FAILED",
	} {
		statusNames[s] = name
	}
}
