package ex

import "slices"

// BugCode is a stop code, with NT's value.
type BugCode uint32

// Stop codes.
const (
	IRQLNotLessOrEqual          BugCode = 0x0A
	KmodeExceptionNotHandled    BugCode = 0x1E
	PhaseZeroInitialization     BugCode = 0x31
	PhaseOneInitialization      BugCode = 0x32
	IrqlGtZeroAtSystemService   BugCode = 0x4A
	FatalUnhandledHardError     BugCode = 0x4C
	NoPagesAvailable            BugCode = 0x4D
	PfnListCorrupt              BugCode = 0x4E
	PageFaultInNonpagedArea     BugCode = 0x50
	CriticalServiceFailed       BugCode = 0x5A
	SetEnvVarFailed             BugCode = 0x5B
	HalInitialization           BugCode = 0x5C
	ObjectInitialization        BugCode = 0x5D
	SecurityInitialization      BugCode = 0x5E
	ProcessInitialization       BugCode = 0x5F
	Hal1Initialization          BugCode = 0x61
	Object1Initialization       BugCode = 0x62
	Security1Initialization     BugCode = 0x63
	SymbolicInitialization      BugCode = 0x64
	Memory1Initialization       BugCode = 0x65
	CacheInitialization         BugCode = 0x66
	ConfigInitialization        BugCode = 0x67
	FileInitialization          BugCode = 0x68
	Io1Initialization           BugCode = 0x69
	LpcInitialization           BugCode = 0x6A
	Process1Initialization      BugCode = 0x6B
	Session1Initialization      BugCode = 0x6D
	Session2Initialization      BugCode = 0x6E
	Session3Initialization      BugCode = 0x6F
	Session4Initialization      BugCode = 0x70
	Session5Initialization      BugCode = 0x71
	InaccessibleBootDevice      BugCode = 0x7B
	UnexpectedKernelModeTrap    BugCode = 0x7F
	NmiHardwareFailure          BugCode = 0x80
	PP0Initialization           BugCode = 0x8F
	PP1Initialization           BugCode = 0x90
	MachineCheckException       BugCode = 0x9C
	InternalPowerError          BugCode = 0xA0
	LoaderBlockMismatch         BugCode = 0x100
	AttemptedWriteToReadonly    BugCode = 0xBE
	AttemptedExecuteOfNoexecute BugCode = 0xFC
	ManuallyInitiatedCrash      BugCode = 0xE2
	SystemServiceException      BugCode = 0x3B
	CriticalProcessDied         BugCode = 0xEF
	MultiprocessorConfiguration BugCode = 0x3E
	GoRuntimeFailure            BugCode = 0xDEAD0001
)

var bugNames = map[BugCode]string{
	IRQLNotLessOrEqual: "IRQL_NOT_LESS_OR_EQUAL", KmodeExceptionNotHandled: "KMODE_EXCEPTION_NOT_HANDLED",
	PhaseZeroInitialization: "PHASE0_INITIALIZATION_FAILED", PhaseOneInitialization: "PHASE1_INITIALIZATION_FAILED",
	IrqlGtZeroAtSystemService: "IRQL_GT_ZERO_AT_SYSTEM_SERVICE",
	FatalUnhandledHardError:   "FATAL_UNHANDLED_HARD_ERROR",
	NoPagesAvailable:          "NO_PAGES_AVAILABLE", PfnListCorrupt: "PFN_LIST_CORRUPT", PageFaultInNonpagedArea: "PAGE_FAULT_IN_NONPAGED_AREA",
	CriticalServiceFailed: "CRITICAL_SERVICE_FAILED", SetEnvVarFailed: "SET_ENV_VAR_FAILED",
	HalInitialization: "HAL_INITIALIZATION_FAILED", ObjectInitialization: "OBJECT_INITIALIZATION_FAILED",
	SecurityInitialization: "SECURITY_INITIALIZATION_FAILED", ProcessInitialization: "PROCESS_INITIALIZATION_FAILED",
	Hal1Initialization: "HAL1_INITIALIZATION_FAILED", Object1Initialization: "OBJECT1_INITIALIZATION_FAILED",
	Security1Initialization: "SECURITY1_INITIALIZATION_FAILED", SymbolicInitialization: "SYMBOLIC_INITIALIZATION_FAILED",
	Memory1Initialization: "MEMORY1_INITIALIZATION_FAILED", CacheInitialization: "CACHE_INITIALIZATION_FAILED",
	ConfigInitialization: "CONFIG_INITIALIZATION_FAILED", FileInitialization: "FILE_INITIALIZATION_FAILED",
	Io1Initialization: "IO1_INITIALIZATION_FAILED", LpcInitialization: "LPC_INITIALIZATION_FAILED",
	Process1Initialization: "PROCESS1_INITIALIZATION_FAILED", Session1Initialization: "SESSION1_INITIALIZATION_FAILED",
	Session2Initialization: "SESSION2_INITIALIZATION_FAILED", Session3Initialization: "SESSION3_INITIALIZATION_FAILED",
	Session4Initialization: "SESSION4_INITIALIZATION_FAILED", Session5Initialization: "SESSION5_INITIALIZATION_FAILED",
	InaccessibleBootDevice:   "INACCESSIBLE_BOOT_DEVICE",
	UnexpectedKernelModeTrap: "UNEXPECTED_KERNEL_MODE_TRAP", NmiHardwareFailure: "NMI_HARDWARE_FAILURE",
	PP0Initialization: "PP0_INITIALIZATION_FAILED", PP1Initialization: "PP1_INITIALIZATION_FAILED",
	MachineCheckException: "MACHINE_CHECK_EXCEPTION", InternalPowerError: "INTERNAL_POWER_ERROR",
	LoaderBlockMismatch: "LOADER_BLOCK_MISMATCH", AttemptedWriteToReadonly: "ATTEMPTED_WRITE_TO_READONLY_MEMORY",
	AttemptedExecuteOfNoexecute: "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY", ManuallyInitiatedCrash: "MANUALLY_INITIATED_CRASH",
	SystemServiceException: "SYSTEM_SERVICE_EXCEPTION", CriticalProcessDied: "CRITICAL_PROCESS_DIED",
	MultiprocessorConfiguration: "MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED", GoRuntimeFailure: "GO_RUNTIME_FAILURE",
}

// BugCodes lists all stop codes.
func BugCodes() (list []BugCode) {
	for c := range bugNames {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// String returns the code's name.
func (c BugCode) String() string {
	if n, ok := bugNames[c]; ok {
		return n
	}
	return "UNKNOWN_STOP_CODE"
}
