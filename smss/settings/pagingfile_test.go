package settings

import (
	"strings"
	"testing"
)

// TestParsePagingFile (S3): what a line means, and what is wrong with others.
func TestParsePagingFile(t *testing.T) {
	for line, want := range map[string]PagingFile{
		`C:\pagefile.sys 16 32`:   {`\??\C:\pagefile.sys`, 16 << 20, 32 << 20},
		`d:\a\p.sys 5`:            {`\??\d:\a\p.sys`, 5 << 20, 5 << 20},
		`C:\pagefile.sys`:         {`\??\C:\pagefile.sys`, 0, 0},
		"  C:\\pagefile.sys\t0 0": {`\??\C:\pagefile.sys`, 0, 0},
	} {
		if p, err := ParsePagingFile(line); err != nil || p != want {
			t.Errorf("%q: %+v, %v", line, p, err)
		}
	}
	for line, want := range map[string]string{
		``: "not a path", `C:\p 1 2 3`: "not a path", `pagefile.sys 1`: "a drive", `?:\p 1 2`: "a drive", `C:\ 1`: "a drive", `C:p.s 1`: "a drive",
		`C:\p x`: "no number", `C:\p -1`: "no number", `C:\p 1 99999999999999999999`: "no number", `C:\p 9000000000000`: "no number", `C:\p 2 1`: "less than",
	} {
		if p, err := ParsePagingFile(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", line, p, err, want)
		}
	}
}
