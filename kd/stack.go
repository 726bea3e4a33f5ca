package kd

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Frame is one of a stack.
type Frame struct {
	PC, SP uint64
	Exact  bool // PC is the next instruction, not behind a call
}

// maxFrames is how deep a stack is shown.
const maxFrames = 64

// maxStacks is how many stacks a walk goes through: traps may have interrupted traps.
const maxStacks = 4

// walk calls yield for the frames of a thread's stack, the innermost first. Where the size
// of a frame is known it goes by that, else by the chain of frame pointers. Below a trap, and
// below the Go runtime's system stack, it goes on with the stack that was left.
func (e *Engine) walk(thread uint64, r *Registers, yield func(Frame) bool) {
	pc, sp, bp := r.Rip, r.General[Rsp], r.General[Rbp]
	word := func(at uint64) (uint64, bool) {
		var b [8]byte
		ok := e.m.Read(thread, at, b[:]) == 8
		return binary.LittleEndian.Uint64(b[:]), ok
	}
	if !yield(Frame{pc, sp, true}) {
		return
	}
	exact, stacks := true, 1
	for range maxFrames {
		look := pc
		if !exact {
			look--
		}
		exact = false
		if below, frame, ok := e.m.Below(thread, r, look, sp); ok && stacks < maxStacks {
			if stacks++; !yield(below) {
				return
			}
			pc, sp, bp, exact = below.PC, below.SP, frame, below.Exact
			continue
		}
		var next uint64
		if size, ok := e.m.FrameSize(thread, look); ok {
			at := sp + uint64(size)
			ret, ok := word(at)
			if !ok || ret == 0 {
				return
			}
			if size >= 8 {
				if saved, ok := word(at - 8); ok {
					bp = saved
				}
			}
			pc, next = ret, at+8
		} else {
			saved, ok1 := word(bp)
			ret, ok2 := word(bp + 8)
			if !ok1 || !ok2 || ret == 0 || bp < sp || bp&7 != 0 {
				return
			}
			pc, next, bp = ret, bp+16, saved
		}
		if next <= sp {
			return
		}
		sp = next
		if _, ok := e.m.Symbol(thread, pc-1); !ok && pc < 4096 {
			return
		}
		if !yield(Frame{pc, sp, false}) {
			return
		}
	}
}

func (e *Engine) stackCommand(w io.Writer, args string) error {
	thread := e.current
	if args != "" {
		var err error
		if thread, err = e.evaluate(args); err != nil {
			return err
		}
	}
	r, _ := e.registers(thread)
	if r == nil {
		return fmt.Errorf("thread %x has no registers", thread)
	}
	e.Stack(w, thread, r)
	return nil
}

// Stack writes a stack, and behind it that of ring 3 if the thread is in the kernel and goes on
// there.
func (e *Engine) Stack(w io.Writer, thread uint64, r *Registers) {
	e.stack(w, thread, r)
	if r.User() {
		return
	}
	if u, ok := e.m.UserRegisters(thread); ok {
		fmt.Fprintf(w, "ring 3:\n")
		e.stack(w, thread, &u)
	}
}

func (e *Engine) stack(w io.Writer, thread uint64, r *Registers) {
	if r.Rip == 0 {
		fmt.Fprintf(w, "it has not run yet, or is on its way to or from a processor\n")
		return
	}
	e.walk(thread, r, func(f Frame) bool {
		look := f.PC
		if !f.Exact {
			look--
		}
		s, ok := e.m.Symbol(thread, look)
		for i := range s.Inlined { // they have no frames of their own
			fmt.Fprintf(w, "%-33s %s\n", "(inlined)", s.Inlined[i].text())
		}
		text := ""
		if ok {
			text = s.text()
		}
		fmt.Fprintf(w, "%016x %016x %s\n", f.SP, f.PC, text)
		return true
	})
}
