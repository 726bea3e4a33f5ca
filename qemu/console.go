package qemu

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Line is one line that came over the serial port, without its end.
type Line struct {
	Text string
	At   time.Duration // since just before the machine was started
}

// Console collects what a machine sends over COM1 and waits for parts of it.
// A cursor moves through the text: each wait looks only at what no earlier
// wait has passed.
type Console struct {
	start time.Time
	w     io.Writer // to the machine
	file  *os.File  // transcript, may be nil

	baud int // read no faster; 0: at once

	mu      sync.Mutex
	held    chan struct{} // closed by Release; nil while nobody holds
	text    []byte
	times   []stamp
	cursor  int
	changed chan struct{} // closed and replaced when something changes
	ended   error         // why nothing more will come
}

// stamp says when the text had grown to its length.
type stamp struct {
	length int
	at     time.Duration
}

func newConsole(start time.Time, w io.Writer, file *os.File) *Console {
	return &Console{start: start, w: w, file: file, changed: make(chan struct{})}
}

// Hold lets the machine's serial port wait: nothing is read until Release.
func (c *Console) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = make(chan struct{})
	}
}

// Release ends Hold.
func (c *Console) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release()
}

func (c *Console) release() {
	if c.held != nil {
		close(c.held)
		c.held = nil
	}
}

// pace waits until reading may go on, after n bytes.
func (c *Console) pace(n int) {
	if c.baud > 0 {
		time.Sleep(time.Duration(n) * 10 * time.Second / time.Duration(c.baud))
	}
	c.mu.Lock()
	held := c.held
	if c.ended != nil {
		held = nil
	}
	c.mu.Unlock()
	if held != nil {
		<-held
	}
}

// read copies from r until it ends.
func (c *Console) read(r io.Reader) {
	buf := make([]byte, 4096)
	if c.baud > 0 {
		buf = buf[:max(1, c.baud/10/200)] // what comes in 5 ms
	}
	for n := 0; ; c.pace(n) {
		var err error
		n, err = r.Read(buf)
		if n > 0 {
			at := time.Since(c.start)
			if c.file != nil {
				c.file.Write(buf[:n])
			}
			c.mu.Lock()
			c.text = append(c.text, buf[:n]...)
			c.times = append(c.times, stamp{len(c.text), at})
			c.wake()
			c.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// quiet tells for how long nothing has come.
func (c *Console) quiet() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := time.Duration(0)
	if n := len(c.times); n > 0 {
		last = c.times[n-1].at
	}
	return time.Since(c.start) - last
}

func (c *Console) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// end records why the machine is gone. The first reason stays.
func (c *Console) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.ended = why
		c.wake()
	}
	c.release()
}

// Send writes to the machine's serial port.
func (c *Console) Send(s string) error {
	_, err := io.WriteString(c.w, s)
	return err
}

// WaitLine waits for the next whole line that the regular expression pattern
// matches. It fails when a line matching one of the patterns in unless comes
// first, when the machine ends, or with ctx.
func (c *Console) WaitLine(ctx context.Context, pattern string, unless ...string) (Line, error) {
	re, err := compile(append([]string{pattern}, unless...))
	if err != nil {
		return Line{}, err
	}
	var found Line
	err = c.wait(ctx, pattern, func() (bool, error) {
		for {
			i := bytes.IndexByte(c.text[c.cursor:], '\n')
			if i < 0 {
				return false, nil
			}
			end := c.cursor + i + 1
			l := Line{strings.TrimRight(string(c.text[c.cursor:end]), "\r\n"), c.when(end)}
			c.cursor = end
			if re[0].MatchString(l.Text) {
				found = l
				return true, nil
			}
			for _, u := range re[1:] {
				if u.MatchString(l.Text) {
					return false, fmt.Errorf("got %q", l.Text)
				}
			}
		}
	})
	return found, err
}

// WaitText waits for text that the regular expression pattern matches, in the
// middle of a line too (a prompt, say), and returns the match and its groups.
func (c *Console) WaitText(ctx context.Context, pattern string) ([]string, error) {
	re, err := compile([]string{pattern})
	if err != nil {
		return nil, err
	}
	var found []string
	err = c.wait(ctx, pattern, func() (bool, error) {
		m := re[0].FindSubmatchIndex(c.text[c.cursor:])
		if m == nil {
			return false, nil
		}
		for i := 0; i < len(m); i += 2 {
			s := ""
			if m[i] >= 0 {
				s = string(c.text[c.cursor+m[i] : c.cursor+m[i+1]])
			}
			found = append(found, s)
		}
		c.cursor += m[1]
		return true, nil
	})
	return found, err
}

func compile(patterns []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, fmt.Errorf("qemu: %w", err)
		}
		out = append(out, re)
	}
	return out, nil
}

// wait calls try, with c.mu held, until it succeeds or fails.
func (c *Console) wait(ctx context.Context, what string, try func() (bool, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		ok, err := try()
		if ok {
			return nil
		}
		if err == nil {
			err = c.ended
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("waiting for %q: %w", what, err)
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		c.mu.Lock()
	}
}

// when tells when the first length bytes had arrived. c.mu is held.
func (c *Console) when(length int) time.Duration {
	for _, s := range c.times {
		if s.length >= length {
			return s.at
		}
	}
	return 0
}

// Text returns all that came over the serial port so far.
func (c *Console) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}

// Lines returns the whole lines that came so far, wherever the cursor is.
func (c *Console) Lines() []string {
	t := strings.ReplaceAll(c.Text(), "\r", "")
	l := strings.Split(t, "\n")
	return l[:len(l)-1]
}

// Tail returns the last n lines for a failure message.
func (c *Console) Tail(n int) string {
	l := strings.Split(strings.ReplaceAll(strings.TrimRight(c.Text(), "\r\n"), "\r", ""), "\n")
	return strings.Join(l[max(0, len(l)-n):], "\n")
}
