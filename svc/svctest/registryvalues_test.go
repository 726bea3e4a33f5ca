package svctest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/mm"
	"gont/nt"
)

// TestValueServices: every size that lies differently in a hive, and each bad argument.
func TestValueServices(t *testing.T) {
	simulate(t, func(w *world) {
		h, _, s := w.createKey(0, `\Registry\User\Test\V`, nt.RegOptionVolatile)
		w.expect("create", s, nt.StatusSuccess)
		for _, n := range []int{0, 1, 4, 5, 255, 256, 257, 4096, 16344, 16345, 30000} {
			data := make([]byte, n)
			for i := range data {
				data[i] = byte(i*7 + n)
			}
			w.expect("set", w.setValue(h, "v", nt.RegBinary, data), nt.StatusSuccess)
			typ, got, s := w.partial(h, "V")
			w.expect("query", s, nt.StatusSuccess)
			if typ != nt.RegBinary || !bytes.Equal(got, data) {
				t.Errorf("%d bytes: type %d, %d bytes", n, typ, len(got))
			}
		}
		name := w.text(nameAt, "v")
		w.expect("set: hole", w.service(nt.SvcSetValueKey, h, name, 0, 3, hole, 8), nt.StatusAccessViolation)
		w.expect("set: kernel", w.service(nt.SvcSetValueKey, h, name, 0, 3, 0xFFFF_8000_0000_0000, 8), nt.StatusAccessViolation)
		w.expect("set: much", w.service(nt.SvcSetValueKey, h, name, 0, 3, bufferAt, 1<<31), nt.StatusInsufficientResources)
		w.expect("set: to the end", w.service(nt.SvcSetValueKey, h, name, 0, 3, nt.MaximumUserAddress-100, 4096), nt.StatusAccessViolation)
		w.expect("set: no name", w.service(nt.SvcSetValueKey, h, 0, 0, 3, bufferAt, 8), nt.StatusAccessViolation)
		odd := put(w, nameAt, nt.UnicodeString{Length: 3, MaximumLength: 4, Buffer: nameAt + 16})
		w.expect("set: odd name", w.service(nt.SvcSetValueKey, h, odd, 0, 3, bufferAt, 8), nt.StatusInvalidParameter)
		long := put(w, nameAt, nt.UnicodeString{Length: 32768, MaximumLength: 32768, Buffer: dataAt})
		w.expect("set: 16384 letters", w.service(nt.SvcSetValueKey, h, long, 0, 3, bufferAt, 8), nt.StatusInvalidParameter)
		_, data, _ := w.partial(h, "v")
		if len(data) != 30000 {
			t.Error("a call that failed has changed the value")
		}
		surrogate := w.units(nameAt, []uint16{0xD800, 'x'})
		w.expect("set: a lone surrogate", w.service(nt.SvcSetValueKey, h, surrogate, 0, 4, bufferAt, 4), nt.StatusSuccess)
		other := w.units(nameAt, []uint16{0xD801, 'x'})
		w.expect("query: another one", w.service(nt.SvcQueryValueKey, h, other, 2, bufferAt, 100, resultAt), nt.StatusObjectNameNotFound)
		w.expect("delete", w.service(nt.SvcDeleteValueKey, h, w.units(nameAt, []uint16{0xD800, 'X'})), nt.StatusSuccess)
		w.expect("delete again", w.service(nt.SvcDeleteValueKey, h, w.units(nameAt, []uint16{0xD800, 'X'})), nt.StatusObjectNameNotFound)

		// NtQueryMultipleValueKey.
		w.expect("set", w.setValue(h, "a", nt.RegBinary, []byte("12345")), nt.StatusSuccess)
		w.expect("set", w.setValue(h, "b", nt.RegDword, []byte("6789")), nt.StatusSuccess)
		const entries, length = dataAt + 0xA00, dataAt + 0x9C0
		a, b := w.text(dataAt+0xB00, "A"), w.text(dataAt+0xB40, "B")
		ask := func(n uint32) nt.Status {
			put(w, entries, nt.KeyValueEntry{ValueName: a})
			put(w, entries+24, nt.KeyValueEntry{ValueName: b})
			put(w, length, n)
			return w.service(nt.SvcQueryMultipleValueKey, h, entries, 2, bufferAt, length, resultAt)
		}
		w.expect("multiple", ask(100), nt.StatusSuccess)
		if e := get[nt.KeyValueEntry](w, entries+24); e.DataOffset != 8 || e.DataLength != 4 || e.Type != nt.RegDword || get[uint32](w, length) != 12 {
			t.Errorf("%+v, %d", e, get[uint32](w, length))
		}
		w.expect("multiple: small", ask(11), nt.StatusBufferOverflow)
		if n := get[uint32](w, resultAt); n != 12 {
			t.Error("needed", n)
		}
		put(w, entries, nt.KeyValueEntry{ValueName: w.text(nameAt, "none")})
		w.expect("multiple: none", w.service(nt.SvcQueryMultipleValueKey, h, entries, 1, bufferAt, length, 0), nt.StatusObjectNameNotFound)
		w.expect("multiple: many", w.service(nt.SvcQueryMultipleValueKey, h, entries, 1<<20, bufferAt, length, 0), nt.StatusInsufficientResources)

		// Files are not there yet.
		full := w.attributes(0, `\Registry\User\X`, 0)
		w.expect("load", w.service(nt.SvcLoadKey, full, full), nt.StatusNotSupported)
		w.expect("load", w.service(nt.SvcLoadKey2, full, full, 1), nt.StatusInvalidParameter)
		w.expect("unload", w.service(nt.SvcUnloadKey, full), nt.StatusObjectNameNotFound)
		w.expect("replace", w.service(nt.SvcReplaceKey, full, h, full), nt.StatusNotSupported)
		w.expect("save", w.service(nt.SvcSaveKey, h, h), nt.StatusObjectTypeMismatch)
		w.expect("save: no file", w.service(nt.SvcSaveKey, h, 0), nt.StatusInvalidHandle)
		w.expect("restore", w.service(nt.SvcRestoreKey, h, h, 0), nt.StatusObjectTypeMismatch)
		w.expect("restore: flags", w.service(nt.SvcRestoreKey, h, h, 16), nt.StatusInvalidParameter)
		w.expect("restore: volatile", w.service(nt.SvcRestoreKey, h, h, 1), nt.StatusObjectTypeMismatch)
		w.expect("restore: volatile by force", w.service(nt.SvcRestoreKey, h, h, 1|8), nt.StatusInvalidParameter)
		w.expect("restore: refresh", w.service(nt.SvcRestoreKey, h, h, 2), nt.StatusInvalidParameter)
		w.expect("flush", w.service(nt.SvcFlushKey, h), nt.StatusSuccess)
		system, _ := w.openKey(0, `\Registry\Machine\SYSTEM`, nt.KeyRead)
		w.setValue(system, "x", 1, nil)
		w.expect("flush SYSTEM", w.service(nt.SvcFlushKey, system), nt.StatusRegistryIoFailed)
		w.expect("initialize", w.service(nt.SvcInitializeRegistry, 0), nt.StatusSuccess)
		w.expect("initialize again", w.service(nt.SvcInitializeRegistry, 0), nt.StatusAccessDenied)
	})
}

// TestNotifyService: an asynchronous call that a change completes, one that a close ends, and one
// that finds that something has changed before.
func TestNotifyService(t *testing.T) {
	simulate(t, func(w *world) {
		h, _, _ := w.createKey(0, `\Registry\User\Test\N`, nt.RegOptionVolatile)
		other, _ := w.openKey(0, `\Registry\User\Test\N`, nt.KeyAllAccess)
		w.service(nt.SvcCreateEvent, resultAt, uint64(nt.StandardAll|3), 0, nt.NotificationEvent, 0)
		event := get[uint64](w, resultAt)
		const io = dataAt + 0x980
		notify := func(key uint64, filter uint64) nt.Status {
			put(w, io, nt.IoStatusBlock{Status: nt.StatusPending, Information: 7})
			return w.service(nt.SvcNotifyChangeKey, key, event, 0, 0, io, filter, 1, 0, 0, 1)
		}
		zero := put(w, dataAt+0x970, int64(0))
		check := func(what string, want, status nt.Status) {
			t.Helper()
			w.expect(what, w.service(nt.SvcWaitForSingleObject, event, 0, zero), want)
			if v := get[nt.IoStatusBlock](w, io); v.Status != status {
				t.Errorf("%s: %v in the status block", what, v.Status)
			}
		}
		w.expect("filter", notify(h, 0), nt.StatusInvalidParameter)
		w.expect("no block", w.service(nt.SvcNotifyChangeKey, h, 0, 0, 0, 0, 1, 0, 0, 0, 1), nt.StatusAccessViolation)
		w.expect("no event", w.service(nt.SvcNotifyChangeKey, h, h, 0, 0, io, 1, 0, 0, 0, 1), nt.StatusObjectTypeMismatch)
		w.expect("routine", w.service(nt.SvcNotifyChangeKey, h, 0, 1<<63, 0, io, 1, 0, 0, 0, 1), nt.StatusInvalidParameter)
		w.expect("notify", notify(h, 4), nt.StatusPending)
		check("nothing yet", nt.StatusTimeout, nt.StatusPending)
		w.setValue(other, "x", 1, nil)
		check("told", nt.StatusSuccess, nt.StatusNotifyEnumDir)
		w.setValue(other, "x", 1, nil)
		w.expect("notify", notify(h, 4), nt.StatusPending)
		check("told of what was", nt.StatusSuccess, nt.StatusNotifyEnumDir)
		w.expect("notify", notify(h, 4), nt.StatusPending)
		w.service(nt.SvcClose, h)
		check("closed", nt.StatusSuccess, nt.StatusNotifyCleanup)
		w.expect("notify", notify(other, 1), nt.StatusPending)
		w.expect("delete", w.service(nt.SvcDeleteKey, other), nt.StatusSuccess)
		check("deleted", nt.StatusSuccess, nt.StatusNotifyCleanup)
		w.expect("notify", notify(other, 1), nt.StatusKeyDeleted)
		w.service(nt.SvcClose, event)
	})
}

// TestRegistryModel: random operations through services, and a map of paths that says what is
// there.
func TestRegistryModel(t *testing.T) {
	for seed := range uint64(2) {
		simulate(t, func(w *world) {
			r := rand.New(rand.NewPCG(seed, 3))
			const top = `\Registry\User\Test`
			keys := map[string]string{} // paths in capitals, as written
			values := map[string]map[string]string{}
			up := strings.ToUpper
			var paths []string
			for _, a := range []string{"a", "B", "cc"} {
				paths = append(paths, a)
				for _, b := range []string{"x", "Y"} {
					paths = append(paths, a+`\`+b, a+`\`+b+`\deep`)
				}
			}
			hasBelow := func(p string) bool {
				for k := range keys {
					if strings.HasPrefix(k, up(p)+`\`) {
						return true
					}
				}
				return false
			}
			parentOf := func(p string) string { return p[:max(strings.LastIndexByte(p, '\\'), 0)] }
			for step := range 1200 {
				p := paths[r.IntN(len(paths))]
				if r.IntN(2) == 0 {
					p = up(p)
				}
				_, there := keys[up(p)]
				parent := parentOf(p)
				_, parentThere := keys[up(parent)]
				parentThere = parentThere || parent == ""
				what := fmt.Sprintf("seed %d, step %d, %s", seed, step, p)
				if r.IntN(5) == 0 { // make it
					h, d, s := w.createKey(0, top+`\`+p, nt.RegOptionVolatile)
					want, wantD := nt.StatusSuccess, uint32(nt.RegOpenedExistingKey)
					if !parentThere {
						want, wantD = nt.StatusObjectNameNotFound, 0
					} else if !there {
						wantD = nt.RegCreatedNewKey
						keys[up(p)] = p[strings.LastIndexByte(p, '\\')+1:]
						values[up(p)] = map[string]string{}
					}
					if s != want || d != wantD {
						t.Fatalf("%s: create %v, %d", what, s, d)
					}
					if s.OK() {
						w.service(nt.SvcClose, h)
					}
					continue
				}
				h, s := w.openKey(0, top+`\`+p, nt.KeyAllAccess)
				if (s == nt.StatusSuccess) != there || !s.OK() && s != nt.StatusObjectNameNotFound {
					t.Fatalf("%s: open %v, there %v", what, s, there)
				}
				if !there {
					continue
				}
				v := []string{"", "One", "two", "THREE"}[r.IntN(4)]
				switch r.IntN(6) {
				case 0:
					want := nt.StatusSuccess
					if hasBelow(p) {
						want = nt.StatusCannotDelete
					} else {
						delete(keys, up(p))
						delete(values, up(p))
					}
					w.expect(what+": delete", w.service(nt.SvcDeleteKey, h), want)
				case 1, 2:
					data := strings.Repeat("d", r.IntN(50)*r.IntN(50)) + fmt.Sprint(step)
					w.expect(what+": set", w.setValue(h, v, nt.RegBinary, []byte(data)), nt.StatusSuccess)
					values[up(p)][up(v)] = data
				case 3:
					want := nt.StatusObjectNameNotFound
					if _, ok := values[up(p)][up(v)]; ok {
						want = nt.StatusSuccess
						delete(values[up(p)], up(v))
					}
					w.expect(what+": delete value", w.service(nt.SvcDeleteValueKey, h, w.text(nameAt, v)), want)
				case 4:
					data, ok := values[up(p)][up(v)]
					_, got, s := w.partial(h, v)
					if s.OK() != ok || ok && string(got) != data {
						t.Fatalf("%s: value %q: %v, %d bytes, want %v, %d", what, v, s, len(got), ok, len(data))
					}
				case 5:
					var want, got []string
					for k, name := range keys {
						if parentOf(k) == up(p) {
							want = append(want, name)
						}
					}
					slices.SortFunc(want, func(a, b string) int { return strings.Compare(up(a), up(b)) })
					for i := uint64(0); ; i++ {
						if s := w.service(nt.SvcEnumerateKey, h, i, 0, bufferAt, mm.PageSize, resultAt); s == nt.StatusNoMoreEntries {
							break
						}
						got = append(got, w.string(bufferAt+16, get[uint32](w, bufferAt+12)))
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%s: subkeys %q, want %q", what, got, want)
					}
				}
				w.service(nt.SvcClose, h)
			}
		})
	}
}
