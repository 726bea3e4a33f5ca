//go:build ntuser

package main

import (
	"gont/nt"
	"gont/nttest/guest"
)

// rare are services that end or hold up the caller: how many times another
// service is called instead.
var rare = map[string]int{
	"NtTerminateProcess": 30, "NtTerminateThread": 20, "NtSuspendThread": 15, "NtContinue": 4, "NtCreateProcess": 6,
	"NtDisplayString": 30, "NtShutdownSystem": 10, "NtSetInformationProcess": 3, "NtFreeVirtualMemory": 2, "NtProtectVirtualMemory": 2,
	"NtWaitForSingleObject": 2, "NtWaitForMultipleObjects": 2, "NtDelayExecution": 3, "NtUnmapViewOfSection": 2, "NtRaiseException": 6,
	"NtCreateThread": 3, "NtSetContextThread": 3,
	"NtWaitLowEventPair": 6, "NtWaitHighEventPair": 6, "NtSetLowWaitHighEventPair": 6, "NtSetHighWaitLowEventPair": 6,
	"NtLockFile": 8, "NtNotifyChangeDirectoryFile": 8, "NtNotifyChangeKey": 4, "NtDeleteKey": 3, "NtRenameKey": 2,
}

// generator makes calls.
type generator struct {
	random
	code  guest.Calls
	names map[nt.Service]string
	only  nt.Service // with NtClose: all that is called; NumServices: everything
}

var boundary = []uint64{0, 1, 2, 3, 4, 7, 8, 0x10, 0xFFF, 0x1000, 0x1001, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32,
	1 << 47, 1<<47 - 1, 1 << 62, 1<<63 - 1, 1 << 63, ^uint64(0), ^uint64(1), ^uint64(7), ^uint64(0xFFF)}

// wildAddresses are the system's, or nobody's.
var wildAddresses = []uint64{0, 1, 8, 0xFFFF, 0x10000, nt.SharedUserData, nt.SharedUserData + 0xFFC, nt.MaximumUserAddress, nt.MaximumUserAddress - 3,
	nt.MaximumUserAddress - 7, nt.MaximumUserAddress + 1, 1 << 47, 1<<47 - 8, 0xFFFF800000000000, 0xFFFF800000001000, 0xFFFFFFFF80201000, 0xFFFFFFFF80400008,
	1 << 63, ^uint64(0), ^uint64(3), ^uint64(7), nt.UserImageBase, nt.UserImageBase + 0x1000}

// call makes the next call.
func (g *generator) call() (r record) {
	for {
		r.service = nt.Service(g.below(int(nt.NumServices)))
		if g.only != nt.NumServices {
			r.service = pick(&g.random, g.only, g.only, g.only, nt.SvcClose)
			break
		}
		if n := rare[g.names[r.service]]; n == 0 || g.in(n) {
			break
		}
	}
	if g.in(400) {
		r.service = nt.Service(pick(&g.random, uint32(nt.NumServices), 0xFFFFFFFF, 0x80000000, 0x1000, 1<<16))
	}
	spec, known := signatures[g.names[r.service]]
	for i := range r.args {
		switch {
		case i < len(spec) && !g.in(12):
			r.args[i] = g.argument(spec[i])
		case known && r.service == nt.SvcShutdownSystem:
			r.args[i] = 99 // never what shuts down
		case known && r.service == nt.SvcDisplayString:
			r.args[i] = g.wild()
		default:
			r.args[i] = g.anything()
		}
	}
	return r
}

func (g *generator) anything() uint64 {
	switch g.below(5) {
	case 0:
		return g.next()
	case 1:
		return g.pointer()
	case 2:
		return g.handle(0)
	}
	return boundary[g.below(len(boundary))]
}

func (g *generator) wild() uint64 { return wildAddresses[g.below(len(wildAddresses))] }

// pointer is an address to read from or write to.
func (g *generator) pointer() uint64 {
	data := uint64(arena + freeWords*8)
	switch n := g.below(100); {
	case n < 55:
		return data + uint64(g.below((dataPages*nt.PageSize-freeWords*8)/8))*8
	case n < 63:
		return data + uint64(g.below(dataPages*nt.PageSize-freeWords*8))
	case n < 72:
		return noAccess - uint64(g.below(24))
	case n < 77:
		return blocks + uint64(g.below(nt.PageSize))
	case n < 80:
		return noAccess + uint64(g.below(nt.PageSize))
	case n < 84:
		return guarded - uint64(g.below(16))
	case n < 87:
		return uncommited + uint64(g.below(64))
	case n < 90:
		return fileView + uint64(g.below(viewSize))
	case n < 93:
		return scratch + uint64(g.below(scratchSize))&^7
	case n < 99 || !g.in(6):
		return g.wild()
	}
	// Its own lists and stacks.
	return listBase + uint64(g.below(3))*listStride + uint64(pick(&g.random, 0, 8, recordsAt, recordsAt+80*g.below(100), stackAt+stackSize-8))
}

// handle is a handle: most likely number kind of those that the parent has
// made, from 1; 0 for any.
func (g *generator) handle(kind int) uint64 {
	switch n := g.below(100); {
	case n < 70 && kind != 0:
		return uint64(kind) * 4
	case n < 90:
		return uint64(1+g.below(24)) * 4
	case n < 96:
		return uint64(g.below(400))
	case n < 97:
		return ^uint64(0)
	case n < 98:
		return ^uint64(1)
	}
	return boundary[g.below(len(boundary))]
}

// The handles that a child begins with, in order.
const (
	hEvent = 1 + iota
	hAutoEvent
	hMutant
	hSemaphore
	hTimer
	hAutoTimer
	hDirectory
	hLink
	hSection
	hEventPair
	hKeyedEvent
	hIoCompletion
	hProfile
	hKey
	hFile // of a FAT volume, if there is one
	hRoot // its root directory
	hMapped
	hView // a section of it
	hProcess
)

// argument makes one that fits the letter.
func (g *generator) argument(letter byte) uint64 {
	switch letter {
	case 'o', 'p':
		return g.pointer()
	case 'P': // optional
		if g.in(2) {
			return 0
		}
		return g.pointer()
	case 'h':
		return g.handle(0)
	case 'E':
		return g.handle(hEvent + g.below(2))
	case 'M':
		return g.handle(hMutant)
	case 'S':
		return g.handle(hSemaphore)
	case 'T':
		return g.handle(hTimer + g.below(2))
	case 'D':
		return g.handle(hDirectory)
	case 'L':
		return g.handle(hLink)
	case 'C':
		return g.handle(pick(&g.random, hSection, hView))
	case 'V':
		return g.handle(hEventPair)
	case 'K':
		if g.in(3) {
			return 0 // the system's
		}
		return g.handle(hKeyedEvent)
	case 'O':
		return g.handle(hIoCompletion)
	case 'F':
		return g.handle(hProfile)
	case 'R':
		return g.handle(hKey)
	case 'G':
		return g.handle(hFile + g.below(3))
	case 'H':
		if g.in(2) {
			return uint64(pick(&g.random, nt.FsctlIsVolumeMounted, nt.FsctlMarkVolumeDirty, nt.FsctlIsVolumeDirty, nt.FsctlCheckVolume, nt.FsctlGetVolumeBitmap,
				nt.FsctlGetRetrievalPointers, nt.FsctlUnlockVolume, nt.FsctlRequestOplockLevel2, nt.FsctlOplockBreakAcknowledge, nt.FsctlOplockBreakNotify))
		}
		return g.anything()
	case 'J':
		return pick[uint64](&g.random, 0, nt.FileDirectoryFile, nt.FileNonDirectoryFile, nt.FileDeleteOnClose, nt.FileWriteThrough, nt.FileNoIntermediateBuffering,
			nt.FileSynchronousIoNonalert, nt.FileSynchronousIoAlert, nt.FileOpenByFileID, nt.FileOpenByFileID|nt.FileDeleteOnClose,
			nt.FileOpenByFileID|nt.FileNonDirectoryFile, g.anything())
	case 'e': // of a keyed event
		return pick[uint64](&g.random, 0, 2, 4, 6, 0x1000, 3, ^uint64(0))
	case 'm':
		return pick[uint64](&g.random, 1, 2, 3, 12, 31, ^uint64(0))
	case '0':
		return 0
	case 'X':
		if g.in(2) {
			return ^uint64(0)
		}
		return g.handle(hProcess)
	case 'Y':
		if g.in(3) {
			return ^uint64(1)
		}
		return g.handle(hProcess + 1 + g.below(4)) // the threads' own
	case 'a':
		return pick[uint64](&g.random, 0, 1, 2, 3, 0x1F0003, 0x1FFFFF, 0x100000, uint64(nt.GenericAll), uint64(nt.MaximumAllowed), 0x10000, 0xFFFFFFFF)
	case 'A':
		if g.in(3) {
			return 0
		}
		return attributesAt + uint64(g.below(numAttributes))*blockSize
	case 'U':
		return stringsAt + uint64(g.below(numStrings))*blockSize
	case 'u':
		return stringsAt // a short one
	case 'x':
		return contextsAt + uint64(g.below(numContexts))*contextSize
	case 'I':
		return clientsAt + uint64(g.below(numClients))*16
	case 't':
		return pick[uint64](&g.random, 0, clientsAt, tebAt)
	case 'i':
		if g.in(60) {
			return 0 // for ever
		}
		return arena + timeWords*8 + uint64(g.below(8))*8
	case 'j':
		return arena + timeWords*8 + uint64(g.below(8))*8
	case 'b':
		return uint64(g.below(3))
	case 'w':
		return uint64(g.below(2))
	case 'n':
		return pick[uint64](&g.random, 0, 1, 2, 3, 5, 63, 64, 65, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
	case 'g':
		return handlesAt + uint64(g.below(4))*64
	case 'l':
		return pick[uint64](&g.random, 0, 1, 4, 8, 16, 24, 32, 40, 48, 56, 64, 100, 256, 512, 4096, 16384, 0x10000, 0xFFFFFFFF, ^uint64(0), uint64(g.below(600)))
	case 'c':
		return pick[uint64](&g.random, 0, 0, 0, 1, 2, 3, 4, 5, 9, 12, 15, 17, 20, 27, 0x1000, uint64(g.below(64)))
	case 'k':
		return pick[uint64](&g.random, 0, 1, 2, 3, 5, 8, 16, 22, 23, 45, 0x50, 0x1000, 0x1001, 0x1002, uint64(g.below(128)))
	case 'B':
		return arena + addressWords*8 + uint64(g.below(64))*8
	case 'Z':
		return arena + sizeWords*8 + uint64(g.below(64))*8
	case 'd':
		if g.in(2) {
			return scratch + uint64(g.below(scratchSize))
		}
		return g.pointer()
	case 'v':
		return pick[uint64](&g.random, 0x1000, 0x2000, 0x3000, 0x4000, 0x8000, 0, 1, 0x103000, 0x8000000, 0x4000000, 0x1000000, 0xFFFFFFFF)
	case 'r':
		return pick[uint64](&g.random, 1, 2, 4, 4, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x104, 0x102, 0, 3, 0x204, 0xFFFFFFFF)
	case 'f':
		return uint64(g.below(8))
	case 's':
		return pick[uint64](&g.random, 0, 0x103, 0xC0000005, 0xFFFFFFFF)
	case 'y':
		return pick[uint64](&g.random, 0, g.code.Apc, g.code.Apc, g.code.Apc, g.code.Exception, arena, 0x10000, 0xFFFFFFFF80201000, 1<<47)
	case 'q':
		return pick[uint64](&g.random, 3, 7, 99, 0x80000000, 0xFFFFFFFF, 1<<31+1)
	}
	return g.anything()
}
