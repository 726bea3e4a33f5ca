package kd

import (
	"strconv"
	"strings"
	"testing"
)

type testOptions map[string]string

func (o testOptions) Has(n string) bool    { _, ok := o[n]; return ok }
func (o testOptions) Text(n string) string { return o[n] }
func (o testOptions) Number(n string, def uint64) uint64 {
	if v, err := strconv.ParseUint(o[n], 10, 64); err == nil {
		return v
	}
	return def
}

// TestConfigure (P1.13): what the options make of the debugger.
func TestConfigure(t *testing.T) {
	for line, want := range map[string]Settings{
		"":                                {UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 115200},
		"DEBUG":                           {Enabled: true, UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 115200},
		"DEBUG NODEBUG":                   {UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 115200},
		"DEBUG=noumex DEBUGPORT=com3":     {Enabled: true, Port: 0x3E8, PortName: "COM3", Baud: 115200},
		"CRASHDEBUG":                      {Enabled: true, OnlyStop: true, UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 115200},
		"DEBUG=DISABLE BAUDRATE=9600":     {Enabled: true, OnlyStop: true, UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 9600},
		"DEBUG=AUTOENABLE DEBUGPORT=COM1": {Enabled: true, AutoEnable: true, UserExceptions: true, Port: 0x3F8, PortName: "COM1", Baud: 115200},
		"DEBUG DEBUGPORT=pci":             {Enabled: true, UserExceptions: true, PortName: "PCI", Baud: 115200},
		"BAUDRATE=57600":                  {Enabled: true, UserExceptions: true, Port: 0x2F8, PortName: "COM2", Baud: 57600},
	} {
		o := testOptions{}
		for _, w := range strings.Fields(line) {
			n, v, _ := strings.Cut(w, "=")
			o[n] = v
		}
		if got := Configure(o); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
	if (Settings{}).SharedFlag(true) != 0 || (Settings{Enabled: true}).SharedFlag(false) != 1 || (Settings{Enabled: true}).SharedFlag(true) != 3 {
		t.Error("the shared flag")
	}
	Claim(Settings{Enabled: true, Port: 0x2F8})
	if !Claims(0x2F8) || Claims(0x3F8) {
		t.Error("COM2 is the debugger's")
	}
	if Claim(Settings{Port: 0x2F8}); Claims(0x2F8) || Claims(0) {
		t.Error("no debugger, no port")
	}
}
