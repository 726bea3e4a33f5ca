// Package settings reads what the registry tells the session manager.
package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// PagingFile is a line of `Session Manager\Memory Management\PagingFiles`.
type PagingFile struct {
	Name        string // \??\C:\pagefile.sys
	Least, Most int64  // bytes; 0: the session manager chooses
}

// ParsePagingFile reads a line: the file's path, C:\pagefile.sys, and how many megabytes it
// has at least and at most. The second number may be left out, and both: both are 0 then.
func ParsePagingFile(line string) (p PagingFile, err error) {
	words := strings.Fields(line)
	if len(words) == 0 || len(words) > 3 {
		return p, fmt.Errorf("%q is not a path and two numbers", line)
	}
	path := words[0]
	if len(path) < 4 || path[1] != ':' || path[2] != '\\' || (path[0]|0x20) < 'a' || (path[0]|0x20) > 'z' {
		return p, fmt.Errorf("%q does not begin with a drive, as C:\\pagefile.sys", line)
	}
	p.Name = `\??\` + path
	for i, size := range []*int64{&p.Least, &p.Most} {
		if i+1 >= len(words) {
			break
		}
		n, e := strconv.ParseUint(words[i+1], 10, 64)
		if e != nil || n > math.MaxInt64>>20 {
			return p, fmt.Errorf("%q: %q is no number of megabytes", line, words[i+1])
		}
		*size = int64(n) << 20
	}
	if len(words) == 2 {
		p.Most = p.Least
	}
	if p.Most < p.Least {
		return p, fmt.Errorf("%q: the most is less than the least", line)
	}
	return p, nil
}
