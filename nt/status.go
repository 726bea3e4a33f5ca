package nt

import "strconv"

// Status is NTSTATUS: severity in bits 31:30, facility in 27:16, code below.
type Status uint32

// The codes the system returns, with NT's values.
const (
	StatusSuccess                  Status = 0x00000000
	StatusWait0                    Status = 0x00000000
	StatusAbandoned                Status = 0x00000080
	StatusUserApc                  Status = 0x000000C0
	StatusAlerted                  Status = 0x00000101
	StatusTimeout                  Status = 0x00000102
	StatusPending                  Status = 0x00000103
	StatusReparse                  Status = 0x00000104
	StatusMoreEntries              Status = 0x00000105
	StatusObjectNameExists         Status = 0x40000000
	StatusImageNotAtBase           Status = 0x40000003
	StatusNoYieldPerformed         Status = 0x40000024
	StatusTimerResumeIgnored       Status = 0x40000025
	StatusGuardPageViolation       Status = 0x80000001
	StatusBreakpoint               Status = 0x80000003
	StatusSingleStep               Status = 0x80000004
	StatusBufferOverflow           Status = 0x80000005
	StatusNoMoreEntries            Status = 0x8000001A
	StatusUnsuccessful             Status = 0xC0000001
	StatusNotImplemented           Status = 0xC0000002
	StatusInvalidInfoClass         Status = 0xC0000003
	StatusInfoLengthMismatch       Status = 0xC0000004
	StatusAccessViolation          Status = 0xC0000005
	StatusInvalidHandle            Status = 0xC0000008
	StatusInvalidCid               Status = 0xC000000B
	StatusInvalidParameter         Status = 0xC000000D
	StatusNoMemory                 Status = 0xC0000017
	StatusConflictingAddresses     Status = 0xC0000018
	StatusNotMappedView            Status = 0xC0000019
	StatusUnableToFreeVM           Status = 0xC000001A
	StatusInvalidSystemService     Status = 0xC000001C
	StatusIllegalInstruction       Status = 0xC000001D
	StatusInvalidViewSize          Status = 0xC000001F
	StatusAccessDenied             Status = 0xC0000022
	StatusBufferTooSmall           Status = 0xC0000023
	StatusObjectTypeMismatch       Status = 0xC0000024
	StatusNotCommitted             Status = 0xC000002D
	StatusInvalidParameterMix      Status = 0xC0000030
	StatusPrivilegeNotHeld         Status = 0xC0000061
	StatusObjectNameInvalid        Status = 0xC0000033
	StatusObjectNameNotFound       Status = 0xC0000034
	StatusObjectNameCollision      Status = 0xC0000035
	StatusObjectPathInvalid        Status = 0xC0000039
	StatusObjectPathNotFound       Status = 0xC000003A
	StatusObjectPathSyntaxBad      Status = 0xC000003B
	StatusInvalidPageProtection    Status = 0xC0000045
	StatusMutantNotOwned           Status = 0xC0000046
	StatusSemaphoreLimit           Status = 0xC0000047
	StatusSuspendCountExceeded     Status = 0xC000004A
	StatusProfilingNotStarted      Status = 0xC00000B7
	StatusProfilingNotStopped      Status = 0xC00000B8
	StatusProfilingAtLimit         Status = 0xC00000D3
	StatusThreadIsTerminating      Status = 0xC000004B
	StatusInvalidImageFormat       Status = 0xC000007B
	StatusFloatDivideByZero        Status = 0xC000008E
	StatusFloatInexactResult       Status = 0xC000008F
	StatusFloatInvalidOperation    Status = 0xC0000090
	StatusFloatOverflow            Status = 0xC0000091
	StatusFloatStackCheck          Status = 0xC0000092
	StatusFloatUnderflow           Status = 0xC0000093
	StatusIntegerDivideByZero      Status = 0xC0000094
	StatusIntegerOverflow          Status = 0xC0000095
	StatusPrivilegedInstruction    Status = 0xC0000096
	StatusInsufficientResources    Status = 0xC000009A
	StatusNotSupported             Status = 0xC00000BB
	StatusNameTooLong              Status = 0xC0000106
	StatusCantTerminateSelf        Status = 0xC00000DB
	StatusProcessIsTerminating     Status = 0xC000010A
	StatusTooManyThreads           Status = 0xC0000129
	StatusDllNotFound              Status = 0xC0000135
	StatusImageChecksumMismatch    Status = 0xC0000221
	StatusDatatypeMisalignment     Status = 0x80000002
	StatusAddressAlreadyExists     Status = 0xC000020A
	StatusHandleNotClosable        Status = 0xC0000235
	StatusFloatMultipleFaults      Status = 0xC00002B4
	StatusEndOfFile                Status = 0xC0000011
	StatusNoSuchDevice             Status = 0xC000000E
	StatusInvalidDeviceRequest     Status = 0xC0000010
	StatusIllegalFunction          Status = 0xC00000AF
	StatusDeviceNotReady           Status = 0xC00000A3
	StatusCancelled                Status = 0xC0000120
	StatusDeletePending            Status = 0xC0000056
	StatusDriverUnableToLoad       Status = 0xC000026C
	StatusDriverEntryPointNotFound Status = 0xC0000263
	StatusImageAlreadyLoaded       Status = 0xC000010E
	StatusDriverFailedPriorUnload  Status = 0xC000038E
	StatusMoreProcessingRequired   Status = 0xC0000016
	StatusFileIsADirectory         Status = 0xC00000BA
	StatusNotADirectory            Status = 0xC0000103
	StatusInvalidUserBuffer        Status = 0xC00000E8
	StatusIoDeviceError            Status = 0xC0000185
	StatusMediaWriteProtected      Status = 0xC00000A2
	StatusNoSuchFile               Status = 0xC000000F
	StatusDriverBlocked            Status = 0xC000036C
	StatusDeviceDoesNotExist       Status = 0xC00000C0
	StatusFileClosed               Status = 0xC0000128
	StatusSharingViolation         Status = 0xC0000043
	StatusFileInvalid              Status = 0xC0000098
	StatusRequestAborted           Status = 0xC0000240
	StatusDriverCancelTimeout      Status = 0xC000021E
	StatusNotSameDevice            Status = 0xC00000D4
	StatusAssertionFailure         Status = 0xC0000420
)

var statusNames = map[Status]string{
	StatusSuccess: "STATUS_SUCCESS", StatusAbandoned: "STATUS_ABANDONED", StatusUserApc: "STATUS_USER_APC",
	StatusAlerted: "STATUS_ALERTED", StatusTimeout: "STATUS_TIMEOUT", StatusPending: "STATUS_PENDING",
	StatusReparse: "STATUS_REPARSE", StatusMoreEntries: "STATUS_MORE_ENTRIES", StatusObjectNameExists: "STATUS_OBJECT_NAME_EXISTS",
	StatusImageNotAtBase: "STATUS_IMAGE_NOT_AT_BASE", StatusGuardPageViolation: "STATUS_GUARD_PAGE_VIOLATION",
	StatusBreakpoint: "STATUS_BREAKPOINT", StatusSingleStep: "STATUS_SINGLE_STEP", StatusBufferOverflow: "STATUS_BUFFER_OVERFLOW",
	StatusNoMoreEntries: "STATUS_NO_MORE_ENTRIES", StatusUnsuccessful: "STATUS_UNSUCCESSFUL",
	StatusNotImplemented: "STATUS_NOT_IMPLEMENTED", StatusInvalidInfoClass: "STATUS_INVALID_INFO_CLASS",
	StatusInfoLengthMismatch: "STATUS_INFO_LENGTH_MISMATCH", StatusAccessViolation: "STATUS_ACCESS_VIOLATION",
	StatusInvalidHandle: "STATUS_INVALID_HANDLE", StatusInvalidCid: "STATUS_INVALID_CID",
	StatusInvalidParameter: "STATUS_INVALID_PARAMETER", StatusNoMemory: "STATUS_NO_MEMORY",
	StatusConflictingAddresses: "STATUS_CONFLICTING_ADDRESSES", StatusNotMappedView: "STATUS_NOT_MAPPED_VIEW",
	StatusUnableToFreeVM: "STATUS_UNABLE_TO_FREE_VM", StatusInvalidSystemService: "STATUS_INVALID_SYSTEM_SERVICE",
	StatusIllegalInstruction: "STATUS_ILLEGAL_INSTRUCTION", StatusInvalidViewSize: "STATUS_INVALID_VIEW_SIZE",
	StatusAccessDenied: "STATUS_ACCESS_DENIED", StatusBufferTooSmall: "STATUS_BUFFER_TOO_SMALL",
	StatusObjectTypeMismatch: "STATUS_OBJECT_TYPE_MISMATCH", StatusNotCommitted: "STATUS_NOT_COMMITTED",
	StatusPrivilegeNotHeld:    "STATUS_PRIVILEGE_NOT_HELD",
	StatusInvalidParameterMix: "STATUS_INVALID_PARAMETER_MIX", StatusObjectNameInvalid: "STATUS_OBJECT_NAME_INVALID",
	StatusObjectNameNotFound: "STATUS_OBJECT_NAME_NOT_FOUND", StatusObjectNameCollision: "STATUS_OBJECT_NAME_COLLISION",
	StatusObjectPathInvalid: "STATUS_OBJECT_PATH_INVALID", StatusObjectPathNotFound: "STATUS_OBJECT_PATH_NOT_FOUND",
	StatusObjectPathSyntaxBad: "STATUS_OBJECT_PATH_SYNTAX_BAD", StatusInvalidPageProtection: "STATUS_INVALID_PAGE_PROTECTION",
	StatusMutantNotOwned: "STATUS_MUTANT_NOT_OWNED", StatusSemaphoreLimit: "STATUS_SEMAPHORE_LIMIT_EXCEEDED",
	StatusSuspendCountExceeded: "STATUS_SUSPEND_COUNT_EXCEEDED", StatusThreadIsTerminating: "STATUS_THREAD_IS_TERMINATING",
	StatusInvalidImageFormat: "STATUS_INVALID_IMAGE_FORMAT", StatusIntegerDivideByZero: "STATUS_INTEGER_DIVIDE_BY_ZERO",
	StatusIntegerOverflow: "STATUS_INTEGER_OVERFLOW", StatusPrivilegedInstruction: "STATUS_PRIVILEGED_INSTRUCTION",
	StatusInsufficientResources: "STATUS_INSUFFICIENT_RESOURCES", StatusNotSupported: "STATUS_NOT_SUPPORTED",
	StatusNameTooLong: "STATUS_NAME_TOO_LONG", StatusProcessIsTerminating: "STATUS_PROCESS_IS_TERMINATING",
	StatusTooManyThreads: "STATUS_TOO_MANY_THREADS",
	StatusDllNotFound:    "STATUS_DLL_NOT_FOUND", StatusImageChecksumMismatch: "STATUS_IMAGE_CHECKSUM_MISMATCH",
	StatusDatatypeMisalignment: "STATUS_DATATYPE_MISALIGNMENT", StatusAddressAlreadyExists: "STATUS_ADDRESS_ALREADY_EXISTS",
	StatusAssertionFailure: "STATUS_ASSERTION_FAILURE", StatusFloatMultipleFaults: "STATUS_FLOAT_MULTIPLE_FAULTS", StatusHandleNotClosable: "STATUS_HANDLE_NOT_CLOSABLE",
	StatusEndOfFile:                "STATUS_END_OF_FILE",
	StatusNoSuchDevice:             "STATUS_NO_SUCH_DEVICE",
	StatusInvalidDeviceRequest:     "STATUS_INVALID_DEVICE_REQUEST",
	StatusIllegalFunction:          "STATUS_ILLEGAL_FUNCTION",
	StatusDeviceNotReady:           "STATUS_DEVICE_NOT_READY",
	StatusCancelled:                "STATUS_CANCELLED",
	StatusDeletePending:            "STATUS_DELETE_PENDING",
	StatusDriverUnableToLoad:       "STATUS_DRIVER_UNABLE_TO_LOAD",
	StatusDriverEntryPointNotFound: "STATUS_DRIVER_ENTRYPOINT_NOT_FOUND",
	StatusImageAlreadyLoaded:       "STATUS_IMAGE_ALREADY_LOADED",
	StatusDriverFailedPriorUnload:  "STATUS_DRIVER_FAILED_PRIOR_UNLOAD",
	StatusMoreProcessingRequired:   "STATUS_MORE_PROCESSING_REQUIRED",
	StatusFileIsADirectory:         "STATUS_FILE_IS_A_DIRECTORY",
	StatusNotADirectory:            "STATUS_NOT_A_DIRECTORY",
	StatusInvalidUserBuffer:        "STATUS_INVALID_USER_BUFFER",
	StatusIoDeviceError:            "STATUS_IO_DEVICE_ERROR",
	StatusMediaWriteProtected:      "STATUS_MEDIA_WRITE_PROTECTED",
	StatusNoSuchFile:               "STATUS_NO_SUCH_FILE",
	StatusDriverBlocked:            "STATUS_DRIVER_BLOCKED",
	StatusDeviceDoesNotExist:       "STATUS_DEVICE_DOES_NOT_EXIST",
	StatusFileClosed:               "STATUS_FILE_CLOSED",
	StatusSharingViolation:         "STATUS_SHARING_VIOLATION",
	StatusFileInvalid:              "STATUS_FILE_INVALID",
	StatusDeviceConfigurationError: "STATUS_DEVICE_CONFIGURATION_ERROR",
	StatusRequestAborted:           "STATUS_REQUEST_ABORTED",
	StatusDriverCancelTimeout:      "STATUS_DRIVER_CANCEL_TIMEOUT",
	StatusNotSameDevice:            "STATUS_NOT_SAME_DEVICE",
	StatusProfilingNotStarted:      "STATUS_PROFILING_NOT_STARTED", StatusProfilingNotStopped: "STATUS_PROFILING_NOT_STOPPED",
	StatusProfilingAtLimit:  "STATUS_PROFILING_AT_LIMIT",
	StatusFloatDivideByZero: "STATUS_FLOAT_DIVIDE_BY_ZERO", StatusFloatInexactResult: "STATUS_FLOAT_INEXACT_RESULT",
	StatusFloatInvalidOperation: "STATUS_FLOAT_INVALID_OPERATION", StatusFloatOverflow: "STATUS_FLOAT_OVERFLOW",
	StatusFloatStackCheck: "STATUS_FLOAT_STACK_CHECK", StatusFloatUnderflow: "STATUS_FLOAT_UNDERFLOW",
	StatusCantTerminateSelf:  "STATUS_CANT_TERMINATE_SELF",
	StatusNoYieldPerformed:   "STATUS_NO_YIELD_PERFORMED",
	StatusTimerResumeIgnored: "STATUS_TIMER_RESUME_IGNORED",
}

// OK is NT_SUCCESS: success or informational severity.
func (s Status) OK() bool { return int32(s) >= 0 }

// String returns the code's name, or its value where it has none here.
func (s Status) String() string {
	if n, ok := statusNames[s]; ok {
		return n
	}
	return "0x" + strconv.FormatUint(uint64(s), 16)
}

// Error makes a failing Status usable as a Go error.
func (s Status) Error() string { return s.String() }

// Err returns s as an error, nil when it is a success.
func (s Status) Err() error {
	if s.OK() {
		return nil
	}
	return s
}
