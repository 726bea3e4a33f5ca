package cm

import (
	"strings"

	"gont/cm/regf"
)

// DescribeFaults is the text of the first of a hive's faults; notes are left out.
func DescribeFaults(list []regf.Fault) string {
	const most = 3
	var lines []string
	for _, f := range list {
		if !f.Note && len(lines) < most {
			lines = append(lines, f.String())
		}
	}
	return strings.Join(lines, "; ")
}
