package nt

// Rights to a job (JOB_OBJECT_...).
const (
	JobAssignProcess AccessMask = 1
	JobSetAttributes AccessMask = 2
	JobQuery         AccessMask = 4
	JobTerminate     AccessMask = 8
	JobAllSpecific   AccessMask = 0x1F
)

// Limits of a job (JOB_OBJECT_LIMIT_...).
const (
	JobLimitProcessTime     = 0x2
	JobLimitJobTime         = 0x4
	JobLimitActiveProcess   = 0x8
	JobLimitAffinity        = 0x10
	JobLimitPriorityClass   = 0x20
	JobLimitPreserveJobTime = 0x40
	JobLimitSilentBreakaway = 0x1000
	JobLimitKillOnClose     = 0x2000
	// JobLimitsKept are those that this system keeps. It refuses others.
	JobLimitsKept = JobLimitProcessTime | JobLimitJobTime | JobLimitActiveProcess | JobLimitAffinity | JobLimitPriorityClass |
		JobLimitPreserveJobTime | JobLimitSilentBreakaway | JobLimitKillOnClose
)

// Classes of NtQueryInformationJobObject and NtSetInformationJobObject.
const (
	JobBasicAccountingClass = 1
	JobBasicLimitClass      = 2
	JobProcessListClass     = 3
	JobCpuRateClass         = 15 // of NT 6.2
)

// Control flags of JobCpuRate (JOB_OBJECT_CPU_RATE_CONTROL_...).
const (
	JobCpuRateEnable  = 0x1
	JobCpuRateHardCap = 0x4
)

// JobCpuRate is JOBOBJECT_CPU_RATE_CONTROL_INFORMATION: Rate of 10,000 parts of the time of all
// processors is the job's.
type JobCpuRate struct{ ControlFlags, Rate uint32 }

// JobAccounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION; times are 100 ns units.
type JobAccounting struct {
	TotalUserTime, TotalKernelTime           uint64
	ThisPeriodUserTime, ThisPeriodKernelTime uint64
	TotalPageFaultCount                      uint32 // not counted: 0
	TotalProcesses                           uint32
	ActiveProcesses                          uint32
	TotalTerminatedProcesses                 uint32
}

// JobBasicLimits is JOBOBJECT_BASIC_LIMIT_INFORMATION.
type JobBasicLimits struct {
	ProcessUserTime, JobUserTime int64 // 100 ns units
	Flags                        uint32
	_                            uint32
	MinimumWorkingSet            uint64 // not kept
	MaximumWorkingSet            uint64 // not kept
	ActiveProcesses              uint32
	_                            uint32
	Affinity                     uint64
	PriorityClass                uint32
	SchedulingClass              uint32 // not kept
}

// JobProcessList is the head of JOBOBJECT_BASIC_PROCESS_ID_LIST; the ids follow, eight
// bytes each.
type JobProcessList struct{ Assigned, InList uint32 }
