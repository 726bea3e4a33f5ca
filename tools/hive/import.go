package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gont/cm/regf"
)

func importReg(c *call) int {
	fresh := c.flags.Bool("new", false, "begin with an empty hive even if HIVE is there")
	prefix := c.flags.String("prefix", "", "path in the .reg file that stands for the hive's root `key`;\nwithout it the first key tells: HKEY_LOCAL_MACHINE\\NAME and HKEY_USERS\\NAME do, and so does \\")
	when := c.flags.String("time", "", "time of the keys that are made (2026-01-01T00:00:00Z); else SOURCE_DATE_EPOCH, else now")
	args, status, ok := c.parse(2, 2)
	if !ok {
		return status
	}
	now, err := stamp(*when)
	if err != nil {
		return c.fail(err)
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return c.fail(err)
	}
	m := &merger{prefix: *prefix, now: now, file: args[1]}
	old, err := os.ReadFile(args[1])
	switch {
	case err == nil && !*fresh:
		if m.h, err = loadSound(old); err != nil {
			return c.fail(fmt.Errorf("%s: %w", args[1], err))
		}
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return c.fail(err)
	}
	if err := parseReg(text, m); err != nil {
		return c.fail(fmt.Errorf("%s: %w", args[0], err))
	}
	if m.h == nil {
		return c.fail(fmt.Errorf("%s: there is no key in it", args[0]))
	}
	if err := replaceHive(args[1], m.h); err != nil {
		return c.fail(err)
	}
	return exitGood
}

// loadSound reads a hive that has no faults: changing one that has would hide
// them.
func loadSound(b []byte) (*regf.Hive, error) {
	h, r, err := regf.Load(b, regf.Options{Adopt: true})
	if err != nil {
		return nil, err
	}
	if r.Faults > 0 {
		for _, f := range r.List {
			if !f.Note {
				return nil, fmt.Errorf("%d faults (%v); mend them first: hive recover, or hive check -repair", r.Faults, f)
			}
		}
	}
	return h, nil
}

// merger is the target that changes a hive.
type merger struct {
	h      *regf.Hive // nil: to be made when the first key is known
	file   string
	prefix string
	known  bool // the prefix is
	now    uint64
	key    regf.Cell
}

// splitPrefix returns the part of a path that stands for a hive's root, and the
// root's name if it tells.
func splitPrefix(path string) (prefix, name string) {
	parts := strings.SplitN(path, `\`, 5)
	upper := strings.ToUpper(parts[0])
	switch {
	case parts[0] == "" && len(parts) >= 4 && strings.EqualFold(parts[1], "Registry") &&
		(strings.EqualFold(parts[2], "Machine") || strings.EqualFold(parts[2], "User")):
		return strings.Join(parts[:4], `\`), parts[3]
	case (upper == "HKEY_LOCAL_MACHINE" || upper == "HKLM" || upper == "HKEY_USERS" || upper == "HKU") && len(parts) >= 2:
		return strings.Join(parts[:2], `\`), parts[1]
	case strings.HasPrefix(upper, "HKEY_"):
		return parts[0], ""
	}
	return "", ""
}

// relative returns a path below the hive's root.
func (m *merger) relative(path string) (string, error) {
	if !m.known {
		name := ""
		if m.prefix == "" {
			m.prefix, name = splitPrefix(path)
		} else if i := strings.LastIndexByte(m.prefix, '\\'); i >= 0 {
			name = m.prefix[i+1:]
		}
		m.prefix = strings.TrimSuffix(m.prefix, `\`)
		if name == "" {
			name = filepath.Base(m.file)
		}
		m.known = true
		if m.h == nil {
			h, err := regf.New(regf.Options{Name: name, Time: m.now})
			if err != nil {
				return "", err
			}
			m.h = h
		}
	}
	if m.prefix == "" {
		return strings.Trim(path, `\`), nil
	}
	n := len(m.prefix)
	if len(path) < n || !strings.EqualFold(path[:n], m.prefix) || len(path) > n && path[n] != '\\' {
		return "", fmt.Errorf("key %s does not begin with %s, the root of this hive", path, m.prefix)
	}
	return strings.Trim(path[n:], `\`), nil
}

func (m *merger) openKey(path string) error {
	rel, err := m.relative(path)
	if err != nil {
		return err
	}
	m.key = m.h.Root()
	if rel == "" {
		return nil
	}
	for _, name := range strings.Split(rel, `\`) {
		u := regf.Encode(name)
		next := m.h.Find(m.key, u)
		if next == regf.NoCell {
			if next, err = m.h.Create(m.key, u, regf.KeyOptions{}, m.now); err != nil {
				return fmt.Errorf("key %s: %q: %w", path, name, err)
			}
		}
		m.key = next
	}
	return nil
}

func (m *merger) deleteKey(path string) error {
	rel, err := m.relative(path)
	if err != nil {
		return err
	}
	if rel == "" {
		return errors.New("the root of a hive cannot be deleted")
	}
	key := m.h.Open(m.h.Root(), rel)
	if key == regf.NoCell {
		return nil // as regedit has it
	}
	if err := m.h.DeleteTree(key, m.now); err != nil {
		return fmt.Errorf("key %s: %w", path, err)
	}
	return nil
}

func (m *merger) setValue(name string, typ uint32, data []byte) error {
	if err := m.h.SetValue(m.key, regf.Encode(name), typ, data, m.now); err != nil {
		return fmt.Errorf("value %q: %w", name, err)
	}
	if typ == regf.Link && strings.EqualFold(name, "SymbolicLinkValue") {
		return m.h.SetLink(m.key, m.now)
	}
	return nil
}

func (m *merger) deleteValue(name string) error {
	if err := m.h.DeleteValue(m.key, regf.Encode(name), m.now); err != nil && err != regf.ErrNotFound {
		return fmt.Errorf("value %q: %w", name, err)
	}
	return nil
}
