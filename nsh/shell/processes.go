package shell

import (
	"fmt"
	"strings"

	"gont/nt"
)

// Process is one process of NtQuerySystemInformation.
type Process struct {
	nt.SystemProcessInformation
	Name    string
	Threads []nt.SystemThreadInformation
}

// Processes are the services around processes.
type Processes interface {
	// List returns all processes.
	List() ([]Process, nt.Status)
	// Terminate ends a process.
	Terminate(pid uint64, exit nt.Status) nt.Status
	// Start starts a program of \BootImages with a command line. With wait it returns
	// the program's exit status when it has ended.
	Start(image, command string, wait bool) (pid uint64, exit nt.Status, s nt.Status)
}

func processes(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.List()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	var rows [][]string
	for _, p := range list {
		name := p.Name
		if p.UniqueProcessID == 0 && name == "" {
			name = "Idle"
		}
		rows = append(rows, []string{fmt.Sprint(p.UniqueProcessID), fmt.Sprint(p.InheritedFromUniqueProcessID), fmt.Sprint(p.NumberOfThreads),
			fmt.Sprint(p.HandleCount), fmt.Sprint(p.BasePriority), kb(p.WorkingSetSize), kb(p.PrivatePageCount),
			milliseconds(p.KernelTime), milliseconds(p.UserTime), name})
	}
	s.table([]string{"PID", "Parent", "Threads", "Handles", "Prio", "WS KB", "Private KB", "Kernel ms", "User ms", "<Name"}, rows)
	return nil
}

// process finds one by its id.
func (s *Shell) process(pid uint64) (Process, error) {
	list, st := s.sys.List()
	if !st.OK() {
		return Process{}, failed("NtQuerySystemInformation", st)
	}
	for _, p := range list {
		if p.UniqueProcessID == pid {
			return p, nil
		}
	}
	return Process{}, failure{fmt.Sprint("process ", pid), nt.StatusInvalidCid}
}

// states are KTHREAD_STATE's names.
var states = []string{"Initialized", "Ready", "Running", "Standby", "Terminated", "Waiting", "Transition", "DeferredReady"}

// reasons are KWAIT_REASON's names.
var reasons = []string{"Executive", "FreePage", "PageIn", "PoolAllocation", "DelayExecution", "Suspended", "UserRequest", "WrExecutive",
	"WrFreePage", "WrPageIn", "WrPoolAllocation", "WrDelayExecution", "WrSuspended", "WrUserRequest", "WrEventPair", "WrQueue"}

func named(names []string, n uint32) string {
	if int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprint(n)
}

const stateWaiting = 5

func threads(s *Shell, args []string) error {
	pid, err := processID(args)
	if err != nil {
		return err
	}
	p, err := s.process(pid)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, t := range p.Threads {
		state := named(states, t.ThreadState)
		if t.ThreadState == stateWaiting {
			state += ": " + named(reasons, t.WaitReason)
		}
		rows = append(rows, []string{fmt.Sprint(t.ClientID.UniqueThread), fmt.Sprint(t.Priority), fmt.Sprint(t.BasePriority),
			fmt.Sprint(t.ContextSwitches), milliseconds(t.KernelTime), milliseconds(t.UserTime), fmt.Sprintf("%x", t.StartAddress), state})
	}
	if len(rows) == 0 {
		s.none("threads")
		return nil
	}
	s.table([]string{"TID", "Prio", "Base", "Switches", "Kernel ms", "User ms", "Start", "<State"}, rows)
	return nil
}

func kill(s *Shell, args []string) error {
	pid, err := processID(args)
	if err != nil {
		return err
	}
	if err := failed(fmt.Sprint("process ", pid), s.sys.Terminate(pid, nt.StatusControlCExit)); err != nil {
		return err
	}
	s.printf("process %d was ended\n", pid)
	return nil
}

const runMore = `IMAGE is a file, of \SystemRoot\System32 if it has no path; ".exe" may be
left out. With & at the end the shell does not wait. Without a disk the images
are those that the loader has read (see obj \BootImages).
`

func run(s *Shell, args []string) error {
	wait := true
	if n := len(args); n > 1 && args[n-1] == "&" {
		args, wait = args[:n-1], false
	}
	if len(args) == 0 || args[0] == "&" {
		return errUsage
	}
	image := args[0]
	if last := image[strings.LastIndexAny(image, `\/:`)+1:]; !strings.Contains(last, ".") {
		image += ".exe"
	}
	if strings.ContainsAny(image, `\/:`) {
		path, err := s.full(image)
		if err != nil {
			return err
		}
		image = native(path)
	}
	s.flush() // the program prints, too
	pid, exit, st := s.sys.Start(image, strings.Join(append([]string{image}, args[1:]...), " "), wait)
	if !st.OK() {
		return failed(image, st)
	}
	if !wait {
		s.printf("process %d was started\n", pid)
		return nil
	}
	s.printf("process %d ended with %v\n", pid, exit)
	return nil
}
