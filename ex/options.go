package ex

import (
	"fmt"
	"sort"
	"strings"

	"gont/arc/options"
)

// Options are the boot options of SPEC's O row, as OSLDR passed them.
type Options struct {
	values   map[string]string
	Problems []string // what was unknown, out of range or does nothing, a sentence each
}

// optionKind says what follows the name.
type optionKind struct {
	value     byte // 0 none, 'n' number, 's' text, '?' optional text
	low, high uint64
}

var knownOptions = map[string]optionKind{
	"SOS": {}, "NOGUIBOOT": {}, "QUIETBOOT": {}, "BURNMEMORY": {'n', 1, 1 << 20}, "MAXMEM": {'n', options.LeastMaxmem, options.MostMaxmem},
	"NUMPROC": {'n', 1, 32}, "ONECPU": {}, "SAFEBOOT": {'s', 0, 0}, "BOOTLOG": {}, "LASTKNOWNGOOD": {}, "MININT": {},
	"INRAM": {}, "YEAR": {'n', 1980, 2099}, "DEBUG": {'?', 0, 0}, "NODEBUG": {}, "CRASHDEBUG": {}, "DEBUGPORT": {'s', 0, 0},
	"BAUDRATE": {'n', 1200, 115200}, "REDIRECT": {'?', 0, 0}, "BASEVIDEO": {}, "VERIFIER": {}, "BOOTTRACE": {},
	"FAIL": {'s', 0, 0}, "KERNEL": {'s', 0, 0}, "HAL": {'s', 0, 0}, "FASTDETECT": {'?', 0, 0}, "NOEXECUTE": {'?', 0, 0},
	"AUTOREBOOT": {}, "EMSPORT": {'s', 0, 0}, "EMSBAUDRATE": {'n', 1200, 115200}, "SELFTEST": {'s', 0, 0},
	"CRASH": {'s', 0, 0}, "MMCHECK": {}, "USEPMTIMER": {}, "USEPLATFORMCLOCK": {}, "SESSION": {'s', 0, 0}, "BOOTFILES": {'s', 0, 0},
	"PAGEFILE": {'n', 0, 1 << 16}, "PAGETEST": {'s', 0, 0},
}

// notYet are known options that this system reads and does nothing with.
var notYet = map[string]bool{"SAFEBOOT": true, "BOOTLOG": true, "LASTKNOWNGOOD": true,
	"MININT": true, "INRAM": true, "DEBUG": true, "CRASHDEBUG": true, "DEBUGPORT": true, "BAUDRATE": true, "REDIRECT": true,
	"EMSPORT": true, "EMSBAUDRATE": true, "AUTOREBOOT": true}

// noEffect are options of NT's boot.ini that ask for what this system does
// anyway, or for what it has none of.
var noEffect = map[string]string{
	"BASEVIDEO":  "the screen is always in text mode",
	"NODEBUG":    "there is no kernel debugger",
	"FASTDETECT": "no ports are searched for devices",
	"NOEXECUTE":  "data are never executable",
}

// ParseOptions reads a load-options line (package arc/options). Nothing is
// dropped in silence: see Problems.
func ParseOptions(line string) *Options {
	o := &Options{values: map[string]string{}}
	for w, rest, more := options.Next(line); more; w, rest, more = options.Next(rest) {
		name, value := w.Name, w.Value
		k, ok := knownOptions[name]
		switch {
		case name == "":
			o.problem("boot option %s has no name", w)
			continue
		case !ok:
			o.problem("unknown boot option %s", name)
			continue
		case k.value == 0 && w.HasValue:
			o.problem("boot option %s takes no value", name)
			continue
		case (k.value == 'n' || k.value == 's') && value == "":
			o.problem("boot option %s needs a value", name)
			continue
		case k.value == 'n':
			n, ok := options.ParseNumber(value)
			if !ok || n < k.low || n > k.high {
				o.problem("boot option %s=%s is not a number from %d to %d", name, value, k.low, k.high)
				continue
			}
		}
		if notYet[name] {
			o.problem("boot option %s is not supported yet", name)
			continue
		}
		if why := noEffect[name]; why != "" {
			o.problem("boot option %s does nothing: %s", name, why)
			continue
		}
		if name == "FAIL" && o.values[name] != "" {
			value = o.values[name] + "," + value
		}
		o.values[name] = value
	}
	return o
}

func (o *Options) problem(format string, a ...any) {
	o.Problems = append(o.Problems, fmt.Sprintf(format, a...))
}

// Has reports whether the option was given.
func (o *Options) Has(name string) bool { _, ok := o.values[name]; return ok }

// Text returns an option's value.
func (o *Options) Text(name string) string { return o.values[name] }

// Number returns a numeric option's value, or def.
func (o *Options) Number(name string, def uint64) uint64 {
	n, ok := options.ParseNumber(o.values[name])
	if !ok {
		return def
	}
	return n
}

// Fails reports whether step id is to fail (FAIL=).
func (o *Options) Fails(id string) bool {
	for _, f := range strings.Split(o.values["FAIL"], ",") {
		if f != "" && strings.EqualFold(f, id) {
			return true
		}
	}
	return false
}

// CheckFails adds a problem for every step that FAIL= names and known does not
// have.
func (o *Options) CheckFails(known func(id string) bool) {
	for _, f := range strings.Split(o.values["FAIL"], ",") {
		if f != "" && !known(strings.ToUpper(f)) {
			o.problem("boot option FAIL=%s names no step", f)
		}
	}
}

// String lists what is in force, in order.
func (o *Options) String() string {
	var w []string
	for n, v := range o.values {
		if v != "" {
			n += "=" + v
		}
		w = append(w, n)
	}
	sort.Strings(w)
	return strings.Join(w, " ")
}
