package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"gont/rtl/message"
)

// TestCurrent (P0.6, P1.5): the kernel's resource and numbers are what its source says.
func TestCurrent(t *testing.T) {
	const dir = "../../kernel/messages/"
	source, err := os.ReadFile(dir + "kernel.mc")
	if err != nil {
		t.Fatal(err)
	}
	bin, code, err := compile(string(source))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"messages.bin": bin, "ids.go": code} {
		if have, err := os.ReadFile(dir + name); err != nil || string(have) != string(want) {
			t.Errorf("%s is not current (%v): go generate ./kernel/messages", name, err)
		}
	}
}

// image is a loaded image with a resource section, as elf2pe makes it.
func image(section []byte) []byte {
	const at, rva = 0x80, 0x400
	b := make([]byte, rva)
	le := binary.LittleEndian
	le.PutUint16(b, 0x5A4D)
	le.PutUint32(b[0x3C:], at)
	le.PutUint32(b[at:], 0x4550)
	le.PutUint16(b[at+24:], 0x20B)
	le.PutUint32(b[at+24+108:], 16)
	le.PutUint32(b[at+24+112+16:], rva)
	le.PutUint32(b[at+24+112+20:], uint32(len(section)))
	b = append(b, section...)
	le.PutUint32(b[rva+72:], le.Uint32(b[rva+72:])+rva)
	return b
}

// TestCompile: what is compiled is found again by RtlFindMessage, gaps and many blocks
// included.
func TestCompile(t *testing.T) {
	source := "LanguageNames=(English=0x409:MSG00409)\n; comment\n"
	want := map[uint32]string{}
	for i, n := range []uint32{1, 2, 3, 7, 8, 0x100, 0xFFFF} {
		for s, name := range []string{"Success", "Error"} {
			text := strings.Repeat("grün ", i*3) + name
			source += fmt.Sprintf("\nMessageId=%#x Severity=%s\nSymbolicName=M_%d_%d\nLanguage=English\n%s\nsecond\n.\n", n, name, i, s, text)
			want[uint32(s*3)<<30|n] = text + "\r\nsecond\r\n"
		}
	}
	list, err := parse(source)
	if err != nil {
		t.Fatal(err)
	}
	img := image(resources(table(list)))
	for id, text := range want {
		for _, language := range []uint16{message.English, 0x407} {
			if got, err := message.Find(img, language, id); err != nil || got != text {
				t.Errorf("%#x: %q, %v", id, got, err)
			}
		}
	}
	for _, id := range []uint32{0, 4, 6, 9, 0x10000, 0xC0000004} {
		if s, err := message.Find(img, message.English, id); err != message.ErrNotFound {
			t.Errorf("%#x: %q, %v", id, s, err)
		}
	}
}

// TestBadSources: each mistake is named with its line.
func TestBadSources(t *testing.T) {
	const good = "MessageId=1 SymbolicName=A Language=English\nx\n.\n"
	for source, want := range map[string]string{
		"nonsense": "line 1: \"nonsense\" is no NAME=VALUE", "SymbolicName=A": "line 1: SymbolicName before MessageId",
		"MessageId=0x10000 ": "not a number of 16 bits", "MessageId=1 Severity=Bad ": "no severity", "MessageId=1 Facility=Bad ": "no facility",
		"MessageId=1 Colour=3": "Colour is not known", "MessageId=1 SymbolicName=A Language=German\nx\n.\n": "no language",
		"MessageId=1 Language=English\nx\n.\n": "no SymbolicName", "MessageId=1 SymbolicName=A Language=English\nx\n": "no end",
		"MessageId=1 SymbolicName=A Language=English\n.\n": "empty", good + good: "line 4: message 0x1 stands twice",
		good + "MessageId=2 SymbolicName=A Language=English\nx\n.\n": "A stands twice", "MessageId=1": "no Language",
		"LanguageNames=(German=0x407:MSG)": "the one language", "FacilityNames=(A=x)": "facility",
	} {
		if _, err := parse(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", source, err, want)
		}
	}
}

// TestStopCodes (P0.6): every stop code of the kernel has a text, under the same name.
func TestStopCodes(t *testing.T) {
	source, err := os.ReadFile("../../kernel/messages/kernel.mc")
	if err != nil {
		t.Fatal(err)
	}
	list, err := parse(string(source))
	if err != nil {
		t.Fatal(err)
	}
	codes, err := os.ReadFile("../../ex/bugcodes.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range list {
		names[m.name] = true
	}
	all := regexp.MustCompile(`: +"([A-Z0-9_]+)"`).FindAllStringSubmatch(string(codes), -1)
	if len(all) < 30 {
		t.Fatalf("%d stop codes found", len(all))
	}
	for _, c := range all {
		if !names[c[1]] {
			t.Errorf("stop code %s has no text", c[1])
		}
	}
}
