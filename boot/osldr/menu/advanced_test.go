package menu

import (
	"strings"
	"testing"
)

// TestAdvanced (B4): what F8's menu adds to the highlighted entry, and the way back.
func TestAdvanced(t *testing.T) {
	const safe = " /SOS /BOOTLOG /NOGUIBOOT"
	for name, c := range map[string]struct {
		keys           []Key
		title, options string
	}{
		"safe mode":      {[]Key{F8, Enter}, "System 2", "/o2 /SAFEBOOT:MINIMAL" + safe},
		"networking":     {[]Key{F8, Down, Enter}, "System 2", "/o2 /SAFEBOOT:NETWORK" + safe},
		"command prompt": {[]Key{F8, Home, Down, Down, Up, Down, Enter}, "System 2", "/o2 /SAFEBOOT:MINIMAL(ALTERNATESHELL)" + safe},
		"by letter":      {[]Key{'f', Escape, 'F', '4'}, "System 2", "/o2 /LASTKNOWNGOOD"},
		"good":           {[]Key{F8, '4'}, "System 2", "/o2 /LASTKNOWNGOOD"},
		"debugging":      {[]Key{F8, '5'}, "System 2", "/o2 /DEBUG"},
		"boot logging":   {[]Key{Up, F8, '6'}, "System 1", "/o1 /BOOTLOG"},
		"base video":     {[]Key{End, F8, '7'}, "System 3", "/o3 /BASEVIDEO"},
		"normally":       {[]Key{F8, '8'}, "System 2", "/o2"},
		"back":           {[]Key{F8, '9', Down, Enter}, "System 3", "/o3"},
		"back by line":   {[]Key{F8, End, Down, Enter, Up, Enter}, "System 1", "/o1"},
		"back by escape": {[]Key{F8, Down, Escape, Enter}, "System 2", "/o2"},
		"back by F8":     {[]Key{F8, 'x', '0', F8, F8, '4'}, "System 2", "/o2 /LASTKNOWNGOOD"},
		"waits":          {join([]Key{F8}, make([]Key, 18*30), []Key{'8'}), "System 2", "/o2"},
	} {
		s := &screen{t: t, keys: c.keys}
		e := Run(s, config(3), 5)
		if e.Title != c.title || e.Options != c.options {
			t.Errorf("%s: %q %q\n%s", name, e.Title, e.Options, s.text())
		}
	}
	for name, c := range map[string]struct {
		keys    []Key
		options string
	}{"chosen": {[]Key{'4'}, "/o2 /LASTKNOWNGOOD"}, "back": {[]Key{Escape, Enter}, "/o2"}} {
		if e := Advanced(&screen{t: t, keys: c.keys}, config(3)); e.Options != c.options {
			t.Errorf("F8 before the menu, %s: %q", name, e.Options)
		}
	}
}

// TestAdvancedScreen: the menu's lines, the one that is highlighted, and the other menu
// again after it.
func TestAdvancedScreen(t *testing.T) {
	s := &screen{t: t}
	c := config(2)
	c.Entries[1].Title = strings.Repeat("x", 200)
	c.Entries[1].Options = ""
	m := newState(s, c)
	s.keys = []Key{Down, Enter}
	if e, ok := m.advanced(); !ok || e.Options != "/SAFEBOOT:NETWORK /SOS /BOOTLOG /NOGUIBOOT" {
		t.Errorf("%q", e.Options)
	}
	text := s.text()
	for _, w := range []string{"Advanced options for xxx", "1 Safe Mode\n", "4 Last Known Good Configuration", "9 Back", "Esc: back"} {
		if !strings.Contains(text, w) {
			t.Errorf("no %q on\n%s", w, text)
		}
	}
	if !s.reverse[firstRow+1][5] || s.reverse[firstRow][5] {
		t.Error("another line than the second is highlighted")
	}
	s.keys = []Key{F8, Escape, Enter}
	m.run(c, -1)
	if text := s.text(); !strings.Contains(text, "Please select") || strings.Contains(text, "Advanced options") {
		t.Errorf("after the way back:\n%s", text)
	}
}
