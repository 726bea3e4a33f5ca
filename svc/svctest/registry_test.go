package svctest

import (
	"fmt"
	"testing"
	"unicode/utf16"
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// Where calls of the registry's services have their arguments.
const (
	nameAt   = dataAt                 // a UNICODE_STRING and its text
	attrAt   = dataAt + 0x800         // OBJECT_ATTRIBUTES
	resultAt = dataAt + 0x900         // what a call returns
	bufferAt = dataAt + 4*mm.PageSize // a buffer
)

func (w *world) units(at uint64, u []uint16) uint64 {
	put(w, at, nt.UnicodeString{Length: uint16(2 * len(u)), MaximumLength: uint16(2 * len(u)), Buffer: at + 16})
	for i, c := range u {
		put(w, at+16+uint64(2*i), c)
	}
	return at
}

func (w *world) text(at uint64, s string) uint64 { return w.units(at, utf16.Encode([]rune(s))) }

// attributes are those of a name, relative to a handle if there is one.
func (w *world) attributes(root uint64, name string, flags uint32) uint64 {
	return put(w, attrAt, nt.ObjectAttributes{Length: 48, RootDirectory: nt.Handle(root), ObjectName: w.text(nameAt, name), Attributes: flags | nt.ObjCaseInsensitive})
}

func (w *world) openKey(root uint64, name string, access nt.AccessMask) (uint64, nt.Status) {
	s := w.service(nt.SvcOpenKey, resultAt, uint64(access), w.attributes(root, name, 0))
	if !s.OK() {
		return 0, s
	}
	return get[uint64](w, resultAt), s
}

func (w *world) createKey(root uint64, name string, options uint64) (h uint64, disposition uint32, s nt.Status) {
	put(w, resultAt+8, uint32(0))
	if s = w.service(nt.SvcCreateKey, resultAt, uint64(nt.KeyAllAccess), w.attributes(root, name, 0), 0, 0, options, resultAt+8); !s.OK() {
		return 0, 0, s
	}
	return get[uint64](w, resultAt), get[uint32](w, resultAt+8), s
}

func (w *world) setValue(h uint64, name string, typ uint32, data []byte) nt.Status {
	for i, c := range data {
		put(w, bufferAt+uint64(i), c)
	}
	return w.service(nt.SvcSetValueKey, h, w.text(nameAt, name), 0, uint64(typ), bufferAt, uint64(len(data)))
}

// partial reads a value.
func (w *world) partial(h uint64, name string) (typ uint32, data []byte, s nt.Status) {
	s = w.service(nt.SvcQueryValueKey, h, w.text(nameAt, name), nt.KeyValuePartialInformationClass, bufferAt, 8*mm.PageSize, resultAt)
	if !s.OK() {
		return 0, nil, s
	}
	v := get[nt.KeyValuePartialInformation](w, bufferAt)
	data = make([]byte, v.DataLength)
	if s := svc.CopyFrom(w.call.Thread, unsafe.Pointer(unsafe.SliceData(data)), bufferAt+12, uint64(len(data))); !s.OK() {
		w.t.Fatal(s)
	}
	return v.Type, data, s
}

// openKeys opens some keys, for calls with any handle: volatile ones, so that what they are
// made of does not get less.
func (w *world) openKeys() {
	for i := range 6 {
		h, _, s := w.createKey(0, fmt.Sprintf(`\Registry\User\Test\K%d`, i), nt.RegOptionVolatile)
		if !s.OK() {
			w.t.Fatal(s)
		}
		w.setValue(h, "v", nt.RegSz, make([]byte, 300))
	}
}

func (w *world) expect(what string, got, want nt.Status) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestKeyServices: create, open, query, enumerate, rename, delete.
func TestKeyServices(t *testing.T) {
	simulate(t, func(w *world) {
		const user = `\Registry\User\Test`
		h, d, s := w.createKey(0, user+`\One`, nt.RegOptionVolatile)
		w.expect("create", s, nt.StatusSuccess)
		if d != nt.RegCreatedNewKey {
			t.Error("disposition", d)
		}
		again, d, s := w.createKey(0, user+`\ONE`, 0)
		w.expect("create again", s, nt.StatusSuccess)
		if d != nt.RegOpenedExistingKey {
			t.Error("disposition", d)
		}
		_, _, s = w.createKey(0, user+`\a\b`, nt.RegOptionVolatile)
		w.expect("create two", s, nt.StatusObjectNameNotFound)
		_, _, s = w.createKey(h, "x", 0)
		w.expect("stable below volatile", s, nt.StatusChildMustBeVolatile)
		_, _, s = w.createKey(0, `\Registry\Machine\x`, 0)
		w.expect("stable below Machine", s, nt.StatusInvalidParameter)
		_, _, s = w.createKey(h, "x", 0x20)
		w.expect("unknown option", s, nt.StatusInvalidParameter)
		_, s = w.openKey(0, user, nt.KeyRead|nt.KeyWow64_32Key|nt.KeyWow64_64Key)
		w.expect("two views", s, nt.StatusInvalidParameter)
		_, s = w.openKey(0, user, nt.KeyRead|0x40)
		w.expect("unknown right", s, nt.StatusAccessDenied)
		_, s = w.openKey(0, `\Registry\User\None\x`, nt.KeyRead)
		w.expect("none", s, nt.StatusObjectNameNotFound)
		w.expect("no attributes", w.service(nt.SvcOpenKey, resultAt, uint64(nt.KeyRead), 0), nt.StatusInvalidParameter)
		w.expect("open options", w.service(nt.SvcOpenKeyEx, resultAt, uint64(nt.KeyRead), w.attributes(0, user, 0), 2), nt.StatusInvalidParameter)
		w.expect("open no link", w.service(nt.SvcOpenKeyEx, resultAt, uint64(nt.KeyRead), w.attributes(0, user, 0), nt.RegOptionOpenLink), nt.StatusSuccess)
		long := make([]rune, 257)
		for i := range long {
			long[i] = 'x'
		}
		_, _, s = w.createKey(h, string(long), nt.RegOptionVolatile)
		w.expect("257 letters", s, nt.StatusInvalidParameter)
		_, _, s = w.createKey(h, string(long[:256]), nt.RegOptionVolatile)
		w.expect("256 letters", s, nt.StatusSuccess)
		long256 := get[uint64](w, resultAt)
		w.expect("a key with a subkey", w.service(nt.SvcDeleteKey, h), nt.StatusCannotDelete)
		w.expect("delete", w.service(nt.SvcDeleteKey, long256), nt.StatusSuccess)
		w.expect("delete again", w.service(nt.SvcDeleteKey, long256), nt.StatusKeyDeleted)

		// Rights.
		r, s := w.openKey(0, user+`\One`, nt.KeyQueryValue)
		w.expect("open", s, nt.StatusSuccess)
		for what, s := range map[string]nt.Status{
			"delete": w.service(nt.SvcDeleteKey, r), "rename": w.service(nt.SvcRenameKey, r, w.text(nameAt, "x")), "set": w.setValue(r, "x", 1, nil),
			"delete value":    w.service(nt.SvcDeleteValueKey, r, w.text(nameAt, "x")),
			"enumerate":       w.service(nt.SvcEnumerateKey, r, 0, 0, bufferAt, 100, resultAt),
			"set information": w.service(nt.SvcSetInformationKey, r, 0, put(w, bufferAt, uint64(1)), 8),
			"notify":          w.service(nt.SvcNotifyChangeKey, r, 0, 0, 0, resultAt, 1, 0, 0, 0, 1),
		} {
			w.expect(what+" without the right", s, nt.StatusAccessDenied)
		}
		w.expect("another type", w.service(nt.SvcSetEvent, r, 0), nt.StatusObjectTypeMismatch)
		w.expect("close", w.service(nt.SvcClose, r), nt.StatusSuccess)
		w.expect("closed", w.service(nt.SvcDeleteKey, r), nt.StatusInvalidHandle)

		// Names of keys.
		w.expect("rename", w.service(nt.SvcRenameKey, h, w.text(nameAt, "Two")), nt.StatusSuccess)
		w.expect("rename: path", w.service(nt.SvcRenameKey, h, w.text(nameAt, `a\b`)), nt.StatusInvalidParameter)
		w.expect("rename: empty", w.service(nt.SvcRenameKey, h, w.text(nameAt, ``)), nt.StatusInvalidParameter)
		other, _, _ := w.createKey(0, user+`\Other`, nt.RegOptionVolatile)
		w.expect("rename: there", w.service(nt.SvcRenameKey, other, w.text(nameAt, `TWO`)), nt.StatusCannotDelete)
		w.expect("rename: case", w.service(nt.SvcRenameKey, other, w.text(nameAt, `OTHER`)), nt.StatusSuccess)
		w.expect("name", w.service(nt.SvcQueryKey, again, nt.KeyNameInformationClass, bufferAt, 1000, resultAt), nt.StatusSuccess)
		if got := w.string(bufferAt+4, get[uint32](w, bufferAt)); got != user+`\Two` {
			t.Error("name", got)
		}
		w.expect("name by ob", w.service(nt.SvcQueryObject, again, nt.ObjectNameInformationClass, bufferAt, 1000, 0), nt.StatusSuccess)
		if u := get[nt.UnicodeString](w, bufferAt); w.string(u.Buffer, uint32(u.Length)) != user+`\Two` {
			t.Error("name by ob", w.string(u.Buffer, uint32(u.Length)))
		}
		root, _ := w.openKey(0, user, nt.KeyRead)
		for i, want := range []string{"OTHER", "Two"} {
			w.expect("enumerate", w.service(nt.SvcEnumerateKey, root, uint64(i), nt.KeyBasicInformationClass, bufferAt, 1000, resultAt), nt.StatusSuccess)
			if got := w.string(bufferAt+16, get[uint32](w, bufferAt+12)); got != want {
				t.Errorf("subkey %d: %s", i, got)
			}
		}
		w.expect("enumerate the end", w.service(nt.SvcEnumerateKey, root, 2, 0, bufferAt, 1000, resultAt), nt.StatusNoMoreEntries)
		w.expect("enumerate: class", w.service(nt.SvcEnumerateKey, root, 0, 3, bufferAt, 1000, resultAt), nt.StatusInvalidParameter)
		w.expect("query: class", w.service(nt.SvcQueryKey, root, 8, bufferAt, 1000, resultAt), nt.StatusInvalidParameter)
		w.expect("query: no length", w.service(nt.SvcQueryKey, root, 0, bufferAt, 1000, 0), nt.StatusAccessViolation)
	})
}

func (w *world) string(at uint64, bytes uint32) string {
	u := make([]uint16, bytes/2)
	for i := range u {
		u[i] = get[uint16](w, at+uint64(2*i))
	}
	return string(utf16.Decode(u))
}

// TestKeyClasses: each class at each length of the buffer, from 0 to one more than enough:
// what is written, what is said to be needed, and which status.
func TestKeyClasses(t *testing.T) {
	simulate(t, func(w *world) {
		class := w.text(dataAt+0x400, "The class")
		attr := w.attributes(0, `\Registry\User\Test\Classy`, 0)
		w.expect("create", w.service(nt.SvcCreateKey, resultAt, uint64(nt.KeyAllAccess), attr, 0, class, nt.RegOptionVolatile, 0), nt.StatusSuccess)
		h := get[uint64](w, resultAt)
		w.expect("set", w.setValue(h, "name", nt.RegBinary, []byte("0123456789")), nt.StatusSuccess)
		const name, classLength = 12, 18
		for _, c := range []struct {
			class          uint64
			fixed, whole   int
			enumerate, val bool
		}{
			{nt.KeyBasicInformationClass, 16, 16 + name, true, false},
			{nt.KeyNodeInformationClass, 24, 24 + name + classLength, true, false},
			{nt.KeyFullInformationClass, 44, 44 + classLength, true, false},
			{nt.KeyNameInformationClass, 4, 4 + 2*len(`\Registry\User\Test\Classy`), false, false},
			{nt.KeyCachedInformationClass, 40, 40, false, false},
			{nt.KeyFlagsInformationClass, 12, 12, false, false},
			{nt.KeyVirtualizationInformationClass, 4, 4, false, false},
			{nt.KeyHandleTagsInformationClass, 4, 4, false, false},
			{nt.KeyValueBasicInformationClass, 12, 20, false, true},
			{nt.KeyValueFullInformationClass, 20, 20 + 8 + 10, false, true},
			{nt.KeyValuePartialInformationClass, 12, 22, false, true},
			{nt.KeyValueFullInformationAlign64Class, 20, 32 + 10, false, true},
			{nt.KeyValuePartialInformationAlign64Class, 8, 18, false, true},
		} {
			var whole []byte
			for length := c.whole + 1; length >= 0; length-- {
				for i := range uint64(c.whole + 8) {
					put(w, bufferAt+i, byte(0xAA))
				}
				put(w, resultAt, uint32(0))
				calls := []func() nt.Status{func() nt.Status { return w.service(nt.SvcQueryKey, h, c.class, bufferAt, uint64(length), resultAt) }}
				if c.enumerate {
					parent, _ := w.openKey(0, `\Registry\User\Test`, nt.KeyRead)
					put(w, resultAt, uint32(0))
					calls = append(calls, func() nt.Status {
						return w.service(nt.SvcEnumerateKey, parent, 0, c.class, bufferAt, uint64(length), resultAt)
					}, func() nt.Status { return w.service(nt.SvcClose, parent) })
				}
				if c.val {
					calls = []func() nt.Status{
						func() nt.Status {
							return w.service(nt.SvcQueryValueKey, h, w.text(nameAt, "NAME"), c.class, bufferAt, uint64(length), resultAt)
						},
						func() nt.Status {
							return w.service(nt.SvcEnumerateValueKey, h, 0, c.class, bufferAt, uint64(length), resultAt)
						},
					}
				}
				want := nt.StatusSuccess
				switch {
				case length < c.fixed:
					want = nt.StatusBufferTooSmall
				case length < c.whole:
					want = nt.StatusBufferOverflow
				}
				for i, call := range calls {
					if i == 2 {
						w.expect("close", call(), nt.StatusSuccess)
						break
					}
					if s := call(); s != want {
						t.Errorf("class %d, call %d, length %d: %v, want %v", c.class, i, length, s, want)
					}
					if n := get[uint32](w, resultAt); n != uint32(c.whole) {
						t.Errorf("class %d, call %d, length %d: %d bytes are needed, want %d", c.class, i, length, n, c.whole)
					}
					b := make([]byte, c.whole+8)
					svc.CopyFrom(w.call.Thread, unsafe.Pointer(&b[0]), bufferAt, uint64(len(b)))
					if whole == nil {
						whole = b[:c.whole]
					}
					n := min(length, c.whole)
					if want == nt.StatusBufferTooSmall {
						n = 0
					}
					for k := range b {
						if k < n && b[k] != whole[k] || k >= length && b[k] != 0xAA {
							t.Errorf("class %d, call %d, length %d: byte %d is %#x", c.class, i, length, k, b[k])
							break
						}
					}
				}
			}
		}
		// What the fields say.
		w.service(nt.SvcQueryKey, h, nt.KeyNodeInformationClass, bufferAt, 1000, resultAt)
		node := get[nt.KeyNodeInformation](w, bufferAt)
		if node.NameLength != name || node.ClassLength != classLength || w.string(bufferAt+uint64(node.ClassOffset), node.ClassLength) != "The class" || node.LastWriteTime == 0 {
			t.Errorf("%+v", node)
		}
		w.service(nt.SvcQueryKey, h, nt.KeyFullInformationClass, bufferAt, 1000, resultAt)
		if f := get[nt.KeyFullInformation](w, bufferAt); f.Values != 1 || f.MaxValueNameLen != 8 || f.MaxValueDataLen != 10 || f.SubKeys != 0 || w.string(bufferAt+uint64(f.ClassOffset), f.ClassLength) != "The class" {
			t.Errorf("%+v", f)
		}
		w.service(nt.SvcQueryKey, h, nt.KeyFlagsInformationClass, bufferAt, 1000, resultAt)
		if f := get[nt.KeyFlagsInformation](w, bufferAt); f.KeyFlags != 1 {
			t.Errorf("%+v", f)
		}
		w.service(nt.SvcEnumerateValueKey, h, 0, nt.KeyValueFullInformationAlign64Class, bufferAt, 1000, resultAt)
		if f := get[nt.KeyValueFullInformation](w, bufferAt); f.DataOffset != 32 || get[byte](w, bufferAt+32) != '0' || w.string(bufferAt+20, f.NameLength) != "name" {
			t.Errorf("%+v", f)
		}
		w.expect("a bad place", w.service(nt.SvcQueryKey, h, nt.KeyFullInformationClass, readOnly, 1000, resultAt), nt.StatusAccessViolation)
		w.expect("a bad place for the length", w.service(nt.SvcQueryKey, h, nt.KeyFullInformationClass, bufferAt, 1000, readOnly), nt.StatusAccessViolation)
		w.expect("no value", w.service(nt.SvcQueryValueKey, h, w.text(nameAt, "x"), 0, bufferAt, 1000, resultAt), nt.StatusObjectNameNotFound)
		w.expect("no value 1", w.service(nt.SvcEnumerateValueKey, h, 1, 0, bufferAt, 1000, resultAt), nt.StatusNoMoreEntries)
		w.expect("value class", w.service(nt.SvcEnumerateValueKey, h, 0, 5, bufferAt, 1000, resultAt), nt.StatusInvalidParameter)

		// NtSetInformationKey.
		set := func(class uint64, v uint64, n uint64) nt.Status {
			return w.service(nt.SvcSetInformationKey, h, class, put(w, bufferAt, v), n)
		}
		w.expect("time", set(nt.KeyWriteTimeInformationClass, 12345, 8), nt.StatusSuccess)
		w.service(nt.SvcQueryKey, h, nt.KeyBasicInformationClass, bufferAt, 1000, resultAt)
		if v := get[uint64](w, bufferAt); v != 12345 {
			t.Error("time", v)
		}
		w.expect("flags", set(nt.KeyWow64FlagsInformationClass, 5, 4), nt.StatusSuccess)
		w.expect("control flags", set(nt.KeyControlFlagsInformationClass, 6, 4), nt.StatusSuccess)
		w.expect("tags", set(nt.KeySetHandleTagsInformationClass, 77, 4), nt.StatusSuccess)
		w.expect("virtualization", set(nt.KeySetVirtualizationInformationClass, 3, 4), nt.StatusSuccess)
		for _, bad := range [][4]uint64{{0, 1, 4, uint64(nt.StatusInfoLengthMismatch)}, {1, 16, 4, uint64(nt.StatusInvalidParameter)}, {2, 1, 4, uint64(nt.StatusInvalidParameter)},
			{3, 8, 4, uint64(nt.StatusInvalidParameter)}, {4, 0, 4, uint64(nt.StatusInvalidInfoClass)}, {6, 0, 4, uint64(nt.StatusInvalidInfoClass)}} {
			w.expect(fmt.Sprint("set ", bad), set(bad[0], bad[1], bad[2]), nt.Status(bad[3]))
		}
		w.service(nt.SvcQueryKey, h, nt.KeyFlagsInformationClass, bufferAt, 1000, resultAt)
		if f := get[nt.KeyFlagsInformation](w, bufferAt); f.Wow64Flags != 5 || f.ControlFlags != 6 {
			t.Errorf("%+v", f)
		}
		for class, want := range map[uint64]uint32{nt.KeyHandleTagsInformationClass: 77, nt.KeyVirtualizationInformationClass: 3} {
			w.service(nt.SvcQueryKey, h, class, bufferAt, 1000, resultAt)
			if v := get[uint32](w, bufferAt); v != want {
				t.Errorf("class %d: %d", class, v)
			}
		}
	})
}
