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
	clockPiece  = 64 << 10
)

// rate prints the greatest and the median of some rates.
func rate(name string, mbs []float64) {
	slices.Sort(mbs)
	fmt.Printf("BENCH %s.max %.1f MB/s\nBENCH %s.med %.1f MB/s\n", name, mbs[len(mbs)-1], name, mbs[len(mbs)/2])
}

// openClock opens the file of these measurements.
func openClock(options, disposition uint32) nt.Handle {
	h, _, s := ntdll.NtCreateFile(nt.FileReadData|nt.FileWriteData|nt.Synchronize, ntdll.NewAttributes(benchFolder+`\clock`, nt.ObjCaseInsensitive, 0), 0,
		nt.FileShareValid, disposition, options)
	check("the file of 32 MB", s)
	return h
}

// through moves the whole file in pieces, and returns MB/s. A write ends when the data are safe.
func through(write bool, piece []byte) float64 {
	h := openClock(nt.FileSynchronousIoNonalert, nt.FileOpen)
	start := goos.Nanotime()
	for range clockFile / len(piece) {
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
	return clockFile * 1e3 / float64(took)
}

// dropPages takes the file's pages out of the page cache: a write that goes past the cache gives them up.
func dropPages(piece []byte) {
	h := openClock(nt.FileSynchronousIoNonalert|nt.FileNoIntermediateBuffering, nt.FileOpen)
	for range clockFile / len(piece) {
		_, s := ntdll.NtWriteFile(h, nil, piece, nil)
		check("a write past the cache", s)
	}
	ntdll.NtClose(h)
}

// byClock is all of it.
func byClock() {
	folder, _, s := ntdll.NtCreateFile(nt.FileGenericRead, ntdll.NewAttributes(benchFolder, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid,
		nt.FileOpenIf, nt.FileDirectoryFile|nt.FileSynchronousIoNonalert)
	check("a folder on C:", s)
	ntdll.NtClose(folder)
	ntdll.NtClose(openClock(nt.FileSynchronousIoNonalert, nt.FileOpenIf))
	piece := make([]byte, clockPiece)
	through(true, piece)
	var mbs [clockRounds]float64
	through(false, piece)
	for i := range mbs {
		mbs[i] = through(false, piece)
	}
	rate("file.read_seq_hot", mbs[:])
	for i := range mbs {
		dropPages(piece)
		mbs[i] = through(false, piece)
	}
	rate("file.read_seq_cold", mbs[:])
	for i := range mbs {
		mbs[i] = through(true, piece)
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
	h := openClock(nt.FileSynchronousIoNonalert|nt.FileRandomAccess, nt.FileOpen)
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

// queueDepths reads pages of the first disk in random order, with one request under way at a time, and with 32.
func queueDepths() {
	disk, _, s := ntdll.NtCreateFile(nt.FileReadData, ntdll.NewAttributes(`\??\PhysicalDrive0`, nt.ObjCaseInsensitive, 0), 0, nt.FileShareValid, nt.FileOpen, 0)
	check("the first disk", s)
	port, s := ntdll.NtCreateIoCompletion(nil, 0)
	check("a completion port", s)
	c := nt.FileCompletionInformation{Port: port, Key: 1}
	check("its disk", ntdll.NtSetInformationFile(disk, nt.FileCompletionInformationClass, unsafe.Slice((*byte)(unsafe.Pointer(&c)), unsafe.Sizeof(c))))
	var rates [2][clockRounds]float64
	for i := range clockRounds {
		for k, depth := range [2]int{1, 32} {
			rates[k][i] = requestsPerSecond(disk, port, depth, uint64(i)+1)
		}
	}
	for k, name := range [2]string{"disk.read4k_depth1", "disk.read4k_depth32"} {
		slices.Sort(rates[k][:])
		fmt.Printf("BENCH %s.max %.0f /s\nBENCH %s.med %.0f /s\n", name, rates[k][clockRounds-1], name, rates[k][clockRounds/2])
	}
	ntdll.NtClose(port)
	ntdll.NtClose(disk)
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
