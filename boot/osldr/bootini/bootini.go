// Package bootini reads boot.ini, the loader's menu in text (SPEC B4):
//
//	[boot loader]
//	timeout=5
//	default=multi(0)disk(0)rdisk(0)partition(1)\Windows
//	[operating systems]
//	multi(0)disk(0)rdisk(0)partition(1)\Windows="GoNT" /bootdebug
//	multi(0)disk(0)rdisk(0)partition(1)\Windows="GoNT, small" /maxmem=64
//
// Lines beginning with ';' and empty lines are skipped. A line that says
// nothing sensible becomes a Problem with its number and the rest is used.
//
// The file may be ASCII, UTF-8 or UTF-16, with or without a byte order mark, and
// its lines may end in CR LF, LF or CR. Nothing that Parse returns has a byte
// besides printable ASCII: characters beyond it are question marks.
package bootini

import "gont/boot/osldr/status"

// Entry is one operating system.
type Entry struct {
	Path    Path
	Title   string
	Options string // as written, with slashes (package arc/options)
	Number  int    // its index in Config.Entries
}

// Path is an ARC name and the system's directory.
type Path struct {
	Disk      uint32 // rdisk(): 0 is the disk OSLDR came from
	Partition uint32 // partition(): from 1
	Directory string // with a leading '\', none at the end
}

// Arc is the device's ARC name.
func (p Path) Arc() string {
	return "multi(0)disk(0)rdisk(" + status.Dec(uint64(p.Disk)) + ")partition(" +
		status.Dec(uint64(p.Partition)) + ")"
}

// Problem is a line that could not be used. Line 0 stands for the whole file.
type Problem struct {
	Line int
	Text string
}

// Config is a parsed boot.ini. There is always an entry.
type Config struct {
	Timeout  int // seconds; 0: no menu, -1: wait for ever
	Default  int // index in Entries
	Entries  []Entry
	Problems []Problem
	// Unnamed is how many problems there are besides Problems, LastLine the line
	// of the last one.
	Unnamed, LastLine int
}

// MaxProblems is how many problems are kept.
const MaxProblems = 50

// MaxEntries is how many entries the menu has room for.
const MaxEntries = 10

// DefaultTimeout is used when boot.ini does not say.
const DefaultTimeout = 30

// BuiltIn is what is booted when there is no boot.ini.
func BuiltIn() Config {
	return Config{Entries: []Entry{{
		Path:  Path{0, 1, `\Windows`},
		Title: "GoNT (default)",
	}}}
}

// Parse reads a file. It never fails: with no usable entry the built-in one is
// there, and Problems says why.
func Parse(text []byte) Config {
	c := Config{Timeout: DefaultTimeout}
	section, defaultPath, defaultLine := "", "", 0
	s, ok := decode(text)
	if !ok {
		c.problem(0, "text in UTF-32 is not read; save it as UTF-8")
	}
	for n := 1; s != ""; n++ {
		var line string
		line, s = cutLine(s)
		line = trim(line)
		switch {
		case line == "" || line[0] == ';':
		case line[0] == '[':
			section = lower(line)
			if section != "[boot loader]" && section != "[operating systems]" {
				c.problem(n, "unknown section "+line)
			}
		case section == "[boot loader]":
			key, value, ok := cut(line, '=')
			key, value = lower(trim(key)), trim(value)
			switch {
			case !ok:
				c.problem(n, `no "=" in this line`)
			case key == "timeout":
				if v, ok := number(value); ok && v >= -1 {
					c.Timeout = v
				} else {
					c.problem(n, "timeout is not a number of seconds: "+value)
				}
			case key == "default":
				defaultPath, defaultLine = value, n
			default:
				c.problem(n, "unknown setting "+key)
			}
		case section == "[operating systems]":
			e, why := parseEntry(line)
			switch {
			case why != "":
				c.problem(n, why)
			case len(c.Entries) == MaxEntries:
				c.problem(n, "more than 10 entries")
			default:
				e.Number = len(c.Entries)
				c.Entries = append(c.Entries, e)
			}
		case section == "":
			c.problem(n, "line before the first section")
		}
	}
	if len(c.Entries) == 0 {
		c.problem(0, "no usable entry in [operating systems]")
		c.Entries = BuiltIn().Entries
		return c
	}
	if defaultPath != "" {
		p, rest, why := parsePath(defaultPath)
		if why == "" && trim(rest) != "" {
			why = "something follows the path"
		}
		found := false
		for i := range c.Entries {
			if why == "" && !found && samePath(c.Entries[i].Path, p) {
				c.Default, found = i, true
			}
		}
		if why == "" && !found {
			why = "default is none of the entries"
		}
		if why != "" {
			c.problem(defaultLine, why)
		}
	}
	return c
}

func (c *Config) problem(line int, text string) {
	if len(c.Problems) == MaxProblems {
		c.Unnamed++
		c.LastLine = line
		return
	}
	c.Problems = append(c.Problems, Problem{line, text})
}

func parseEntry(line string) (e Entry, why string) {
	p, rest, why := parsePath(line)
	if why != "" {
		return e, why
	}
	e.Path = p
	rest = trim(rest)
	if rest == "" || rest[0] != '=' {
		return e, `no "=" after the path`
	}
	rest = trim(rest[1:])
	if rest != "" && rest[0] == '"' {
		title, after, ok := cut(rest[1:], '"')
		if !ok {
			return e, "title has no closing quote"
		}
		e.Title, rest = title, trim(after)
	} else {
		e.Title, rest, _ = cut(rest, '/')
		e.Title = trim(e.Title)
		if rest != "" {
			rest = "/" + rest
		}
	}
	if e.Title == "" {
		e.Title = p.Arc() + p.Directory
	}
	if rest != "" && rest[0] != '/' {
		return e, "options begin with a slash: " + rest
	}
	e.Options = rest
	return e, ""
}

// parsePath reads multi(0)disk(0)rdisk(n)partition(m)\directory.
func parsePath(s string) (p Path, rest, why string) {
	var v [4]uint32
	for i, name := range [...]string{"multi(", "disk(", "rdisk(", "partition("} {
		if len(s) < len(name) || lower(s[:len(name)]) != name {
			return p, s, "path does not begin with multi(0)disk(0)rdisk(0)partition(1)"
		}
		inner, after, ok := cut(s[len(name):], ')')
		n, isNumber := number(inner)
		if !ok || !isNumber || n < 0 || n > 255 {
			return p, s, "no number in " + name + ")"
		}
		v[i], s = uint32(n), after
	}
	if v[0] != 0 || v[1] != 0 {
		return p, s, "only multi(0)disk(0) is supported"
	}
	if v[3] == 0 {
		return p, s, "partition() counts from 1"
	}
	p.Disk, p.Partition = v[2], v[3]
	dir, n := s, len(s)
	for i := 0; i < len(s); i++ {
		if s[i] == '=' {
			dir, n = s[:i], i
			break
		}
	}
	rest = s[n:]
	dir = trim(dir)
	if dir == "" || dir[0] != '\\' {
		return p, rest, `no \directory after partition()`
	}
	for len(dir) > 1 && dir[len(dir)-1] == '\\' {
		dir = dir[:len(dir)-1]
	}
	if dir == `\` {
		return p, rest, `no \directory after partition()`
	}
	for i := 0; i < len(dir); i++ {
		if dir[i] == '?' { // no name on a disk has one
			return p, rest, "path has characters besides ASCII: " + dir
		}
	}
	p.Directory = dir
	return p, rest, ""
}

func samePath(a, b Path) bool {
	return a.Disk == b.Disk && a.Partition == b.Partition && lower(a.Directory) == lower(b.Directory)
}
