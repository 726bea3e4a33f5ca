package loadertest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"gont/arc"
	"gont/cm/regf"
)

const (
	driverPath = `\Windows\System32\drivers\good.sys`
	system32   = `\Windows\System32\`
	servicesIn = `\Registry\Machine\System\CurrentControlSet\Services\`
)

// hive is a SYSTEM hive made with a few words.
type hive struct{ *regf.Hive }

func newHive() hive {
	h, err := regf.New(regf.Options{Name: "SYSTEM"})
	if err != nil {
		panic(err)
	}
	return hive{h}
}

// key is the key at a path, made where it is not there.
func (h hive) key(path string) regf.Cell {
	k := h.Root()
	for _, name := range strings.Split(path, `\`) {
		next := h.Find(k, regf.Encode(name))
		if next == regf.NoCell {
			var err error
			if next, err = h.Create(k, regf.Encode(name), regf.KeyOptions{}, 1); err != nil {
				panic(err)
			}
		}
		k = next
	}
	return k
}

func (h hive) dword(path, name string, n uint32) {
	h.set(path, name, regf.Dword, []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

func (h hive) text(path, name string, typ uint32, texts ...string) {
	var b []byte
	for _, s := range texts {
		for _, c := range regf.Encode(s + "\x00") {
			b = append(b, byte(c), byte(c>>8))
		}
	}
	if typ == regf.MultiString {
		b = append(b, 0, 0)
	}
	h.set(path, name, typ, b)
}

func (h hive) set(path, name string, typ uint32, data []byte) {
	if err := h.SetValue(h.key(path), regf.Encode(name), typ, data, 1); err != nil {
		panic(err)
	}
}

func (h hive) bytes() []byte {
	var b bytes.Buffer
	if _, err := h.WriteTo(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// baseHive has two control sets. Drivers of the first are Good and, because of its
// group before it, Other; both have the file good.sys.
func baseHive() hive {
	h := newHive()
	for name, n := range map[string]uint32{"Current": 1, "Default": 1, "Failed": 0, "LastKnownGood": 2} {
		h.dword("Select", name, n)
	}
	for _, set := range []string{"ControlSet001", "ControlSet002"} {
		h.text(set+`\Control\ServiceGroupOrder`, "List", regf.MultiString, "Boot Bus Extender", "Base")
		h.key(set + `\Services`)
	}
	h.driver("ControlSet001", "Good", "Base", "")
	h.driver("ControlSet001", "Other", "boot bus extender", `\SystemRoot\System32\drivers\good.sys`)
	h.driver("ControlSet002", "Good", "Base", `System32\drivers\good.sys`)
	return h
}

func (h hive) driver(set, name, group, path string) {
	key := set + `\Services\` + name
	h.dword(key, "Type", 1)
	h.dword(key, "Start", 0)
	h.dword(key, "ErrorControl", 1)
	if group != "" {
		h.text(key, "Group", regf.String, group)
	}
	if path != "" {
		h.text(key, "ImagePath", regf.ExpandString, path)
	}
}

// pages is what the test kernel has shown of memory, by virtual address.
type pages map[uint64][]byte

func (h *handed) page(line string) error {
	var at uint64
	var text string
	if _, err := fmt.Sscanf(line, "%x %s", &at, &text); err != nil {
		return err
	}
	var b []byte
	var err error
	for len(text) > 0 && err == nil {
		if text[0] == '.' && len(b) >= 8 { // as the eight bytes before
			b, text = append(b, b[len(b)-8:]...), text[1:]
			continue
		}
		var word []byte
		n := min(16, len(text))
		word, err = hex.DecodeString(text[:n])
		b, text = append(b, word...), text[n:]
	}
	if err != nil || len(b) != 4096 {
		return fmt.Errorf("page %#x has %d bytes: %v", at, len(b), err)
	}
	if h.pages == nil {
		h.pages = pages{}
	}
	h.pages[at] = b
	return nil
}

// reader reads the block as the kernel does. The pages lie one behind the other here.
func (h *handed) reader() arc.Reader {
	return arc.Reader{At: func(address, n uint64) unsafe.Pointer {
		var b []byte
		first := address &^ 4095
		for at := first; at < address+n; at += 4096 {
			p, ok := h.pages[at]
			if !ok {
				return nil
			}
			if at == first && n <= 4096-(address-first) {
				return unsafe.Pointer(&p[address-first])
			}
			b = append(b, p...)
		}
		return unsafe.Pointer(&b[address-first])
	}}
}

func (h *handed) extension() *arc.LoaderParameterExtension {
	return (*arc.LoaderParameterExtension)(unsafe.Pointer(&h.ext[0]))
}

func (h *handed) block() *arc.LoaderParameterBlock {
	return (*arc.LoaderParameterBlock)(unsafe.Pointer(&h.lpb[0]))
}

// registry is the hive as the kernel gets it.
func (h *handed) registry(t *testing.T) hive {
	t.Helper()
	p := h.block()
	b := h.reader().Bytes(p.RegistryBase, uint64(p.RegistryLength))
	if !regf.Whole(b) {
		t.Error("the hive for the kernel is not whole")
	}
	g, r, err := regf.Load(bytes.Clone(b), regf.Options{})
	if err != nil || r.Faults != 0 {
		t.Fatalf("the hive for the kernel: %v, %v", err, r.List)
	}
	return hive{g}
}

func (h hive) number(path, name string) uint32 {
	k := h.Open(h.Root(), path)
	if k == regf.NoCell {
		return ^uint32(0)
	}
	v, ok := h.Value(k, regf.Encode(name))
	if !ok {
		return ^uint32(0)
	}
	b := make([]byte, 4)
	h.ReadData(b, v)
	return uint32(b[0]) | uint32(b[1])<<8
}

// drivers are the boot drivers as text: NAME FILE STATUS.
func (h *handed) drivers(t *testing.T) (list []string) {
	t.Helper()
	at := h.cpu[5]
	r := h.reader()
	if !r.List(at+uint64(unsafe.Offsetof(arc.LoaderParameterBlock{}.BootDriverListHead)), func(e uint64) {
		p := r.At(e, uint64(unsafe.Sizeof(arc.BootDriverEntry{})))
		d := (*arc.BootDriverEntry)(p)
		path, _ := r.Text(d.RegistryPath)
		file, _ := r.Text(d.FilePath)
		reason, _ := r.Text(d.Reason)
		line := fmt.Sprintf("%s %s %08X", strings.TrimPrefix(path, servicesIn), file, d.Status)
		if reason != "" {
			line += " " + reason
		}
		if (d.LdrEntry != 0) != (d.Status == 0) {
			t.Errorf("%s: image entry %#x", line, d.LdrEntry)
		}
		list = append(list, line)
	}) {
		t.Error("the list of boot drivers is damaged")
	}
	return list
}

func testFile(name string) []byte {
	b, err := os.ReadFile(built + "/" + name)
	if err != nil {
		panic(err)
	}
	return b
}
