// Package elfcore writes ELF core files of a machine for x86-64, which a stock gdb reads together
// with the file that has the symbols: threads with their registers, and pieces of memory.
//
// Source of the layout: System V ABI (gABI), chapters 4 and 5; the note NT_PRSTATUS is struct
// elf_prstatus of the x86-64 ABI's procfs.h, in which the registers have the order of user_regs.
package elfcore

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
)

// Registers are a thread's, in the order that the note has.
type Registers struct {
	R15, R14, R13, R12, Rbp, Rbx, R11, R10, R9, R8  uint64
	Rax, Rcx, Rdx, Rsi, Rdi, OrigRax, Rip, Cs       uint64
	Rflags, Rsp, Ss, FsBase, GsBase, Ds, Es, Fs, Gs uint64
}

// Thread is one of the machine's. The first one of a Core is that which gdb shows first.
type Thread struct {
	ID     uint32
	Signal uint16 // why it has stopped, in the numbers of signals; 0: nothing of its own
	Registers
}

// Memory is a piece of memory.
type Memory struct {
	Address uint64
	Data    []byte
}

// Core is what a file has.
type Core struct {
	Threads []Thread
	Memory  []Memory
}

// prstatus is struct elf_prstatus.
type prstatus struct {
	Signo, Code, Errno   int32
	Cursig               uint16
	_                    uint16
	Pending, Held        uint64
	Pid, Ppid, Pgrp, Sid uint32
	Times                [8]uint64
	Registers            Registers
	FpValid              int32
	_                    int32
}

const pageSize = 4096

// Write writes the file.
func (c *Core) Write(w io.Writer) error {
	var notes bytes.Buffer
	le := binary.LittleEndian
	for _, t := range c.Threads {
		status := prstatus{Signo: int32(t.Signal), Cursig: t.Signal, Pid: t.ID, Registers: t.Registers}
		for _, v := range []any{uint32(5), uint32(binary.Size(status)), uint32(elf.NT_PRSTATUS), [8]byte{'C', 'O', 'R', 'E'}, status} {
			if err := binary.Write(&notes, le, v); err != nil {
				return err
			}
		}
	}
	head := binary.Size(elf.Header64{}) + (1+len(c.Memory))*binary.Size(elf.Prog64{})
	h := elf.Header64{Type: uint16(elf.ET_CORE), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(1 + len(c.Memory))}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	var b bytes.Buffer
	if err := binary.Write(&b, le, h); err != nil {
		return err
	}
	at := uint64(head+notes.Len()+pageSize-1) &^ (pageSize - 1)
	list := []elf.Prog64{{Type: uint32(elf.PT_NOTE), Off: uint64(head), Filesz: uint64(notes.Len()), Align: 4}}
	for _, m := range c.Memory {
		n := uint64(len(m.Data))
		list = append(list, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Off: at, Vaddr: m.Address, Filesz: n, Memsz: n, Align: 1})
		at += n
	}
	if err := binary.Write(&b, le, list); err != nil {
		return err
	}
	b.Write(notes.Bytes())
	b.Write(make([]byte, -b.Len()&(pageSize-1)))
	if _, err := w.Write(b.Bytes()); err != nil {
		return err
	}
	for _, m := range c.Memory {
		if _, err := w.Write(m.Data); err != nil {
			return err
		}
	}
	return nil
}
