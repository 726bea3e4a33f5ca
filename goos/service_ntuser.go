//go:build ntuser

package goos

// Service numbers, as in package nt, which this package cannot import;
// TestServices compares them.
const (
	svcYieldExecution        = 1
	svcClose                 = 2
	svcWaitForSingleObject   = 3
	svcDelayExecution        = 5
	svcSetEvent              = 6
	svcCreateEvent           = 10
	svcAllocateVirtualMemory = 26
	svcFreeVirtualMemory     = 27
	svcDisplayString         = 35
	svcTerminateProcess      = 44
	svcCreateThread          = 46
	svcResumeThread          = 48
	svcSuspendThread         = 49
	svcSetInformationThread  = 51
	svcDuplicateObject       = 52
	svcSetInformationProcess = 55
	svcSetInformationObject  = 60
	svcGetContextThread      = 65
	svcSetContextThread      = 66
)
