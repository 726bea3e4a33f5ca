package fsrtl

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"gont/nt"
)

// TestIsNameInExpression (P1.26): the wildcards, by hand.
func TestIsNameInExpression(t *testing.T) {
	for _, c := range []struct {
		expression, name string
		want             bool
	}{
		{"*", "", true}, {"*", "a.b", true}, {"", "", true}, {"", "a", false},
		{"A*B", "ab", true}, {"A*B", "axxb", true}, {"A*B", "axxbc", false},
		{"?", "", false}, {"?", "x", true}, {"??", "x", false},
		{"*.*", "x", false}, {"*.*", "x.y", true},
		{"<.TXT", "a.b.txt", true}, {"<.TXT", "a.txt.b", false}, {"<.TXT", "txt", false},
		{"<", "a.b", false}, {"<", "ab", true}, {`<"`, "ab", true}, {`<"`, "a.b.", true}, {`<"`, "a.b", false},
		{">>>.C", "a.c", true}, {">>>.C", "abc.c", true}, {">>>.C", "abcd.c", false}, {">>>", "", true},
		{`A"`, "a", true}, {`A"`, "a.", true}, {`A"B`, "ab", false}, {`A"B`, "a.b", true},
		{"ä*", "Äpfel", true},
	} {
		if got := IsNameInExpression(c.expression, c.name, true); got != c.want {
			t.Errorf("%q in %q: %v", c.name, c.expression, got)
		}
	}
	if IsNameInExpression("A", "a", false) {
		t.Error("case was ignored")
	}
	long := ""
	for range 2000 {
		long += "*a"
	}
	IsNameInExpression(long, long, false) // ends, in the product of the lengths
}

// matches is the plain recursion over what each wildcard may take.
func matches(e, n string, at int, name string) bool {
	if e == "" {
		return n == ""
	}
	rest := func(k int) bool { return matches(e[1:], n[k:], at+k, name) }
	last := -1
	for i := range name {
		if name[i] == '.' {
			last = i
		}
	}
	switch e[0] {
	case '*':
		for k := 0; k <= len(n); k++ {
			if rest(k) {
				return true
			}
		}
		return false
	case '<':
		for k := 0; k <= len(n); k++ {
			if rest(k) {
				return true
			}
			if at+k == last {
				return false
			}
		}
		return false
	case '>':
		return (n == "" || n[0] == '.') && rest(0) || n != "" && n[0] != '.' && rest(1)
	case '"':
		return n == "" && rest(0) || n != "" && n[0] == '.' && rest(1)
	case '?':
		return n != "" && rest(1)
	}
	return n != "" && n[0] == e[0] && rest(1)
}

// TestNamesRandom: the same as the plain recursion.
func TestNamesRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	yes := 0
	for range 200_000 {
		e, n := word(`ab.*<>"?`, 7), word("ab.", 7)
		want := matches(e, n, 0, n)
		if got := IsNameInExpression(e, n, false); got != want {
			t.Fatalf("%q in %q: %v", n, e, got)
		}
		if want {
			yes++
		}
	}
	if yes < 5000 {
		t.Error("only", yes, "names were in their expressions")
	}
}

// TestNames: parts of paths, and names that FAT allows.
func TestNames(t *testing.T) {
	if a, b := DissectName(`\a\b\c`); a != "a" || b != `b\c` {
		t.Errorf("%q %q", a, b)
	}
	if a, b := DissectName(`a`); a != "a" || b != "" || DoesNameContainWildCards("a.b") || !DoesNameContainWildCards("a<") {
		t.Errorf("%q %q", a, b)
	}
	for name, want := range map[string]bool{"a": true, "abcdefgh.txt": true, "abcdefghi": false, "a.txtx": false, "a.b.c": false, ".a": false, "a.": false,
		"": false, "a b": false, "a+b": false, "A~1": true} {
		if IsFatDbcsLegal(name) != want {
			t.Errorf("8.3: %q", name)
		}
	}
	long := string(make([]rune, 0))
	for range 255 {
		long += "ü"
	}
	for name, ok := range map[string]bool{"a b+c.d.e": true, "a.": false, "a ": false, "": false, "a\x01": false, "a:b": false, long: true, long + "x": false,
		long[2:] + "\U0001F600": false} {
		if CheckName(name).OK() != ok {
			t.Errorf("long name: %q", name)
		}
	}
}

// TestLocksRandom: locks, waits, and checks against a plain array of bytes.
func TestLocksRandom(t *testing.T) {
	const size = 12
	type held struct {
		owner     LockOwner
		exclusive bool
	}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var l FileLock
		var bytes [size][]held
		conflicts := func(first, n int, exclusive bool, o LockOwner) bool {
			for b := first; b < first+n; b++ {
				for _, h := range bytes[b] {
					if exclusive || h.exclusive && h.owner != o {
						return true
					}
				}
			}
			return false
		}
		for range 60 {
			o := LockOwner{File: r.IntN(2), Process: r.IntN(2)}
			first := r.IntN(size)
			n, exclusive := r.IntN(size-first+1), r.IntN(2) == 0
			switch r.IntN(4) {
			case 0, 1:
				want := nt.StatusSuccess
				if n > 0 && conflicts(first, n, exclusive, o) {
					want = nt.StatusLockNotGranted
				}
				if s := l.Lock(uint64(first), uint64(n), exclusive, o, nil); s != want {
					t.Fatalf("seed %d: lock %d+%d: %v, want %v", seed, first, n, s, want)
				}
				for b := first; want.OK() && b < first+n; b++ {
					bytes[b] = append(bytes[b], held{o, exclusive})
				}
			case 2:
				l.UnlockAll(o.File, o.Process)
				for b := range bytes {
					var kept []held
					for _, h := range bytes[b] {
						if h.owner != o {
							kept = append(kept, h)
						}
					}
					bytes[b] = kept
				}
			case 3:
				read, write := true, true
				for b := first; b < first+n; b++ {
					for _, h := range bytes[b] {
						read = read && !(h.exclusive && h.owner != o)
						write = write && (h.exclusive && h.owner == o)
					}
				}
				if l.CheckRead(uint64(first), uint64(n), o) != read || l.CheckWrite(uint64(first), uint64(n), o) != write {
					t.Fatalf("seed %d: %d+%d: read %v, write %v", seed, first, n, read, write)
				}
			}
		}
	}
}

// TestLockWaits: waiting locks come in their order; unlocking what is not locked; ranges
// beyond the end; the exclusive one of two goes first.
func TestLockWaits(t *testing.T) {
	var l FileLock
	a, b := LockOwner{File: "a"}, LockOwner{File: "b"}
	var log []string
	note := func(name string) func(nt.Status) {
		return func(s nt.Status) { log = append(log, fmt.Sprint(name, " ", s)) }
	}
	l.Lock(0, 10, true, a, nil)
	for i, x := range []nt.Status{
		l.Lock(5, 1, false, b, note("first")), nt.StatusPending,
		l.Lock(0, 2, true, b, note("second")), nt.StatusPending,
		l.Lock(5, 1, true, LockOwner{File: "c"}, note("third")), nt.StatusPending,
		l.Unlock(0, 9, a), nt.StatusRangeNotLocked,
		l.Lock(^uint64(0), 2, true, b, nil), nt.StatusInvalidLockRange,
		l.Lock(^uint64(0), 1, true, b, nil), nt.StatusSuccess,
		l.Unlock(0, 10, a), nt.StatusSuccess,
	} {
		if i%2 == 0 {
			log = append(log, x.String())
		} else if last := log[len(log)-1]; last != x.String() && i < 11 {
			t.Errorf("call %d: %s, want %v", i/2, last, x)
		}
	}
	log = log[:0]
	l = FileLock{}
	l.Lock(0, 10, true, a, nil)
	l.Lock(5, 1, false, b, note("first"))
	l.Lock(0, 2, true, b, note("second"))
	l.Lock(5, 1, true, LockOwner{File: "c"}, note("third"))
	l.Unlock(0, 10, a)
	l.UnlockAll("c", nil)
	if want := []string{"first STATUS_SUCCESS", "second STATUS_SUCCESS", "third STATUS_RANGE_NOT_LOCKED"}; !reflect.DeepEqual(log, want) {
		t.Errorf("%q", log)
	}
}

// TestNotify: changes are told as they come or kept, filtered, named relative to the
// directory; too many of them are said to be too many.
func TestNotify(t *testing.T) {
	var n NotifySync
	var log []string
	note := func(c []Change, s nt.Status) { log = append(log, fmt.Sprint(c, " ", s)) }
	expect := func(what string, want ...string) {
		t.Helper()
		if !reflect.DeepEqual(log, want) && len(log)+len(want) > 0 {
			t.Errorf("%s: %q, want %q", what, log, want)
		}
		log = nil
	}
	n.ChangeDirectory("h", `\Dir`, false, 1, 100, note)
	if s := n.ChangeDirectory("h", `\Dir`, false, 1, 100, note); s != nt.StatusInvalidParameter {
		t.Error("twice:", s)
	}
	n.Report(`\dir\file`, 2, ActionAdded) // another filter
	n.Report(`\dir\sub\file`, 1, ActionAdded)
	n.Report(`\director\file`, 1, ActionAdded)
	n.Report(`\dir`, 1, ActionAdded)
	expect("nothing")
	n.Report(`\dir\file`, 1, ActionAdded)
	expect("one", "[{1 file}] STATUS_SUCCESS")
	n.Report(`\dir\a`, 1, ActionRemoved)
	n.Report(`\dir\b`, 1, ActionModified)
	expect("kept")
	if s := n.ChangeDirectory("h", "", false, 0, 0, note); s != nt.StatusSuccess {
		t.Error(s)
	}
	expect("both", "[{2 a} {3 b}] STATUS_SUCCESS")
	for range 10 {
		n.Report(`\dir\a long name`, 1, ActionModified)
	}
	n.ChangeDirectory("h", "", false, 0, 0, note)
	expect("overflow", "[] STATUS_NOTIFY_ENUM_DIR")
	n.ChangeDirectory("root", `\`, true, 1, 100, note)
	n.Report(`\x\y`, 1, ActionAdded)
	expect("tree", `[{1 x\y}] STATUS_SUCCESS`)
	n.ChangeDirectory("h", "", false, 0, 0, note)
	n.Cleanup("h")
	n.Cleanup("h")
	expect("cleanup", "[] STATUS_NOTIFY_CLEANUP")
}

// TestMcbRandom: the map against an array of blocks.
func TestMcbRandom(t *testing.T) {
	const size = 40
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var m Mcb
		var model [size]uint64
		for range 80 {
			b := r.IntN(size)
			n := 1 + r.IntN(size-b)
			if r.IntN(3) == 0 {
				m.Remove(uint64(b), uint64(n))
				clear(model[b : b+n])
			} else {
				at := uint64(1000 + 7*r.IntN(3) + b)
				ok := true
				for i := b; i < b+n; i++ {
					ok = ok && (model[i] == 0 || model[i] == at+uint64(i-b))
				}
				if m.Add(uint64(b), at, uint64(n)) != ok {
					t.Fatalf("seed %d: Add %d+%d at %d: %v", seed, b, n, at, !ok)
				}
				for i := b; ok && i < b+n; i++ {
					model[i] = at + uint64(i-b)
				}
			}
			runs := 0
			for i := range model {
				at, n, known := m.Lookup(uint64(i))
				if known != (model[i] != 0) || known && at != model[i] {
					t.Fatalf("seed %d: block %d at %d (%v), want %d", seed, i, at, known, model[i])
				}
				for j := i; j < i+int(n); j++ {
					if known && model[j] != at+uint64(j-i) || !known && j < size && model[j] != 0 {
						t.Fatalf("seed %d: block %d: the run of %d is too long", seed, i, n)
					}
				}
				if known && (i == 0 || model[i-1] == 0 || model[i-1]+1 != model[i]) {
					runs++
				}
			}
			if m.Runs() != runs {
				t.Fatalf("seed %d: %d runs, want %d", seed, m.Runs(), runs)
			}
		}
	}
	var m Mcb
	if m.Add(^uint64(0), 1, 2) || m.Add(1, ^uint64(0), 2) || !m.Add(5, 5, 0) || m.Runs() != 0 {
		t.Error("numbers beyond the end were accepted")
	}
}
