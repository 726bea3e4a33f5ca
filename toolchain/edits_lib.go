package main

// tagEdit adds or removes tamago in the build constraint of a runtime file.
func tagEdit(file, old, new string) edit {
	return edit{"runtime/" + file, "//go:build " + old + "\n", "//go:build " + new + "\n"}
}

// libEdits are the edits by hand in the runtime. Everything that only follows
// the wasip1 port is in wasip1.go.
var libEdits = []edit{
	// Start of the runtime.
	{"runtime/asm_amd64.s",
		"\tCALL\truntime·settls(SB)\n\n\t// store through it, to make sure it works\n",
		"\tCALL\truntime·settls(SB)\n#ifdef GOOS_tamago\n\t// g is at -8(FS), wherever that is\n\tJMP ok\n#endif\n\n\t// store through it, to make sure it works\n"},
	{"runtime/proc.go",
		"\tdoInit(runtime_inittasks) // Must be before defer.\n",
		"\ttamagoHwinit1()\n\n\tdoInit(runtime_inittasks) // Must be before defer.\n"},

	// Threads.
	{"runtime/proc.go", "const haveSysmon = GOARCH != \"wasm\"\n", "// haveSysmon is in hooks_other.go and preempt_tamago.go.\n"},
	{"runtime/proc.go", "func sysmon() {\n", "func sysmon() {\n\ttamagoMonitorStarts()\n"},
	{"runtime/proc.go",
		"\t\tusleep(delay)\n\n\t\t// sysmon should not enter deep sleep",
		"\t\tusleep(max(delay, tamagoMonitorDelay))\n\n\t\t// sysmon should not enter deep sleep"},
	{"runtime/proc.go",
		"func startTemplateThread() {\n\tif GOARCH == \"wasm\" {",
		"func startTemplateThread() {\n\tif GOARCH == \"wasm\" || tamagoNoThreads() {"},
	{"runtime/proc.go",
		"func dolockOSThread() {\n\tif GOARCH == \"wasm\" {",
		"func dolockOSThread() {\n\tif GOARCH == \"wasm\" || tamagoNoLock() {"},
	{"runtime/debug.go", "\tif GOARCH == \"wasm\" && n > 1 {\n", "\tif (GOARCH == \"wasm\" || tamagoNoThreads()) && n > 1 {\n"},
	// Bound processors (processors_tamago.go).
	{"runtime/runtime2.go", "\tditWanted       bool // set if g wants to be executed with DIT enabled\n", "\tditWanted       bool // set if g wants to be executed with DIT enabled\n\ttamagoHome      int32 // the P it last ran on, plus one\n"},
	{"runtime/runtime2.go", "\trunnext guintptr\n\n\t// Available G's", "\trunnext guintptr\n\n\ttamago tamagoP\n\n\t// Available G's"},
	{"runtime/proc.go", "\trunqput(mp.p.ptr(), gp, next)\n\twakep()\n\treleasem(mp)\n", "\tif tamagoBound && tamagoPost(gp) {\n\t\treleasem(mp)\n\t\treturn\n\t}\n\trunqput(mp.p.ptr(), gp, next)\n\twakep()\n\treleasem(mp)\n"},
	{"runtime/proc.go", "func wakep() {\n", "func wakep() {\n\tif tamagoBound {\n\t\treturn\n\t}\n"},
	{"runtime/proc.go", "\tnmp := mget()\n\tif nmp == nil {\n", "\tnmp := mget()\n\tfor nmp == nil && tamagoFull() {\n\t\tunlock(&sched.lock)\n\t\tosyield() // one is on its way to the list\n\t\tlock(&sched.lock)\n\t\tnmp = mget()\n\t}\n\tif nmp == nil {\n"},
	{"runtime/proc.go", "func injectglist(glist *gList) {\n", "func injectglist(glist *gList) {\n\tif tamagoBound {\n\t\ttamagoInject(glist)\n\t\treturn\n\t}\n"},
	{"runtime/proc.go", "\t\trunqput(pp, gp, true)\n\t} else {\n\t\tlock(&sched.lock)\n\t\tglobrunqput(gp)\n", "\t\trunqput(pp, gp, true)\n\t} else if tamagoBound {\n\t\trunqput(pp, gp, preempted)\n\t} else {\n\t\tlock(&sched.lock)\n\t\tglobrunqput(gp)\n"},
	{"runtime/proc.go", "func findRunnable() (gp *g, inheritTime, tryWakeP bool) {\n", "func findRunnable() (gp *g, inheritTime, tryWakeP bool) {\n\tif tamagoBound {\n\t\treturn tamagoFindRunnable(), false, false\n\t}\n"},
	{"runtime/proc.go", "\tlock(&sched.lock)\n\tmput(gp.m)\n\tunlock(&sched.lock)\n\tmPark()\n", "\tif !tamagoBound {\n\t\tlock(&sched.lock)\n\t\tmput(gp.m)\n\t\tunlock(&sched.lock)\n\t}\n\tmPark()\n"},
	{"runtime/proc.go", "\t\tif runqempty(pp) {\n\t\t\tpp.link.set(idlePs)\n", "\t\tif runqempty(pp) && !tamagoWaiting(pp) {\n\t\t\tpp.link.set(idlePs)\n"},
	{"runtime/proc.go", "\t\tp1 = p1.link.ptr()\n\t\tif p.m != 0 {\n", "\t\tp1 = p1.link.ptr()\n\t\ttamagoRestart(p)\n\t\tif p.m != 0 {\n"},
	{"runtime/proc.go", "\tmp.curg = gp\n\tgp.m = mp\n\tgp.syncSafePoint = false", "\tmp.curg = gp\n\tgp.m = mp\n\ttamagoSettle(gp, mp.p.ptr())\n\tgp.syncSafePoint = false"},
	{"runtime/mgcpacer.go", "\t// In STW mode, we just want dedicated workers.\n", "\t// A dedicated worker would keep what belongs to its P from running.\n\tif tamagoBound {\n\t\tdedicatedMarkWorkersNeeded = 0\n\t\tc.fractionalUtilizationGoal = gcBackgroundUtilization\n\t}\n\n\t// In STW mode, we just want dedicated workers.\n"},
	tagEdit("lock_sema.go", "aix || darwin || netbsd || openbsd || plan9 || solaris || windows", "aix || darwin || netbsd || openbsd || plan9 || solaris || tamago || windows"),
	tagEdit("netpoll.go", "unix || (js && wasm) || wasip1 || windows", "unix || (js && wasm) || tamago || wasip1 || windows"),
	tagEdit("sigqueue_note.go", "!darwin && !plan9", "!darwin && !plan9 && !tamago"),

	// System calls declared for the Unix systems.
	tagEdit("stubs2.go", "!aix && !darwin && !js && !openbsd && !plan9 && !solaris && !wasip1 && !windows", "!aix && !darwin && !js && !openbsd && !plan9 && !solaris && !tamago && !wasip1 && !windows"),
	tagEdit("stubs3.go", "!aix && !darwin && !freebsd && !openbsd && !plan9 && !solaris && !wasip1", "!aix && !darwin && !freebsd && !openbsd && !plan9 && !solaris && !tamago && !wasip1"),
	tagEdit("timestub2.go", "!aix && !darwin && !freebsd && !openbsd && !solaris && !wasip1 && !windows && !(linux && amd64) && !plan9", "!aix && !darwin && !freebsd && !openbsd && !solaris && !tamago && !wasip1 && !windows && !(linux && amd64) && !plan9"),
	tagEdit("mmap.go", "!aix && !darwin && !js && !((linux && (amd64 || arm64 || loong64)) || (freebsd && amd64)) && !openbsd && !plan9 && !solaris && !windows", "!aix && !darwin && !js && !((linux && (amd64 || arm64 || loong64)) || (freebsd && amd64)) && !openbsd && !plan9 && !solaris && !tamago && !windows"),

	// Memory: mem_tamago.go, and addresses in a window of 32 bits.
	tagEdit("mem_nonsbrk.go", "!plan9 && !wasm", "!plan9 && !tamago && !wasm"),
	tagEdit("mpagealloc_32bit.go", "386 || arm || mips || mipsle || wasm || (gccgo && (ppc || s390))", "386 || arm || mips || mipsle || tamago || wasm || (gccgo && (ppc || s390))"),
	tagEdit("mpagealloc_64bit.go", "amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x", "!tamago && (amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)"),
	{"runtime/malloc.go", "\theapAddrBits = (_64bit*(1-goarch.IsWasm)", "\theapAddrBits = isTamago*tamagoHeapAddrBits + (1-isTamago)*(_64bit*(1-goarch.IsWasm)"},
	{"runtime/malloc.go", "\tlogHeapArenaBytes = (6+20)*(_64bit*", "\tlogHeapArenaBytes = isTamago*tamagoLogHeapArenaBytes + (1-isTamago)*(6+20)*(_64bit*"},
	{"runtime/malloc.go", "\tarenaBaseOffset = 0xffff800000000000*goarch.IsAmd64 +", "\tarenaBaseOffset = isTamago*tamagoArenaBaseOffset + (1-isTamago)*0xffff800000000000*goarch.IsAmd64 +"},
	{"runtime/mpagealloc.go", "\tlogPallocChunkPages = 9*(1-goarch.IsWasm) +", "\tlogPallocChunkPages = isTamago*tamagoLogPallocChunkPages + (1-isTamago)*9*(1-goarch.IsWasm) +"},
	{"runtime/mheap.go", "\tminPhysPageSize = 4096\n", "\tminPhysPageSize = isTamago*tamagoMinPhysPageSize + (1-isTamago)*4096\n"},
	{"runtime/stack.go", "\tstackSystem = goos.IsWindows*4096 +", "\tstackSystem = isTamago*tamagoStackSystem + goos.IsWindows*4096 +"},

	// A kernel's debugger (debugger_tamago.go).
	{"runtime/malloc.go", "\tif debug.sbrk != 0 {\n\t\talign := uintptr(16)\n", "\tif tamagoDebuggerRuns() {\n\t\treturn tamagoDebuggerMalloc(size)\n\t}\n\tif debug.sbrk != 0 {\n\t\talign := uintptr(16)\n"},
	// What the runtime remembers of types must not lie in memory that is forgotten, and the lock
	// may be held by a processor that stands.
	{"runtime/iface.go", "\tif !abi.UseInterfaceSwitchCache(goarch.ArchFamily) {\n\t\treturn tab\n", "\tif !abi.UseInterfaceSwitchCache(goarch.ArchFamily) || tamagoDebuggerRuns() {\n\t\treturn tab\n"},
	{"runtime/iface.go", "\tif !abi.UseInterfaceSwitchCache(goarch.ArchFamily) {\n\t\treturn case_, tab\n", "\tif !abi.UseInterfaceSwitchCache(goarch.ArchFamily) || tamagoDebuggerRuns() {\n\t\treturn case_, tab\n"},
	{"runtime/iface.go", "\t// Not found.  Grab the lock and try again.\n\tlock(&itabLock)\n", "\tif tamagoDebuggerRuns() {\n\t\tm = (*itab)(mallocgc(unsafe.Sizeof(itab{})+uintptr(len(inter.Methods)-1)*goarch.PtrSize, nil, true))\n\t\tm.Inter, m.Type = inter, typ\n\t\titabInit(m, true)\n\t\tgoto finish\n\t}\n\n\t// Not found.  Grab the lock and try again.\n\tlock(&itabLock)\n"},
	// A processor may stand in the middle of a change of a map, which is shown as it is.
	{"runtime/panic.go", "func maps_fatal(s string) {\n", "func maps_fatal(s string) {\n\tif tamagoDebuggerRuns() {\n\t\treturn\n\t}\n"},
	{"sync/pool.go", "\tl, _ := p.pin()\n\tif l.private == nil {\n", "\tif tamagoNoPool() {\n\t\treturn\n\t}\n\tl, _ := p.pin()\n\tif l.private == nil {\n"},
	{"sync/pool.go", "\tl, pid := p.pin()\n\tx := l.private\n", "\tif tamagoNoPool() {\n\t\tif p.New != nil {\n\t\t\treturn p.New()\n\t\t}\n\t\treturn nil\n\t}\n\tl, pid := p.pin()\n\tx := l.private\n"},
	{"sync/runtime.go", "func throw(string)\n", "// tamagoNoPool is in the runtime: nothing is taken from pools now, nor given to them.\nfunc tamagoNoPool() bool\n\nfunc throw(string)\n"},

	// The entropy source of FIPS 140 mode has 32 MiB of static memory.
	{"crypto/internal/fips140/drbg/entropy_fips140.go", "//go:build !wasm\n", "//go:build !tamago && !wasm\n"},

	// Names.
	{"syscall/syscall_tamago.go", "\t\treturn \"wasip1\", nil\n", "\t\treturn hostname()\n"},
}
