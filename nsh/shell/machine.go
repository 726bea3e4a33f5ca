package shell

import (
	"fmt"
	"strings"
	"time"

	"gont/nt"
)

// Memory is what the command mem shows.
type Memory struct {
	Basic       nt.SystemBasicInformation
	Performance nt.SystemPerformanceInformation
	Lists       nt.SystemMemoryListInformation
	Kernel      nt.SystemKernelInformation
	Usage       nt.SystemPageUsageInformation
	Files       []PageFile
}

// PageFile is a paging file.
type PageFile struct {
	nt.SystemPageFileInformation
	Name string
}

// Version is what the command ver shows.
type Version struct {
	nt.VersionInformation
	Processors nt.SystemProcessorInformation
	Brand      nt.SystemProcessorBrandInformation
	Basic      nt.SystemBasicInformation
}

// Machine are the services that tell of the system as a whole.
type Machine interface {
	Version() (Version, nt.Status)
	Memory() (Memory, nt.Status)
	Times() (nt.SystemTimeOfDayInformation, nt.Status)
	SetTime(t uint64) nt.Status
	// Shutdown ends the system; action is one of nt.Shutdown... It returns only when
	// it is refused.
	Shutdown(action uint32) nt.Status
	// NextBoot tells the loader what to start the next time, once: the number of an
	// entry of its menu from 1 on, or 0 and lastKnownGood.
	NextBoot(entry uint32, lastKnownGood bool) nt.Status
	// Crash stops the system with a blue screen that names code.
	Crash(code nt.Status) nt.Status
}

func version(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	v, st := s.sys.Version()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	s.printf("%s\n", oneLine(fixed(v.Product[:])))
	s.printf("version %d.%d, build %d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	if csd := fixed(v.CSDVersion[:]); csd != "" {
		s.printf(", %s", oneLine(csd))
	}
	p := v.Processors
	s.printf("\n%d processor%s: %s, family %d, model %d, stepping %d, %d MHz\n", v.Basic.NumberOfProcessors, plural(int(v.Basic.NumberOfProcessors)),
		oneLine(fixed(v.Brand.Brand[:])), p.ProcessorLevel, p.ProcessorRevision>>8, p.ProcessorRevision&0xFF, v.Brand.FrequencyMHz)
	return nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func memory(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	m, st := s.sys.Memory()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	page := uint64(m.Basic.PageSize)
	row := func(name string, pages uint64) []string { return []string{name, kb(pages * page)} }
	standby := uint64(0)
	for _, n := range m.Lists.PageCountByPriority {
		standby += n
	}
	p := &m.Performance
	rows := [][]string{
		row("physical memory", uint64(m.Basic.NumberOfPhysicalPages)),
		row("available", uint64(p.AvailablePages)),
		row("  zeroed", m.Lists.ZeroPageCount),
		row("  free", m.Lists.FreePageCount),
		row("  standby", standby),
		row("modified", m.Lists.ModifiedPageCount),
		row("bad", m.Lists.BadPageCount),
		row("committed", uint64(p.CommittedPages)),
		row("commit limit", uint64(p.CommitLimit)),
		row("commit peak", uint64(p.PeakCommitment)),
		row("paged pool", uint64(p.PagedPoolPages)),
		row("nonpaged pool", uint64(p.NonPagedPoolPages)),
		row("kernel's heap", m.Kernel.KernelHeapPages),
		row("reserve of the heap", m.Kernel.KernelHeapReserve),
	}
	for _, f := range m.Files {
		rows = append(rows, row(f.Name, uint64(f.TotalSize)), row("  in use", uint64(f.TotalInUse)), row("  most in use", uint64(f.PeakUsage)))
	}
	rows = append(rows, []string{"pages in use are of", ""})
	for _, u := range m.Usage.Rows[:min(int(m.Usage.Uses), len(m.Usage.Rows))] {
		if u.Pages > 0 {
			rows = append(rows, row("  "+fixed(u.Name[:]), u.Pages))
		}
	}
	s.table([]string{"<Memory", "KB"}, rows)
	return nil
}

// dateForm is how date shows a time and wants one.
const dateForm = "2006-01-02 15:04:05"

func date(s *Shell, args []string) error {
	if len(args) > 2 {
		return errUsage
	}
	if len(args) > 0 {
		t, err := time.ParseInLocation(dateForm, strings.Join(args, " "), time.UTC)
		if err != nil || t.Year() < 1980 || t.Year() > 2099 {
			return wrong("%q is no time of 1980 to 2099", strings.Join(args, " "))
		}
		if err := failed("NtSetSystemTime", s.sys.SetTime(fromTime(t))); err != nil {
			return err
		}
	}
	v, st := s.sys.Times()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	up := time.Duration(v.CurrentTime-v.BootTime) * 100
	s.printf("%s UTC", systemTime(v.CurrentTime).Format(dateForm))
	if v.TimeZoneBias != 0 {
		s.printf(", %s here", systemTime(v.CurrentTime-uint64(v.TimeZoneBias)).Format(dateForm))
	}
	s.printf("\nbooted %s UTC, %v ago\n", systemTime(v.BootTime).Format(dateForm), up.Truncate(time.Second))
	return nil
}

func shutdown(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	s.flush()
	return failed("NtShutdownSystem", s.sys.Shutdown(nt.ShutdownPowerOff))
}

const rebootMore = `ENTRY is the number of an entry of the boot menu, which is started without
asking; LKG starts the control set that was the last known good one.
`

func reboot(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	if len(args) == 1 {
		lkg := strings.EqualFold(args[0], "LKG")
		entry, ok := number(args[0], 16)
		if !lkg && (!ok || entry == 0) {
			return wrong("%q is neither LKG nor the number of an entry", args[0])
		}
		if err := failed("the loader's next choice", s.sys.NextBoot(uint32(entry), lkg)); err != nil {
			return err
		}
	}
	s.flush()
	return failed("NtShutdownSystem", s.sys.Shutdown(nt.ShutdownReboot))
}

const crashMore = `The stop code is FATAL_UNHANDLED_HARD_ERROR, its first parameter STATUS, a
number that is an error; without it STATUS_SYSTEM_PROCESS_TERMINATED.
`

func crash(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	code := nt.StatusSystemProcessTerminated
	if len(args) == 1 {
		n, ok := number(args[0], 32)
		if !ok || nt.Status(n).OK() {
			return wrong("%q is no status of an error", args[0])
		}
		code = nt.Status(n)
	}
	s.flush()
	return failed("NtRaiseHardError", s.sys.Crash(code))
}

// duration shows microseconds.
func duration(us uint64) string { return fmt.Sprintf("%d.%03d", us/1000, us%1000) }
