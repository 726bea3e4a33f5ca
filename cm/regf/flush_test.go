package regf

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestCut: a flush that is cut off at any sector leaves the old state or the
// new one, and never the old one after the new one was there.
func TestCut(t *testing.T) {
	for seed := range uint64(some(6, 2)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p, d := started(t, 500+seed, 100)
			rnd := rand.New(rand.NewPCG(seed, 1))
			for round := range 6 {
				old := binsOf(t, p.h)
				for range 1 + rnd.IntN(12) {
					p.step(t)
				}
				if round == 3 {
					// Go on from what a reader finds.
					var err error
					if err = p.h.Flush(d.all(), 3000); err != nil {
						t.Fatal(err)
					}
					d.settle()
					if p.h, _, err = load(d.files); err != nil {
						t.Fatal(err)
					}
					p.root = p.root.stableOnly()
					continue
				}
				if err := p.h.Flush(d.all(), uint64(3000+round)); err != nil {
					t.Fatal(err)
				}
				if p.h.Dirty() {
					t.Error("dirty after a flush")
				}
				now := binsOf(t, p.h)
				state := 0
				for n := range len(d.writes) + 1 {
					got := oneOf(t, fmt.Sprintf("round %d, cut at sector %d", round, n), d.at(n), old, now)
					if got < state {
						t.Fatalf("round %d: the old state is back at sector %d", round, n)
					}
					state = got
					if n%some(1, 4) == 0 {
						oneOf(t, fmt.Sprintf("round %d, cut near sector %d", round, n), d.shuffled(n, rnd), old, now)
					}
				}
				if state != 1 && !bytes.Equal(old, now) {
					t.Fatalf("round %d: the new state is not there in the end", round)
				}
				d.settle()
			}
		})
	}
}

// TestCutAgain: after a cut and a recovery, the next flush is cut off, too.
func TestCutAgain(t *testing.T) {
	p, d := started(t, 700, 150)
	for range 10 {
		p.step(t)
	}
	if err := p.h.Flush(d.all(), 4000); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for n := 0; n <= len(d.writes); n += 1 + rnd.IntN(some(25, 100)) {
		second := &disk{files: d.at(n)}
		h, _, err := load(second.files)
		if err != nil {
			t.Fatal(err)
		}
		before := binsOf(t, h)
		for i := range 4 {
			if _, err := h.Create(h.Root(), Encode(fmt.Sprintf("again%d", i)), KeyOptions{Class: make([]uint16, 300)}, 5); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Flush(second.all(), 5000); err != nil {
			t.Fatal(err)
		}
		after := binsOf(t, h)
		for m := 0; m <= len(second.writes); m += 1 + rnd.IntN(3) {
			oneOf(t, fmt.Sprintf("cut at %d, then at %d", n, m), second.at(m), before, after)
			oneOf(t, fmt.Sprintf("cut at %d, then near %d", n, m), second.shuffled(m, rnd), before, after)
		}
	}
}

// TestDiskErrors: writes that fail. The state of the last flush that succeeded,
// or a later one, is there at every moment; the next flush that succeeds writes
// all.
func TestDiskErrors(t *testing.T) {
	for seed := range uint64(some(30, 4)) {
		p, d := started(t, 900+seed, 60)
		rnd := rand.New(rand.NewPCG(seed, 3))
		states := [][]byte{binsOf(t, p.h)}
		for round := range 12 {
			for range 1 + rnd.IntN(5) {
				p.step(t)
			}
			d.fail = 0
			if rnd.IntN(3) > 0 {
				d.fail = 1 + rnd.IntN(60)
			}
			err := p.h.Flush(d.all(), uint64(6000+round))
			d.fail = 0
			states = append(states, binsOf(t, p.h))
			for range 15 {
				n := rnd.IntN(len(d.writes) + 1)
				oneOf(t, fmt.Sprintf("seed %d, round %d", seed, round), d.at(n), states...)
				oneOf(t, fmt.Sprintf("seed %d, round %d, near", seed, round), d.shuffled(n, rnd), states...)
			}
			oneOf(t, "end", d.at(len(d.writes)), states...)
			if err == nil {
				oneOf(t, "after a flush that succeeded", d.at(len(d.writes)), states[len(states)-1])
				states = states[len(states)-1:]
				d.settle()
			} else if !errors.Is(err, errDisk) {
				t.Fatal(err)
			} else if !p.h.Dirty() {
				t.Fatal("not dirty after a flush that failed")
			}
		}
	}
}

// TestOneLog: with one log, or none, a flush works, and with one it can be cut.
func TestOneLog(t *testing.T) {
	for logs := range 2 {
		p, d := started(t, 1100, 50)
		files := Files{Primary: diskFile{d, 0}}
		if logs == 1 {
			files.Log1 = diskFile{d, 1}
		}
		for round := range 3 {
			old := binsOf(t, p.h)
			for range 5 {
				p.step(t)
			}
			if err := p.h.Flush(files, uint64(7000+round)); err != nil {
				t.Fatal(err)
			}
			now := binsOf(t, p.h)
			for n := range len(d.writes) + 1 {
				if logs == 1 || n == len(d.writes) {
					oneOf(t, fmt.Sprintf("%d logs, cut at %d", logs, n), d.at(n), old, now)
				}
			}
			d.settle()
		}
	}
}
