//go:build kernel

package hal

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Several processors (SPEC P1.8): start, requests between them, the end.

// pcrs are the processors' PCRs by number; count of them exist, and the Go
// runtime has been given tasks of them.
var (
	pcrs  = [MaximumProcessors]*PCR{&bootPCR}
	count = 1
	tasks = 1
)

// ErrNoAnswer is a processor's that does not start.
var ErrNoAnswer = errors.New("it does not answer")

// Interrupt command register (SDM vol. 3, 10.6.1).
const (
	icrInit    = 5<<8 | 1<<14
	icrStartup = 6<<8 | 1<<14
	icrNMI     = 4<<8 | 1<<14
	icrFixed   = 1 << 14
)

func processorStart() uint64

// FeatureSet is what the processors of a machine must have in common: CPUID
// leaves 1 and 7, and 80000001h, without what differs by nature.
type FeatureSet [5]uint32

// features are the processors', by number.
var features [MaximumProcessors]FeatureSet

func featureSet() (f FeatureSet) {
	const osxsave, ospke = 1 << 27, 1 << 4 // mirrors of CR4
	_, _, c, d := cpuid(1, 0)
	f[0], f[1] = c&^osxsave, d
	if max, _, _, _ := cpuid(0, 0); max >= 7 {
		_, b, c, _ := cpuid(7, 0)
		f[2], f[3] = b, c&^ospke
	}
	if max, _, _, _ := cpuid(0x80000000, 0); max > 0x80000000 {
		_, _, _, f[4] = cpuid(0x80000001, 0)
	}
	return f
}

// Features returns a processor's feature set (SPEC P1.37).
func Features(number int) FeatureSet { return features[number] }

// ProcessorNumber is KeGetCurrentProcessorNumber.
func ProcessorNumber() int { return processorNumber() }

// ProcessorCount is how many processors have been started.
func ProcessorCount() int { return count }

// StartProcessors starts the processors with these APIC ids, as many as make limit with
// those that run; they wait for RunProcessors then. low are the addresses of four pages
// below 1 MiB that they need meanwhile: for the first instructions and for page tables
// that map them. It returns what is worth saying, a sentence each, and the number of ids
// that were left alone because of limit.
//
// Each gets startFirst to come up. Those that have not are tried once more, and share
// startPatience: however many the firmware lists that are not there, they cost no more
// together. One may come all the same, however late, where an emulator has kept it from
// running: it takes another one's place then, or halts (ParkProcessors).
func StartProcessors(ids []uint32, low [4]uint64, limit int) (say []string, alone int) {
	var silent []uint32
	failed := map[uint32]error{}
	for i, id := range ids {
		if count >= limit {
			return say, len(ids) - i
		}
		if failed[id] = startProcessor(id, low, startFirst); failed[id] == ErrNoAnswer {
			silent = append(silent, id)
		}
		say = append(say, takeNotes()...)
	}
	end := Nanotime() + startPatience
	for i, id := range silent {
		if count >= limit || running(id) {
			failed[id] = nil // it had come late
			continue
		}
		share := max((end-Nanotime())/int64(len(silent)-i), startLeast)
		failed[id] = startProcessor(id, low, share)
		say = append(say, takeNotes()...)
	}
	for _, id := range ids {
		if err := failed[id]; err != nil && !running(id) {
			say = append(say, fmt.Sprintf("The processor with APIC id %d is left out: %v", id, err))
		}
	}
	return say, 0
}

// How long a processor may take to come up, ns: at first; all together that have not;
// each of these at least.
const (
	startFirst    = 200_000_000
	startPatience = 3_000_000_000
	startLeast    = 20_000_000
)

// running reports whether the processor with an APIC id has been started: it says so
// itself (kiProcessorWait).
func running(id uint32) bool {
	for _, p := range pcrs[:count] {
		if p.ApicID == uint64(id) {
			return true
		}
	}
	return false
}

// notes are sentences for the kernel to print.
var notes []string

func takeNotes() []string {
	n := notes
	notes = nil
	return n
}

// startProcessor starts one, and waits patience ns, or returns ErrNoAnswer.
func startProcessor(id uint32, low [4]uint64, patience int64) error {
	if id > 0xFE && !x2apic {
		return fmt.Errorf("APIC id %d needs the x2APIC mode, which the firmware has not chosen", id)
	}
	b := newProcessorBlock(count)
	code, pml4 := low[0], (*[512]uint64)(Phys(low[1]))
	copy(pml4[:], (*[512]uint64)(Phys(kernelRoot))[:])
	*(*[512]uint64)(Phys(low[2])) = [512]uint64{low[3] | 3}
	*(*[512]uint64)(Phys(low[3])) = [512]uint64{0x83} // 2 MiB at 0
	pml4[0] = low[2] | 3
	copy(Bytes(code, 4096), trampoline(uint32(code), uint32(low[1]), processorStart(), uint64(uintptr(unsafe.Pointer(b)))))

	// SDM vol. 3, 8.4.4.1: INIT, 10 ms, and start-up twice 200 us apart.
	if !sendApic(id, icrInit) {
		return errors.New("the local APIC sends no interrupts")
	}
	wait(10_000_000)
	for range 2 {
		sendApic(id, icrStartup|uint32(code>>12))
		for start := Nanotime(); Nanotime()-start < 200_000; {
			if atomic.LoadUint64(&b.Pcr.Started) != 0 {
				break
			}
			pause()
		}
		if atomic.LoadUint64(&b.Pcr.Started) != 0 {
			break
		}
	}
	for start := Nanotime(); atomic.LoadUint64(&b.Pcr.Started) == 0; pause() {
		if Nanotime()-start > patience {
			sendApic(id, icrInit)
			abandoned = append(abandoned, b)
			return ErrNoAnswer
		}
	}
	pcrs[count] = &b.Pcr
	count++
	if text := compareTsc(count-1, &b.Pcr); text != "" {
		notes = append(notes, "HAL: "+text)
	}
	return nil
}

// abandoned are the blocks of processors that did not come up; they may yet.
var abandoned []*ProcessorBlock

// ParkProcessors lets processors that did not answer halt when they come after all,
// and reports whether there are any: the page at code, the first that StartProcessor
// was given, must stay as it is then.
func ParkProcessors(code uint64) bool {
	if len(abandoned) == 0 {
		return false
	}
	copy(Bytes(code, 4096), []byte{0xFA, 0xF4, 0xEB, 0xFC}) // CLI; HLT; JMP to the CLI
	return true
}

// newProcessorBlock makes the tables that kiProcessorStart loads.
func newProcessorBlock(number int) *ProcessorBlock {
	b := new(ProcessorBlock)
	// A trap must not meet a page of its own stack for the first time.
	for _, s := range [][]byte{b.TrapStack[:], b.FaultStack[:], b.DoubleStack[:], b.DebugStack[:], b.NmiStack[:], b.ResumeStack[:], b.Frame[:]} {
		for i := 0; i < len(s); i += 1024 {
			atomic.StoreUint32((*uint32)(unsafe.Pointer(&s[i])), 0)
		}
	}
	address := func(p unsafe.Pointer) uint64 { return uint64(uintptr(p)) }
	b.Pcr.Self = address(unsafe.Pointer(&b.Pcr))
	b.Pcr.Number = uint64(number)
	b.Pcr.Lines = newLines(number)
	end := func(stack []byte) uint64 {
		return (address(unsafe.Pointer(&stack[0])) + uint64(len(stack))) &^ 15
	}
	// TSS: RSP0 at 4, IST1 to 5 at 36, I/O map base at 102 (SDM vol. 3, 8.7)
	put := func(at int, v uint64) {
		for i := range 8 {
			*(*byte)(unsafe.Add(unsafe.Pointer(&b.Tss), at+i)) = byte(v >> (8 * i))
		}
	}
	put(4, end(b.TrapStack[:]))
	for i, s := range [][]byte{b.TrapStack[:], b.FaultStack[:], b.DoubleStack[:], b.DebugStack[:], b.NmiStack[:]} {
		put(36+8*i, end(s))
	}
	b.Pcr.KdFrame = (address(unsafe.Pointer(&b.Frame)) + 15) &^ 15
	b.Pcr.KdStack, b.Pcr.KdNmiStack = end(b.ResumeStack[:]), end(b.NmiStack[:])
	put(102, 104)
	b.Gdt = gdt
	t := address(unsafe.Pointer(&b.Tss))
	b.Gdt[8] = 103 | (t&0xFFFFFF)<<16 | 0x89<<40 | (t>>24&0xFF)<<56
	b.Gdt[9] = t >> 32
	describe := func(d *[2]uint64, at uint64, limit uint64) { d[0], d[1] = limit|at<<16, at>>48 }
	describe(&b.Gdtr, address(unsafe.Pointer(&b.Gdt)), 11*8-1)
	describe(&b.Idtr, address(unsafe.Pointer(&idt)), 4095)
	return b
}

// startTask is goos.Task: the next processor that waits begins at fn.
//
//go:nosplit
func startTask(sp, _, _, fn unsafe.Pointer) {
	if tasks >= count {
		const text = "hal: the Go runtime wants more threads than there are processors\n"
		for i := 0; i < len(text); i++ {
			serialPut(text[i])
		}
		Halt()
	}
	p := pcrs[tasks]
	tasks++
	p.TaskSp = uint64(uintptr(sp))
	atomic.StoreUint64(&p.TaskFn, uint64(uintptr(fn)))
}

//go:linkname setNCPU runtime.tamagoSetNCPU
func setNCPU(n int32)

//go:linkname bind runtime.tamagoBind
func bind(n uint32)

// Switch parks the calling goroutine in *from, releases *held and runs the one in
// *to on this processor (docs/toolchain.md).
//
//go:linkname Switch runtime.tamagoSwitch
func Switch(from, to *uintptr, held *uint32)

//go:linkname threads runtime.tamagoThreads
var threads int32

//go:linkname preempt runtime.tamagoPreempt
var preempt func(procid uint64)

//go:linkname gcBlackenEnabled runtime.gcBlackenEnabled
var gcBlackenEnabled uint32

// Collecting reports whether the collector marks. It begins with all processors
// stopped for a moment, so one that halts comes by here. Any IRQL.
func Collecting() bool { return atomic.LoadUint32(&gcBlackenEnabled) != 0 }

// RunProcessors lets every started processor run Go: main on a goroutine of its
// own, which becomes the processor's and must not return. The caller goes on
// on the boot processor. Afterwards goroutines stay on their processors
// (docs/toolchain.md).
func RunProcessors(main func(number int)) {
	n := count
	features[0] = featureSet()
	if n == 1 {
		return
	}
	threads = int32(n)
	preempt = func(id uint64) { Request(int(id)) }
	// No collection while the processors gather: it would wait for those that
	// wait here.
	runtime.GC()
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(1<<62)
	setNCPU(int32(n))
	var arrived atomic.Int32
	gather := func() {
		for arrived.Add(1); arrived.Load() < int32(n); {
			pause()
		}
		bind(uint32(n))
	}
	for range n - 1 {
		go func() {
			gather()
			InitializeProcessor()
			enableX2Apic()
			initializeLocalApic()
			features[processorNumber()] = featureSet()
			main(processorNumber())
		}()
	}
	gather()
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(limit)
}

// enableX2Apic follows what the firmware has chosen for the boot processor.
func enableX2Apic() {
	base := readMSR(msrApicBase) | 1<<11
	writeMSR(msrApicBase, base)
	if x2apic {
		writeMSR(msrApicBase, base|1<<10)
	}
}

// Request asks a processor for a dispatch point (TakeRequest). It may be called
// at any IRQL and with any lock held.
//
//go:nosplit
func Request(number int) {
	p := pcrs[number]
	if atomic.LoadUint64(&p.Online) != 0 && number != processorNumber() {
		sendApic(uint32(p.ApicID), icrFixed|VectorRequest)
	}
}

// wake is goos.Wake.
//
//go:nosplit
func wake(id uint64) { Request(int(id)) }

// TakeRequest reports whether another processor has asked for a dispatch point,
// and forgets it.
func TakeRequest() bool { return takePending() }

// LoadRoot makes an address space the calling processor's.
func LoadRoot(pa uint64) {
	if root() != pa {
		loadRoot(pa)
	}
}

// flushPatience is how long another processor may take to forget
// translations, ns. It answers with interrupts on, so it is fast or dead.
const flushPatience = 10_000_000_000

// Flush makes every processor forget its translations of pages at va in the
// address space with CR3 root, 0 for the kernel's (TLB shoot-down). It returns
// when they have.
func Flush(root uint64, va uint64, pages int) {
	const some = 32 // from here on, all at once
	global := root == 0
	if global || pcrs[processorNumber()].Root == root {
		switch {
		case pages <= some:
			for i := range pages {
				FlushTB(va + uint64(i)*4096)
			}
		case global:
			flushAll()
		default:
			FlushTranslations()
		}
	}
	if count > 1 {
		others(func(p *PCR) bool { return global || atomic.LoadUint64(&p.Root) == root }, global)
	}
}

// others asks the other processors that are meant, and waits for them.
func others(meant func(*PCR) bool, global bool) {
	var wait [MaximumProcessors]uint64
	self := processorNumber()
	for i, p := range pcrs[:count] {
		if i == self || atomic.LoadUint64(&p.Online) == 0 || !meant(p) {
			continue
		}
		if global {
			atomic.StoreUint64(&p.FlushGlobal, 1)
		}
		wait[i] = atomic.AddUint64(&p.FlushWanted, 1)
		sendApic(uint32(p.ApicID), icrFixed|VectorRequest)
	}
	for i, p := range pcrs[:count] {
		for start := Nanotime(); int64(atomic.LoadUint64(&p.FlushDone)-wait[i]) < 0; pause() {
			if Nanotime()-start > flushPatience {
				panic(fmt.Sprintf("hal: processor %d does not answer", i))
			}
		}
	}
}

var dying sync.Mutex

// LeaveRoot makes sure that no processor has root, an address space that no
// thread uses any more, in CR3.
func LeaveRoot(pa uint64) {
	if root() == pa {
		loadRoot(kernelRoot)
	}
	if count == 1 {
		return
	}
	dying.Lock()
	atomic.StoreUint64(&dyingRoot, pa)
	// One that is changing to another root answers when it has.
	others(func(p *PCR) bool { return atomic.LoadUint64(&p.Root) == pa || atomic.LoadUint64(&p.Loaded) == pa }, false)
	atomic.StoreUint64(&dyingRoot, 0)
	dying.Unlock()
}

// stopping is the number of the processor that stops the system, plus one.
var stopping atomic.Int32

// ClaimStop decides which processor stops the system: the first that calls. It returns
// first for that call, and again when the same processor calls once more. Any IRQL.
func ClaimStop() (first, again bool) {
	me := int32(processorNumber()) + 1
	if stopping.CompareAndSwap(0, me) {
		return true, false
	}
	return false, stopping.Load() == me
}

// Freeze stops all other processors for good, whatever they do. It does not wait for
// them.
func Freeze() {
	atomic.StoreUint64(&frozen, 1)
	self := processorNumber()
	for i, p := range pcrs[:count] {
		if i != self {
			sendApic(uint32(p.ApicID), icrNMI)
		}
	}
}
