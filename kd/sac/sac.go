// Package sac is the special administration console of emergency management services (SPEC
// P0.13, REDIRECT): on a serial port it shows what the screen shows, and takes commands
// from a person who has nothing else. It needs no program and no file, and after a stop
// the port still answers.
//
// There are two channels, as NT's console has them: Screen, on which everything comes that the
// screen shows, and SAC, with the commands. Escape and Tab go to the other one; what has
// come on the screen meanwhile is shown then.
//
// One caller at a time: the package takes no lock.
package sac

import (
	"fmt"
	"io"
	"strings"
)

// System is what the console needs. Its functions are called by Feed.
type System struct {
	Put       func(c byte) // to the port; LF alone ends a line
	Processes func(w io.Writer)
	Memory    func(w io.Writer)
	// Time returns the system's time in words; SetTime sets it from text.
	Time    func() string
	SetTime func(text string) error
	// Crash stops the system, Restart and Shutdown end it; they may return, with what has
	// kept them from it.
	Crash, Restart, Shutdown func() error
}

// Channels.
const (
	screenChannel = iota
	sacChannel
	channels
)

var channelNames = [channels]string{"Screen", "SAC"}

// pageRows is how many lines come before the console waits, while paging is on.
const pageRows = 23

// kept is how much of the screen's text is kept for when the channel is chosen again.
const kept = 8 << 10

// Console is the port's.
type Console struct {
	s       System
	channel int
	line    []byte
	escape  bool
	paging  bool
	stopped bool

	screen [kept]byte // ring
	at     int        // bytes of the screen ever
	shown  int        // of these, how many the port has had
}

// New returns a console that shows the screen.
func New(s System) *Console { return &Console{s: s, paging: true} }

// Screen takes a byte that the screen shows. It allocates nothing; after Stop, too.
func (c *Console) Screen(b byte) {
	c.screen[c.at%kept] = b
	c.at++
	if c.channel == screenChannel {
		c.shown = c.at
		c.s.Put(b)
	}
}

// Stop goes to the screen for good, where the system's stop is told: from now on only
// commands are taken that need nothing of the system. It allocates nothing.
func (c *Console) Stop() {
	c.stopped = true
	c.line = c.line[:0]
	c.choose(screenChannel)
}

// choose goes to a channel; the screen's shows what has come meanwhile, as far as it is kept.
func (c *Console) choose(n int) {
	c.channel = n
	if n != screenChannel {
		return
	}
	for c.shown = max(c.shown, c.at-kept); c.shown < c.at; c.shown++ {
		c.s.Put(c.screen[c.shown%kept])
	}
}

func (c *Console) text(s string) {
	for i := range len(s) {
		c.s.Put(s[i])
	}
}

const prompt = "SAC>"

// Feed takes a byte that has come to the port.
func (c *Console) Feed(b byte) {
	if c.stopped {
		c.feedStopped(b)
		return
	}
	switch {
	case c.escape && b == '\t':
		c.escape = false
		c.choose((c.channel + 1) % channels)
		if c.channel == sacChannel {
			c.text("\nEMS services are here. ? lists the commands.\n" + prompt)
		}
		return
	case b == 0x1B:
		c.escape = true
		return
	}
	c.escape = false
	if c.channel == screenChannel {
		return // nobody reads there
	}
	if !c.edit(b) {
		return
	}
	line := strings.TrimSpace(string(c.line))
	c.line = c.line[:0]
	c.text("\n")
	if line != "" {
		c.command(line)
	}
	if c.channel == sacChannel {
		c.text(prompt)
	}
}

// edit puts a byte into the line and reports whether the line has ended.
func (c *Console) edit(b byte) bool {
	switch {
	case b == '\r' || b == '\n':
		return true
	case (b == 8 || b == 0x7F) && len(c.line) > 0:
		c.line = c.line[:len(c.line)-1]
		c.text("\b \b")
	case b >= ' ' && b < 0x7F && len(c.line) < 79:
		c.line = append(c.line, b)
		c.s.Put(b)
	}
	return false
}

// feedStopped is Feed after a stop: nothing is allocated but the line, whose memory there is.
func (c *Console) feedStopped(b byte) {
	if !c.edit(b) {
		return
	}
	line := c.line
	c.line = c.line[:0]
	c.text("\n")
	if string(line) == "restart" {
		_ = c.s.Restart()
	} else if len(line) != 0 {
		c.text("The system has stopped. restart starts the machine again.\n")
	}
	c.text("!" + prompt)
}

// command carries a line out.
func (c *Console) command(line string) {
	name, args, _ := strings.Cut(line, " ")
	args = strings.TrimSpace(args)
	w := &pager{c: c}
	var err error
	switch strings.ToLower(name) {
	case "?", "help":
		fmt.Fprint(w, help)
	case "t":
		c.s.Processes(w)
		c.s.Memory(w)
	case "p":
		c.paging = !c.paging
		fmt.Fprintf(w, "paging is %s\n", map[bool]string{true: "on", false: "off"}[c.paging])
	case "i":
		fmt.Fprintln(w, "there is no network: nothing has an address")
	case "s":
		if args != "" {
			if err = c.s.SetTime(args); err != nil {
				break
			}
		}
		fmt.Fprintln(w, c.s.Time())
	case "ch":
		err = c.channelCommand(w, args)
	case "crashdump":
		err = c.s.Crash()
	case "restart":
		err = c.s.Restart()
	case "shutdown":
		err = c.s.Shutdown()
	default:
		err = fmt.Errorf("%s is not a command; ? lists them", name)
	}
	if err != nil {
		fmt.Fprintln(w, err)
	}
}

const help = `ch           list the channels; ch -si n: go to channel n; Esc Tab: to the next
t            processes, threads, and memory
p            pages of 23 lines, on or off
i            addresses of networks
s            the time; s yyyy-mm-dd hh:mm[:ss] sets it (UTC)
crashdump    stop the system
restart      start the machine again at once
shutdown     switch the machine off at once
`

func (c *Console) channelCommand(w io.Writer, args string) error {
	if n, ok := strings.CutPrefix(args, "-si "); ok {
		n = strings.TrimSpace(n)
		if len(n) != 1 || n[0] < '0' || int(n[0]-'0') >= channels {
			return fmt.Errorf("there is no channel %s", n)
		}
		c.choose(int(n[0] - '0'))
		return nil
	}
	if args != "" && args != "-l" {
		return fmt.Errorf("ch, ch -l, or ch -si n")
	}
	for i, name := range channelNames {
		fmt.Fprintf(w, "%d  %s\n", i, name)
	}
	return nil
}

// pager writes to the port. With paging on it says where a page ends; the rest goes on after
// that: a terminal keeps what it has shown, and nobody who is gone holds the console up.
type pager struct {
	c    *Console
	rows int
}

func (p *pager) Write(b []byte) (int, error) {
	for _, x := range b {
		p.c.s.Put(x)
		if x == '\n' {
			if p.rows++; p.c.paging && p.rows%pageRows == 0 {
				p.c.text("----\n")
			}
		}
	}
	return len(b), nil
}
