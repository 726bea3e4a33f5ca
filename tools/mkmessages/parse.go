package main

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// entry is a message of the source.
type entry struct {
	id   uint32
	name string
	text string // lines end in \r\n, as mc writes them
}

var severities = map[string]uint32{"Success": 0, "Informational": 1, "Warning": 2, "Error": 3}

var setting = regexp.MustCompile(`(\w+)\s*=\s*(\([^)]*\)|\S+)`)

// parse reads a message compiler's source (.mc): definitions, comments (";"), and messages,
// whose texts end in a line of one dot. An error names the line.
func parse(source string) (list []entry, err error) {
	facilities := map[string]uint32{"System": 0}
	lines := strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n")
	bad := func(i int, format string, a ...any) error {
		return fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, a...))
	}
	var m *entry
	severity, facility, number := uint32(0), uint32(0), uint32(0)
	ids, names := map[uint32]bool{}, map[string]bool{}
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, ";") {
			continue
		}
		if strings.TrimSpace(setting.ReplaceAllString(line, "")) != "" {
			return nil, bad(i, "%q is no NAME=VALUE", line)
		}
		for _, s := range setting.FindAllStringSubmatch(line, -1) {
			key, value := s[1], s[2]
			if m == nil && key != "MessageId" && key != "FacilityNames" && key != "LanguageNames" {
				return nil, bad(i, "%s before MessageId", key)
			}
			switch key {
			case "LanguageNames":
				if value != "(English=0x409:MSG00409)" {
					return nil, bad(i, "the one language is English=0x409:MSG00409")
				}
			case "FacilityNames":
				for _, f := range strings.Fields(strings.Trim(value, "()")) {
					name, n, _ := strings.Cut(f, "=")
					v, err := strconv.ParseUint(n, 0, 13)
					if err != nil {
						return nil, bad(i, "facility %q", f)
					}
					facilities[name] = uint32(v)
				}
			case "MessageId":
				n, err := strconv.ParseUint(value, 0, 16)
				if err != nil {
					return nil, bad(i, "MessageId %q is not a number of 16 bits", value)
				}
				m, severity, facility, number = &entry{}, 0, 0, uint32(n)
			case "Severity":
				n, ok := severities[value]
				if !ok {
					return nil, bad(i, "there is no severity %q", value)
				}
				severity = n
			case "Facility":
				n, ok := facilities[value]
				if !ok {
					return nil, bad(i, "there is no facility %q", value)
				}
				facility = n
			case "SymbolicName":
				m.name = value
			case "Language":
				if value != "English" {
					return nil, bad(i, "there is no language %q", value)
				}
				m.id = severity<<30 | facility<<16 | number
				begin := i + 1
				for i++; i < len(lines) && lines[i] != "."; i++ {
					m.text += lines[i] + "\r\n"
				}
				switch {
				case i == len(lines):
					return nil, bad(begin-1, "the text has no end: a line of one dot")
				case m.text == "":
					return nil, bad(begin-1, "the text is empty")
				case m.name == "":
					return nil, bad(begin-1, "the message has no SymbolicName")
				case ids[m.id]:
					return nil, bad(begin-1, "message %#x stands twice", m.id)
				case names[m.name]:
					return nil, bad(begin-1, "%s stands twice", m.name)
				}
				ids[m.id], names[m.name] = true, true
				list = append(list, *m)
				m = nil
			default:
				return nil, bad(i, "%s is not known", key)
			}
		}
	}
	if m != nil {
		return nil, fmt.Errorf("the last message has no Language")
	}
	sort.Slice(list, func(i, j int) bool { return list[i].id < list[j].id })
	return list, nil
}
