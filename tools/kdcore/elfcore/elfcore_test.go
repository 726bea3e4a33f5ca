package elfcore

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestGdbReads: a stock gdb takes the file, has the threads, their stacks by the symbols of the
// program, and memory.
func TestGdbReads(t *testing.T) {
	for _, p := range []string{"gdb", "cc", "nm"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	program, source, core := filepath.Join(dir, "p"), filepath.Join(dir, "p.c"), filepath.Join(dir, "core")
	text := "int value = 1;\n__attribute__((noinline)) int inner(int n) { value += n; return value + n; }\n__attribute__((noinline)) int outer(int n) { return inner(n + 1) * 2; }\nint _start(void) { return outer(3); }\n"
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-g", "-O0", "-fno-pie", "-no-pie", "-static", "-nostdlib", "-fno-omit-frame-pointer", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("gdb", "-nx", "-batch", "-ex", "info address inner", "-ex", "info address outer", "-ex", "print &value", "-ex", "print &_start", program).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]uint64{}
	for _, m := range regexp.MustCompile(`"(\w+)" is a function at address 0x([0-9a-f]+)|\) 0x([0-9a-f]+) <(\w+)>`).FindAllStringSubmatch(string(out), -1) {
		at[m[1]+m[4]] = parse(m[2] + m[3])
	}
	const stack = 0x7000_0000_0000
	memory := make([]byte, 4096)
	put := func(offset int, v uint64) { binary.LittleEndian.PutUint64(memory[offset:], v) }
	put(0x100, stack+0x200)      // inner's saved RBP
	put(0x108, at["outer"]+0x15) // and where it returns to
	put(0x200, 0)
	put(0x208, at["_start"]+0xE)
	var value [8]byte
	value[0] = 42
	c := Core{
		Threads: []Thread{{ID: 72, Signal: 11, Registers: Registers{Rip: at["inner"] + 8, Rsp: stack + 0x100, Rbp: stack + 0x100, Rflags: 0x202}},
			{ID: 8, Registers: Registers{Rip: at["outer"] + 8, Rsp: stack + 0x200, Rbp: stack + 0x200}}},
		Memory: []Memory{{stack, memory}, {at["value"], value[:4]}},
	}
	f, err := os.Create(core)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(f); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err = exec.Command("gdb", "-nx", "-batch", "-ex", "info threads", "-ex", "bt", "-ex", "print value", program, core).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`\* 1 +.*72.* +inner`, `  2 +.*8.* +outer`, `#0 .*inner .*p\.c:2`, `#1 .*outer .*p\.c:3`, `#2 .*_start`, `\$1 = 42`} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func parse(s string) (v uint64) {
	for _, c := range s {
		switch {
		case c <= '9':
			v = v<<4 | uint64(c-'0')
		default:
			v = v<<4 | uint64(c-'a'+10)
		}
	}
	return v
}
