//go:build ntuser

package main

import (
	"encoding/binary"
	"unicode/utf16"
	"unsafe"

	"gont/nt"
	"gont/nttest/guest"
)

// The read-only pages of a child's arena: what services take by pointer and
// must not be altered into something that harms the parent - no other
// process's ids, no permanent names.
const (
	blockSize     = 64
	attributesAt  = blocks
	numAttributes = 20
	stringsAt     = attributesAt + numAttributes*blockSize
	numStrings    = 20
	clientsAt     = stringsAt + numStrings*blockSize
	numClients    = 8
	tebAt         = clientsAt + numClients*16
	handlesAt     = tebAt + 64
	charsAt       = handlesAt + 256 + 512
	contextsAt    = blocks + nt.PageSize
	contextSize   = 2048
	numContexts   = 6
	blockPages    = 4
)

var names = []string{"*", `\Fuzz\A`, `\Fuzz\B`, `\Fuzz\Link\A`, "A", "C", `Sub\A`, `\FuzzTop`, "", `\`, `\\`, `\Fuzz\`, `nothing`, `\Fuzz\Link`,
	`\BootImages\smss.exe`, `\ObjectTypes\Event`, volume + `\f`, volume + `\d\x`, volume + `\mapped`, volume + `\d\y`}

// makeBlocks is what is at blocks. header is where a context's R13 points.
func makeBlocks(r *random, code guest.Calls, own nt.ClientID) []byte {
	b := make([]byte, blockPages*nt.PageSize)
	le := binary.LittleEndian
	at := func(va uint64) []byte { return b[va-blocks:] }
	chars := uint64(charsAt)
	for i := range numStrings {
		u := utf16.Encode([]rune(names[i]))
		for j, c := range u {
			le.PutUint16(at(chars)[j*2:], c)
		}
		s := nt.UnicodeString{Length: uint16(len(u) * 2), MaximumLength: uint16(len(u) * 2), Buffer: chars}
		chars += uint64(len(u)*2+7) &^ 7
		switch {
		case i > 0 && r.in(8):
			s.Length = uint16(pick(r, 1, 3, 0xFFFE, 0xFFFF, 0x8000))
		case i > 0 && r.in(8):
			s.Buffer = wildAddresses[r.below(len(wildAddresses))]
		}
		store(at(stringsAt+uint64(i)*blockSize), &s)
	}
	if chars > contextsAt {
		panic("the names have no room")
	}
	for i := range numAttributes {
		a := nt.ObjectAttributes{Length: 48, Attributes: uint32(pick(r, 0, nt.ObjInherit, nt.ObjCaseInsensitive, nt.ObjOpenIf, nt.ObjOpenIf|nt.ObjCaseInsensitive)),
			ObjectName: stringsAt + uint64(r.below(numStrings))*blockSize}
		switch r.below(14) {
		case 0, 1, 2:
			a.RootDirectory = hDirectory * 4
		case 3:
			a.RootDirectory = nt.Handle(r.below(30) * 4)
		case 4:
			a.Length = uint32(r.below(100))
		case 5:
			a.Attributes = 0xFFFFFFEF &^ nt.ObjPermanent
		case 6:
			a.ObjectName = wildAddresses[r.below(len(wildAddresses))]
		case 7, 8:
			a.ObjectName = 0
		case 9:
			a.RootDirectory = hRoot * 4
		case 10, 11: // the name is a file's id: both lie in the ends of blocks
			a.RootDirectory, a.ObjectName = hRoot*4, attributesAt+uint64(i)*blockSize+48
			bytes := stringsAt + uint64(i)*blockSize + 16
			le.PutUint64(at(bytes), fileID(r))
			store(at(a.ObjectName), &nt.UnicodeString{Length: pick[uint16](r, 8, 8, 8, 8, 6, 10), MaximumLength: 16, Buffer: bytes})
		}
		store(at(attributesAt+uint64(i)*blockSize), &a)
	}
	for i, id := range []nt.ClientID{own, {UniqueProcess: own.UniqueProcess}, {UniqueThread: own.UniqueThread}, {}, {UniqueProcess: 1}, {UniqueProcess: 1 << 40},
		{UniqueProcess: own.UniqueProcess, UniqueThread: 4}, {UniqueProcess: ^uint64(0), UniqueThread: ^uint64(0)}} {
		store(at(clientsAt+uint64(i)*16), &id)
	}
	for i := range 4 {
		for j := range 8 {
			le.PutUint64(at(handlesAt+uint64(i*64+j*8)), uint64(1+r.below(14))*4)
		}
	}
	store(at(tebAt), &[5]uint64{0, 0, arena + 0x4000, arena, arena})
	for i := range numContexts {
		c := nt.Context{Rip: pick(r, code.List, code.Pause, code.Pause, code.Exception), Rsp: arena + dataPages*nt.PageSize - 0x100,
			R13: listBase + uint64(r.below(3))*listStride, EFlags: pick[uint32](r, 0x202, 0, 0xFFFFFFFF)}
		switch r.below(8) {
		case 0:
			c.Rip = wildAddresses[r.below(len(wildAddresses))]
		case 1:
			c.Rsp = wildAddresses[r.below(len(wildAddresses))]
		case 2:
			c.R13 = wildAddresses[r.below(len(wildAddresses))]
		}
		shapeContext(r, &c)
		store(at(contextsAt+uint64(i)*contextSize), &c)
	}
	return b
}

// fileID is mostly the id of a file or directory of the volume, or one close to it.
func fileID(r *random) uint64 {
	if len(fileIDs) == 0 || r.in(6) {
		return r.next()
	}
	id := fileIDs[r.below(len(fileIDs))]
	if r.in(4) {
		id += uint64(r.below(5)) - 2
	}
	return id
}

// shapeContext adds what a context may say besides general registers.
func shapeContext(r *random, c *nt.Context) {
	c.ContextFlags = pick[uint32](r, nt.ContextFull, nt.ContextFull, nt.ContextControl, nt.ContextAll, nt.ContextFloatingPoint, 0, 0xFFFFFFFF)
	c.MxCsr = pick[uint32](r, 0x1F80, 0, 0xFFFFFFFF)
	for i := range c.FltSave {
		c.FltSave[i] = byte(r.next())
	}
}

func store[T any](b []byte, v *T) {
	copy(b, unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)))
}

// makeWords is what is at arena: addresses, sizes and times.
func makeWords(r *random) []byte {
	w := make([]uint64, dataPages*nt.PageSize/8)
	for i := range 64 {
		w[addressWords+i] = pick(r, 0, 0, scratch, scratch+0x1000, scratch+0x10000, scratch+0x2F000, scratch+scratchSize-1, arena+3*nt.PageSize, wildAddresses[r.below(len(wildAddresses))])
		w[sizeWords+i] = pick(r, 0, 1, 0x1000, 0x1000, 0x3000, 0x10000, 0x10001, scratchSize, 1<<20, 1<<32, 1<<46, ^uint64(0), uint64(r.below(0x40000)))
		w[timeWords+i] = pick(r, 0, 0, ^uint64(0), ^uint64(999), ^uint64(9999), 1, 1<<40)
	}
	for i := freeWords; i < len(w); i++ {
		w[i] = pick(r, uint64(r.below(24))*4, boundary[r.below(len(boundary))], r.next(), uint64(arena))
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&w[0])), len(w)*8)
}
