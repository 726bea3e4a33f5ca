package kd

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// model is a machine for tests: some memory, two processors, three threads, and a port
// whose other end is a script.
type model struct {
	memory map[uint64]*[4096]byte
	regs   [2]Registers
	on     [2]bool // the processor runs
	points [4]Point
	input  []byte
	output strings.Builder
	resets int
	forgot int

	process map[uint64]uint64 // of a thread
	symbols map[uint64]Symbol // besides main.f
	frames  map[uint64]int64  // of these: how far above RSP the return address is
	below   map[uint64]Frame  // where a stack goes on below these
	meant   uint64

	// The engine runs in a goroutine of its own, which waits with the script.
	waits, more chan struct{}
	goes        chan bool
	busy        bool
}

const (
	modelCode = 0xFFFFFFFF80201000
	modelData = 0xFFFFFFFF80400000
	modelUser = 0x140001000
)

func newModel() *model {
	m := &model{process: map[uint64]uint64{1: 4, 8: 4, 12: 4, 16: 4}, memory: map[uint64]*[4096]byte{}, waits: make(chan struct{}), more: make(chan struct{}), goes: make(chan bool)}
	for _, a := range []uint64{modelCode, modelData, modelData + 0x1000, modelUser} {
		m.memory[a] = new([4096]byte)
	}
	copy(m.memory[modelCode][:], []byte{0x55, 0x48, 0x89, 0xE5, 0xE8, 0x07, 0, 0, 0, 0x90, 0x5D, 0xC3}) // push rbp; mov rbp, rsp; call; nop; pop; ret
	copy(m.memory[modelData][:], "hello, world")
	for i := range m.regs {
		r := &m.regs[i]
		r.Rip, r.Rflags, r.Cs, r.Ss = modelCode+uint64(i), 0x202, 0x10, 0x18
		r.General[Rsp] = modelData + 0x1800
		for j := range r.General {
			if j != Rsp {
				r.General[j] = 0x1111111111111111 * uint64(j)
			}
		}
	}
	binary.LittleEndian.PutUint64(m.memory[modelData+0x1000][0x800:], modelCode+9)
	return m
}

func (m *model) Processors() int { return 2 }
func (m *model) Registers(p int) *Registers {
	if p < 0 || p > 1 {
		return nil
	}
	return &m.regs[p]
}
func (m *model) Threads() []Thread {
	return []Thread{{1, 0, -1, "Idle", "Idle"}, {8, 4, 0, "Phase1 <&>", "Running"}, {12, 4, 1, "worker", "Running"}, {16, 4, -1, "waiter", "Waiting: Executive"}}
}
func (m *model) Running(p int) uint64 { return uint64(8 + 4*p) }
func (m *model) Saved(id uint64) (r Registers, ok bool) {
	if id != 16 {
		return r, false
	}
	r.Rip, r.General[Rsp] = modelCode+9, modelData+0x1800
	return r, true
}

func (m *model) copy(at uint64, b []byte, write bool) int {
	for i := range b {
		page := m.memory[(at+uint64(i))&^4095]
		if page == nil {
			return i
		}
		if p := &page[(at+uint64(i))&4095]; write {
			*p = b[i]
		} else {
			b[i] = *p
		}
	}
	return len(b)
}
func (m *model) Read(_, at uint64, b []byte) int  { return m.copy(at, b, false) }
func (m *model) Write(_, at uint64, b []byte) int { return m.copy(at, b, true) }
func (m *model) SetPoints(p *[4]Point)            { m.points = *p }
func (m *model) Symbol(_, at uint64) (Symbol, bool) {
	if at < modelCode || at >= modelCode+12 {
		s, ok := m.symbols[at]
		return s, ok
	}
	return Symbol{Name: "main.f", Offset: at - modelCode, File: "gont/main.go", Line: int(at - modelCode + 10)}, true
}
func (m *model) UserRegisters(uint64) (r Registers, ok bool) { return r, false }
func (m *model) ProcessOf(thread uint64) uint64 {
	return m.process[thread]
}
func (m *model) Lookup(_ uint64, name string) (uint64, bool) {
	return map[string]uint64{"main.f": modelCode, "main.data": modelData}[name], name == "main.f" || name == "main.data"
}
func (m *model) Symbols(_ uint64, yield func(string, uint64) bool) int {
	if yield("main.f", modelCode) {
		yield("main.data", modelData)
	}
	return 0
}
func (m *model) FrameSize(_, at uint64) (int64, bool) {
	if at == modelCode {
		return 0, true
	}
	if n, ok := m.frames[at]; ok {
		return n, true
	}
	return 8, at < modelCode+12 && at > modelCode
}
func (m *model) Below(_ uint64, _ *Registers, at, _ uint64) (Frame, uint64, bool) {
	f, ok := m.below[at]
	return f, 0, ok
}
func (m *model) Stop() uint64          { m.on = [2]bool{}; return 0 }
func (m *model) Continue(meant uint64) { m.meant = meant; m.on = [2]bool{meant&1 != 0, meant&2 != 0} }

func (m *model) Get() (byte, bool, bool) {
	if len(m.input) == 0 {
		return 0, false, false
	}
	c := m.input[0]
	m.input = m.input[1:]
	return c, true, false
}
func (m *model) Put(c byte) { m.output.WriteByte(c) }

// Idle waits for more of the script.
func (m *model) Idle() {
	if len(m.input) == 0 {
		m.waits <- struct{}{}
		<-m.more
	}
}
func (m *model) Announce(string) {}
func (m *model) Forget()         { m.forgot++ }
func (m *model) Reboot()         { m.resets++ }
func (m *model) Command(w io.Writer, _ uint64, name, args string) bool {
	switch name {
	case "!echo":
		fmt.Fprintln(w, args)
	case "!thread", "!process":
		fmt.Fprintf(w, "%s of %q\n", name, args)
	default:
		return false
	}
	return true
}
func (m *model) Commands() [][2]string { return [][2]string{{"!echo", "say it again"}} }

// play lets an event come and the other end of the port say something. It returns what
// the debugger says, and whether the system went on.
func (m *model) play(e *Engine, ev Event, input string) (output string, went, own bool) {
	for m.busy { // the test has left it in a stop
		if e.face == gdb {
			m.again(e, "#00"+packets("D"))
		} else {
			m.again(e, "\x03\x03q\r")
		}
	}
	m.input = append([]byte{}, input...)
	m.output.Reset()
	m.busy = true
	go func() { m.goes <- e.Stopped(ev) }()
	return m.watch()
}

// again goes on with the conversation in a stop.
func (m *model) again(e *Engine, input string) (output string, went, own bool) {
	m.input = append(m.input, input...)
	m.output.Reset()
	m.more <- struct{}{}
	return m.watch()
}

// watch waits until the engine waits or lets the system go on.
func (m *model) watch() (output string, went, own bool) {
	select {
	case <-m.waits:
		return m.output.String(), false, false
	case own := <-m.goes:
		m.busy = false
		return m.output.String(), true, own
	}
}

// packets makes packets of texts.
func packets(list ...string) string {
	var b strings.Builder
	for _, s := range list {
		sum := byte(0)
		for i := range len(s) {
			sum += s[i]
		}
		fmt.Fprintf(&b, "$%s#%02x", s, sum)
	}
	return b.String()
}

// answers takes the data of packets out of what came, and fails on a wrong checksum.
func answers(s string) (list []string, err error) {
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			return list, nil
		}
		j := strings.IndexByte(s[i:], '#')
		if j < 0 || i+j+3 > len(s) {
			return list, fmt.Errorf("a packet without an end: %q", s)
		}
		data := s[i+1 : i+j]
		if packets(data) != s[i:i+j+3] {
			return list, fmt.Errorf("wrong checksum: %q", s[i:i+j+3])
		}
		list = append(list, string(unescape([]byte(data))))
		s = s[i+j+3:]
	}
}
