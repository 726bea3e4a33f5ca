package nt

// Status codes of the registry.
const (
	StatusNotifyCleanup       Status = 0x0000010B
	StatusNotifyEnumDir       Status = 0x0000010C
	StatusCannotDelete        Status = 0xC0000121
	StatusRegistryCorrupt     Status = 0xC000014C
	StatusRegistryIoFailed    Status = 0xC000014D
	StatusNotRegistryFile     Status = 0xC000015C
	StatusKeyDeleted          Status = 0xC000017C
	StatusChildMustBeVolatile Status = 0xC0000181
)

var registryNames = map[Status]string{
	StatusNotifyCleanup: "STATUS_NOTIFY_CLEANUP", StatusNotifyEnumDir: "STATUS_NOTIFY_ENUM_DIR",
	StatusCannotDelete: "STATUS_CANNOT_DELETE", StatusRegistryCorrupt: "STATUS_REGISTRY_CORRUPT",
	StatusRegistryIoFailed: "STATUS_REGISTRY_IO_FAILED", StatusNotRegistryFile: "STATUS_NOT_REGISTRY_FILE",
	StatusKeyDeleted: "STATUS_KEY_DELETED", StatusChildMustBeVolatile: "STATUS_CHILD_MUST_BE_VOLATILE",
}
