package kd

import (
	"encoding/binary"
	"strings"
	"testing"
)

// leaf puts processor 0 of the model into spin, a function without a frame. Its caller is main.wait,
// into which the compiler has put the code of hal.Pause, and of hal.again within that; main.f has called
// main.wait. RBP is no frame pointer.
func leaf(t *testing.T) (*model, *Engine) {
	m, e := console(t)
	const spin, wait = modelCode + 0x102, modelCode + 0x208
	m.symbols = map[uint64]Symbol{
		spin: {Name: "hal.spin", Offset: 2, File: "a/spin.s", Line: 5},
		wait: {Name: "main.wait", Offset: 8, File: "a/wait.go", Line: 30, Inlined: []Call{{"hal.again", "a/again.go", 10}, {"hal.Pause", "a/pause.go", 20}}},
	}
	m.frames = map[uint64]int64{spin: 0, wait: 0x18}
	r := &m.regs[0]
	r.Rip, r.General[Rsp], r.General[Rbp] = spin, modelData+0x1400, 0x1234567
	stack := m.memory[modelData+0x1000]
	clear(stack[0x400:0x500])
	binary.LittleEndian.PutUint64(stack[0x400:], wait+1)       // spin's return address
	binary.LittleEndian.PutUint64(stack[0x420:], modelCode+10) // main.wait's
	return m, e
}

// TestFramelessLeaf: k shows the caller of a function without a frame, and calls that are inlined
// as calls.
func TestFramelessLeaf(t *testing.T) {
	m, e := leaf(t)
	want := `ffffffff80401400 ffffffff80201102 hal.spin+0x2 (spin.s:5)
(inlined)                         hal.again (again.go:10)
(inlined)                         hal.Pause (pause.go:20)
ffffffff80401408 ffffffff80201209 main.wait+0x8 (wait.go:30)
ffffffff80401428 ffffffff8020100a main.f+0x9 (main.go:19)
`
	if out := typed(m, e, "k"); !strings.Contains(strings.ReplaceAll(out, "\r", ""), want) {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	// Without the size of its frame nobody knows where it goes on: RBP leads nowhere.
	delete(m.frames, modelCode+0x102)
	if out := typed(m, e, "k"); strings.Contains(out, "main.wait") {
		t.Errorf("a caller from nowhere: %s", out)
	}
}

// TestInlinedText: where one line is all there is, the inlined call stands before the function that
// has its code; the source is that of the call.
func TestInlinedText(t *testing.T) {
	m, e := leaf(t)
	m.regs[0].Rip = modelCode + 0x208
	m.memory[modelCode][0x208] = 0x90
	if out := typed(m, e, "~"); !strings.Contains(out, "hal.again (again.go:10) in main.wait+0x8 (wait.go:30)") {
		t.Errorf("~: %s", out)
	}
	if out := typed(m, e, "u rip 1"); !strings.Contains(out, "nop ; again.go:10") {
		t.Errorf("u: %s", out)
	}
	if out := typed(m, e, "!analyze"); !strings.Contains(out, "probably caused by hal.again (again.go:10)") {
		t.Errorf("!analyze: %s", out)
	}
}

// TestAnalyzeInlined: an inlined call of a package that only tells of others is passed over.
func TestAnalyzeInlined(t *testing.T) {
	m, e := leaf(t)
	m.regs[0].Rip = modelCode + 0x208
	s := m.symbols[modelCode+0x208]
	s.Inlined = []Call{{"gont/hal.again", "a/again.go", 10}}
	m.symbols[modelCode+0x208] = s
	if out := typed(m, e, "!analyze"); !strings.Contains(out, "probably caused by main.wait+0x8 (a/wait.go:30)") {
		t.Errorf("%s", out)
	}
}

// TestStackBelow: below the beginning of a stack k goes on with the one that was left, at the
// instruction itself; a chain of stacks without an end is cut.
func TestStackBelow(t *testing.T) {
	m, e := leaf(t)
	const trap = modelCode + 0x302
	m.symbols[trap] = Symbol{Name: "trap", Offset: 2, File: "a/trap.s", Line: 7}
	m.below = map[uint64]Frame{trap: {PC: modelCode + 0x102, SP: modelData + 0x1400, Exact: true}}
	m.regs[0].Rip, m.regs[0].General[Rsp] = trap, modelData+0x1700
	want := `ffffffff80401700 ffffffff80201302 trap+0x2 (trap.s:7)
ffffffff80401400 ffffffff80201102 hal.spin+0x2 (spin.s:5)
(inlined)                         hal.again`
	if out := typed(m, e, "k"); !strings.Contains(strings.ReplaceAll(out, "\r", ""), want) {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	m.below[trap] = Frame{PC: trap, SP: modelData + 0x1700, Exact: true}
	if out := typed(m, e, "k"); strings.Count(out, " trap+0x2") != maxStacks {
		t.Errorf("in a circle: %s", out)
	}
}
