package executive

import (
	"gont/ex"
	"gont/svc"
)

// Services that open an object by name: (*handle, access, attributes).
var (
	NtOpenEvent        = svc.OpenService(&ex.EventType)
	NtOpenMutant       = svc.OpenService(&ex.MutantType)
	NtOpenSemaphore    = svc.OpenService(&ex.SemaphoreType)
	NtOpenTimer        = svc.OpenService(&ex.TimerType)
	NtOpenEventPair    = svc.OpenService(&ex.EventPairType)
	NtOpenKeyedEvent   = svc.OpenService(&ex.KeyedEventType)
	NtOpenIoCompletion = svc.OpenService(&ex.IoCompletionType)
)
