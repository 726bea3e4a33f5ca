package oplock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gont/nt"
)

// operations are what is done to a file, in the order of the columns of rules.
var operations = []struct {
	name string
	op   Operation
}{
	{"open for attributes", Operation{Kind: Create, Access: nt.FileReadAttributes | nt.FileWriteAttributes | nt.Synchronize}},
	{"open for reading", Operation{Kind: Create, Access: nt.FileReadData | nt.ReadControl | nt.Synchronize}},
	{"open for writing", Operation{Kind: Create, Access: nt.FileReadData | nt.FileWriteData}},
	{"open for deletion", Operation{Kind: Create, Access: nt.Delete}},
	{"overwriting open", Operation{Kind: Create, Access: nt.FileReadAttributes, Overwrites: true}},
	{"read", Operation{Kind: Read}},
	{"write", Operation{Kind: Write}},
	{"lock", Operation{Kind: Lock}},
	{"resize", Operation{Kind: Resize}},
	{"rename", Operation{Kind: Rename}},
}

// rules say it once more: what an operation of somebody else's does to an oplock. '-' nothing; 'n' it is broken to none and the operation goes
// on; '2' and 'N' it is broken to level 2, or none, and the operation waits.
var rules = map[Level]string{
	Two:    "----n-nnn-",
	One:    "-222N2NNN-",
	Batch:  "-222N2NNNN",
	Filter: "--NNN-N-NN",
}

var levelNames = map[Level]string{None: "none", Two: "level 2", One: "level 1", Batch: "batch", Filter: "filter"}

// TestPairs: every state that an oplock can be in, with every operation, by the holder and by somebody else, and every control code, against rules.
func TestPairs(t *testing.T) {
	type situation struct {
		level Level
		state state
	}
	situations := []situation{{None, held}, {Two, held}}
	for _, l := range []Level{One, Batch, Filter} {
		for _, s := range []state{held, toTwo, toNone, closePending} {
			if l == Filter && s == toTwo || l == One && s == closePending {
				continue // cannot be
			}
			situations = append(situations, situation{l, s})
		}
	}
	// make brings an oplock into a state, held by "A".
	build := func(x situation) *Oplock {
		o := &Oplock{}
		if x.level == None {
			return o
		}
		if s, e := o.Request(x.level, "A", "request", 1, false); s != nt.StatusPending || len(e.Completions) != 0 {
			t.Fatalf("%v: %v", x, s)
		}
		op := Operation{Kind: Write, Owner: "B"}
		if x.state == toTwo {
			op.Kind = Read
		}
		if x.state != held {
			if wait, _, e := o.Check(op); !wait || len(e.Completions) != 1 {
				t.Fatalf("%v: it does not break", x)
			}
		}
		if x.state == closePending {
			if s, _ := o.ClosePending("A"); s != nt.StatusSuccess {
				t.Fatal(s)
			}
		}
		if o.level != x.level && x.level != Two || o.state != x.state {
			t.Fatalf("%v: %+v", x, o)
		}
		return o
	}
	for _, x := range situations {
		name := fmt.Sprintf("%s, state %d", levelNames[x.level], x.state)
		exclusive := x.level != None && x.level != Two
		for i, c := range operations {
			for _, owner := range []any{"A", "B"} {
				op := c.op
				if op.Kind != Create {
					op.Owner = owner
				} else if owner == "A" {
					continue
				}
				o := build(x)
				rule := byte('-')
				if x.level != None && !(exclusive && op.Owner == "A") {
					rule = rules[x.level][i]
				}
				wait, batch, e := o.Check(op)
				var want []Completion
				switch {
				case x.state != held:
				case rule == 'n' || rule == 'N':
					want = []Completion{{"request", nt.StatusSuccess, nt.FileOplockBrokenToNone}}
				case rule == '2':
					want = []Completion{{"request", nt.StatusSuccess, nt.FileOplockBrokenToLevel2}}
				}
				if wantWait := rule == 'N' || rule == '2'; wait != wantWait || batch != (wantWait && x.level != One) || !slices.Equal(e.Completions, want) || e.Wake != nil {
					t.Errorf("%s, %s by %v: waits %v, %v, %+v; the rule is %c", name, c.name, owner, wait, batch, e, rule)
				}
				if wait {
					again, _, e := o.Check(op)
					if !again || len(e.Completions) > 0 {
						t.Errorf("%s, %s: checked again, it waits %v, %+v", name, c.name, again, e)
					}
				}
			}
		}
		// Who asks for another one, with one handle or two, with locked bytes or none.
		for _, l := range []Level{Two, One, Batch, Filter} {
			for opens := 1; opens <= 2; opens++ {
				for _, locked := range []bool{false, true} {
					o := build(x)
					want := !exclusive && (l == Two && !locked || l != Two && opens == 1)
					s, e := o.Request(l, "B", "new", opens, locked)
					if (s == nt.StatusPending) != want || s != nt.StatusPending && s != nt.StatusOplockNotGranted {
						t.Errorf("%s, %s of %d handles, locked %v: %v", name, levelNames[l], opens, locked, s)
					}
					if n := len(e.Completions); n != map[bool]int{true: 1}[want && l != Two && x.level == Two] {
						t.Errorf("%s, %s: %+v", name, levelNames[l], e)
					}
				}
			}
		}
		// Answers: of the holder and of somebody else.
		for _, owner := range []any{"A", "B"} {
			asked := exclusive && (x.state == toTwo || x.state == toNone) && owner == "A"
			for _, noTwo := range []bool{false, true} {
				o := build(x)
				if o.Breaking() {
					o.Wait("waiter")
					o.Notify("notify")
				}
				want, after := nt.Status(nt.StatusInvalidOplockProtocol), o.Breaking()
				if asked {
					want, after = nt.StatusSuccess, false
					if x.state == toTwo && !noTwo {
						want = nt.StatusPending
					}
				}
				if pends := o.AckPends(owner) && !noTwo; pends != (want == nt.StatusPending) {
					t.Errorf("%s, acknowledged by %v: it pends: %v", name, owner, pends)
				}
				s, e := o.Acknowledge(owner, "ack", noTwo)
				if s != want || o.Breaking() != after || asked != slices.Equal(e.Wake, []any{"waiter"}) || asked != slices.Equal(e.Completions, []Completion{{"notify", nt.StatusSuccess, 0}}) {
					t.Errorf("%s, acknowledged by %v (no level 2: %v): %v, %+v; want %v", name, owner, noTwo, s, e, want)
				}
				if s == nt.StatusPending && (len(o.twos) != 1 || o.twos[0].request != "ack") {
					t.Errorf("%s: %+v", name, o)
				}
			}
			o := build(x)
			s, e := o.ClosePending(owner)
			if asked != (s == nt.StatusSuccess) || !asked && s != nt.StatusInvalidOplockProtocol || asked && o.Breaking() != (x.level != One) {
				t.Errorf("%s, close pending from %v: %v, %+v", name, owner, s, e)
			}
			o = build(x)
			if o.Breaking() {
				o.Wait("waiter")
				o.Wait("impatient")
				o.Forget("impatient")
			}
			breaking := o.Breaking()
			e = o.Cleanup(owner)
			gone := owner == "A" && x.level != None
			if o.Held() != (x.level != None && !gone) || (len(e.Completions) == 1) != (gone && x.state == held) || slices.Equal(e.Wake, []any{"waiter"}) != (gone && breaking) ||
				len(e.Completions) == 1 && e.Completions[0] != (Completion{"request", nt.StatusOplockHandleClosed, nt.FileOplockBrokenToNone}) {
				t.Errorf("%s, closed by %v: %+v", name, owner, e)
			}
		}
		o := build(x)
		if e := o.Cancel("request"); len(e.Completions) > 0 || o.Held() != (exclusive && x.state != held) {
			t.Errorf("%s, cancelled: %+v, %+v", name, e, o)
		}
		if s := build(x).Notify("notify"); (s == nt.StatusPending) != (exclusive && x.state != held) {
			t.Errorf("%s, notify: %v", name, s)
		}
	}
}

// TestRandom: whatever four handles do, a request ends once and only while it is under way, an exclusive oplock is alone, who waits is woken once, when nothing
// is broken any more, and nothing is left when all handles are closed.
func TestRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 2000 {
		o := &Oplock{}
		next := 0
		pending := map[any]bool{} // requests
		waiting := map[any]bool{}
		done := func(e Effect) {
			for _, c := range e.Completions {
				if !pending[c.Request] {
					t.Fatalf("round %d: %v ends, which is not under way", round, c)
				}
				delete(pending, c.Request)
			}
			for _, w := range e.Wake {
				if !waiting[w] || o.Breaking() {
					t.Fatalf("round %d: %v is woken", round, w)
				}
				delete(waiting, w)
			}
		}
		for range 60 {
			next++
			owner, request := any(random.IntN(4)), any(next)
			switch random.IntN(8) {
			case 0, 1:
				s, e := o.Request(Level(1+random.IntN(4)), owner, request, 1+random.IntN(2), random.IntN(4) == 0)
				done(e)
				pending[request] = s == nt.StatusPending
			case 2:
				pending[request] = true
				if s, e := o.Acknowledge(owner, request, random.IntN(3) == 0); s != nt.StatusPending {
					delete(pending, request)
					done(e)
				} else {
					done(e)
				}
			case 3:
				_, e := o.ClosePending(owner)
				done(e)
			case 4:
				done(o.Cleanup(owner))
			case 5:
				pending[request] = o.Notify(request) == nt.StatusPending
			case 6:
				for r, under := range pending {
					if under {
						done(o.Cancel(r))
						delete(pending, r)
						break
					}
				}
			case 7:
				op := operations[random.IntN(len(operations))].op
				if op.Kind != Create {
					op.Owner = owner
				}
				wait, _, e := o.Check(op)
				done(e)
				if wait {
					o.Wait(request)
					waiting[request] = true
				}
			}
			if o.level != None && len(o.twos) > 0 || o.level == Two || len(waiting) > 0 && !o.Breaking() {
				t.Fatalf("round %d: %+v, %v wait", round, o, waiting)
			}
		}
		for owner := range 4 {
			done(o.Cleanup(owner))
		}
		for r, under := range pending {
			if under {
				t.Fatalf("round %d: %v is left", round, r)
			}
		}
		if len(waiting) > 0 || o.Held() {
			t.Fatalf("round %d: %v wait, %+v", round, waiting, o)
		}
	}
}
