package nt

// Rights of a key.
const (
	KeyQueryValue       AccessMask = 0x0001
	KeySetValue         AccessMask = 0x0002
	KeyCreateSubKey     AccessMask = 0x0004
	KeyEnumerateSubKeys AccessMask = 0x0008
	KeyNotify           AccessMask = 0x0010
	KeyCreateLink       AccessMask = 0x0020
	KeyWow64_64Key      AccessMask = 0x0100 // which view a 32-bit program wants: there is one
	KeyWow64_32Key      AccessMask = 0x0200
	KeyRead             AccessMask = 0x20019
	KeyWrite            AccessMask = 0x20006
	KeyExecute          AccessMask = KeyRead
	KeyAllAccess        AccessMask = 0xF003F
)

// Options of NtCreateKey and NtOpenKeyEx (REG_OPTION_...), and what NtCreateKey says it has
// done.
const (
	RegOptionVolatile       = 1
	RegOptionCreateLink     = 2
	RegOptionBackupRestore  = 4
	RegOptionOpenLink       = 8
	RegOptionDontVirtualize = 0x10
	RegCreatedNewKey        = 1
	RegOpenedExistingKey    = 2
)

// Types of values (REG_...).
const (
	RegNone           = 0
	RegSz             = 1
	RegExpandSz       = 2
	RegBinary         = 3
	RegDword          = 4
	RegDwordBigEndian = 5
	RegLink           = 6
	RegMultiSz        = 7
	RegResourceList   = 8
	RegFullResource   = 9
	RegRequirements   = 10
	RegQword          = 11
)

// Classes of NtQueryKey; NtEnumerateKey takes the first three.
const (
	KeyBasicInformationClass          = 0
	KeyNodeInformationClass           = 1
	KeyFullInformationClass           = 2
	KeyNameInformationClass           = 3
	KeyCachedInformationClass         = 4
	KeyFlagsInformationClass          = 5
	KeyVirtualizationInformationClass = 6
	KeyHandleTagsInformationClass     = 7
)

// KeyBasicInformation is KEY_BASIC_INFORMATION; the name follows, at 16.
type KeyBasicInformation struct {
	LastWriteTime uint64
	TitleIndex    uint32
	NameLength    uint32
}

// KeyNodeInformation is KEY_NODE_INFORMATION; the name follows, at 24, then the class.
// ClassOffset is FFFFFFFFh without one.
type KeyNodeInformation struct {
	LastWriteTime uint64
	TitleIndex    uint32
	ClassOffset   uint32
	ClassLength   uint32
	NameLength    uint32
}

// KeyFullInformation is KEY_FULL_INFORMATION; the class follows, at 44.
type KeyFullInformation struct {
	LastWriteTime   uint64
	TitleIndex      uint32
	ClassOffset     uint32
	ClassLength     uint32
	SubKeys         uint32
	MaxNameLen      uint32
	MaxClassLen     uint32
	Values          uint32
	MaxValueNameLen uint32
	MaxValueDataLen uint32
	_               uint32 // the class begins here
}

// KeyCachedInformation is KEY_CACHED_INFORMATION.
type KeyCachedInformation struct {
	LastWriteTime   uint64
	TitleIndex      uint32
	SubKeys         uint32
	MaxNameLen      uint32
	Values          uint32
	MaxValueNameLen uint32
	MaxValueDataLen uint32
	NameLength      uint32
	_               uint32
}

// KeyFlagsInformation is KEY_FLAGS_INFORMATION.
type KeyFlagsInformation struct {
	Wow64Flags   uint32 // NtSetInformationKey's KeyWow64FlagsInformation
	KeyFlags     uint32 // 1 volatile, 2 a symbolic link
	ControlFlags uint32 // virtualization: 2 none, 4 do not fail silently, 8 subkeys likewise
}

// Classes of NtEnumerateValueKey and NtQueryValueKey.
const (
	KeyValueBasicInformationClass          = 0
	KeyValueFullInformationClass           = 1
	KeyValuePartialInformationClass        = 2
	KeyValueFullInformationAlign64Class    = 3
	KeyValuePartialInformationAlign64Class = 4
)

// KeyValueBasicInformation is KEY_VALUE_BASIC_INFORMATION; the name follows, at 12.
type KeyValueBasicInformation struct{ TitleIndex, Type, NameLength uint32 }

// KeyValueFullInformation is KEY_VALUE_FULL_INFORMATION; the name follows, at 20, then the
// data, at DataOffset: a multiple of 4, of 8 with Align64.
type KeyValueFullInformation struct{ TitleIndex, Type, DataOffset, DataLength, NameLength uint32 }

// KeyValuePartialInformation is KEY_VALUE_PARTIAL_INFORMATION; the data follow, at 12.
type KeyValuePartialInformation struct{ TitleIndex, Type, DataLength uint32 }

// KeyValuePartialInformationAlign64 is that; the data follow, at 8.
type KeyValuePartialInformationAlign64 struct{ Type, DataLength uint32 }

// KeyValueEntry is KEY_VALUE_ENTRY, of NtQueryMultipleValueKey.
type KeyValueEntry struct {
	ValueName  uint64 // *UnicodeString
	DataLength uint32
	DataOffset uint32
	Type       uint32
	_          uint32
}

// Classes of NtSetInformationKey.
const (
	KeyWriteTimeInformationClass         = 0
	KeyWow64FlagsInformationClass        = 1
	KeyControlFlagsInformationClass      = 2
	KeySetVirtualizationInformationClass = 3
	KeySetDebugInformationClass          = 4
	KeySetHandleTagsInformationClass     = 5
)

// Filters of NtNotifyChangeKey.
const (
	RegNotifyChangeName       = 1
	RegNotifyChangeAttributes = 2
	RegNotifyChangeLastSet    = 4
	RegNotifyChangeSecurity   = 8
)

// Flags of NtLoadKey2 and NtRestoreKey.
const (
	RegWholeHiveVolatile = 1
	RegRefreshHive       = 2
	RegNoLazyFlush       = 4
	RegForceRestore      = 8
)

// Conditions of NtInitializeRegistry: what has come to be. From RegInitBootAccepted on the
// number of the control set that Clone is to become.
const (
	RegInitBootSM       = 0
	RegInitBootSetup    = 1
	RegInitBootAccepted = 2
)
