package cm

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"gont/cm/regf"
	"gont/nt"
)

// TestParallel: many threads make, change, watch, rename and delete the same few keys, while
// others flush, save, load and unload. The race detector looks on; nothing may be left open,
// every post is completed or cancelled once, and the hive's file is sound.
func TestParallel(t *testing.T) {
	fs := startFiles(t)
	fs.put(`\P`, file(t, systemHive(t)))
	rounds := 400
	if testing.Short() {
		rounds = 100
	}
	var posted, completed atomic.Int64
	var all sync.WaitGroup
	for g := range 6 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 7))
			for range rounds {
				path := fmt.Sprintf(`\Registry\Machine\SYSTEM\P\%c`, 'a'+r.IntN(4))
				if r.IntN(4) == 0 {
					path = `\Registry\Machine\SYSTEM\CurrentControlSet\P`
				}
				k, s := CreateKey(path, false)
				if s == nt.StatusKeyDeleted || s == nt.StatusObjectNameNotFound {
					continue // its parent went meanwhile
				}
				if !s.OK() {
					t.Errorf("%s: %v", path, s)
					return
				}
				posts := []*Post{}
				for range 6 {
					switch r.IntN(10) {
					case 0:
						k.Delete()
					case 1:
						k.Rename(regf.Encode(string(rune('a' + r.IntN(4)))))
					case 2, 3:
						k.SetValue(string(rune('p'+r.IntN(5))), regf.Binary, make([]byte, r.IntN(40)*r.IntN(40)))
					case 4:
						k.Query(nil, nil)
						k.Path()
					case 5:
						var b [64]byte
						k.EnumerateValue(uint32(r.IntN(5)), nil, b[:])
					case 6:
						p := &Post{Complete: func(nt.Status) { completed.Add(1) }}
						if k.Notify(notifyAll, r.IntN(2) == 0, p) == nt.StatusPending {
							posted.Add(1)
							posts = append(posts, p)
						}
					case 7:
						for _, p := range posts {
							if k.Cancel(p) {
								completed.Add(1)
							}
						}
						posts = nil
					case 8:
						k.Subkeys()
						k.DeleteValue("p")
					case 9:
						if sub, s := k.Create("sub", r.IntN(2) == 0); s.OK() {
							sub.Close()
						}
					}
				}
				k.Close()
			}
		})
	}
	all.Go(func() {
		for range rounds / 8 {
			FlushAll()
			if k, s := OpenKey(`\Registry\Machine\SYSTEM`); s.OK() {
				f, _ := fs.Open(`\Saved`, true)
				if s := k.Save(f); !s.OK() {
					t.Errorf("save: %v", s)
				}
				k.Close()
			}
		}
	})
	all.Go(func() {
		for range rounds / 8 {
			if s := Load(nil, `\Registry\User\P`, `\P`); !s.OK() {
				t.Errorf("load: %v", s)
				return
			}
			for s := Unload(nil, `\Registry\User\P`); s != nt.StatusSuccess; s = Unload(nil, `\Registry\User\P`) {
				if s != nt.StatusCannotDelete {
					t.Errorf("unload: %v", s)
					return
				}
			}
		}
	})
	all.Go(func() {
		user := must(t, `\Registry\User`)
		defer user.Close()
		for range rounds * 2 {
			user.Enumerate(0, nil, nil)
			if k, s := OpenKey(`\Registry\User\P\ControlSet001\Control`); s.OK() {
				k.Text("Name")
				k.Close()
			} else if s != nt.StatusObjectNameNotFound {
				t.Errorf("open: %v", s)
			}
		}
	})
	all.Wait()
	expect(t, "posts", completed.Load(), posted.Load())
	nothingOpen(t)
	expect(t, "flush", FlushAll(), nt.StatusSuccess)
	_, report, err := regf.Load(fs.get(systemFile), regf.Options{})
	if err != nil || report.Faults > 0 {
		t.Error(err, report)
	}
}
