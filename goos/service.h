// Service numbers, as in package nt; TestServices compares them.
#define svcClose 2
#define svcWaitForSingleObject 3
#define svcSetEvent 6
#define svcCreateEvent 10
#define svcAllocateVirtualMemory 26
#define svcQueryPerformanceCounter 34
#define svcDisplayString 35
#define svcTerminateProcess 44
#define svcCreateThread 46
#define svcSetInformationThread 51
#define svcSetInformationProcess 55
#define svcContinue 56
#define svcRaiseException 98
