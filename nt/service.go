package nt

// Service is a system service number, passed in EAX.
type Service uint32

// The services in table order. Programs link ntdll, so the order may change
// between builds of the system.
const (
	SvcGetCurrentProcessorNumber Service = iota
	SvcYieldExecution
	SvcClose
	SvcWaitForSingleObject
	SvcWaitForMultipleObjects
	SvcDelayExecution
	SvcSetEvent
	SvcClearEvent
	SvcResetEvent
	SvcPulseEvent
	SvcCreateEvent
	SvcOpenEvent
	SvcQueryEvent
	SvcCreateMutant
	SvcOpenMutant
	SvcReleaseMutant
	SvcQueryMutant
	SvcCreateSemaphore
	SvcOpenSemaphore
	SvcReleaseSemaphore
	SvcQuerySemaphore
	SvcCreateTimer
	SvcOpenTimer
	SvcSetTimer
	SvcCancelTimer
	SvcQueryTimer
	SvcAllocateVirtualMemory
	SvcFreeVirtualMemory
	SvcProtectVirtualMemory
	SvcQueryVirtualMemory
	SvcReadVirtualMemory
	SvcWriteVirtualMemory
	SvcQuerySystemInformation
	SvcQuerySystemTime
	SvcQueryPerformanceCounter
	SvcDisplayString
	SvcOpenDirectoryObject
	SvcCreateDirectoryObject
	SvcQueryDirectoryObject
	SvcOpenSymbolicLinkObject
	SvcCreateSymbolicLinkObject
	SvcQuerySymbolicLinkObject
	SvcOpenSection
	SvcCreateProcess
	SvcTerminateProcess
	SvcQueryInformationProcess
	SvcCreateThread
	SvcTerminateThread
	SvcResumeThread
	SvcSuspendThread
	SvcQueryInformationThread
	SvcSetInformationThread
	SvcDuplicateObject
	SvcMakeTemporaryObject
	SvcShutdownSystem
	SvcSetInformationProcess
	SvcContinue
	SvcOpenProcess
	SvcOpenThread
	SvcQueryObject
	SvcSetInformationObject
	SvcQueueApcThread
	SvcTestAlert
	SvcAlertThread
	SvcAlertResumeThread
	SvcGetContextThread
	SvcSetContextThread
	SvcCreateSection
	SvcMapViewOfSection
	SvcUnmapViewOfSection
	SvcQuerySection
	SvcExtendSection
	SvcLockVirtualMemory
	SvcUnlockVirtualMemory
	SvcCreateEventPair
	SvcOpenEventPair
	SvcSetLowEventPair
	SvcSetHighEventPair
	SvcWaitLowEventPair
	SvcWaitHighEventPair
	SvcSetLowWaitHighEventPair
	SvcSetHighWaitLowEventPair
	SvcCreateKeyedEvent
	SvcOpenKeyedEvent
	SvcWaitForKeyedEvent
	SvcReleaseKeyedEvent
	SvcCreateIoCompletion
	SvcOpenIoCompletion
	SvcSetIoCompletion
	SvcRemoveIoCompletion
	SvcRemoveIoCompletionEx
	SvcQueryIoCompletion
	SvcCreateProfile
	SvcStartProfile
	SvcStopProfile
	SvcQueryIntervalProfile
	SvcSetIntervalProfile
	SvcSetSystemTime
	SvcRaiseException
	NumServices
)

var serviceNames = [NumServices]string{
	"NtGetCurrentProcessorNumber", "NtYieldExecution", "NtClose", "NtWaitForSingleObject", "NtWaitForMultipleObjects",
	"NtDelayExecution", "NtSetEvent", "NtClearEvent", "NtResetEvent", "NtPulseEvent", "NtCreateEvent", "NtOpenEvent",
	"NtQueryEvent", "NtCreateMutant", "NtOpenMutant", "NtReleaseMutant", "NtQueryMutant", "NtCreateSemaphore",
	"NtOpenSemaphore", "NtReleaseSemaphore", "NtQuerySemaphore", "NtCreateTimer", "NtOpenTimer", "NtSetTimer",
	"NtCancelTimer", "NtQueryTimer", "NtAllocateVirtualMemory", "NtFreeVirtualMemory", "NtProtectVirtualMemory",
	"NtQueryVirtualMemory", "NtReadVirtualMemory", "NtWriteVirtualMemory", "NtQuerySystemInformation", "NtQuerySystemTime",
	"NtQueryPerformanceCounter", "NtDisplayString", "NtOpenDirectoryObject", "NtCreateDirectoryObject",
	"NtQueryDirectoryObject", "NtOpenSymbolicLinkObject", "NtCreateSymbolicLinkObject", "NtQuerySymbolicLinkObject",
	"NtOpenSection", "NtCreateProcess", "NtTerminateProcess", "NtQueryInformationProcess", "NtCreateThread",
	"NtTerminateThread", "NtResumeThread", "NtSuspendThread", "NtQueryInformationThread", "NtSetInformationThread",
	"NtDuplicateObject", "NtMakeTemporaryObject", "NtShutdownSystem",
	"NtSetInformationProcess", "NtContinue",
	"NtOpenProcess", "NtOpenThread", "NtQueryObject", "NtSetInformationObject",
	"NtQueueApcThread", "NtTestAlert", "NtAlertThread", "NtAlertResumeThread", "NtGetContextThread", "NtSetContextThread",
	"NtCreateSection", "NtMapViewOfSection", "NtUnmapViewOfSection", "NtQuerySection", "NtExtendSection",
	"NtLockVirtualMemory", "NtUnlockVirtualMemory",
	"NtCreateEventPair", "NtOpenEventPair", "NtSetLowEventPair", "NtSetHighEventPair", "NtWaitLowEventPair",
	"NtWaitHighEventPair", "NtSetLowWaitHighEventPair", "NtSetHighWaitLowEventPair",
	"NtCreateKeyedEvent", "NtOpenKeyedEvent", "NtWaitForKeyedEvent", "NtReleaseKeyedEvent",
	"NtCreateIoCompletion", "NtOpenIoCompletion", "NtSetIoCompletion", "NtRemoveIoCompletion", "NtRemoveIoCompletionEx",
	"NtQueryIoCompletion", "NtCreateProfile", "NtStartProfile", "NtStopProfile", "NtQueryIntervalProfile",
	"NtSetIntervalProfile", "NtSetSystemTime", "NtRaiseException",
}

// String returns the service's name.
func (s Service) String() string {
	if s < NumServices {
		return serviceNames[s]
	}
	return "unknown service"
}
