//go:build kernel

package hal

import "sync"

// Machine-check registers (SDM vol. 3, 16.3; vol. 4).
const (
	msrMcgCap    = 0x179
	msrMcgStatus = 0x17A
	msrMcgCtl    = 0x17B
	msrMc0Ctl    = 0x400 // four registers a bank: CTL, STATUS, ADDR, MISC
	mcgCtlThere  = 1 << 8
	banksMost    = 32
)

// earlierChecks are errors that banks held when the processors started: firmware, or
// a boot that ended by one, has left them.
var (
	earlierChecks     []MachineCheckBank
	earlierChecksLock sync.Mutex
)

// hasMachineCheck reports whether the calling processor has machine-check exceptions
// (MCE) and banks (MCA).
func hasMachineCheck() (mce, mca bool) {
	_, _, _, d := cpuid(1, 0)
	return d&(1<<7) != 0, d&(1<<14) != 0
}

// initializeMachineCheck lets every bank report, keeps what the banks hold for
// EarlierMachineChecks, and makes a machine check an exception instead of a reset
// (SDM vol. 3, 16.8).
func initializeMachineCheck() {
	mce, mca := hasMachineCheck()
	if mca {
		capability := readMSR(msrMcgCap)
		if capability&mcgCtlThere != 0 {
			writeMSR(msrMcgCtl, ^uint64(0))
		}
		n := min(int(capability&0xFF), banksMost)
		readBanks(func(b MachineCheckBank) {
			earlierChecksLock.Lock()
			earlierChecks = append(earlierChecks, b)
			earlierChecksLock.Unlock()
		})
		first := 0
		if p := IdentifyProcessor(); p.Family == 6 && p.Model < 0x1A {
			first = 1 // bank 0's control register belongs to the firmware there
		}
		for i := range n {
			if i >= first {
				writeMSR(msrMc0Ctl+4*uint32(i), ^uint64(0))
			}
			writeMSR(msrMc0Ctl+4*uint32(i)+1, 0)
		}
	}
	if mce {
		setCR4(1 << 6)
	}
}

// readBanks calls f for each of the calling processor's banks that holds a valid
// error. It allocates nothing.
func readBanks(f func(MachineCheckBank)) {
	for i := range min(int(readMSR(msrMcgCap)&0xFF), banksMost) {
		at := msrMc0Ctl + 4*uint32(i)
		b := MachineCheckBank{Processor: processorNumber(), Bank: i, Status: readMSR(at + 1)}
		if b.Status&mciValid == 0 {
			continue
		}
		if b.Status&mciAddrValid != 0 {
			b.Addr = readMSR(at + 2)
		}
		if b.Status&mciMiscValid != 0 {
			b.Misc = readMSR(at + 3)
		}
		f(b)
	}
}

// EarlierMachineChecks returns, once, the errors that processors' banks held when the
// processors started.
func EarlierMachineChecks() []MachineCheckBank {
	earlierChecksLock.Lock()
	defer earlierChecksLock.Unlock()
	list := earlierChecks
	earlierChecks = nil
	return list
}

// MachineCheckBanks calls f for each of the calling processor's banks that holds an
// error, and returns IA32_MCG_STATUS; there is false without banks. It is for the stop
// path: any IRQL, no lock, no wait.
func MachineCheckBanks(f func(MachineCheckBank)) (status uint64, there bool) {
	if _, mca := hasMachineCheck(); !mca {
		return 0, false
	}
	status = readMSR(msrMcgStatus)
	readBanks(f)
	return status, true
}
