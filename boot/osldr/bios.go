//go:build tamago && osldr

package main

import (
	"runtime/goos"
	"unsafe"
)

// handover is what the real-mode part tells; stub/stub.S has the same layout.
type handover struct {
	magic, size uint32
	drive       uint32 // BIOS drive number
	volume      uint32 // first sector of the boot volume
	thunk       uint64
	regs        uint64
	buffer      uint64 // 64 KiB below 1 MiB, on a 64 KiB boundary
	e820        uint64
	e820Count   uint32
	e820Source  uint32 // where the map comes from, and what was wrong with it
	ebda        uint32
	lowTop      uint32
	tscStart    uint64
	edd         uint64    // result of INT 13h AH=48h, 0 in its first word where there is none
	eddFlags    uint32    // AH=41h: CX, AH << 16
	_           [2]uint32 // heads, sectors a track; disk.go asks itself
	serial      uint32
	video       uint32
	pageTables  uint32 // PML4, PDPT, page directory, page table of the first 2 MiB
	key         uint32 // 100h + a byte that came from COM1
	_           uint32
	kernelCall  uint64 // BIOS calls of the kernel (package arc)
	kernelRegs  uint64
}

// Bits of handover.e820Source (stub/memory.inc).
const (
	e820Method  = 0xFF // 0 E820h, 1 E801h, 2 88h
	e820Broken  = 0x100
	e820Dropped = 0x200
)

const (
	handoverMagic = 0x4F48534F
	handoverSize  = uint32(unsafe.Sizeof(handover{}))
)

var ho *handover

// attach finds the handover structure. There is no console before it.
func attach() {
	ho = at[handover](uint64(goos.Handover))
	if ho.magic != handoverMagic || ho.size != handoverSize {
		panic("OSLDR: real-mode part and Go part do not fit")
	}
}

// mapLow4GiB adds what the real-mode part's page tables leave out, 1 to 4 GiB: three
// page directories with 2 MiB pages, behind them. Until then the rows of the BIOS's
// memory map may be there.
func mapLow4GiB() {
	const entry, large, presentWritable, tables = 512, 0x80, 3, 4
	pdpt := at[[entry]uint64](uint64(ho.pageTables) + 0x1000)
	for n := uint64(1); n < 4; n++ {
		directory := uint64(ho.pageTables) + (tables+n-1)*0x1000
		for i := range uint64(entry) {
			at[[entry]uint64](directory)[i] = n<<30 + i<<21 | large | presentWritable
		}
		pdpt[n] = directory | presentWritable
	}
}

// pointer is a physical address as this program reaches it.
func pointer(phys uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&phys)) }

// at is a structure at a physical address.
func at[T any](phys uint64) *T { return (*T)(pointer(phys)) }

// memory is n bytes at a physical address, with the capacity of whole pages.
func memory(phys uint64, n int) []byte {
	return unsafe.Slice((*byte)(pointer(phys)), (n+4095)&^4095)[:n]
}

// biosRegs are the registers of a BIOS call, in and out.
type biosRegs struct {
	number uint32
	ax, bx uint32 // all 32 bits, as the others
	cx, dx uint32
	_      uint32 // ESI
	di, bp uint32
	ds, es uint16
	flags  uint32
}

const carry = 1

// Calls of the thunk that are no interrupt numbers.
const (
	thunkWait    = 0x100 // until the BIOS's tick changes, cx clocks at most; dx is the tick
	thunkRestart = 0x101 // until a key is pressed, then start the machine anew
)

// bios runs interrupt r.number of the BIOS in real mode.
func bios(r *biosRegs) {
	p := at[biosRegs](ho.regs)
	*p = *r
	callThunk(uintptr(ho.thunk))
	*r = *p
}

func callThunk(fn uintptr)
func inb(port uint16) byte
func outb(port uint16, v byte)
func rdtsc() uint64
func rdrand() (v uint64, ok bool)
func cpuid(leaf uint32) (a, b, c, d uint32)
func enterKernel(root, stack, block, entry uint64)
