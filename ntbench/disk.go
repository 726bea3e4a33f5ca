//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"runtime/goos"
	"slices"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// What disks give, by the clock, as the peer measures it on its own volume: a file of 32 MB in pieces of 64 KB, from the
// page cache, from the disk, and to it; single pages of it in random order.

const (
	clockRounds = 7
	clockFile   = 32 << 20
	clockOther  = 16 << 20
	clockPiece  = 64 << 10
)

// rate prints the greatest and the median of some rates.
func rate(name string, mbs []float64) {
	slices.Sort(mbs)
	fmt.Printf("BENCH %s.max %.1f MB/s\nBENCH %s.med %.1f MB/s\n", name, mbs[len(mbs)-1], name, mbs[len(mbs)/2])
}

// openClock opens a file of these measurements.
func openClock(name string, options, disposition uint32) nt.Handle {
	h, _, s := ntdll.NtCreateFile(nt.FileReadData|nt.FileWriteData|nt.Synchronize, ntdll.NewAttributes(benchFolder+`\`+name, nt.ObjCaseInsensitive, 0), 0,
		nt.FileShareValid, disposition, options)
	check("open "+name, s)
	return h
}

// through moves the whole file in pieces, and returns MB/s. A write ends when the data are safe.
func through(name string, size int, write bool, piece []byte) float64 {
	h := openClock(name, nt.FileSynchronousIoNonalert, nt.FileOpen)
	start := goos.Nanotime()
	for range size / len(piece) {
		var s nt.Status
		if write {
			_, s = ntdll.NtWriteFile(h, nil, piece, nil)
		} else {
			_, s = ntdll.NtReadFile(h, nil, piece, nil)
		}
		check("a piece of 64 KB", s)
	}
	if write {
		check("NtFlushBuffersFile", ntdll.NtFlushBuffersFile(h))
	}
	took := goos.Nanotime() - start
	ntdll.NtClose(h)
	return float64(size) * 1e3 / float64(took)
}

// dropPages takes all that nobody needs out of the page cache: the program uses all memory that there is, and gives it
// back. Then it waits for the zero-page thread.
func dropPages(piece []byte) {
	var p nt.SystemPerformanceInformation
	_, s := ntdll.NtQuerySystemInformation(nt.SystemPerformanceInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&p)), unsafe.Sizeof(p)))
	check("the memory that is available", s)
	const spare = 600 // pages, for page tables
	most := min(p.AvailablePages, p.CommitLimit-p.CommittedPages)
	size := uint64(most-min(most, spare)) * nt.PageSize
	base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	check("memory", s)
	memory := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&base))), size)
	for at := 0; at < len(memory); at += nt.PageSize {
		memory[at] = 1
	}
	through("clock2", clockOther, false, piece) // takes what the kernel keeps for itself
	check("giving it back", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease))
	ntdll.NtDelayExecution(false, -5_000_000)
}

// byClock is all of it.
func byClock() {
	folder, _, s := ntdll.NtCreateFile(nt.FileGenericRead, ntdll.NewAttributes(benchFolder, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid,
		nt.FileOpenIf, nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
	check("a folder on C:", s)
	ntdll.NtClose(folder)
	ntdll.NtClose(openClock("clock", nt.FileSynchronousIoNonalert, nt.FileOpenIf))
	piece := make([]byte, clockPiece)
	ntdll.NtClose(openClock("clock2", nt.FileSynchronousIoNonalert, nt.FileOpenIf))
	through("clock2", clockOther, true, piece)
	through("clock", clockFile, true, piece)
	var mbs [clockRounds]float64
	through("clock", clockFile, false, piece)
	for i := range mbs {
		mbs[i] = through("clock", clockFile, false, piece)
	}
	rate("file.read_seq_hot", mbs[:])
	for i := range mbs {
		dropPages(piece)
		mbs[i] = through("clock", clockFile, false, piece)
	}
	rate("file.read_seq_cold", mbs[:])
	for i := range mbs {
		mbs[i] = through("clock", clockFile, true, piece)
	}
	rate("file.write_seq_flush", mbs[:])
	var per [clockRounds]float64
	for i := range per {
		dropPages(piece)
		per[i] = randomPages(uint64(i) + 1)
	}
	report("file.read4k_random_cold", per[:])
}

// randomPages reads 500 pages of the file, one after the other, and returns the time of each.
func randomPages(x uint64) float64 {
	const reads = 500
	h := openClock("clock", nt.FileSynchronousIoNonalert|nt.FileRandomAccess, nt.FileOpen)
	page := make([]byte, nt.PageSize)
	start := goos.Nanotime()
	for range reads {
		x = x*6364136223846793005 + 1442695040888963407
		at := int64(x >> 33 % (clockFile / nt.PageSize) * nt.PageSize)
		_, s := ntdll.NtReadFile(h, nil, page, &at)
		check("a page", s)
	}
	took := goos.Nanotime() - start
	ntdll.NtClose(h)
	return float64(took) / reads
}

// queueDepths is depths of the first disk.
func queueDepths() {
	disk, _, s := ntdll.NtCreateFile(nt.FileReadData, ntdll.NewAttributes(`\??\PhysicalDrive0`, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid, nt.FileOpen, 0)
	check("the first disk", s)
	depths("disk", disk)
	ntdll.NtClose(disk)
}

// depths reads pages of a disk or file in random order, with one request under way at a time, and with 32.
func depths(what string, h nt.Handle) {
	port, s := ntdll.NtCreateIoCompletion(nil, 0)
	check("a completion port", s)
	c := nt.FileCompletionInformation{Port: port, Key: 1}
	check("its handle", ntdll.NtSetInformationFile(h, nt.FileCompletionInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&c)), unsafe.Sizeof(c))))
	var rates [2][clockRounds]float64
	for i := range clockRounds {
		for k, depth := range [2]int{1, 32} {
			rates[k][i] = requestsPerSecond(h, port, depth, uint64(i)+1)
		}
	}
	for k, name := range [2]string{what + ".read4k_depth1", what + ".read4k_depth32"} {
		slices.Sort(rates[k][:])
		fmt.Printf("BENCH %s.max %.0f /s\nBENCH %s.med %.0f /s\n", name, rates[k][clockRounds-1], name, rates[k][clockRounds/2])
	}
	ntdll.NtClose(port)
}

// fileDepths is queueDepths of the file of byClock, by a handle without buffering.
func fileDepths() {
	folder, _, s := ntdll.NtCreateFile(nt.FileGenericRead, ntdll.NewAttributes(benchFolder, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid,
		nt.FileOpenIf, nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
	check("a folder on C:", s)
	ntdll.NtClose(folder)
	ntdll.NtClose(openClock("clock", nt.FileSynchronousIoNonalert, nt.FileOpenIf))
	through("clock", clockFile, true, make([]byte, clockPiece))
	file := openClock("clock", nt.FileNoIntermediateBuffering, nt.FileOpen)
	depths("file", file)
	ntdll.NtClose(file)
}

// requestsPerSecond keeps depth requests under way until a thousand have ended.
func requestsPerSecond(disk, port nt.Handle, depth int, x uint64) float64 {
	const reads = 1000
	pages := make([]byte, depth*nt.PageSize)
	requests := make([]ntdll.Request, depth)
	defer runtime.KeepAlive(pages)
	defer runtime.KeepAlive(requests)
	issue := func(i int) {
		x = x*6364136223846793005 + 1442695040888963407
		at := int64(x >> 33 % (clockFile / nt.PageSize) * nt.PageSize)
		requests[i].ApcContext = uint64(i) + 1
		if _, s := ntdll.NtReadFile(disk, &requests[i], pages[i*nt.PageSize:][:nt.PageSize], &at); s != nt.StatusPending {
			check("a request", s)
		}
	}
	start := goos.Nanotime()
	for i := range depth {
		issue(i)
	}
	var ended [32]nt.FileIoCompletionInformation
	for issued, done := depth, 0; done < reads; {
		n, s := ntdll.NtRemoveIoCompletionEx(port, ended[:], nil, false)
		check("NtRemoveIoCompletionEx", s)
		for _, e := range ended[:n] {
			check("a read", e.IoStatus.Status)
			done++
			if issued < reads {
				issue(int(e.ApcContext) - 1)
				issued++
			}
		}
	}
	return reads * 1e9 / float64(goos.Nanotime()-start)
}
