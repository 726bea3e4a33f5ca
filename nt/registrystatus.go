package nt

import "maps"

// Statuses of the registry; those of notifications are in portstatus.go.
const (
	StatusCannotDelete        Status = 0xC0000121
	StatusRegistryCorrupt     Status = 0xC000014C
	StatusRegistryIoFailed    Status = 0xC000014D
	StatusNotRegistryFile     Status = 0xC000015C
	StatusKeyDeleted          Status = 0xC000017C
	StatusChildMustBeVolatile Status = 0xC0000181
)

func init() {
	maps.Copy(statusNames, map[Status]string{
		StatusCannotDelete: "STATUS_CANNOT_DELETE", StatusRegistryCorrupt: "STATUS_REGISTRY_CORRUPT",
		StatusRegistryIoFailed: "STATUS_REGISTRY_IO_FAILED", StatusNotRegistryFile: "STATUS_NOT_REGISTRY_FILE",
		StatusKeyDeleted: "STATUS_KEY_DELETED", StatusChildMustBeVolatile: "STATUS_CHILD_MUST_BE_VOLATILE",
	})
}
