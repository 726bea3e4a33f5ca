package nt

// Classes of NtQueryObject and NtSetInformationObject.
const (
	ObjectBasicInformationClass      = 0
	ObjectNameInformationClass       = 1 // UnicodeString and its characters
	ObjectTypeInformationClass       = 2 // ObjectTypeInformation and the name's characters
	ObjectTypesInformationClass      = 3 // ObjectTypesInformation and a row for each type
	ObjectHandleFlagInformationClass = 4
)

// ObjectBasicInformation is OBJECT_BASIC_INFORMATION.
type ObjectBasicInformation struct {
	Attributes               uint32 // of the handle and the object: Obj...
	GrantedAccess            AccessMask
	HandleCount              uint32
	PointerCount             uint32 // less the query's own
	PagedPoolUsage           uint32
	NonPagedPoolUsage        uint32
	Reserved                 [3]uint32
	NameInformationLength    uint32 // bytes ObjectNameInformationClass needs
	TypeInformationLength    uint32
	SecurityDescriptorLength uint32
	CreateTime               uint64
}

// ObjectTypeInformation is OBJECT_TYPE_INFORMATION. Objects take no pool.
type ObjectTypeInformation struct {
	TypeName                   UnicodeString
	TotalNumberOfObjects       uint32
	TotalNumberOfHandles       uint32
	TotalPagedPoolUsage        uint32
	TotalNonPagedPoolUsage     uint32
	TotalNamePoolUsage         uint32
	TotalHandleTableUsage      uint32
	HighWaterNumberOfObjects   uint32
	HighWaterNumberOfHandles   uint32
	HighWaterPagedPoolUsage    uint32
	HighWaterNonPagedPoolUsage uint32
	HighWaterNamePoolUsage     uint32
	HighWaterHandleTableUsage  uint32
	InvalidAttributes          uint32
	GenericMapping             [4]AccessMask // read, write, execute, all
	ValidAccessMask            AccessMask
	SecurityRequired           bool
	MaintainHandleCount        bool
	_                          [2]byte
	PoolType                   uint32
	DefaultPagedPoolCharge     uint32
	DefaultNonPagedPoolCharge  uint32
}

// ObjectTypesInformation is OBJECT_TYPES_INFORMATION; each row starts on a
// multiple of 8.
type ObjectTypesInformation struct {
	NumberOfTypes uint32
	_             uint32
}

// ObjectHandleFlagInformation is OBJECT_HANDLE_FLAG_INFORMATION.
type ObjectHandleFlagInformation struct{ Inherit, ProtectFromClose bool }

// Options of NtDuplicateObject.
const (
	DuplicateCloseSource    = 1
	DuplicateSameAccess     = 2
	DuplicateSameAttributes = 4
)
