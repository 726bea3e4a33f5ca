package arc

import "testing"

func TestRestartOf(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        RestartMessage
		known, ok   bool
	}{
		{"BootNext", "1", RestartMessage{Kind: RestartEntry}, true, true},
		{"bootnext", "256", RestartMessage{Kind: RestartEntry, Number: 255}, true, true},
		{"BootNext", "0", RestartMessage{}, true, false},
		{"BootNext", "257", RestartMessage{}, true, false},
		{"BootNext", "99999999999999999999999", RestartMessage{}, true, false},
		{"BootNext", "", RestartMessage{}, true, false},
		{"BootNext", "-1", RestartMessage{}, true, false},
		{"LastKnownGood", "true", RestartMessage{Kind: RestartAskedGood, Number: 3}, true, true},
		{"LastKnownGood", "FALSE", RestartMessage{}, true, true},
		{"LastKnownGood", "yes", RestartMessage{Kind: RestartAskedGood, Number: 3}, true, false},
		{"PATH", "x", RestartMessage{}, false, false},
	} {
		if m, known, ok := RestartOf(c.name, c.value, 3); m != c.want && ok || known != c.known || ok != c.ok {
			t.Errorf("%s=%s: %+v %v %v", c.name, c.value, m, known, ok)
		}
	}
	if _, _, ok := RestartOf("LastKnownGood", "TRUE", 256); ok {
		t.Error("an entry that does not fit is accepted")
	}
}
