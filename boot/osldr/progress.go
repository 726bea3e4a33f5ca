//go:build tamago && osldr

package main

import (
	"gont/boot/osldr/menu"
	"gont/boot/osldr/status"
)

// progress is the bar that grows while files are loaded: on the screen always, on the
// serial port when somebody has used the menu there; else the serial port gets a dot a
// file and megabyte.
type progress struct {
	interactive bool // somebody has pressed a key
	from, to    int  // percent before and after the file that is being read
	shown       int
	running     bool
}

const barCells = 50

// start says what is started and shows the empty bar.
func (p *progress) start(title string) {
	say("Starting ", title, " ")
	screenPut('\r')
	screenPut('\n')
	if p.interactive {
		serialText("\r\n")
	}
	p.running, p.shown = true, -1
	p.draw(0)
}

// stage says between which percents the next file takes the bar.
func (p *progress) stage(from, to int) { p.from, p.to = from, to }

// file: a file is looked for.
func (p *progress) file(string) {
	if !p.interactive {
		serialPut('.')
	}
	p.draw(p.from)
}

// part: so many bytes of a file have been read.
func (p *progress) part(done, all int) {
	if done > 0 && !p.interactive {
		serialPut('.')
	}
	p.draw(p.from + int(uint64(p.to-p.from)*uint64(done)/uint64(max(all, 1))))
}

func (p *progress) draw(percent int) {
	if !p.running || percent <= p.shown {
		return
	}
	p.shown = percent
	cells := percent * barCells / 100
	s := screen()
	for i := 0; i < barCells; i++ {
		c := uint16(0xB0)
		if i < cells {
			c = 0xDB
		}
		s[row][2+i] = normal<<8 | c
	}
	text := pad3(percent) + " %"
	for i := 0; i < len(text); i++ {
		s[row][3+barCells+i] = normal<<8 | uint16(text[i])
	}
	if !p.interactive {
		return
	}
	bar := make([]byte, barCells)
	for i := range bar {
		bar[i] = ' '
		if i < cells {
			bar[i] = '#'
		}
	}
	serialText("\r[" + string(bar) + "] " + text)
}

func pad3(n int) string {
	s := status.Dec(uint64(n))
	return "   "[:3-min(3, len(s))] + s
}

// say writes a line in the place of the bar, which goes on below it.
func (p *progress) say(line string) {
	if !p.running {
		say(line, "\n")
		return
	}
	p.clear()
	serialText("\r\n")
	say(line, "\n")
	shown := p.shown
	p.shown = -1
	p.draw(shown)
}

func (p *progress) clear() {
	s := screen()
	for i := 0; i < menu.Columns; i++ {
		s[row][i] = normal<<8 | ' '
	}
	column = 0
}

// stop ends the bar.
func (p *progress) stop() {
	if p.running {
		p.draw(100)
		p.running = false
		say("\n")
	}
}
