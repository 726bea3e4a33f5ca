package main

import (
	"fmt"
	"regexp"
	"strings"
)

// service is a line of the list.
type service struct {
	name, wing string
	waits      bool // the caller may wait in it
	arguments  []argument
}

type argument struct{ name, kind string }

// kinds are what an argument may be, with the fuzzer's letter.
var kinds = map[string]byte{
	"handle": 'h', "event": 'E', "mutant": 'M', "semaphore": 'S', "timer": 'T', "directory": 'D', "link": 'L', "section": 'C',
	"eventpair": 'V', "keyedevent": 'K', "iocompletion": 'O', "profile": 'F', "registrykey": 'R', "file": 'G', "process": 'X', "thread": 'Y',
	"handleout": 'o', "out": 'p', "optionalout": 'P', // addresses of results
	"access": 'a', "attributes": 'A', "string": 'U', "shortstring": 'u', "context": 'x', "clientid": 'I', "initialteb": 't',
	"timeout": 'i', "time": 'j', "handles": 'g', "base": 'B', "size": 'Z', // addresses of such values
	"address": 'd', "length": 'l', "class": 'c', "systemclass": 'k', "boolean": 'b', "choice": 'w', "number": 'n', "zero": '0',
	"key": 'e', "shift": 'm', "memorytype": 'v', "protection": 'r', "flags": 'f', "status": 's', "routine": 'y', "shutdown": 'q', "controlcode": 'H', "createoptions": 'J', "any": 'z',
}

var wings = map[string]bool{"memory": true, "object": true, "process": true, "thread": true, "executive": true, "file": true, "system": true, "registry": true}

// mostArguments is how many a service may have (ntdll.call).
const mostArguments = 12

var (
	serviceName  = regexp.MustCompile(`^Nt[A-Z]\w*$`)
	argumentName = regexp.MustCompile(`^[A-Z]\w*$`)
)

// parse reads the list. An error names the line.
func parse(text string) (list []service, err error) {
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		bad := func(format string, a ...any) ([]service, error) {
			return nil, fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, a...))
		}
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || strings.HasPrefix(f[0], "#"):
			continue
		case len(f) < 2:
			return bad("%q has no wing", f[0])
		case !serviceName.MatchString(f[0]):
			return bad("%q is no name of a service", f[0])
		case seen[f[0]]:
			return bad("%s stands twice", f[0])
		case !wings[f[1]]:
			return bad("there is no wing %q", f[1])
		}
		seen[f[0]] = true
		s := service{name: f[0], wing: f[1]}
		rest := f[2:]
		if len(rest) > 0 && rest[0] == "waits" {
			s.waits, rest = true, rest[1:]
		}
		if len(rest) > mostArguments {
			return bad("%s has more than %d arguments", f[0], mostArguments)
		}
		for _, a := range rest {
			name, kind, _ := strings.Cut(a, ":")
			if !argumentName.MatchString(name) {
				return bad("%q is no argument", a)
			}
			if kinds[kind] == 0 {
				return bad("argument %s: there is no kind %q", name, kind)
			}
			s.arguments = append(s.arguments, argument{name, kind})
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("names no service")
	}
	return list, nil
}
