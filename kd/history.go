package kd

// history is the console's last lines, in memory of its own: strings that the console
// makes do not outlive the stop (golang.org/x/term's History).
type history struct {
	lines [32]struct {
		n    int
		text [200]byte
	}
	next, n int
}

// Add takes a line.
func (h *history) Add(s string) {
	if s == "" || h.n > 0 && h.At(0) == s {
		return
	}
	l := &h.lines[h.next%len(h.lines)]
	l.n = copy(l.text[:], s)
	h.next++
	h.n = min(h.n+1, len(h.lines))
}

// Len returns how many lines there are.
func (h *history) Len() int { return h.n }

// At returns a line, 0 for the last one.
func (h *history) At(i int) string {
	l := &h.lines[(h.next-1-i)%len(h.lines)]
	return string(l.text[:l.n])
}
