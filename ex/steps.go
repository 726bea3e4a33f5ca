package ex

import (
	"strconv"
	"strings"

	"gont/nt"
)

// Step is what is declared of a row of SPEC's tables P0 and P1, or of a part of one
// that fails in its own way. What a step does is in the kernel's tables.
type Step struct {
	ID   string
	Name string // NT's call, where there is one
	Code BugCode
	// First, Second and Third are the stop's parameters where SPEC names one (Parameters).
	First, Second, Third uint64
	// Needs are the ids of steps that must have been done, with blanks between; Why
	// says what for.
	Needs, Why string
	// Progress is the boot's progress in percent when the step is done; 0: no change.
	Progress int
}

// Steps are all rows of P0 and P1 in SPEC's order, which is the order of the boot. A
// part follows its row: P1.43.1.
var Steps = []Step{
	{ID: "P0.1", Name: "KiSystemStartup", Why: "processor tables and the loader block"},
	{ID: "P0.2", Name: "InitBootProcessor", Needs: "P0.1", Why: "BURNMEMORY is an option, the runs come from the loader block"},
	{ID: "P0.3", Name: "RtlInitNlsTables", Needs: "P0.1", Why: "the loader block names the tables"},
	{ID: "P0.4", Name: "HalInitSystem(0)", Code: HalInitialization, Needs: "P0.1", Why: "the controllers' interrupts need an IDT"},
	{ID: "P0.5", Name: "KiInitializeReciprocals", Needs: "P0.4", Why: "the tick's length"},
	{ID: "P0.6", Name: "KiInitializeBugCheckStrings", Needs: "P0.1", Why: "the loader block has the path and the image"},
	{ID: "P0.7", Name: "CmGetSystemControlValues", Needs: "P0.1 P0.3", Why: "the hive; its names"},
	{ID: "P0.8", Name: "ExInitSystemPhase0", Needs: "P0.7", Why: "ProductOptions is in the hive"},
	{ID: "P0.9", Name: "MiInitializeVerifier", Needs: "P0.7", Why: "VerifyDrivers is in the control vector"},
	{ID: "P0.10", Name: "MmInitSystem(0)", Needs: "P0.1 P0.2", Why: "the runs, less what BURNMEMORY took; MAXMEM"},
	{ID: "P0.20", Name: "HalInitializeBios", Needs: "P0.10", Why: "what is mapped is mm's"},
	{ID: "P0.11", Name: "InbvDriverInitialize", Needs: "P0.1", Why: "SOS, QUIETBOOT"},
	{ID: "P0.12", Name: "DbgLoadImageSymbols", Needs: "P0.1", Why: "the list of what was loaded"},
	{ID: "P0.13", Name: "HvlInitSystem", Needs: "P0.1", Why: "options of the console; the processor's leaves"},
	{ID: "P0.21", Name: "RtlInitNlsTables(pool)", Needs: "P0.3 P0.10", Why: "the tables; pool"},
	{ID: "P0.14", Name: "ObInitSystem(0)", Why: "types are plain kernel memory"},
	{ID: "P0.15", Name: "SeInitSystem(0)", Needs: "P0.14", Why: "Token is an object type"},
	{ID: "P0.16", Name: "PsInitSystem(0)", Needs: "P0.4 P0.14 P0.15", Why: "interrupt time; types; System's token"},
	{ID: "P0.17", Name: "DbgkInitialize", Needs: "P0.14", Why: "DebugObject is an object type"},
	{ID: "P0.18", Name: "PpInitSystem(0)", Needs: "P0.16", Why: "a resource is held by threads"},
	{ID: "P0.19", Name: "KiIdleLoop", Needs: "P0.4 P0.16", Why: "there is an idle thread, and a thread for phase 1"},

	{ID: "P1.1", Name: "Phase1InitializationDiscard", Needs: "P0.10", Why: "OSLDR's page tables were listed there"},
	{ID: "P1.1.1", Name: "the init buffer", Code: PhaseOneInitialization, First: uint64(nt.StatusNoMemory), Second: 8},
	{ID: "P1.2", Name: "KeSetPriorityThread", Needs: "P0.16 P0.19", Why: "it runs in the system thread"},
	{ID: "P1.3", Name: "HalInitSystem(1)", Code: Hal1Initialization, Needs: "P0.4 P0.19", Why: "the clock was calibrated and is masked; interrupts are on"},
	{ID: "P1.4", Name: "InbvEnableBootDriver", Needs: "P0.11", Why: "the screen; NOGUIBOOT, SOS"},
	{ID: "P1.5", Name: "banner", Second: 7, Needs: "P0.4 P0.10 P0.11", Why: "frequency, memory size, screen"},
	{ID: "P1.6", Name: "PoInitSystem(0)", Code: InternalPowerError, Needs: "P0.4", Why: "the firmware's description of power"},
	{ID: "P1.7", Name: "HalQueryRealTimeClock", Needs: "P0.1 P0.4", Why: "YEAR; interrupt time"},
	{ID: "P1.8", Name: "KeStartAllProcessors", Code: Hal1Initialization, Needs: "P0.4 P0.10 P0.16 P1.3",
		Why: "the firmware's list; low memory; threads; the clock", Progress: 5},
	{ID: "P1.8.1", Name: "the processors' line", Code: PhaseOneInitialization, Second: 4},
	{ID: "P1.9", Name: "ObInitSystem(1)", Code: Object1Initialization, Needs: "P0.14", Why: "directory, link and type objects"},
	{ID: "P1.10", Name: "ExInitSystem", Third: 1, Needs: "P0.2 P0.10 P0.16 P1.8 P1.9",
		Why: "pool and pages for packets; threads, as many at a time as there are processors; \\KernelObjects"},
	{ID: "P1.11", Name: "IopCreateObjectTypes", Needs: "P1.9", Why: "\\ObjectTypes"},
	{ID: "P1.12", Name: "KeInitSystem", Third: 2, Needs: "P0.1", Why: "SYSCALL's registers are set"},
	{ID: "P1.13", Name: "KdInitSystem(1)", Third: 3, Needs: "P0.1", Why: "DEBUG, NODEBUG"},
	{ID: "P1.14", Name: "TmInitSystem", Needs: "P1.9", Why: "\\ObjectTypes"},
	{ID: "P1.15", Name: "MmInitializeVerifier(1)", Needs: "P0.9 P0.10 P0.16", Why: "settings; pool; System's handle table"},
	{ID: "P1.16", Name: "SeInitSystem(1)", Code: Security1Initialization, Needs: "P0.15 P1.9 P1.10", Why: "tokens; names; events", Progress: 10},
	{ID: "P1.17", Name: "ExpCreateSystemRootLink", Code: SymbolicInitialization, Needs: "P1.9", Why: "links"},
	{ID: "P1.18", Name: "MmInitSystem(1)", Code: Memory1Initialization, Needs: "P0.10 P1.9", Why: "pages; \\BootImages"},
	{ID: "P1.19", Name: "ExpInitNls", Needs: "P0.21 P1.18", Why: "the tables in pool; sections"},
	{ID: "P1.20", Name: "PsLocateSystemDlls", Code: Process1Initialization, Needs: "P1.18", Why: "sections"},
	{ID: "P1.21", Name: "CcInitializeCacheManager", Code: CacheInitialization, Needs: "P0.10 P1.10 P1.18", Why: "addresses; work items; sections"},
	{ID: "P1.22", Name: "CmInitSystem1", Code: ConfigInitialization, Needs: "P0.10 P1.9 P1.18", Why: "pool for the hives; names"},
	{ID: "P1.23", Name: "ExpInitErrata", Needs: "P0.4 P1.22", Why: "what the machine is; the table in the registry"},
	{ID: "P1.24", Name: "CcPfInitializePrefetcher", Needs: "P1.21 P1.22", Why: "cache; PrefetchParameters", Progress: 15},
	{ID: "P1.25", Name: "ExRefreshTimeZoneInformation", Needs: "P1.7 P1.22", Why: "the time; the rules in the registry"},
	{ID: "P1.26", Name: "FsRtlInitSystem", Code: FileInitialization, Needs: "P1.10", Why: "locks and pool"},
	{ID: "P1.27", Name: "HalReportResourceUsage", Needs: "P0.4 P1.22", Why: "what the HAL has taken; HARDWARE"},
	{ID: "P1.28", Name: "KdDebuggerInitialize1", Needs: "P1.13", Why: "the debugger is there or not"},
	{ID: "P1.29", Name: "PpInitSystem(1)", Code: PP1Initialization, Needs: "P0.18 P1.22", Why: "the tree's lock; Enum", Progress: 20},
	{ID: "P1.30", Name: "LpcInitSystem", Code: LpcInitialization, Needs: "P1.9", Why: "\\ObjectTypes"},
	{ID: "P1.31", Name: "safe mode, boot log", Needs: "P0.1 P0.12", Why: "SAFEBOOT, BOOTLOG; what was loaded", Progress: 25},
	{ID: "P1.32", Name: "ExInitSystemPhase2", Needs: "P1.22", Why: "ProductPolicy"},
	{ID: "P1.33", Name: "MiniNT", Second: 6, Needs: "P1.22", Why: "the key is made in the registry"},
	{ID: "P1.48", Name: "XIPInit", Needs: "P0.10", Why: "the regions of memory"},
	{ID: "P1.34", Name: "IoInitSystem", Code: Io1Initialization, Needs: "P1.10 P1.11 P1.22", Why: "work items; types; Services", Progress: 75},
	{ID: "P1.49", Name: "WmiInitialize", Needs: "P0.16 P1.9", Why: "threads; names"},
	{ID: "P1.35", Name: "SafeBoot\\Option", Needs: "P1.22 P1.31", Why: "the registry; the mode"},
	{ID: "P1.36", Name: "MmPageKernel", Needs: "P1.18", Why: "the paging file's structures", Progress: 80},
	{ID: "P1.37", Name: "processors agree", Code: MultiprocessorConfiguration, Needs: "P1.8", Why: "every processor's features"},
	{ID: "P1.38", Name: "KeI386VdmInitialize", Needs: "P0.1", Why: "the processor's mode"},
	{ID: "P1.39", Name: "PoInitSystem(1)", Code: InternalPowerError, Needs: "P1.6 P1.10", Why: "power's description; callbacks, work items", Progress: 90},
	{ID: "P1.40", Name: "PsInitSystem(1)", Code: Process1Initialization, Needs: "P0.16 P1.9", Why: "processes; names"},
	{ID: "P1.41", Name: "SeRmInitPhase1", Code: Process1Initialization, Needs: "P1.16 P1.30", Why: "the reference monitor; ports", Progress: 100},
	{ID: "P1.42", Name: "FinalizeBootLogo", Needs: "P1.4", Why: "the boot screen"},
	{ID: "P1.43", Name: "ExpLoadInitialProcess", Code: Session1Initialization, Needs: "P0.2 P0.10 P0.15 P0.16 P1.9 P1.10 P1.12 P1.18",
		Why: "pool, pages, token, types, names, services, sections"},
	{ID: "P1.43.1", Name: "parameters", Code: Session1Initialization},
	{ID: "P1.43.2", Name: "environment", Code: Session2Initialization},
	{ID: "P1.43.3", Name: "process", Code: Session3Initialization},
	{ID: "P1.43.4", Name: "thread", Code: Session4Initialization},
	{ID: "P1.44", Name: "MmFreeLoaderBlock", Needs: "P0.10 P1.43", Why: "the boot files lie in loader memory until they are sections"},
	{ID: "P1.45", Name: "KeWaitForSingleObject(smss)", Code: Session5Initialization, Needs: "P1.3 P1.43", Why: "a clock for the timeout, a process to wait for"},
	{ID: "P1.46", Name: "ExpInitializationPhase++", Needs: "P1.43 P1.45", Why: "what P1.43 allocated is given back when the session runs"},
	{ID: "P1.47", Name: "MmZeroPageThread", Code: PfnListCorrupt, First: 0x8F, Needs: "P1.1 P1.2 P1.18 P1.44 P1.46",
		Why: "init pages, own priority, the event, nobody reads the loader block"},
}

// FindStep returns what is declared of a row or part; nil if there is no such id.
func FindStep(id string) *Step {
	for i := range Steps {
		if strings.EqualFold(Steps[i].ID, id) {
			return &Steps[i]
		}
	}
	return nil
}

// number gives the phase and the row of an id; part is false for a row.
func (s *Step) number() (phase, row int, part bool) {
	f := strings.Split(strings.TrimPrefix(s.ID, "P"), ".")
	phase, _ = strconv.Atoi(f[0])
	row, _ = strconv.Atoi(f[1])
	return phase, row, len(f) > 2
}

// IsPart reports whether the step is a part of the row before it.
func (s *Step) IsPart() bool {
	_, _, part := s.number()
	return part
}

// StopCode is the stop code of a failure.
func (s *Step) StopCode() BugCode {
	if phase, _, _ := s.number(); s.Code == 0 && phase == 0 {
		return PhaseZeroInitialization
	} else if s.Code == 0 {
		return PhaseOneInitialization
	}
	return s.Code
}

// Parameters are the stop's: the status, unless SPEC names another first one; the
// second or third one where SPEC names it. Where it names none and the stop code is a
// phase's, the second is the row's number, plus 0x100 in phase 1, where SPEC has small
// numbers of its own.
func (s *Step) Parameters(status nt.Status) [4]uint64 {
	p := [4]uint64{uint64(status), s.Second, s.Third, 0}
	if s.First != 0 {
		p[0] = s.First
	}
	phase, row, _ := s.number()
	switch {
	case s.Second|s.Third|s.First != 0:
	case phase == 0:
		p[1] = uint64(row)
	case s.Code == 0:
		p[1] = 0x100 + uint64(row)
	}
	return p
}

// Sequence checks, while the steps are done, that each comes in SPEC's order and after
// all that it needs.
type Sequence struct {
	present, done map[string]bool
	next          int // index in Steps
}

// NewSequence begins a boot of the steps that these ids name. What a step needs of
// others is not asked for.
func NewSequence(ids []string) *Sequence {
	q := &Sequence{map[string]bool{}, map[string]bool{}, 0}
	for _, id := range ids {
		q.present[id] = true
	}
	return q
}

// Has reports whether the boot has the step.
func (q *Sequence) Has(id string) bool { return q.present[id] }

// Begin says what is wrong with doing the step now; "" if nothing is.
func (q *Sequence) Begin(id string) string {
	i := q.next
	for i < len(Steps) && Steps[i].ID != id {
		i++
	}
	if i == len(Steps) {
		return "step " + id + " is out of order, done twice or not declared"
	}
	q.next = i + 1
	for _, n := range strings.Fields(Steps[i].Needs) {
		if q.present[n] && !q.done[n] {
			return "step " + id + " needs " + n + " (" + Steps[i].Why + "), which has not been done"
		}
	}
	return ""
}

// End notes that the step has been done.
func (q *Sequence) End(id string) { q.done[id] = true }

// Failure is how the failure of a step, or of a part of it, stops the system: part is "" or
// the step's own id where the step itself has failed.
func Failure(id, part string, status nt.Status) (code BugCode, p [4]uint64, text string) {
	declared := FindStep(id)
	text = id + " " + declared.Name
	if part != "" && part != id {
		declared = FindStep(part)
		text += ", " + declared.Name
	}
	return declared.StopCode(), declared.Parameters(status), text
}
