package shell

import (
	"fmt"
	"strings"

	"gont/nt"
)

// Value is a value of a key. The default value has no name.
type Value struct {
	Name string
	Type uint32
	Data []byte
}

// Registry are the services around keys. A path is absolute: \Registry\...
type Registry interface {
	OpenKey(path string, access nt.AccessMask) (nt.Handle, nt.Status)
	// CreateKey opens a key, and makes it and those above it where they are absent.
	CreateKey(path string, volatile bool) (h nt.Handle, created bool, s nt.Status)
	CloseKey(h nt.Handle)
	// Subkeys and Values list what a key has.
	Subkeys(h nt.Handle) ([]string, nt.Status)
	Values(h nt.Handle) ([]Value, nt.Status)
	QueryValue(h nt.Handle, name string) (Value, nt.Status)
	SetValue(h nt.Handle, v Value) nt.Status
	DeleteValue(h nt.Handle, name string) nt.Status
	DeleteKey(h nt.Handle) nt.Status
	FlushKey(h nt.Handle) nt.Status
	// SaveKey writes the hive of a key and what is below it to a file, which must be new; LoadKey mounts
	// a file's hive as a key; UnloadKey takes it away.
	SaveKey(h nt.Handle, file string) nt.Status
	LoadKey(path, file string) nt.Status
	UnloadKey(path string) nt.Status
}

const regMore = `  reg query KEY [/v NAME | /ve] [/s]
  reg add KEY [/v NAME | /ve] [/t TYPE] [/s SEPARATOR] [/d DATA] [/volatile]
  reg delete KEY [/v NAME | /ve | /va]
  reg save KEY FILE
  reg load KEY FILE
  reg unload KEY
  reg flush KEY
KEY is \Registry\Machine\..., or begins with HKLM or HKU. /ve is the value
without a name, /s with query all keys below. TYPE is REG_SZ if it is left out,
else REG_EXPAND_SZ, REG_MULTI_SZ (strings with SEPARATOR between them, \0 if it
is left out), REG_DWORD, REG_QWORD (decimal, or hexadecimal after 0x),
REG_BINARY or REG_NONE (hexadecimal digits). Without a value add makes the key,
and delete deletes the key with all below it.
`

// regRoots are names for the beginning of a key's path.
var regRoots = map[string]string{"HKLM": `\Registry\Machine`, "HKEY_LOCAL_MACHINE": `\Registry\Machine`, "HKU": `\Registry\User`, "HKEY_USERS": `\Registry\User`}

// keyPath is the path by which the system knows a key.
func keyPath(text string) (string, error) {
	first, rest, more := strings.Cut(text, `\`)
	if root, ok := regRoots[strings.ToUpper(first)]; ok {
		if more {
			root += `\` + rest
		}
		text = root
	}
	text = strings.TrimSuffix(text, `\`)
	const registry = `\registry`
	lower := strings.ToLower(text)
	if lower != registry && !strings.HasPrefix(lower, registry+`\`) {
		return "", wrong(`%q is no key: a key begins with \Registry, HKLM or HKU`, text)
	}
	return text, nil
}

// regLine is a command line of reg.
type regLine struct {
	key, file           string
	name                string
	named, all, recurse bool // /v or /ve; /va; /s
	typ                 uint32
	typed               bool
	separator, data     string
	hasData, volatile   bool
}

// regVerbs are what reg does: whether a file follows the key, and the switches
// that are understood.
var regVerbs = []struct {
	name     string
	file     bool
	switches string
	run      func(*Shell, regLine) error
}{
	{"query", false, "/v /ve /s", regQuery},
	{"add", false, "/v /ve /t /s /d /f /volatile", regAdd},
	{"delete", false, "/v /ve /va /f", regDelete},
	{"save", true, "", regSave},
	{"load", true, "", regLoad},
	{"unload", false, "", regUnload},
	{"flush", false, "", regFlush},
}

func registry(s *Shell, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, v := range regVerbs {
		if strings.EqualFold(v.name, args[0]) {
			l, err := parseReg(args[1:], v.file, strings.Fields(v.switches), v.name == "query")
			if err != nil {
				return err
			}
			return v.run(s, l)
		}
	}
	return wrong("%q is nothing that reg does", args[0])
}

// parseReg reads what follows the verb. The switch /s has an argument with add
// alone.
func parseReg(args []string, file bool, switches []string, recurses bool) (l regLine, err error) {
	l.separator = `\0`
	l.typ = regSz
	var plain []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if !strings.HasPrefix(a, "/") {
			plain = append(plain, a)
			continue
		}
		a = strings.ToLower(a)
		known := false
		for _, w := range switches {
			known = known || a == w
		}
		if !known {
			return l, wrong("%s does not belong here", args[i])
		}
		argument := func() string {
			if i++; i >= len(args) {
				err = wrong("something must follow %s", a)
				return ""
			}
			return args[i]
		}
		switch {
		case (a == "/v" || a == "/ve") && l.named:
			return l, wrong("one value at a time")
		case a == "/v":
			l.name, l.named = argument(), true
		case a == "/ve":
			l.named = true
		case a == "/va":
			l.all = true
		case a == "/s" && recurses:
			l.recurse = true
		case a == "/s":
			if l.separator = argument(); err == nil && l.separator == "" {
				err = wrong("a separator has at least one character")
			}
		case a == "/d":
			l.data, l.hasData = argument(), true
		case a == "/t":
			name := argument()
			if l.typ, l.typed = regTypeOf(name); err == nil && !l.typed {
				err = wrong("there is no type %q", name)
			}
		case a == "/volatile":
			l.volatile = true
		}
		if err != nil {
			return l, err
		}
	}
	want := 1
	if file {
		want = 2
	}
	if len(plain) != want {
		return l, errUsage
	}
	if file {
		l.file = plain[1]
	}
	if l.all && l.named {
		return l, wrong("one value, or all of them")
	}
	l.key, err = keyPath(plain[0])
	return l, err
}

// withKey opens a key for do.
func (s *Shell) withKey(path string, access nt.AccessMask, do func(nt.Handle) error) error {
	h, st := s.sys.OpenKey(path, access)
	if !st.OK() {
		return failed(path, st)
	}
	defer s.sys.CloseKey(h)
	return do(h)
}

func (s *Shell) printValue(v Value) {
	name := v.Name
	if name == "" {
		name = "(default)"
	}
	s.printf("    %s    %s    %s\n", oneLine(name), regTypeName(v.Type), oneLine(regText(v.Type, v.Data)))
}

func regQuery(s *Shell, l regLine) error {
	return s.withKey(l.key, nt.GenericRead, func(h nt.Handle) error {
		if l.named && !l.recurse {
			v, st := s.sys.QueryValue(h, l.name)
			if !st.OK() {
				return failed(fmt.Sprintf("value %q", l.name), st)
			}
			s.printf("%s\n", oneLine(l.key))
			s.printValue(v)
			return nil
		}
		return s.printKey(l, h, 0)
	})
}

// mostDepth is how many levels of keys there may be.
const mostDepth = 512

// printKey prints a key's values and subkeys, with /s theirs, too.
func (s *Shell) printKey(l regLine, h nt.Handle, depth int) error {
	values, st := s.sys.Values(h)
	if !st.OK() {
		return failed(l.key, st)
	}
	keys, st := s.sys.Subkeys(h)
	if !st.OK() {
		return failed(l.key, st)
	}
	headed := false
	for _, v := range values {
		if l.named && !strings.EqualFold(v.Name, l.name) {
			continue
		}
		if !headed {
			s.printf("%s\n", oneLine(l.key))
			headed = true
		}
		s.printValue(v)
	}
	if !headed && !l.named && !l.recurse {
		s.printf("%s\n", oneLine(l.key))
	}
	for _, k := range keys {
		path := l.key + `\` + k
		if !l.recurse {
			s.printf("%s\n", oneLine(path))
			continue
		}
		if depth == mostDepth {
			return failed(path, nt.StatusObjectPathInvalid)
		}
		below := l
		below.key = path
		if err := s.withKey(path, nt.GenericRead, func(h nt.Handle) error { return s.printKey(below, h, depth+1) }); err != nil {
			s.printf("%s\n", oneLine(err.Error())) // the others are still of interest
		}
	}
	return nil
}

func regAdd(s *Shell, l regLine) error {
	if (l.hasData || l.typed) && !l.named {
		return wrong("data is of a value: /v NAME or /ve")
	}
	var data []byte
	if l.named {
		if !l.hasData && (l.typ == regDword || l.typ == regQword || l.typ == regDwordBigEndian) {
			l.data = "0"
		}
		var err error
		if data, err = regData(l.typ, l.data, l.separator); err != nil {
			return err
		}
	}
	h, created, st := s.sys.CreateKey(l.key, l.volatile)
	if !st.OK() {
		return failed(l.key, st)
	}
	defer s.sys.CloseKey(h)
	if created {
		s.printf("key %s was made\n", oneLine(l.key))
	} else if !l.named {
		s.printf("key %s was there already\n", oneLine(l.key))
	}
	if !l.named {
		return nil
	}
	if err := failed(fmt.Sprintf("value %q", l.name), s.sys.SetValue(h, Value{l.name, l.typ, data})); err != nil {
		return err
	}
	s.printValue(Value{l.name, l.typ, data})
	return nil
}

func regDelete(s *Shell, l regLine) error {
	access := nt.GenericRead | nt.GenericWrite
	if !l.named && !l.all {
		access = nt.GenericRead | nt.Delete
	}
	return s.withKey(l.key, access, func(h nt.Handle) error {
		switch {
		case l.named:
			if err := failed(fmt.Sprintf("value %q", l.name), s.sys.DeleteValue(h, l.name)); err != nil {
				return err
			}
			s.printf("value %q was deleted\n", l.name)
		case l.all:
			list, st := s.sys.Values(h)
			if !st.OK() {
				return failed(l.key, st)
			}
			for _, v := range list {
				if err := failed(fmt.Sprintf("value %q", v.Name), s.sys.DeleteValue(h, v.Name)); err != nil {
					return err
				}
			}
			s.printf("%d value%s deleted\n", len(list), wereOf(len(list)))
		default:
			n, err := s.deleteTree(l.key, h, 0)
			if n > 0 || err == nil {
				s.printf("%d key%s deleted\n", n, wereOf(n))
			}
			return err
		}
		return nil
	})
}

func wereOf(n int) string {
	if n == 1 {
		return " was"
	}
	return "s were"
}

// deleteTree deletes what is below a key, then the key; it counts.
func (s *Shell) deleteTree(path string, h nt.Handle, depth int) (n int, err error) {
	if depth == mostDepth {
		return 0, failed(path, nt.StatusObjectPathInvalid)
	}
	keys, st := s.sys.Subkeys(h)
	if !st.OK() {
		return 0, failed(path, st)
	}
	for _, k := range keys {
		below := path + `\` + k
		err := s.withKey(below, nt.GenericRead|nt.Delete, func(h nt.Handle) error {
			m, err := s.deleteTree(below, h, depth+1)
			n += m
			return err
		})
		if err != nil {
			return n, err
		}
	}
	if err := failed(path, s.sys.DeleteKey(h)); err != nil {
		return n, err
	}
	return n + 1, nil
}

func regSave(s *Shell, l regLine) error {
	file, err := s.full(l.file)
	if err != nil {
		return err
	}
	return s.withKey(l.key, nt.GenericRead, func(h nt.Handle) error {
		if err := failed(file, s.sys.SaveKey(h, native(file))); err != nil {
			return err
		}
		s.printf("%s was saved to %s\n", oneLine(l.key), oneLine(file))
		return nil
	})
}

func regLoad(s *Shell, l regLine) error {
	file, err := s.full(l.file)
	if err != nil {
		return err
	}
	if err := failed(l.key, s.sys.LoadKey(l.key, native(file))); err != nil {
		return err
	}
	s.printf("%s is the hive %s now\n", oneLine(l.key), oneLine(file))
	return nil
}

func regUnload(s *Shell, l regLine) error {
	if err := failed(l.key, s.sys.UnloadKey(l.key)); err != nil {
		return err
	}
	s.printf("%s was unloaded\n", oneLine(l.key))
	return nil
}

func regFlush(s *Shell, l regLine) error {
	return s.withKey(l.key, nt.GenericRead|nt.GenericWrite, func(h nt.Handle) error {
		if err := failed(l.key, s.sys.FlushKey(h)); err != nil {
			return err
		}
		s.printf("%s was flushed\n", oneLine(l.key))
		return nil
	})
}
