// Package control is the control vector (SPEC P0.7): what of the registry's key Control
// the kernel takes its settings from while it starts. Table declares each setting; Read
// reads them all through a Source, reports what is wrong, and gives the default
// instead. The package has no state, and does not know who uses a setting.
package control

// Kind says of which type a value is, and how it is read.
type Kind uint8

const (
	Number Kind = iota // REG_DWORD, REG_QWORD
	Signed             // REG_DWORD, two's complement
	Word               // REG_SZ, one of Words, whatever the case
	Text               // REG_SZ, REG_EXPAND_SZ
	List               // REG_MULTI_SZ
	Date               // REG_BINARY, TIME_FIELDS of 16 bytes
)

// Entry declares a setting.
type Entry struct {
	Key, Name string // the key is below Control
	Kind      Kind
	// Low, High, Default are of numbers; those of Signed are int64s. Zero reports whether
	// 0, which leaves the choice to the system, is accepted, too.
	Low, High, Default uint64
	Zero               bool
	Words              []string // of a Word, the first is the default
	Unit               string   // of a number: "bytes", "minutes"
	User               string   // the package whose variable it sets
	Meaning            string
}

// ID names a setting: its place in Table.
type ID int

const (
	ProductType ID = iota
	ProductSuite
	CSDVersion
	CSDBuildNumber

	GlobalFlag
	CriticalSectionTimeout
	HeapSegmentReserve
	HeapSegmentCommit
	HeapDeCommitTotalFreeThreshold
	HeapDeCommitFreeBlockThreshold
	AdditionalCriticalWorkerThreads
	AdditionalDelayedWorkerThreads
	ObCaseInsensitive
	DpcQueueDepth
	Win32PrioritySeparation

	NonPagedPoolSize
	PagedPoolSize
	NonPagedPoolQuota
	PagingFileQuota
	SystemPages
	ClearPageFileAtShutdown
	PoolTag
	VerifyDrivers
	VerifyDriverLevel
	VerifierRandomTargets

	AutoReboot

	RealTimeIsUniversal
	Bias
	ActiveTimeBias
	StandardName
	StandardStart
	StandardBias
	DaylightName
	DaylightStart
	DaylightBias
	DynamicDaylightTimeDisabled
)

const (
	product  = "ProductOptions"
	windows  = "Windows"
	session  = "Session Manager"
	worker   = session + `\Executive`
	kernel   = session + `\Kernel`
	memory   = session + `\Memory Management`
	priority = "PriorityControl"
	crash    = "CrashControl"
	zone     = "TimeZoneInformation"

	mb  = 1 << 20
	day = 24 * 60
)

// minutes of a bias: no zone is a day away.
func bias(n int64) uint64 { return uint64(n) }

// Table has every setting, by ID.
var Table = [...]Entry{
	ProductType: {Key: product, Name: "ProductType", Kind: Word, Words: []string{"WinNT", "LanmanNT", "ServerNT"}, User: "ex",
		Meaning: "what is installed: workstation, domain controller, server (P0.8)"},
	ProductSuite: {Key: product, Name: "ProductSuite", Kind: List, User: "ex",
		Meaning: "the suites of this installation; each has to fit ProductType (P0.8)"},
	CSDVersion: {Key: windows, Name: "CSDVersion", High: 0xFFFF, User: "kernel",
		Meaning: "service pack in the high byte, interim release in the low one: 301h is \"Service Pack 3.1\" (P0.11)"},
	CSDBuildNumber: {Key: windows, Name: "CSDBuildNumber", High: 0xFFFF, User: "kernel",
		Meaning: "the service pack's own build number, shown behind the build; 0: none"},

	GlobalFlag: {Key: session, Name: "GlobalFlag", High: 0xFFFFFFFF, User: "ex",
		Meaning: "NtGlobalFlag, also in every PEB: 2000h keeps stack traces of pool blocks, 40000h stops in the debugger when images are announced"},
	CriticalSectionTimeout: {Key: session, Name: "CriticalSectionTimeout", Low: 1, High: 0x7FFFFFFF, Default: 2592000, Unit: "seconds", User: "ps",
		Meaning: "PEB CriticalSectionTimeout of new processes"},
	HeapSegmentReserve: {Key: session, Name: "HeapSegmentReserve", Low: 1 << 16, High: 1 << 30, Default: 1 << 20, Unit: "bytes", User: "ps",
		Meaning: "PEB HeapSegmentReserve of new processes"},
	HeapSegmentCommit: {Key: session, Name: "HeapSegmentCommit", Low: 1 << 12, High: 1 << 30, Default: 1 << 13, Unit: "bytes", User: "ps",
		Meaning: "PEB HeapSegmentCommit of new processes"},
	HeapDeCommitTotalFreeThreshold: {Key: session, Name: "HeapDeCommitTotalFreeThreshold", Low: 1 << 12, High: 1 << 30, Default: 1 << 16, Unit: "bytes", User: "ps",
		Meaning: "PEB HeapDeCommitTotalFreeThreshold of new processes"},
	HeapDeCommitFreeBlockThreshold: {Key: session, Name: "HeapDeCommitFreeBlockThreshold", Low: 1 << 12, High: 1 << 30, Default: 1 << 12, Unit: "bytes", User: "ps",
		Meaning: "PEB HeapDeCommitFreeBlockThreshold of new processes"},
	AdditionalCriticalWorkerThreads: {Key: worker, Name: "AdditionalCriticalWorkerThreads", High: 16, User: "ex",
		Meaning: "worker threads of the critical queue besides its 5"},
	AdditionalDelayedWorkerThreads: {Key: worker, Name: "AdditionalDelayedWorkerThreads", High: 16, User: "ex",
		Meaning: "worker threads of the delayed queue besides its 3"},
	ObCaseInsensitive: {Key: kernel, Name: "ObCaseInsensitive", High: 1, Default: 1, User: "ob",
		Meaning: "1: object names are never told apart by case; 0: they are unless OBJ_CASE_INSENSITIVE is given"},
	DpcQueueDepth: {Key: kernel, Name: "DpcQueueDepth", Low: 1, High: 1024, Default: 4, User: "ke",
		Meaning: "DPCs that may be queued on a processor before those of low importance are asked for at once"},
	Win32PrioritySeparation: {Key: priority, Name: "Win32PrioritySeparation", High: 0x3F, Default: 2, User: "ke",
		Meaning: "bits 4 and 5: the length of a quantum, 1 long (12 ticks), 0 and 2 short (2 ticks); the others are for foreground processes, of which there are none yet"},

	NonPagedPoolSize: {Key: memory, Name: "NonPagedPoolSize", Low: 4 * mb, High: 1 << 32, Zero: true, Unit: "bytes", User: "mm",
		Meaning: "the most that nonpaged pool may take; 0: no limit of its own"},
	PagedPoolSize: {Key: memory, Name: "PagedPoolSize", Low: 4 * mb, High: 1 << 32, Zero: true, Unit: "bytes", User: "mm",
		Meaning: "the most that paged pool may take; 0: no limit of its own"},
	NonPagedPoolQuota: {Key: memory, Name: "NonPagedPoolQuota", Low: 1, High: 128, Zero: true, Unit: "MB", User: "ex",
		Meaning: "nonpaged pool that a process's completion packets may take; 0: 16384 packets"},
	PagingFileQuota: {Key: memory, Name: "PagingFileQuota", Low: 8, High: 1 << 20, Zero: true, Unit: "MB", User: "mm",
		Meaning: "memory that a process may commit; 0: as much as there is"},
	SystemPages: {Key: memory, Name: "SystemPages", Low: 4096, High: 65536, Zero: true, User: "mm",
		Meaning: "system page-table entries (special pool and blocks above a page); 0: 65536"},
	ClearPageFileAtShutdown: {Key: memory, Name: "ClearPageFileAtShutdown", High: 1, User: "mm",
		Meaning: "1: paging files are overwritten with zeros when the system ends (X2)"},
	PoolTag: {Key: memory, Name: "PoolTag", High: 0xFFFFFFFF, User: "mm",
		Meaning: "pool blocks with this tag (four characters, the first in the low byte) come from special pool; 2Ah (*): all; 0: none"},
	VerifyDrivers: {Key: memory, Name: "VerifyDrivers", Kind: Text, User: "mm",
		Meaning: "drivers that the verifier looks after, with blanks between them; *: all (P0.9)"},
	VerifyDriverLevel: {Key: memory, Name: "VerifyDriverLevel", High: 0xFFFFFFFF, User: "mm",
		Meaning: "what the verifier does: 1 special pool, 2 IRQL, 8 pool, 10h I/O; 0: special pool (P0.9)"},
	VerifierRandomTargets: {Key: memory, Name: "VerifierRandomTargets", High: 64, User: "mm",
		Meaning: "how many boot drivers the verifier chooses by chance (P0.9)"},

	AutoReboot: {Key: crash, Name: "AutoReboot", High: 1, User: "kernel",
		Meaning: "1: as the option AUTOREBOOT"},

	RealTimeIsUniversal: {Key: zone, Name: "RealTimeIsUniversal", High: 1, User: "kernel",
		Meaning: "1: the CMOS clock shows universal time, 0: the zone's (P1.7)"},
	Bias: {Key: zone, Name: "Bias", Kind: Signed, Low: bias(-day), High: day, Unit: "minutes", User: "kernel",
		Meaning: "universal time less local time, without daylight saving (P1.25)"},
	ActiveTimeBias: {Key: zone, Name: "ActiveTimeBias", Kind: Signed, Low: bias(-2 * day), High: 2 * day, Unit: "minutes", User: "kernel",
		Meaning: "the bias that was in force when the system was last up (P1.7)"},
	StandardName: {Key: zone, Name: "StandardName", Kind: Text, User: "kernel", Meaning: "the zone's name"},
	StandardStart: {Key: zone, Name: "StandardStart", Kind: Date, User: "kernel",
		Meaning: "when daylight saving ends: month 0 never; year 0: day is the week of the month, 5 the last"},
	StandardBias: {Key: zone, Name: "StandardBias", Kind: Signed, Low: bias(-day), High: day, Unit: "minutes", User: "kernel",
		Meaning: "added to Bias outside daylight saving"},
	DaylightName:  {Key: zone, Name: "DaylightName", Kind: Text, User: "kernel", Meaning: "the name while daylight saving is in force"},
	DaylightStart: {Key: zone, Name: "DaylightStart", Kind: Date, User: "kernel", Meaning: "when daylight saving begins"},
	DaylightBias: {Key: zone, Name: "DaylightBias", Kind: Signed, Low: bias(-day), High: day, Unit: "minutes", User: "kernel",
		Meaning: "added to Bias while daylight saving is in force"},
	DynamicDaylightTimeDisabled: {Key: zone, Name: "DynamicDaylightTimeDisabled", High: 1, User: "kernel",
		Meaning: "1: there is no daylight saving"},
}
