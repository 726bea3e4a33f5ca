package nt

// ExceptionRecord is EXCEPTION_RECORD. For page faults (STATUS_ACCESS_VIOLATION,
// STATUS_GUARD_PAGE_VIOLATION, STATUS_STACK_OVERFLOW, STATUS_IN_PAGE_ERROR)
// Information has 0, 1 or 8 for read, write or execute, and the address; the last
// one has the device's status behind them.
type ExceptionRecord struct {
	Code             Status
	Flags            uint32
	Record           uint64
	Address          uint64 // of the instruction
	NumberParameters uint32
	_                uint32
	Information      [15]uint64
}

// ExceptionFrame is what the kernel puts on a thread's stack for the process's
// exception dispatcher; RCX and RSP point at it.
type ExceptionFrame struct {
	Context Context
	Record  ExceptionRecord
}

// Classes of NtSetInformationProcess, ours: the addresses that exceptions and
// user APCs of the process's threads go to, 0 for none. NT takes
// KiUserExceptionDispatcher and KiUserApcDispatcher from ntdll.dll instead.
const (
	ProcessExceptionDispatcher = 0x1000
	ProcessApcDispatcher       = 0x1001
)
