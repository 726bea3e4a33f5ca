package menu

import "gont/boot/osldr/bootini"

// The menu behind F8 (SPEC B4). What is chosen there is added to the options of the
// highlighted entry, for this boot, and the entry is started.

const safeMode = " /SOS /BOOTLOG /NOGUIBOOT"

// advanced are the lines of that menu, with the options they add.
var advanced = [...]struct{ title, options string }{
	{"Safe Mode", "/SAFEBOOT:MINIMAL" + safeMode},
	{"Safe Mode with Networking", "/SAFEBOOT:NETWORK" + safeMode},
	{"Safe Mode with Command Prompt", "/SAFEBOOT:MINIMAL(ALTERNATESHELL)" + safeMode},
	{"Last Known Good Configuration", "/LASTKNOWNGOOD"},
	{"Debugging Mode", "/DEBUG"},
	{"Enable Boot Logging", "/BOOTLOG"},
	{"Enable Base Video", "/BASEVIDEO"},
	{"Start Normally", ""},
	{"Back", back},
}

const back = "back" // no option

const advancedHelp = "Up/Down or digit: choose   Enter: start   Esc: back"

// Advanced shows the menu behind F8 first, and then, unless something has been chosen
// there, the other one, without a timeout.
func Advanced(t Terminal, c *bootini.Config) bootini.Entry {
	m := newState(t, c)
	if e, ok := m.advanced(); ok {
		return e
	}
	return m.run(c, -1)
}

// advanced returns the entry that is to be started; ok is false for "back".
func (m *state) advanced() (e bootini.Entry, ok bool) {
	at := 0
	line := func(i int) {
		m.t.Write(firstRow+i, 4, pad(" "+string(rune('1'+i))+" "+advanced[i].title, 60), i == at)
	}
	m.t.Clear()
	m.t.Write(titleRow, 2, pad("Advanced options for "+m.entries[m.at].Title, Columns-3), false)
	for i := range advanced {
		line(i)
	}
	m.t.Write(helpRow, 2, advancedHelp, false)
	move := func(to int) {
		from := at
		at = to
		line(from)
		line(to)
	}
	for {
		k := m.t.Key()
		for k == None {
			m.t.Wait()
			k = m.t.Key()
		}
		switch {
		case k == Up && at > 0:
			move(at - 1)
		case k == Down && at < len(advanced)-1:
			move(at + 1)
		case k == Home:
			move(0)
		case k == End:
			move(len(advanced) - 1)
		case k == Escape || k == F8:
			return e, false
		case k >= '1' && k < '1'+Key(len(advanced)):
			move(int(k - '1'))
			k = Enter
		}
		if k != Enter {
			continue
		}
		if advanced[at].options == back {
			return e, false
		}
		e = m.entries[m.at]
		if add := advanced[at].options; add != "" {
			if e.Options != "" {
				e.Options += " "
			}
			e.Options += add
		}
		return e, true
	}
}
