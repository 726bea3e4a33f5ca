//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// The registry from ring 3 (SPEC P1.22).

// testKey is the volatile key below which these tests work.
const testKey = `\Registry\Machine\SYSTEM\NtTest`

func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// openKey opens a key by its full name, or relative to a handle.
func openKey(root nt.Handle, path string, access nt.AccessMask) (h nt.Handle, s nt.Status) {
	s = ntdll.Raw(nt.SvcOpenKey, address(&h), uintptr(access), address(ntdll.NewAttributes(path, nt.ObjCaseInsensitive, root)))
	return h, s
}

// createKey makes a volatile key, or opens it.
func createKey(root nt.Handle, path string) (h nt.Handle, created bool, s nt.Status) {
	var disposition uint32
	s = ntdll.Raw(nt.SvcCreateKey, address(&h), uintptr(nt.KeyAllAccess), address(ntdll.NewAttributes(path, nt.ObjCaseInsensitive, root)), 0, 0,
		nt.RegOptionVolatile, address(&disposition))
	return h, disposition == nt.RegCreatedNewKey, s
}

func setValue(h nt.Handle, name string, typ uint32, data []byte) nt.Status {
	return ntdll.Raw(nt.SvcSetValueKey, uintptr(h), address(&ntdll.NewString(name).UnicodeString), 0, uintptr(typ),
		uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
}

// queryValue reads a value of up to most bytes.
func queryValue(h nt.Handle, name string, most int) (typ uint32, data []byte, s nt.Status) {
	b := make([]byte, 12+most)
	var n uint32
	s = ntdll.Raw(nt.SvcQueryValueKey, uintptr(h), address(&ntdll.NewString(name).UnicodeString), nt.KeyValuePartialInformationClass, address(&b[0]), uintptr(len(b)), address(&n))
	if !s.OK() {
		return 0, nil, s
	}
	i := (*nt.KeyValuePartialInformation)(unsafe.Pointer(&b[0]))
	return i.Type, b[12 : 12+i.DataLength], s
}

// text16 is a REG_SZ as a string.
func text16(b []byte) string {
	var s []byte
	for i := 0; i+1 < len(b) && (b[i] != 0 || b[i+1] != 0); i += 2 {
		s = append(s, b[i])
	}
	return string(s)
}

var registryTests = []test{
	{"registry-system", func() error {
		h, s := openKey(0, `\Registry\Machine\SYSTEM\CurrentControlSet\Control\ProductOptions`, nt.KeyRead)
		if !s.OK() {
			return expect("NtOpenKey", s, 0)
		}
		defer ntdll.NtClose(h)
		typ, data, s := queryValue(h, "producttype", 100)
		if !s.OK() || typ != nt.RegSz || text16(data) != "WinNT" {
			return fmt.Errorf("ProductType: %v, type %d, %q", s, typ, text16(data))
		}
		return all(status{"set without the right", setValue(h, "x", nt.RegDword, make([]byte, 4)), nt.StatusAccessDenied},
			status{"none", second(queryValue(h, "none", 8)), nt.StatusObjectNameNotFound},
			status{"small", second(queryValue(h, "ProductType", 4)), nt.StatusBufferOverflow})
	}},
	{"registry-hardware", func() error {
		h, s := openKey(0, `\Registry\Machine\HARDWARE\DESCRIPTION\System\CentralProcessor\0`, nt.KeyRead)
		if !s.OK() {
			return expect("NtOpenKey", s, 0)
		}
		defer ntdll.NtClose(h)
		_, data, s := queryValue(h, "ProcessorNameString", 200)
		if !s.OK() || len(data) < 8 {
			return fmt.Errorf("ProcessorNameString: %v, %q", s, data)
		}
		for _, name := range []string{"DEVICEMAP", "RESOURCEMAP"} {
			k, s := openKey(0, `\Registry\Machine\HARDWARE\`+name, nt.KeyRead)
			if !s.OK() {
				return expect(name, s, 0)
			}
			ntdll.NtClose(k)
		}
		return nil
	}},
	{"registry-values", func() error {
		h, created, s := createKey(0, testKey)
		if !s.OK() || !created {
			return fmt.Errorf("NtCreateKey: %v, %v", s, created)
		}
		defer ntdll.NtClose(h)
		for _, size := range []int{0, 1, 4, 5, 300, 5000, 16344, 16345, 100_000, 1 << 20} {
			data := make([]byte, size)
			for i := range data {
				data[i] = byte(i * 7)
			}
			if s := setValue(h, "v", nt.RegBinary, data); !s.OK() {
				return fmt.Errorf("%d bytes: %v", size, s)
			}
			typ, got, s := queryValue(h, "V", size)
			if !s.OK() || typ != nt.RegBinary || !bytes.Equal(got, data) {
				return fmt.Errorf("%d bytes: %v, type %d, equal %v", size, s, typ, bytes.Equal(got, data))
			}
		}
		name := address(&ntdll.NewString("v").UnicodeString)
		return all(status{"delete", ntdll.Raw(nt.SvcDeleteValueKey, uintptr(h), name), 0},
			status{"delete again", ntdll.Raw(nt.SvcDeleteValueKey, uintptr(h), name), nt.StatusObjectNameNotFound},
			status{"delete the key", ntdll.Raw(nt.SvcDeleteKey, uintptr(h)), 0},
			status{"delete it again", ntdll.Raw(nt.SvcDeleteKey, uintptr(h)), nt.StatusKeyDeleted})
	}},
	{"registry-copies", registryCopies},
	{"registry-enumerate", func() error {
		h, _, s := createKey(0, testKey)
		if !s.OK() {
			return expect("NtCreateKey", s, 0)
		}
		defer ntdll.NtClose(h)
		defer func() { ntdll.Raw(nt.SvcDeleteKey, uintptr(h)) }()
		const keys = 40
		for i := range keys {
			k, _, s := createKey(h, fmt.Sprintf("Key%02d", i))
			if !s.OK() {
				return expect("NtCreateKey", s, 0)
			}
			defer ntdll.NtClose(k)
			defer func() { ntdll.Raw(nt.SvcDeleteKey, uintptr(k)) }()
		}
		b := make([]byte, 256)
		var n uint32
		for i := range keys {
			if s := ntdll.Raw(nt.SvcEnumerateKey, uintptr(h), uintptr(i), nt.KeyBasicInformationClass, address(&b[0]), uintptr(len(b)), address(&n)); !s.OK() {
				return expect("NtEnumerateKey", s, 0)
			}
			if got := text16(append(b[16:28:28], 0, 0)); got != fmt.Sprintf("Key%02d", i) {
				return fmt.Errorf("key %d is %q", i, got)
			}
		}
		return expect("the end", ntdll.Raw(nt.SvcEnumerateKey, uintptr(h), keys, 0, address(&b[0]), uintptr(len(b)), address(&n)), nt.StatusNoMoreEntries)
	}},
	{"registry-notify", func() error {
		h, _, s := createKey(0, testKey)
		if !s.OK() {
			return expect("NtCreateKey", s, 0)
		}
		defer ntdll.NtClose(h)
		defer func() { ntdll.Raw(nt.SvcDeleteKey, uintptr(h)) }()
		event, s := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		if !s.OK() {
			return expect("NtCreateEvent", s, 0)
		}
		defer ntdll.NtClose(event)
		io := new(nt.IoStatusBlock)
		notify := func(key nt.Handle) nt.Status {
			io.Status = nt.StatusPending
			return ntdll.Raw(nt.SvcNotifyChangeKey, uintptr(key), uintptr(event), 0, 0, address(io), nt.RegNotifyChangeName|nt.RegNotifyChangeLastSet, 1, 0, 0, 1)
		}
		told := func(want nt.Status) error {
			timeout := int64(-10_000_000)
			if err := expect("the event", ntdll.NtWaitForSingleObject(event, false, &timeout), 0); err != nil {
				return err
			}
			return expect("the status block", io.Status, want)
		}
		if err := expect("NtNotifyChangeKey", notify(h), nt.StatusPending); err != nil {
			return err
		}
		none := int64(0)
		if err := expect("nothing yet", ntdll.NtWaitForSingleObject(event, false, &none), nt.StatusTimeout); err != nil {
			return err
		}
		setValue(h, "x", nt.RegSz, nil)
		if err := told(nt.StatusNotifyEnumDir); err != nil {
			return err
		}
		watcher, s := openKey(0, testKey, nt.KeyNotify)
		if !s.OK() {
			return expect("NtOpenKey", s, 0)
		}
		if err := expect("NtNotifyChangeKey", notify(watcher), nt.StatusPending); err != nil {
			return err
		}
		ntdll.NtClose(watcher)
		if err := told(nt.StatusNotifyCleanup); err != nil {
			return err
		}
		// A thread that waits, until the key is deleted.
		sub, _, s := createKey(h, "Sub")
		if !s.OK() {
			return expect("NtCreateKey", s, 0)
		}
		defer ntdll.NtClose(sub)
		c := newCallers()
		out := c.output()
		thread, err := c.start(nt.SvcNotifyChangeKey, uint64(sub), 0, 0, 0, out, nt.RegNotifyChangeName, 0, 0, 0, 0)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(thread)
		delay(50 * time.Millisecond)
		if err := expect("it waits", ntdll.NtWaitForSingleObject(thread, false, &none), nt.StatusTimeout); err != nil {
			return err
		}
		if err := expect("delete", ntdll.Raw(nt.SvcDeleteKey, uintptr(sub)), 0); err != nil {
			return err
		}
		timeout := int64(-50_000_000)
		if err := expect("it ends", ntdll.NtWaitForSingleObject(thread, false, &timeout), 0); err != nil {
			return err
		}
		return expect("with", exitStatus(thread), nt.StatusNotifyCleanup)
	}},
}

func second(_ uint32, _ []byte, s nt.Status) nt.Status { return s }

// exitStatus is what a thread has ended with.
func exitStatus(thread nt.Handle) nt.Status {
	info, s := ntdll.NtQueryInformationThread(thread)
	if !s.OK() {
		return s
	}
	return info.ExitStatus
}
