//go:build !tamago

package runtime

import "unsafe"

const (
	isTamago                  = 0
	tamagoArenaBaseOffset     = 0
	tamagoHeapAddrBits        = 0
	tamagoLogHeapArenaBytes   = 0
	tamagoLogPallocChunkPages = 0
	tamagoMinPhysPageSize     = 0
	tamagoStackSystem         = 0
)

func tamagoNoThreads() bool { return false }
func tamagoNoLock() bool    { return false }
func tamagoHwinit1()        {}

// The monitor (preempt_tamago.go).
const (
	haveSysmon         = GOARCH != "wasm"
	tamagoMonitorDelay = 0
)

func tamagoMonitorStarts() {}

// Bound processors (processors_tamago.go).
const tamagoBound = false

type tamagoP struct{}

func tamagoFull() bool       { return false }
func tamagoWaiting(*p) bool  { return false }
func tamagoRestart(*p)       {}
func tamagoSettle(*g, *p)    {}
func tamagoPost(*g) bool     { return false }
func tamagoInject(*gList)    {}
func tamagoFindRunnable() *g { return nil }

// A kernel's debugger (debugger_tamago.go).
func tamagoDebuggerRuns() bool                    { return false }
func tamagoDebuggerMalloc(uintptr) unsafe.Pointer { return nil }

//go:linkname tamagoNoPool sync.tamagoNoPool
func tamagoNoPool() bool { return false }
