//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// What ends overlapped requests before their time (I9): a cancel, the handle's end, a thread's, a process's.

// asyncRequests are requests that may be ended before their time: half of them reads, half writes of what the file has.
type asyncRequests struct {
	r []ntdll.Request
	b []byte
}

var keeping sync.Mutex // ioKept, where several threads add to it

func beginAsync(h nt.Handle, data []byte) (*asyncRequests, error) {
	a := &asyncRequests{make([]ntdll.Request, asyncPages), make([]byte, asyncPages*nt.PageSize)}
	keeping.Lock()
	ioKept = append(ioKept, a.r, a.b)
	keeping.Unlock()
	for i := range a.r {
		at := int64(i) * nt.PageSize
		page := a.b[at : at+nt.PageSize]
		do := ntdll.NtReadFile
		if i%2 == 1 {
			copy(page, data[at:])
			do = ntdll.NtWriteFile
		}
		a.r[i].Block = nt.IoStatusBlock{Status: nt.StatusPending}
		if _, s := do(h, &a.r[i], page, &at); s != nt.StatusPending && !s.OK() {
			return a, expect("a request", s, nt.StatusPending)
		}
	}
	return a, nil
}

// over looks whether all have ended, and how.
func (a *asyncRequests) over(data []byte) error {
	for i := range a.r {
		for tries := 0; a.r[i].Block.Status == nt.StatusPending; tries++ {
			if tries == 3000 {
				return fmt.Errorf("request %d does not end", i)
			}
			ntdll.NtDelayExecution(false, -100_000)
		}
		at := i * nt.PageSize
		switch s := a.r[i].Block.Status; {
		case s == nt.StatusCancelled:
		case !s.OK() || a.r[i].Block.Information != nt.PageSize || !bytes.Equal(a.b[at:at+nt.PageSize], data[at:at+nt.PageSize]):
			return fmt.Errorf("request %d: %+v", i, a.r[i].Block)
		}
	}
	return nil
}

// asyncCancel: after NtCancelIoFile all have ended.
func asyncCancel(data []byte) error {
	for _, options := range []uint32{unbuffered, nt.FileWriteThrough} {
		h, err := openAsync(options)
		if err != nil {
			return err
		}
		a, err := beginAsync(h, data)
		s := ntdll.NtCancelIoFile(h)
		for i := range a.r {
			if err == nil && a.r[i].Block.Status == nt.StatusPending {
				err = fmt.Errorf("request %d has not ended after NtCancelIoFile", i)
			}
		}
		if err == nil {
			err = a.over(data)
		}
		ntdll.NtClose(h)
		if err != nil || !s.OK() {
			return fmt.Errorf("cancel with options %X: %w %v", options, err, s)
		}
	}
	return nil
}

// asyncClose: the handle goes with requests under way.
func asyncClose(data []byte) error {
	for range 4 {
		h, err := openAsync(unbuffered)
		if err != nil {
			return err
		}
		a, err := beginAsync(h, data)
		s := ntdll.NtClose(h)
		if err == nil {
			err = a.over(data)
		}
		if err != nil || !s.OK() {
			return fmt.Errorf("close: %w %v", err, s)
		}
	}
	return nil
}

// asyncThreads: threads end with requests under way.
func asyncThreads(data []byte) error {
	h, err := openAsync(unbuffered)
	if err != nil {
		return err
	}
	defer ntdll.NtClose(h)
	done := make(chan error)
	for range 3 {
		go func() {
			runtime.LockOSThread() // and with the goroutine the thread ends
			_, err := beginAsync(h, data)
			done <- err
		}()
	}
	for range 3 {
		if e := <-done; err == nil {
			err = e
		}
	}
	return err
}

// asyncProcesses: a process ends with requests under way.
func asyncProcesses([]byte) error {
	for range 3 {
		if s, err := run(time.Minute, "files-async", fileVolume); err != nil || s != 0x123 {
			return fmt.Errorf("a process: %w, it ended with %v", err, s)
		}
	}
	return nil
}

func init() {
	register("files-async", func(args []string) nt.Status {
		fileVolume = args[0]
		for _, options := range []uint32{unbuffered, 0} {
			h, err := openAsync(options)
			if err != nil {
				fmt.Println("nttest:", err)
				return nt.StatusUnsuccessful
			}
			if _, err = beginAsync(h, asyncData(1)); err != nil {
				fmt.Println("nttest:", err)
				return nt.StatusUnsuccessful
			}
		}
		return 0x123
	})
}
