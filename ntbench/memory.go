//go:build ntuser

package main

import (
	"fmt"
	"runtime/goos"
	"slices"

	"gont/nt"
	"gont/ntdll"
)

func nullServices(number uint32, n uint64)
func emptyLoop(n uint64)
func touch(base, pages uint64)
func zeroBytes(base, bytes uint64)
func zeroPast(base, bytes uint64)

const (
	size64M = 64 << 20
	rounds  = 7 // of what takes 64 MiB
)

func allocate(size uint64) uint64 {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	check("NtAllocateVirtualMemory", s)
	return base
}

func release(base uint64) {
	check("NtFreeVirtualMemory", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease))
}

// faults touches 64 MiB of fresh pages in a row, and gives them back; each of
// the two by itself. The first round only warms up.
func faults() {
	const pages = size64M / nt.PageSize
	var in, out []float64
	for i := -1; i < rounds; i++ {
		base := allocate(size64M)
		t0 := goos.Nanotime()
		touch(base, pages)
		t1 := goos.Nanotime()
		release(base)
		t2 := goos.Nanotime()
		if i >= 0 {
			in = append(in, float64(t1-t0)/pages)
			out = append(out, float64(t2-t1)/pages)
		}
	}
	report("fault.zero4k", in)
	report("fault.unmap4k", out)
}

// mapOne allocates, touches and frees one page n times.
func mapOne(n uint64) {
	for ; n > 0; n-- {
		base := allocate(nt.PageSize)
		touch(base, 1)
		release(base)
	}
}

// zeroing is how fast a program can zero 64 MiB that it has, and one page that
// is in the cache.
func zeroing() {
	base := allocate(size64M)
	for _, z := range []struct {
		name string
		zero func(base, bytes uint64)
	}{{"zero64m.stosb", zeroBytes}, {"zero64m.nt", zeroPast}} {
		z.zero(base, size64M)
		var rate []float64
		for range rounds {
			t0 := goos.Nanotime()
			z.zero(base, size64M)
			rate = append(rate, size64M*1e3/float64(max(goos.Nanotime()-t0, 1)))
		}
		slices.Sort(rate)
		fmt.Printf("BENCH %s.max %.0f MB/s\nBENCH %s.med %.0f MB/s\n", z.name, rate[rounds-1], z.name, rate[rounds/2])
	}
	measure("zero4k_hot.stosb", func(n uint64) {
		for ; n > 0; n-- {
			zeroBytes(base, nt.PageSize)
		}
	})
	release(base)
}
