//go:build kernel

package hal

import (
	"sync/atomic"
	"unsafe"
)

// InitializeProcessor sets up what the calling processor needs besides the
// tables that it has loaded: the SYSCALL registers and what the Go
// runtime's FS base is (SPEC P0.1, P1.8; SDM vol. 3, 5.8.8).
func InitializeProcessor() {
	pcrs[processorNumber()].KernelFs = readMSR(msrFsBase)
	writeMSR(msrEfer, readMSR(msrEfer)|1|1<<11) // SCE, NXE
	// SYSRET: CS = 0x20+16, SS = 0x20+8, RPL 3; SYSCALL: CS = 0x10, SS = 0x18.
	writeMSR(msrStar, 0x0023<<48|0x0010<<32)
	writeMSR(msrLstar, systemCallEntry())
	writeMSR(msrSfmask, 0x47700) // TF, IF, DF, IOPL, NT, AC
	initializeMachineCheck()
	initializeMemoryTypes()
	// Where there is SMEP, ring 0 does not execute ring 3's pages; where there
	// is UMIP, ring 3 does not see the descriptor tables' addresses.
	if max, _, _, _ := cpuid(0, 0); max >= 7 {
		_, b, c, _ := cpuid(7, 0)
		if b&(1<<7) != 0 {
			setCR4(1 << 20)
		}
		if c&(1<<2) != 0 {
			setCR4(1 << 11)
		}
	}
}

// Processor describes the boot processor as CPUID does.
type Processor struct {
	Vendor, Brand           string
	Family, Model, Stepping uint32
	FeatureECX, FeatureEDX  uint32 // leaf 1
	Hypervisor              string // leaf 0x40000000, "" on a bare machine
}

// IdentifyProcessor reads CPUID (SDM vol. 2, CPUID).
func IdentifyProcessor() Processor {
	var p Processor
	max, b, c, d := cpuid(0, 0)
	p.Vendor = registers(b, d, c)
	if max >= 1 {
		a, _, ecx, edx := cpuid(1, 0)
		p.Stepping = a & 15
		p.Family, p.Model = a>>8&15, a>>4&15
		if p.Family == 6 || p.Family == 15 {
			p.Model |= a >> 12 & 0xF0
		}
		if p.Family == 15 {
			p.Family += a >> 20 & 0xFF
		}
		p.FeatureECX, p.FeatureEDX = ecx, edx
		if ecx&(1<<31) != 0 {
			_, hb, hc, hd := cpuid(0x40000000, 0)
			p.Hypervisor = registers(hb, hc, hd)
		}
	}
	if max, _, _, _ := cpuid(0x80000000, 0); max >= 0x80000004 {
		for i := uint32(2); i <= 4; i++ {
			a, b, c, d := cpuid(0x80000000+i, 0)
			p.Brand += registers(a, b, c, d)
		}
	}
	return p
}

func registers(r ...uint32) string {
	var s []byte
	for _, v := range r {
		for i := 0; i < 32; i += 8 {
			if c := byte(v >> i); c != 0 {
				s = append(s, c)
			}
		}
	}
	return string(s)
}

// Interrupts are let through for the first time, on the calling processor (P0.19,
// P1.8).
func BeginInterrupts() {
	atomic.StoreUint64(&pcrs[processorNumber()].Online, 1)
	EnableInterrupts()
}

// Ticks returns the calling processor's clock interrupts since StartClock.
func Ticks() uint64 { return ticks() }

// TickRip returns the instruction at which the last clock interrupt has found the
// calling processor, in either ring.
func TickRip() uint64 { return tickRip() }

// TakeTicks returns how many clock interrupts the calling processor has had since
// the last call, or would have had if its clock had not been stopped.
func TakeTicks() uint64 {
	n := takeTicks()
	if p := pcrs[processorNumber()]; atomic.LoadUint64(&p.Missed) != 0 {
		n += atomic.SwapUint64(&p.Missed, 0)
	}
	return n
}

// Attention reports whether the calling processor has had a clock interrupt or a
// request that nobody has taken (TakeTicks, TakeRequest).
func Attention() bool { return attention() }

// HaltUntilAttention stops the calling processor until an interrupt, unless
// Attention is true. IRQL: PASSIVE_LEVEL, idle thread.
func HaltUntilAttention() {
	pollExpected()
	haltUntilAttention()
}

// HaltWithoutClock is HaltUntilAttention with the calling processor's clock interrupt
// stopped meanwhile. The ticks that did not come are there afterwards, for TakeTicks.
// Preconditions: there is a local APIC (SDM vol. 3, 10.5.4: a masked timer counts
// on); somebody else's requests, or nothing, are waited for.
func HaltWithoutClock() {
	pollExpected()
	p := pcrs[processorNumber()]
	stopped := Nanotime()
	atomic.StoreUint64(&p.Stopped, uint64(stopped))
	apicWrite(apicLvtTimer, lvtMasked|lvtPeriodic|VectorClock)
	haltUntilAttention()
	apicWrite(apicLvtTimer, lvtPeriodic|VectorClock)
	missed := missedTicks(stopped)
	atomic.StoreUint64(&p.Stopped, 0)
	atomic.AddUint64(&p.Missed, missed)
}

func missedTicks(since int64) uint64 { return uint64(max(Nanotime()-since, 0)) / (TimeIncrement * 100) }

// SkippedTicks returns how many ticks processor n has had, or would have had with
// its clock going, since it last took them (TakeTicks). It is exact to a tick or
// two. Any IRQL.
func SkippedTicks(n int) uint64 {
	p := pcrs[n]
	since := atomic.LoadUint64(&p.Stopped)
	skipped := atomic.LoadUint64(&p.Ticks) - atomic.LoadUint64(&p.Seen) + atomic.LoadUint64(&p.Missed)
	if since != 0 {
		skipped += missedTicks(int64(since))
	}
	return skipped
}

// Pause tells the processor that the caller waits in a loop for another one.
func Pause() { pause() }

// Bytes is n bytes of physical memory at pa.
func Bytes(pa uint64, n int) []byte { return unsafe.Slice((*byte)(Phys(pa)), n) }

// DropIdentityMap takes OSLDR's map of low memory away: from here on a stray
// low pointer faults.
func DropIdentityMap() {
	pml4 := (*[512]uint64)(Phys(ReadCR3() & 0x000F_FFFF_FFFF_F000))
	clear(pml4[:256])
	flushAll()
	kernelRoot = ReadCR3() & 0x000F_FFFF_FFFF_F000
	loadRoot(kernelRoot)
}

// IdentifyHypervisor reads the leaves of CPUID that hypervisors have.
func IdentifyHypervisor() (h Hypervisor) {
	if _, _, ecx, _ := cpuid(1, 0); ecx&(1<<31) == 0 {
		return h
	}
	highest, b, c, d := cpuid(0x40000000, 0)
	h.Vendor, h.Highest = registers(b, c, d), highest
	if highest >= 0x40000001 {
		if a, _, _, _ := cpuid(0x40000001, 0); a == 0x31237648 { // "Hv#1"
			h.Interface = registers(a)
		}
	}
	return h
}

// Virtualization is VirtualizationSupport of the processor that calls.
func Virtualization() string {
	_, _, ecx, _ := cpuid(1, 0)
	var extended uint32
	if highest, _, _, _ := cpuid(0x80000000, 0); highest >= 0x80000001 {
		_, _, extended, _ = cpuid(0x80000001, 0)
	}
	return VirtualizationSupport(ecx, extended)
}
