//go:build kernel

package hal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

const (
	msrMtrrCap     = 0xFE
	msrMtrrBase0   = 0x200
	msrPat         = 0x277
	msrMtrrDefault = 0x2FF
	cpuidMtrr      = 1 << 12 // leaf 1, EDX
	cpuidPat       = 1 << 16
)

// fixedMtrrs are the registers' MSRs, in the order of addresses (table 11-8).
var fixedMtrrs = [11]uint32{0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F}

// WriteBackCaches writes this processor's caches back to memory, so that a reset loses
// nothing of them. Any IRQL.
func WriteBackCaches() { writeBackCaches() }

func writeBackCaches() // WBINVD
func disableCaches()   // CR0.CD on, NW off, WBINVD
func enableCaches()    // WBINVD, CR0.CD off

// processorMtrrs are the processors' registers, by number.
var processorMtrrs [MaximumProcessors]mtrrs

// initializeMemoryTypes gives the calling processor the PAT that page tables count on,
// whatever the firmware has put there, and reads its MTRRs. IF is 0. (SDM vol. 3,
// 11.12.4: caches are written back and translations forgotten. No page was mapped with an
// entry that changes.)
func initializeMemoryTypes() {
	_, _, _, d := cpuid(1, 0)
	if d&cpuidPat != 0 {
		writeBackCaches()
		writeMSR(msrPat, patValue)
		writeBackCaches()
		flushAll()
	}
	if d&cpuidPat == 0 || readMSR(msrPat) != patValue {
		noWriteCombining.Store(true)
	}
	if d&cpuidMtrr == 0 {
		return
	}
	n := processorNumber()
	m := &processorMtrrs[n]
	m.read()
	if mtrrsWere[n] = processorMtrrs[0].differences(m); n > 0 && mtrrsWere[n] != "" && m.capability == processorMtrrs[0].capability {
		processorMtrrs[0].write()
		m.read()
	}
}

// noWriteCombining: some processor has not the PAT.
var noWriteCombining atomic.Bool

// mtrrsWere is what of a processor's MTRRs was not as in the boot processor's.
var mtrrsWere [MaximumProcessors]string

// read reads the calling processor's registers.
func (m *mtrrs) read() {
	m.capability, m.defaultType = readMSR(msrMtrrCap), readMSR(msrMtrrDefault)
	if m.capability&(1<<8) != 0 {
		for i, r := range fixedMtrrs {
			m.fixed[i] = readMSR(r)
		}
	}
	for i := range m.variables() {
		m.variable[i] = [2]uint64{readMSR(msrMtrrBase0 + 2*uint32(i)), readMSR(msrMtrrBase0 + 2*uint32(i) + 1)}
	}
}

// write makes the calling processor's registers these (SDM vol. 3, 11.11.8: caches off and
// written back, ranges off, registers, and all on again). IF is 0.
func (m *mtrrs) write() {
	const on = 1 << 11
	disableCaches()
	flushAll()
	writeMSR(msrMtrrDefault, m.defaultType&^on)
	if m.capability&(1<<8) != 0 {
		for i, r := range fixedMtrrs {
			writeMSR(r, m.fixed[i])
		}
	}
	for i := range m.variables() {
		writeMSR(msrMtrrBase0+2*uint32(i), m.variable[i][0])
		writeMSR(msrMtrrBase0+2*uint32(i)+1, m.variable[i][1])
	}
	writeMSR(msrMtrrDefault, m.defaultType)
	enableCaches()
	flushAll()
}

// MemoryTypesDiffered returns a sentence when the MTRRs of some processor were not the boot
// processor's, or still are not, "" when all were. Preconditions: RunProcessors, and
// the processors' mains have been called.
func MemoryTypesDiffered() string {
	set, still, first := 0, 0, 0
	for i := 1; i < count; i++ {
		if mtrrsWere[i] == "" {
			continue
		}
		if first == 0 {
			first = i
		}
		if set++; processorMtrrs[0].differences(&processorMtrrs[i]) != "" {
			still++
		}
	}
	switch {
	case still > 0:
		return fmt.Sprintf("the memory types (MTRRs) of %d %s differ from the boot processor's, and cannot be set: %s", still, plural(still, "processor"), mtrrsWere[first])
	case set > 0:
		return fmt.Sprintf("the memory types (MTRRs) of %d %s were not the boot processor's, and are set the same: %s", set, plural(set, "processor"), mtrrsWere[first])
	}
	return ""
}

// Device space: fixed pages from ApicVirtual on, the rest from deviceSpace on.
const (
	deviceSpace  = 0xFFFF_FFFF_FFD0_0000
	devicePages  = 0x2E0
	videoVirtual = ApicVirtual + 0x1F000
	resetVirtual = ApicVirtual + 0x1E000
)

var (
	deviceLock  sync.Mutex
	deviceTable = ioSpace{base: deviceSpace, pages: devicePages}
)

// MapIoSpace maps device space, and returns its address in the kernel; NT's MmMapIoSpace.
// Nothing is taken back: whoever asks again gets the same addresses. Memory is refused, and
// what is mapped with another type. PASSIVE_LEVEL.
func MapIoSpace(pa, size uint64, cache CacheType) (va uint64, err error) {
	if cache == WriteCombined && noWriteCombining.Load() {
		cache = NonCached
	}
	deviceLock.Lock()
	defer deviceLock.Unlock()
	va, there, err := deviceTable.place(pa, size, cache)
	if err != nil || there {
		return va, err
	}
	for off := uint64(0); off < size+pa&0xFFF; off += 4096 {
		setDevice(va&^0xFFF+off, pa&^0xFFF+off, cache)
	}
	return va, nil
}

// mapDevice maps one page of device registers uncached at a fixed address of the kernel's.
// Preconditions: one processor runs, or nobody has used the address.
func mapDevice(va, pa uint64) {
	if err := deviceTable.claim(pa>>12, va, NonCached); err != nil {
		panic(err.Error())
	}
	setDevice(va, pa, NonCached)
}

func setDevice(va, pa uint64, cache CacheType) {
	const noExecute, global, write, present = 1 << 63, 1 << 8, 1 << 1, 1 << 0
	*pteAddress(va) = pa | uint64(cache)<<3 | noExecute | global | write | present
	FlushTB(va)
}

// Frames is a run of page frames.
type Frames struct{ Base, Size uint64 }

// RestrictPhysicalMap leaves in the physical map what is memory, and nothing else, so that
// no device register is there write-back, for an instruction that goes astray or one that
// is executed ahead. runs are memory, sorted. Large pages that are in part memory are split.
// Preconditions: one processor runs; Phys of anything else is not used any more (SPEC
// P0.10).
func RestrictPhysicalMap(runs []Frames) {
	var ram []frames
	for _, r := range runs {
		ram = append(ram, frames{r.Base, r.Base + r.Size})
	}
	ram = merge(ram)
	top := max(uint64(4)<<30, loaderExtension().HighestRam)
	for pa := uint64(0); pa < top; pa += 2 << 20 {
		e := largeEntry(uint64(uintptr(Phys(pa))))
		if e == nil || *e&1 == 0 || *e&(1<<7) == 0 {
			continue
		}
		all, none := largeMap(ram, pa>>12)
		switch {
		case all:
		case none:
			*e = 0
		default:
			table := takePage()
			t := (*[512]uint64)(Phys(table))
			for _, r := range ram {
				for f := max(r.first, pa>>12); f < min(r.end, pa>>12+512); f++ {
					t[f&511] = f<<12 | *e&(1<<63) | 3
				}
			}
			*e = table | 3
		}
	}
	flushAll()
	deviceLock.Lock()
	deviceTable.ram = ram
	deviceLock.Unlock()
}

// largeEntry finds the entry of level 2 for va, nil if there are no tables.
func largeEntry(va uint64) *uint64 {
	table := ReadCR3() & 0x000F_FFFF_FFFF_F000
	for shift := 39; ; shift -= 9 {
		e := (*uint64)(Phys(table + (va>>shift&511)*8))
		if shift == 21 {
			return e
		}
		if *e&1 == 0 {
			return nil
		}
		table = *e & 0x000F_FFFF_FFFF_F000
	}
}

// deviceByte is one byte of a register in memory, mapped for it.
func deviceByte(va, pa uint64) *byte {
	setDevice(va, pa&^0xFFF, NonCached)
	return (*byte)(unsafe.Pointer(uintptr(va + pa&0xFFF)))
}
