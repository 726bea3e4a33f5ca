package pack

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	ref "github.com/pierrec/lz4/v4"

	"gont/boot/osldr/lz4"
)

func samples(t testing.TB) map[string][]byte {
	r := rand.New(rand.NewPCG(5, 6))
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	dull := make([]byte, 50_000) // few symbols, many short matches
	for i := range dull {
		dull[i] = byte(r.IntN(3))
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]byte{
		"random": random, "dull": dull, "zeros": make([]byte, 300_000), "program": program[:400_000],
		"text":  bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog; "), 3000),
		"twice": append(bytes.Clone(random[:60_000]), random[:60_000]...),
		"far":   append(bytes.Clone(random[:70_000]), random[:70_000]...),
	}
	for n := range 40 { // the rules for the end of a block
		m["zeros "+string(rune('0'+n))] = make([]byte, n)
		m["ab "+string(rune('0'+n))] = bytes.Repeat([]byte("ab"), n)
	}
	return m
}

// TestBlock: the reference decoder reads it, and it is not larger than the
// reference's best.
func TestBlock(t *testing.T) {
	for name, data := range samples(t) {
		b := Block(data)
		got := make([]byte, len(data))
		n, err := ref.UncompressBlock(b, got)
		if len(data) > 0 && (err != nil || !bytes.Equal(got[:n], data)) {
			t.Errorf("%s: %v", name, err)
		}
		best := make([]byte, ref.CompressBlockBound(len(data)))
		c := ref.CompressorHC{Level: ref.Level9}
		if m, err := c.CompressBlock(data, best); err == nil && m > 0 && len(b) > m {
			t.Errorf("%s: %d bytes, reference %d", name, len(b), m)
		}
	}
}

func TestFrame(t *testing.T) {
	for name, data := range samples(t) {
		f := Frame(data)
		n, err := lz4.Size(f)
		if err != nil || n != len(data) {
			t.Errorf("%s: size %d, %v", name, n, err)
			continue
		}
		got := make([]byte, n)
		if err := lz4.Decode(got, f); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: our decoder: %v", name, err)
		}
		var all bytes.Buffer
		if _, err := all.ReadFrom(ref.NewReader(bytes.NewReader(f))); err != nil || !bytes.Equal(all.Bytes(), data) {
			t.Errorf("%s: reference decoder: %v", name, err)
		}
	}
}

func TestManyBlocks(t *testing.T) {
	data := bytes.Repeat(samples(t)["random"], 90) // 9 MB
	f := Frame(data)
	got := make([]byte, len(data))
	if err := lz4.Decode(got, f); err != nil || !bytes.Equal(got, data) {
		t.Error(err)
	}
}
