package nt

// Access rights of the executive's objects.
const (
	KeyedEventWait    AccessMask = 1
	KeyedEventWake    AccessMask = 2
	IoCompletionQuery AccessMask = 1
	IoCompletionSet   AccessMask = 2 // IO_COMPLETION_MODIFY_STATE
	ProfileControl    AccessMask = 1
)

// IoStatusBlock is IO_STATUS_BLOCK.
type IoStatusBlock struct {
	Status      Status
	_           uint32
	Information uint64
}

// FileIoCompletionInformation is FILE_IO_COMPLETION_INFORMATION: a packet that
// was taken from an I/O completion object.
type FileIoCompletionInformation struct {
	KeyContext, ApcContext uint64
	IoStatus               IoStatusBlock
}

// IoCompletionBasicInformation is IO_COMPLETION_BASIC_INFORMATION: how many
// packets there are.
type IoCompletionBasicInformation struct{ Depth int32 }

// ProfileTime is the one KPROFILE_SOURCE that there is: clock ticks.
const ProfileTime = 0

// PowerStateLock is PO_CB_SYSTEM_STATE_LOCK, the first argument of
// \Callback\PowerState; the second is 0 when the system is about to end.
const PowerStateLock = 3
