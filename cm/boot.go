package cm

import (
	"errors"
	"fmt"

	"gont/cm/regf"
)

// The boot view: phase 0 and the first steps of phase 1 read the SYSTEM hive where the
// loader has put it. InitSystem1 (P1.22) moves it out of there.

// boot is the SYSTEM hive before P1.22. Only the boot thread uses it.
var boot struct {
	hive   *regf.Hive
	report *regf.Report
	set    uint32    // number of the current control set, 0: there is none
	root   regf.Cell // its key
}

// ErrNoControlSet says that Select names no control set that is there.
var ErrNoControlSet = errors.New("the SYSTEM hive has no control set that Select names")

// OpenBootHive takes the SYSTEM hive's bytes, which stay in use until InitSystem1 and
// may be mended in place; what was wrong with it the report lists. set is the number of
// the control set that the loader has chosen; 0 lets Select say it (SPEC B6: Current, else
// Default, else LastKnownGood). It takes little of the Go heap: nothing is copied. The
// error is regf.Load's, or ErrNoControlSet; in that case values below Select can be read
// all the same. No locks; interrupts may be off.
func OpenBootHive(b []byte, set uint32) (*regf.Report, error) {
	h, r, err := regf.Load(b, regf.Options{Adopt: true})
	boot.hive, boot.report, boot.set, boot.root = h, r, 0, regf.NoCell
	if err != nil {
		boot.hive = nil
		return r, err
	}
	if set != 0 {
		boot.set, boot.root = set, findControlSet(h, set)
	} else {
		boot.set, boot.root = selectControlSet(h)
	}
	if boot.root == regf.NoCell {
		return r, ErrNoControlSet
	}
	return r, nil
}

// controlSetName is the name of the key of a control set.
func controlSetName(n uint32) string { return fmt.Sprintf("ControlSet%03d", n) }

func findControlSet(h *regf.Hive, n uint32) regf.Cell {
	if n == 0 || n > 999 {
		return regf.NoCell
	}
	return h.Open(h.Root(), controlSetName(n))
}

// selectControlSet follows Select.
func selectControlSet(h *regf.Hive) (uint32, regf.Cell) {
	for _, name := range []string{"Current", "Default", "LastKnownGood"} {
		if v, ok := readValue(h, h.Open(h.Root(), "Select"), name); ok {
			if n, ok := v.Uint32(); ok {
				if c := findControlSet(h, n); c != regf.NoCell {
					return n, c
				}
			}
		}
	}
	return 0, regf.NoCell
}

// BootControlSet is the number of the current control set, 0 if there is none.
func BootControlSet() uint32 { return boot.set }

// BootValue reads a value before P1.22: path is relative to the current control set, as
// `Control\ProductOptions`. false: there is no such key, value or hive. The data are a copy.
func BootValue(path, name string) (Value, bool) {
	if boot.hive == nil || boot.root == regf.NoCell {
		return Value{}, false
	}
	return readValue(boot.hive, boot.hive.Open(boot.root, path), name)
}

// BootRootValue is BootValue with a path relative to the hive's root, as `Select`.
func BootRootValue(path, name string) (Value, bool) {
	if boot.hive == nil {
		return Value{}, false
	}
	return readValue(boot.hive, boot.hive.Open(boot.hive.Root(), path), name)
}

// BootSubkeys lists the subkeys of a key of the current control set before P1.22; nil if
// there is no such key.
func BootSubkeys(path string) (list []string) {
	if boot.hive == nil || boot.root == regf.NoCell {
		return nil
	}
	key := boot.hive.Open(boot.root, path)
	if key == regf.NoCell {
		return nil
	}
	for i := uint32(0); ; i++ {
		c := boot.hive.Subkey(key, i)
		if c == regf.NoCell {
			return list
		}
		list = append(list, boot.hive.Name(c))
	}
}

// BootValues lists the names of the values of a key of the current control set before
// P1.22; nil if there is no such key.
func BootValues(path string) (list []string) {
	if boot.hive == nil || boot.root == regf.NoCell {
		return nil
	}
	key := boot.hive.Open(boot.root, path)
	if key == regf.NoCell {
		return nil
	}
	for i := uint32(0); ; i++ {
		v, ok := boot.hive.ValueAt(key, i)
		if !ok {
			return list
		}
		list = append(list, boot.hive.ValueName(v))
	}
}

func readValue(h *regf.Hive, key regf.Cell, name string) (Value, bool) {
	if key == regf.NoCell {
		return Value{}, false
	}
	v, ok := h.Value(key, regf.Encode(name))
	if !ok {
		return Value{}, false
	}
	return Value{v.Type, h.AppendData(make([]byte, 0, v.Size), v)}, true
}
