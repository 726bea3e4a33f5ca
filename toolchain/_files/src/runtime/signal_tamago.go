//go:build tamago

package runtime

import _ "unsafe" // for linkname

// There are no signals. What the rest of the runtime asks for is here.

const _NSIG = 0

type sigset struct{}
type gsignalStack struct{}

func mpreinit(mp *m)              {}
func unminit()                    {}
func mdestroy(mp *m)              {}
func signame(sig uint32) string   { return "" }
func initsig(preinit bool)        {}
func setProcessCPUProfiler(int32) {}
func setThreadCPUProfiler(int32)  {}
func sigdisable(uint32)           {}
func sigenable(uint32)            {}
func sigignore(uint32)            {}

//go:nosplit
func sigsave(p *sigset) {}

//go:nosplit
func msigrestore(sigmask sigset) {}

//go:nosplit
//go:nowritebarrierrec
func clearSignalHandlers() {}

//go:nosplit
func sigblock(exiting bool) {}

//go:linkname os_sigpipe os.sigpipe
func os_sigpipe() {}

// Numbers a platform may pass to tamagoFault.
const (
	_SIGILL  = 4
	_SIGFPE  = 8
	_SIGSEGV = 11
)

// sigpanic turns a processor exception of the current goroutine into a Go
// panic. tamagoFault has put the number above into g.sig and the faulting
// address into g.sigcode1, and it looks like a call from the instruction.
func sigpanic() {
	gp := getg()
	if !canpanic() {
		throw("unexpected processor exception during runtime execution")
	}
	switch gp.sig {
	case _SIGFPE:
		panicdivide()
	case _SIGILL:
		throw("illegal instruction")
	}
	if gp.sigcode1 < 0x1000 {
		panicmem()
	}
	if gp.paniconfault {
		panicmemAddr(gp.sigcode1)
	}
	print("unexpected fault address ", hex(gp.sigcode1), "\n")
	throw("fault")
}

// The goroutine of os/signal that waits for signals waits for ever, without
// taking a thread.
func sigNoteSetup(*note) {}

func sigNoteSleep(*note) {
	netpollGenericInit()
	netpollAdjustWaiters(1)
	gopark(nil, nil, waitReasonZero, traceBlockForever, 1)
}

func sigNoteWakeup(*note) {}
