package message

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// kernelImage is headers and the kernel's resource section, as they are loaded.
func kernelImage(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../../kernel/messages/messages.bin")
	if err != nil {
		t.Fatal(err)
	}
	section := b[32 : len(b)-16]
	const at, rva = 0x40, 0x200
	img := make([]byte, rva)
	le := binary.LittleEndian
	copy(img, "MZ")
	le.PutUint32(img[0x3C:], at)
	copy(img[at:], "PE\x00\x00")
	le.PutUint16(img[at+24:], 0x20B)
	le.PutUint32(img[at+24+108:], 16)
	le.PutUint32(img[at+24+112+16:], rva)
	le.PutUint32(img[at+24+112+20:], uint32(len(section)))
	img = append(img, section...)
	le.PutUint32(img[rva+72:], le.Uint32(img[rva+72:])+rva)
	return img
}

// TestFind (P0.6, P1.5): the banner and a stop code's text.
func TestFind(t *testing.T) {
	img := kernelImage(t)
	for id, want := range map[uint32]string{0x4000007E: "GoNT Operating System Version %1 (Build %2%3)\r\n", 0xEF: "A process without which", 0xDEAD0001: "The Go runtime"} {
		if s, err := Find(img, English, id); err != nil || !strings.HasPrefix(s, want) {
			t.Errorf("%#x: %q, %v", id, s, err)
		}
	}
	if _, err := Find(img, English, 0x12345); err != ErrNotFound {
		t.Errorf("a message that there is not: %v", err)
	}
	if _, err := Find(nil, English, 1); err != ErrNoResource {
		t.Errorf("no image: %v", err)
	}
	none := slices.Clone(img)
	binary.LittleEndian.PutUint32(none[0x40+24+112+16:], 0)
	if _, err := Find(none, English, 1); err != ErrNoResource {
		t.Errorf("no resources: %v", err)
	}
	if _, err := Resource(img, 16, 1, English); err != ErrNoResource {
		t.Errorf("a resource of another type: %v", err)
	}
}

// TestDamaged: damaged images give a text or an error, and nothing outside of them is read.
func TestDamaged(t *testing.T) {
	img := kernelImage(t)
	for n := range len(img) {
		if s, err := Find(img[:n:n], English, 0x4000007E); err == nil && n < 0x200 {
			t.Errorf("%d bytes: %q", n, s)
		}
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 20000 {
		b := slices.Clone(img)
		for range 1 + rnd.IntN(4) {
			b[rnd.IntN(min(len(b), 0x400))] = byte(rnd.Uint32())
		}
		Find(b, English, 0x4000007E)
		Find(b, English, uint32(rnd.IntN(0x110)))
	}
}

// TestFormat: inserts, escapes, and what stands as it is.
func TestFormat(t *testing.T) {
	for _, c := range []struct {
		text string
		args []string
		want string
	}{
		{"a %1 b%2\r\n", []string{"x", "y"}, "a x by"}, {"%3%%\r\n\r\n", []string{"x"}, "%3%"}, {"one%ntwo%0three", nil, "one\ntwo"},
		{"100%", nil, "100%"}, {"two\r\nlines\r\n", nil, "two\nlines"}, {"", nil, ""}, {"%!%.", nil, "!."},
	} {
		if s := Format(c.text, c.args...); s != c.want {
			t.Errorf("%q: %q, want %q", c.text, s, c.want)
		}
	}
}
