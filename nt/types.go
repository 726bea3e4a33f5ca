// Package nt has the definitions that both sides of the system call share:
// status codes, service numbers, access masks and the structures of the native
// API, laid out as on NT for x64. It has no code that needs either side.
package nt

// Handle names an object in one process's handle table; a multiple of 4.
type Handle uint64

// Pseudo handles.
const (
	CurrentProcess Handle = ^Handle(0)     // NtCurrentProcess()
	CurrentThread  Handle = ^Handle(0) - 1 // NtCurrentThread()
)

// AccessMask is ACCESS_MASK.
type AccessMask uint32

// Standard and generic rights.
const (
	Delete                  AccessMask = 0x00010000
	ReadControl             AccessMask = 0x00020000
	WriteDac                AccessMask = 0x00040000
	WriteOwner              AccessMask = 0x00080000
	Synchronize             AccessMask = 0x00100000
	StandardAll             AccessMask = 0x001F0000
	MaximumAllowed          AccessMask = 0x02000000
	GenericAll              AccessMask = 0x10000000
	GenericExecute          AccessMask = 0x20000000
	GenericWrite            AccessMask = 0x40000000
	GenericRead             AccessMask = 0x80000000
	AllAccess               AccessMask = 0x001FFFFF
	EventQuery              AccessMask = 1
	EventModify             AccessMask = 2
	MutantQuery             AccessMask = 1
	SemaphoreQuery          AccessMask = 1
	SemaphoreModify         AccessMask = 2
	TimerQuery              AccessMask = 1
	TimerModify             AccessMask = 2
	DirectoryQuery          AccessMask = 1
	DirectoryTraverse       AccessMask = 2
	DirectoryCreate         AccessMask = 4
	SymbolicLinkQuery       AccessMask = 1
	ProcessTerminate        AccessMask = 0x0001
	ProcessSetQuota         AccessMask = 0x0100
	ProcessCreateThread     AccessMask = 0x0002
	ProcessVMOperation      AccessMask = 0x0008
	ProcessVMRead           AccessMask = 0x0010
	ProcessVMWrite          AccessMask = 0x0020
	ProcessDupHandle        AccessMask = 0x0040
	ProcessCreateProcess    AccessMask = 0x0080
	ProcessSetInformation   AccessMask = 0x0200
	ProcessQueryInformation AccessMask = 0x0400
	ThreadTerminate         AccessMask = 0x0001
	ThreadSuspendResume     AccessMask = 0x0002
	ThreadAlert             AccessMask = 0x0004
	ThreadGetContext        AccessMask = 0x0008
	ThreadSetContext        AccessMask = 0x0010
	ThreadSetInformation    AccessMask = 0x0020
	ThreadQueryInformation  AccessMask = 0x0040
	// What every holder of the right without Limited has, too.
	ProcessQueryLimitedInformation AccessMask = 0x1000
	ThreadSetLimitedInformation    AccessMask = 0x0400
	ThreadQueryLimitedInformation  AccessMask = 0x0800

	SectionQuery      AccessMask = 1
	SectionMapWrite   AccessMask = 2
	SectionMapRead    AccessMask = 4
	SectionMapExecute AccessMask = 8
)

// OBJECT_ATTRIBUTES.Attributes.
const (
	ObjProtectClose    = 0x01 // of handles: NtSetInformationObject
	ObjInherit         = 0x02
	ObjPermanent       = 0x10
	ObjCaseInsensitive = 0x40
	ObjOpenIf          = 0x80
	ObjOpenLink        = 0x100
	ObjKernelHandle    = 0x200
	ObjValidAttributes = 0x7F2
)

// UnicodeString is UNICODE_STRING: UTF-16, lengths in bytes.
type UnicodeString struct {
	Length        uint16
	MaximumLength uint16
	_             uint32
	Buffer        uint64
}

// ObjectAttributes is OBJECT_ATTRIBUTES.
type ObjectAttributes struct {
	Length             uint32
	_                  uint32
	RootDirectory      Handle
	ObjectName         uint64 // *UnicodeString
	Attributes         uint32
	_                  uint32
	SecurityDescriptor uint64
	SecurityQOS        uint64
}

// ClientID is CLIENT_ID.
type ClientID struct{ UniqueProcess, UniqueThread uint64 }

// SHUTDOWN_ACTION, of NtShutdownSystem.
const (
	ShutdownNoReboot = 0
	ShutdownReboot   = 1
	ShutdownPowerOff = 2
)

// Event and timer types.
const (
	NotificationEvent    = 0
	SynchronizationEvent = 1
	NotificationTimer    = 0
	SynchronizationTimer = 1
	WaitAll              = 0
	WaitAny              = 1
	MaximumWaitObjects   = 64
)

// Allocation types and protections of NtAllocateVirtualMemory.
const (
	MemCommit   = 0x1000
	MemReserve  = 0x2000
	MemDecommit = 0x4000
	MemRelease  = 0x8000
	MemFree     = 0x10000
	MemPrivate  = 0x20000
	MemImage    = 0x1000000

	PageNoAccess         = 0x01
	PageReadOnly         = 0x02
	PageReadWrite        = 0x04
	PageWriteCopy        = 0x08
	PageExecute          = 0x10
	PageExecuteRead      = 0x20
	PageExecuteReadWrite = 0x40
	PageExecuteWriteCopy = 0x80
	PageGuard            = 0x100
	PageNoCache          = 0x200
	PageWriteCombine     = 0x400
)

// MemoryBasicInformation is MEMORY_BASIC_INFORMATION.
type MemoryBasicInformation struct {
	BaseAddress       uint64
	AllocationBase    uint64
	AllocationProtect uint32
	_                 uint32
	RegionSize        uint64
	State             uint32
	Protect           uint32
	Type              uint32
	_                 uint32
}
