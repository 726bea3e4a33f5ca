package lz4

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	ref "github.com/pierrec/lz4/v4"
)

// pack makes a frame with the reference implementation.
func pack(t testing.TB, data []byte, options ...ref.Option) []byte {
	var b bytes.Buffer
	w := ref.NewWriter(&b)
	if err := w.Apply(options...); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 200_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	text := bytes.Repeat([]byte("GoNT is an NT-style kernel in Go. "), 9000)
	mixed := append(append(append([]byte{}, random[:70_000]...), text...), random[:30_000]...)
	return map[string][]byte{
		"empty": {}, "one": {7}, "short": []byte("abcdefgh"), "zeros": make([]byte, 5<<20),
		"random": random, "text": text, "mixed": mixed, "ab": bytes.Repeat([]byte("ab"), 1000),
		"abc": bytes.Repeat([]byte("abc"), 7001),
	}
}

func TestDecode(t *testing.T) {
	for name, data := range samples() {
		for kind, frame := range map[string][]byte{
			"plain":    pack(t, data),
			"small":    pack(t, data, ref.BlockSizeOption(ref.Block64Kb), ref.BlockChecksumOption(true)),
			"sized":    pack(t, data, ref.SizeOption(uint64(len(data))), ref.CompressionLevelOption(ref.Level9)),
			"no sum":   pack(t, data, ref.ChecksumOption(false)),
			"trailing": append(pack(t, data), 1, 2, 3),
		} {
			n, err := Size(frame)
			if err != nil || n != len(data) {
				t.Errorf("%s, %s: size %d, want %d, %v", name, kind, n, len(data), err)
				continue
			}
			got := make([]byte, n)
			if err := Decode(got, frame); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %s: wrong content, %v", name, kind, err)
			}
			if n > 0 {
				if err := Decode(got[:n-1], frame); err == nil {
					t.Errorf("%s, %s: fits where it should not", name, kind)
				}
			}
			if err := Decode(make([]byte, n+1), frame); err == nil {
				t.Errorf("%s, %s: does not notice that output is missing", name, kind)
			}
		}
	}
}

// TestDamage cuts frames everywhere and flips every byte: never a panic, and,
// with the checksums on, never a success with other content.
func TestDamage(t *testing.T) {
	data := samples()["mixed"][69_000:72_000]
	frame := pack(t, data)
	got := make([]byte, len(data))
	for i := range frame {
		if err := Decode(got, frame[:i]); err == nil {
			t.Errorf("cut to %d bytes: no error", i)
		}
		if n, err := Size(frame[:i]); err == nil && n != len(data) {
			t.Errorf("cut to %d bytes: size %d", i, n)
		}
		for _, x := range []byte{1, 0x80, 0xFF} {
			bad := bytes.Clone(frame)
			bad[i] ^= x
			clear(got)
			if err := Decode(got, bad); err == nil && !bytes.Equal(got, data) {
				t.Errorf("byte %d ^ %#x: wrong content, no error", i, x)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	good := pack(t, []byte("hello"))
	fix := func(b []byte) []byte { // header checksum
		b[6] = byte(Sum32(b[4:6]) >> 8)
		return b
	}
	edit := func(i int, v byte) []byte {
		b := bytes.Clone(good)
		b[i] = v
		return b
	}
	for name, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"magic":      {edit(0, 0), "header"},
		"nothing":    {nil, "header"},
		"cut":        {good[:6], "early"},
		"version":    {fix(edit(4, 0x84)), "version"},
		"dictionary": {fix(edit(4, good[4]|1)), "dictionary"},
		"reserved":   {fix(edit(4, good[4]|2)), "header"},
		"block size": {fix(edit(5, 0x30)), "header"},
		"header sum": {edit(6, good[6]+1), "header"},
		"block":      {edit(10, 0x7F), "damaged"},
	} {
		err := Decode(make([]byte, 5), c.frame)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := pack(t, []byte("hello"), ref.SizeOption(5))
	huge[11] = 2 // 2 TiB more
	huge[14] = byte(Sum32(huge[4:14]) >> 8)
	if _, err := Size(huge); err == nil {
		t.Error("a size of 2 TiB is believed")
	}
}

func TestSum32(t *testing.T) { // xxHash's own values
	for s, want := range map[string]uint32{"": 0x02CC5D05, "abc": 0x32D153FF,
		"Nobody inspects the spammish repetition": 0xE2293B2F} {
		if got := Sum32([]byte(s)); got != want {
			t.Errorf("%q: %08x, want %08x", s, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(pack(f, []byte("hello, hello, hello, hello")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := Size(b); err == nil && n < 1<<20 {
			_ = Decode(make([]byte, n), b)
		}
		if len(b) > 0 { // a bare block, too
			dst := make([]byte, 100)
			_, _ = decodeBlock(dst, int(b[0])%100, b[1:])
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frame := pack(b, samples()["text"])
	n, _ := Size(frame)
	dst := make([]byte, n)
	b.SetBytes(int64(n))
	for b.Loop() {
		if err := Decode(dst, frame); err != nil {
			b.Fatal(err)
		}
	}
}
