package rampaging

import (
	"fmt"
	"strings"

	"gont/mm"
	"gont/nt"
)

// Configure makes a paging file of so many megabytes of memory, as the options PAGEFILE and
// PAGETEST ask for it: tests is a list of WAIT and ERRORS with commas between. problems are
// what is wrong with the options, a sentence each; where memory has no room for the file,
// none is made. said is a line about the file that was made.
func Configure(megabytes uint64, tests string) (said string, problems []string, s nt.Status) {
	pages := megabytes << 8
	if free := mm.QueryCounts().Available(); free < pages+LeaveFree || megabytes > 1<<40 {
		if free < LeaveFree+256 {
			return "", []string{"boot option PAGEFILE: there is too little memory for a paging file in memory"}, nt.StatusSuccess
		}
		return "", []string{fmt.Sprintf("boot option PAGEFILE=%d is not a number from 0 to %d, which is what this memory has room for",
			megabytes, (free-LeaveFree)>>8)}, nt.StatusSuccess
	}
	var o Options
	for name := range strings.SplitSeq(tests, ",") {
		switch strings.ToUpper(name) {
		case "":
		case "ERRORS":
			o.Errors = true
		case "WAIT":
			o.Wait = true
		default:
			problems = append(problems, "boot option PAGETEST="+name+" is not WAIT or ERRORS")
		}
	}
	return fmt.Sprintf("%d MB of memory are the paging file %s", megabytes, Name), problems, Create(pages, o)
}
