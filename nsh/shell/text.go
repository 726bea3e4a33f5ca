package shell

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// table prints rows under a heading; a column is as wide as its widest cell. Of
// the heading a "<" at the start stands for a column of text, which begins at the
// left; others end at the right.
func (s *Shell) table(heading []string, rows [][]string) {
	left := make([]bool, len(heading))
	width := make([]int, len(heading))
	head := make([]string, len(heading))
	for i, h := range heading {
		head[i] = strings.TrimPrefix(h, "<")
		left[i] = head[i] != h
		width[i] = utf8.RuneCountInString(head[i])
	}
	for _, r := range rows {
		for i := range heading {
			r[i] = printable(r[i])
			width[i] = max(width[i], utf8.RuneCountInString(r[i]))
		}
	}
	line := func(cells []string) {
		var b strings.Builder
		for i, c := range cells {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if left[i] {
				b.WriteString(c + pad)
			} else {
				b.WriteString(pad + c)
			}
		}
		s.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
	line(head)
	for _, r := range rows {
		line(r)
	}
}

// printable replaces what a terminal might take for a command: names come from
// the registry and from other programs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// line is printable without line ends.
func oneLine(text string) string { return strings.ReplaceAll(printable(text), "\n", "?") }

// kb is bytes as kilobytes.
func kb(bytes uint64) string { return fmt.Sprint(bytes / 1024) }

// milliseconds is a time in 100 ns units.
func milliseconds(t uint64) string { return fmt.Sprint(t / 10_000) }

// systemTime converts 100 ns units since 1601.
func systemTime(t uint64) time.Time {
	return time.Unix(int64(t/10_000_000)-secondsTo1970, int64(t%10_000_000)*100).UTC()
}

// fromTime is systemTime's inverse.
func fromTime(t time.Time) uint64 {
	return uint64(t.Unix()+secondsTo1970)*10_000_000 + uint64(t.Nanosecond()/100)
}

// secondsTo1970 is from 1601 on.
const secondsTo1970 = 11644473600

// fixed is a text of a structure, up to its first zero.
func fixed(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return strings.TrimSpace(string(b[:i]))
		}
	}
	return strings.TrimSpace(string(b))
}
