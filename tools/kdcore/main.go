// Kdcore writes an ELF core of a system that its kernel's debugger has, over the debugger's port:
//
//	kdcore -elf build/ntoskrnl-debug.elf -o core SOCKET|/dev/ttyS0
//	gdb build/ntoskrnl-debug.elf core
//
// It speaks GDB's remote protocol: it stops the system (or finds it stopped, at a blue screen, too),
// reads the registers of all threads, the kernel's variables and the top of each stack, and lets
// the system go on. What lies in the kernel's heap is not in the file.
package main

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gont/tools/kdcore/elfcore"
)

const (
	piece     = 512      // bytes asked for at once
	stackSize = 16 << 10 // bytes of each stack above RSP
	patience  = 30 * time.Second
)

func main() {
	file := flag.String("elf", "build/ntoskrnl-debug.elf", "`file` of the kernel with symbols")
	out := flag.String("o", "core", "`file` to write")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: kdcore [-elf file] [-o core] socket or serial port")
		os.Exit(2)
	}
	if err := run(*file, *out, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "kdcore:", err)
		os.Exit(1)
	}
}

func run(file, out, port string) error {
	var conn io.ReadWriteCloser
	conn, err := net.Dial("unix", port)
	if err != nil {
		if conn, err = os.OpenFile(port, os.O_RDWR, 0); err != nil {
			return err
		}
	}
	defer conn.Close()
	r := &remote{w: conn, r: bufio.NewReader(conn)}
	if d, ok := conn.(interface{ SetDeadline(time.Time) error }); ok {
		r.deadline = d.SetDeadline
	}
	core, err := r.core(file)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := core.Write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// remote is the other end: a stub of GDB's protocol.
type remote struct {
	w        io.Writer
	r        *bufio.Reader
	deadline func(time.Time) error
}

// ask sends a packet and returns the answer to it.
func (r *remote) ask(s string) (string, error) {
	sum := byte(0)
	for i := range len(s) {
		sum += s[i]
	}
	if r.deadline != nil {
		_ = r.deadline(time.Now().Add(patience)) // without one a read may wait for ever
	}
	if _, err := fmt.Fprintf(r.w, "$%s#%02x", s, sum); err != nil {
		return "", err
	}
	if _, err := r.r.ReadString('$'); err != nil {
		return "", fmt.Errorf("%s: %w", s, err)
	}
	answer, err := r.r.ReadString('#')
	if err != nil {
		return "", fmt.Errorf("%s: %w", s, err)
	}
	if _, err := r.r.Discard(2); err != nil {
		return "", err
	}
	_, err = r.w.Write([]byte{'+'})
	return strings.TrimSuffix(answer, "#"), err
}

// core asks for everything, and lets the system go on.
func (r *remote) core(file string) (*elfcore.Core, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := r.ask("qSupported:swbreak+"); err != nil {
		return nil, err
	}
	list, err := r.ask("qfThreadInfo")
	if err != nil {
		return nil, err
	}
	first, err := r.ask("qC")
	if err != nil {
		return nil, err
	}
	ids := strings.Split(strings.TrimPrefix(list, "m"), ",")
	if i := slices.Index(ids, strings.TrimPrefix(first, "QC")); i > 0 { // gdb shows the first one
		ids[0], ids[i] = ids[i], ids[0]
	}
	core := &elfcore.Core{}
	covered := map[uint64]bool{}
	for _, id := range ids {
		t, err := r.thread(id)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		core.Threads = append(core.Threads, *t)
		start := t.Rsp &^ 0xFFF
		if t.Rsp == 0 || covered[start] {
			continue
		}
		covered[start] = true
		if b := r.memory(start, stackSize); len(b) > 0 {
			core.Memory = append(core.Memory, elfcore.Memory{Address: start, Data: b})
		}
	}
	if _, err := r.ask("Hg0"); err != nil {
		return nil, err
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_W != 0 {
			if b := r.memory(p.Vaddr, p.Memsz); len(b) > 0 {
				core.Memory = append(core.Memory, elfcore.Memory{Address: p.Vaddr, Data: b})
			}
		}
	}
	_, err = r.ask("D")
	return core, err
}

// thread reads a thread's registers; nil for one that has none.
func (r *remote) thread(id string) (*elfcore.Thread, error) {
	n, err := strconv.ParseUint(id, 16, 32)
	if err != nil {
		return nil, fmt.Errorf("a thread called %q", id)
	}
	if _, err := r.ask("Hg" + id); err != nil {
		return nil, err
	}
	text, err := r.ask("g")
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) < 17*8+7*4 {
		return nil, nil
	}
	q := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	d := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[17*8+4*i:])) }
	// The order of target.xml: rax rbx rcx rdx rsi rdi rbp rsp r8 to r15 rip eflags cs ss ds es fs gs.
	return &elfcore.Thread{ID: uint32(n), Registers: elfcore.Registers{Rax: q(0), Rbx: q(1), Rcx: q(2), Rdx: q(3), Rsi: q(4), Rdi: q(5), Rbp: q(6), Rsp: q(7),
		R8: q(8), R9: q(9), R10: q(10), R11: q(11), R12: q(12), R13: q(13), R14: q(14), R15: q(15), Rip: q(16),
		Rflags: d(0), Cs: d(1), Ss: d(2), Ds: d(3), Es: d(4), Fs: d(5), Gs: d(6)}}, nil
}

// memory reads what is there of size bytes, up to the first one that is not.
func (r *remote) memory(at, size uint64) (all []byte) {
	for uint64(len(all)) < size {
		n := min(piece, size-uint64(len(all)))
		text, err := r.ask(fmt.Sprintf("m%x,%x", at+uint64(len(all)), n))
		if err != nil || len(text)%2 != 0 {
			return all
		}
		b, err := hex.DecodeString(text)
		if all = append(all, b...); err != nil || uint64(len(b)) < n {
			return all
		}
	}
	return all
}
