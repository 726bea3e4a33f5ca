package menu

import (
	"gont/boot/osldr/bootini"
	"gont/boot/osldr/status"
)

// ProblemText is a line about a line.
func ProblemText(p bootini.Problem) string {
	if p.Line == 0 {
		return `\boot.ini: ` + p.Text
	}
	return `\boot.ini line ` + status.Dec(uint64(p.Line)) + ": " + p.Text
}

// Unnamed is a line about the problems from number first on, with as many of
// their line numbers as n characters have room for. It is empty where there are
// none.
func Unnamed(c *bootini.Config, first, n int) string {
	rest := c.Problems[min(first, len(c.Problems)):]
	count := len(rest) + c.Unnamed
	switch {
	case count == 0:
		return ""
	case len(rest) == 0:
		return status.Dec(uint64(count)) + " more, the last in line " + status.Dec(uint64(c.LastLine))
	}
	s := status.Dec(uint64(count)) + " more, in lines "
	const more = ", ..."
	for i, p := range rest {
		next := status.Dec(uint64(p.Line))
		if i > 0 {
			next = ", " + next
		}
		last := i == len(rest)-1 && c.Unnamed == 0
		if len(s)+len(next) > n || !last && len(s)+len(next)+len(more) > n {
			return s + more
		}
		s += next
	}
	if c.Unnamed > 0 {
		s += more
	}
	return s
}

// problems writes what is wrong with boot.ini: below the clock, and, when that is
// not enough, below the entries. What has no row is counted, with its line.
func (m *state) problems(c *bootini.Config) {
	const left, width = 2, Columns - 3
	rows := []int{timerRow + 1, timerRow + 2, lastRow}
	if len(c.Problems) > len(rows) || c.Unnamed > 0 {
		var more []int
		for r := firstRow + len(m.entries) + 1; r < editRow-1; r++ {
			more = append(more, r)
		}
		rows = append(more, rows...)
	}
	for i, r := range rows {
		s := ""
		switch {
		case i == len(rows)-1 && len(c.Problems)+c.Unnamed > len(rows):
			s = `\boot.ini: ` + Unnamed(c, i, width-len(`\boot.ini: `))
		case i < len(c.Problems):
			s = ProblemText(c.Problems[i])
		default:
			return
		}
		m.t.Write(r, left, s[:min(len(s), width)], false)
	}
}
