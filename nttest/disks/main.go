//go:build ntuser

// Disks is a session manager that uses disks below the file systems (SPEC I10): it reads the
// beginning of each and of the partitions that \ArcName leads to, of which the first is the boot one, and on those whose first sector says that they are
// for it, it writes, flushes and reads, several requests at a time, some from addresses that no
// controller takes. Sums of all of it are told, for the host to compare with its images.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

const (
	arcPartition = `\ArcName\multi(0)disk(0)rdisk(%d)partition(1)`
	scratch      = "GONT SCRATCH" // how a disk begins that may be written
	region       = 1 << 20        // where and how much is written
	pieces       = 16
	mostDisks    = 16
	mostArc      = 8
	loaderAt     = 12 * 512 // of the boot volume, which is mounted: its file system writes other sectors
)

func main() {
	fmt.Println("GoNT Session Manager (disks)")
	for n := range mostArc {
		h, s := open(fmt.Sprintf(arcPartition, n))
		if !s.OK() {
			fmt.Printf("DISKS rdisk(%d) %v\n", n, s)
			continue
		}
		b := make([]byte, 4096)
		at := int64(0)
		if n == 0 {
			at = loaderAt
		}
		s = transfer(h, false, b, at)
		fmt.Printf("DISKS rdisk(%d) %v %08x\n", n, s, crc32.ChecksumIEEE(b))
		ntdll.NtClose(h)
	}
	for n := range mostDisks {
		h, s := open(fmt.Sprintf(`\??\PhysicalDrive%d`, n))
		if s.OK() {
			disk(n, h)
			ntdll.NtClose(h)
		}
	}
	fmt.Println("DISKS done")
	for {
		ntdll.NtDelayExecution(false, -10_000_000_000)
	}
}

func open(name string) (nt.Handle, nt.Status) {
	return ntdll.NtOpenFile(nt.FileGenericRead|nt.FileGenericWrite, ntdll.NewAttributes(name, nt.ObjCaseInsensitive, 0), nt.FileShareValid, 0)
}

// disk tells of a disk, and works on one that is for it.
func disk(n int, h nt.Handle) {
	g := make([]byte, unsafe.Sizeof(nt.DiskGeometry{}))
	length := make([]byte, 8)
	s := control(h, nt.IoctlDiskGetDriveGeometry, g)
	if s.OK() {
		s = control(h, nt.IoctlDiskGetLengthInfo, length)
	}
	size := (*nt.DiskGeometry)(unsafe.Pointer(&g[0])).BytesPerSector
	head := make([]byte, 64<<10)
	if s.OK() {
		s = transfer(h, false, head, 0)
	}
	fmt.Printf("DISKS %d: %d bytes, sectors of %d, %v, %08x\n", n, binary.LittleEndian.Uint64(length), size, s, crc32.ChecksumIEEE(head))
	if !s.OK() || !bytes.HasPrefix(head, []byte(scratch)) {
		return
	}
	data := make([]byte, region)
	x := uint32(n)*2654435761 + 1
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	begin := now()
	many(h, true, data, 0)
	if s := flush(h); !s.OK() {
		fmt.Printf("DISKS %d: flush: %v\n", n, s)
	}
	written := now()
	back := make([]byte, region)
	many(h, false, back, 0)
	read := now()
	fmt.Printf("DISKS %d: same %v, written %08x, %d us, read %d us\n", n, bytes.Equal(data, back), crc32.ChecksumIEEE(data), written-begin, read-written)
	// From an odd address, which only virtio takes, and more than one piece of a bounce buffer.
	odd := make([]byte, 4096+200<<10)
	at := 1 + (4096-int(uintptr(unsafe.Pointer(&odd[0]))&4095))&4095
	copy(odd[at:at+180<<10], data[512:])
	w := transfer(h, true, odd[at:at+180<<10], 2*region)
	clear(odd)
	r := transfer(h, false, odd[at:at+180<<10], 2*region)
	fmt.Printf("DISKS %d: odd %v %v %v\n", n, w, r, bytes.Equal(odd[at:at+180<<10], data[512:512+180<<10]))
	end := int64(binary.LittleEndian.Uint64(length))
	fmt.Printf("DISKS %d: end %v, last %v, half %v\n", n, transfer(h, false, head[:size], end), transfer(h, false, head[:size], end-int64(size)),
		transfer(h, false, head[:100], 0))
}

// many moves a region in pieces that are all on their way at a time.
func many(h nt.Handle, write bool, b []byte, at int64) {
	var requests [pieces]ntdll.Request
	var offsets [pieces]int64
	n := len(b) / pieces
	for i := range requests {
		r := &requests[i]
		r.Event, _ = ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		offsets[i] = region + at + int64(i*n)
		if s := start(h, write, r, b[i*n:(i+1)*n], &offsets[i]); !s.OK() {
			fmt.Printf("DISKS piece %d: %v\n", i, s)
		}
	}
	for i := range requests {
		ntdll.NtWaitForSingleObject(requests[i].Event, false, nil)
		if s := requests[i].Block.Status; !s.OK() {
			fmt.Printf("DISKS piece %d: %v\n", i, s)
		}
		ntdll.NtClose(requests[i].Event)
	}
}

func start(h nt.Handle, write bool, r *ntdll.Request, b []byte, at *int64) (s nt.Status) {
	if write {
		_, s = ntdll.NtWriteFile(h, r, b, at)
	} else {
		_, s = ntdll.NtReadFile(h, r, b, at)
	}
	return s
}

// transfer moves bytes and waits for them.
func transfer(h nt.Handle, write bool, b []byte, at int64) nt.Status {
	r := new(ntdll.Request)
	r.Event, _ = ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	defer ntdll.NtClose(r.Event)
	s := start(h, write, r, b, &at)
	if s == nt.StatusPending {
		ntdll.NtWaitForSingleObject(r.Event, false, nil)
		s = r.Block.Status
	}
	return s
}

func control(h nt.Handle, code uint32, out []byte) nt.Status {
	_, s := ntdll.NtDeviceIoControlFile(h, nil, code, nil, out)
	return s
}

func flush(h nt.Handle) nt.Status {
	var b nt.IoStatusBlock
	s := ntdll.Raw(nt.SvcFlushBuffersFile, uintptr(h), uintptr(unsafe.Pointer(&b)))
	if s == nt.StatusPending {
		ntdll.NtWaitForSingleObject(h, false, nil)
		s = b.Status
	}
	return s
}

// now is the time in microseconds.
func now() int64 {
	c, f, _ := ntdll.NtQueryPerformanceCounter()
	return c * 1000 / (f / 1000)
}
