//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

// callers are threads that make one service call each and end with its status. They
// are machine code: a goroutine that waits would hold up the program's others
// where there is one processor.
type callers struct {
	base    uint64
	threads []nt.Handle
}

// callCode: the call is at RBX: number, arguments 1 to 4, then the status. The
// others are where RSP says.
//
// mov r10,[rbx+8]; mov rdx,[rbx+16]; mov r8,[rbx+24]; mov r9,[rbx+32];
// mov eax,[rbx]; syscall
var callCode = join([]byte{0x4C, 0x8B, 0x53, 0x08, 0x48, 0x8B, 0x53, 0x10, 0x4C, 0x8B, 0x43, 0x18, 0x4C, 0x8B, 0x4B, 0x20,
	0x8B, 0x03, 0x0F, 0x05}, endThread)

// A caller's block: the call, the stack's arguments, and 64 bytes for the service
// to write to.
const (
	callBlocks = 0x1000
	callBlock  = 0x400
	callStack  = 0x100
	callOutput = 0x300
)

func newCallers() *callers { return &callers{base: code(callCode)} }

// output is where the next caller's service may write.
func (c *callers) output() uint64 { return c.block() + callOutput }

func (c *callers) block() uint64 { return c.base + callBlocks + uint64(len(c.threads))*callBlock }

// start makes a thread that calls the service.
func (c *callers) start(service nt.Service, args ...uint64) (nt.Handle, error) {
	b := make([]byte, callOutput)
	binary.LittleEndian.PutUint64(b, uint64(service))
	for i, a := range args {
		at := 8 * (i + 1)
		if i >= 4 {
			at += callStack
		}
		binary.LittleEndian.PutUint64(b[at:], a)
	}
	block := c.block()
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, block, b)
	x := nt.Context{Rip: c.base, Rbx: block, Rsp: block + callStack}
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &x, &ntdll.InitialTeb{}, false)
	if !s.OK() {
		return 0, expect("NtCreateThread", s, 0)
	}
	c.threads = append(c.threads, h)
	return h, nil
}

// begin starts one and waits until it waits in its service.
func (c *callers) begin(service nt.Service, args ...uint64) (nt.Handle, error) {
	h, err := c.start(service, args...)
	if err != nil {
		return 0, err
	}
	info, _ := ntdll.NtQueryInformationThread(h)
	return h, until(fmt.Sprintf("%v does not wait", service), func() bool {
		list, _ := ntdll.QueryProcesses()
		for _, p := range list {
			for _, t := range p.Threads {
				if t.ClientID == info.ClientID {
					return t.ThreadState == 5 // Waiting
				}
			}
		}
		return false
	})
}

// end ends those that have not, and gives the memory back.
func (c *callers) end() {
	for _, h := range c.threads {
		ntdll.NtTerminateThread(h, nt.StatusUnsuccessful)
		ntdll.NtWaitForSingleObject(h, false, nil)
		ntdll.NtClose(h)
	}
	ntdll.NtFreeVirtualMemory(nt.CurrentProcess, c.base, 0, nt.MemRelease)
}
