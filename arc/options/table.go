package options

// Form says what follows an option's name.
type Form uint8

const (
	Flag         Form = iota // nothing
	Numeric                  // =n, from Low to High
	Text                     // =text
	OptionalText             // nothing, or =text
	Word                     // =one of Words, whatever the case
	OptionalWord             // nothing, or =one of Words
)

// Entry declares an option (SPEC O).
type Entry struct {
	Name      string // upper case
	Form      Form
	Low, High uint64   // of a Numeric
	Words     []string // of a Word, upper case
	Value     string   // what the manual calls the value: "n", "file"
	Reader    string   // who looks at it: OSLDR, or a package of the kernel
	Help      string   // one line: what it does
	// Nothing is not empty for an option of NT's boot.ini that has nothing to do here,
	// and says why. It is reported when somebody gives it.
	Nothing string
}

var (
	ports   = []string{"COM1", "COM2", "COM3", "COM4"}
	debug   = []string{"COM1", "COM2", "COM3", "COM4", "PCI"}
	baud    = []string{"1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200"}
	headset = []string{"COM1", "COM2", "COM3", "COM4", "USEBIOSSETTINGS"}
	safe    = []string{"MINIMAL", "NETWORK", "DSREPAIR", "MINIMAL(ALTERNATESHELL)", "NETWORK(ALTERNATESHELL)", "DSREPAIR(ALTERNATESHELL)"}
)

// Table has every option that this system knows, in the order of the manual
// (docs/options.md, which tools/mktables makes of it).
var Table = []Entry{
	// What is shown.
	{Name: "SOS", Reader: "kernel", Help: "the kernel's messages on the screen instead of the logo (on the serial port they always are)"},
	{Name: "NOGUIBOOT", Reader: "kernel", Help: "no logo: the screen stays empty until the session manager starts, but for a stop"},
	{Name: "QUIETBOOT", Reader: "kernel", Help: "no logo, and none of what SOS would show"},
	{Name: "BASEVIDEO", Reader: "OSLDR", Help: "the screen stays in text mode, 80 by 25"},
	{Name: "BOOTTRACE", Reader: "kernel", Help: "a TRACE line with time and memory for every step, OSLDR's, too, and a summary, on the serial port"},
	{Name: "BOOTLOG", Reader: "kernel", Help: "each driver that is loaded, or is not, is named in the boot log"},

	// What is started.
	{Name: "KERNEL", Form: Text, Value: "file", Reader: "OSLDR", Help: "another kernel in `\\Windows\\System32` (8.3 or long name, no blanks)"},
	{Name: "LASTKNOWNGOOD", Reader: "OSLDR", Help: "the control set that `Select\\LastKnownGood` names is used"},
	{Name: "SAFEBOOT", Form: Word, Words: safe, Reader: "OSLDR, kernel", Help: "safe mode: only the drivers that `Control\\SafeBoot` names; no verifier"},
	{Name: "BOOTVOLUME", Reader: "kernel", Help: "the volume that the system was started from is needed: a stop with INACCESSIBLE_BOOT_DEVICE where no driver reaches it, which without the option is only said"},
	{Name: "MININT", Reader: "kernel", Help: "a start from an installation medium: volatile key `Control\\MiniNT`"},
	{Name: "INRAM", Reader: "kernel", Help: "with MININT: the system lies in a RAM disk"},
	{Name: "NOSHELL", Reader: "smss", Help: "the session manager starts no prompt and waits"},
	{Name: "SESSION", Form: Text, Value: "text", Reader: "kernel", Help: "given to the session manager, commas for blanks: parameters of test programs"},
	{Name: "BOOTFILES", Form: Text, Value: "a,b", Reader: "OSLDR", Help: "load these programs of `System32`, too, besides smss.exe"},

	// Machine.
	{Name: "MAXMEM", Form: Numeric, Low: LeastMaxmem, High: MostMaxmem, Value: "n", Reader: "OSLDR, mm", Help: "use no memory above n MB"},
	{Name: "BURNMEMORY", Form: Numeric, Low: 1, High: 1 << 20, Value: "n", Reader: "mm", Help: "take n MB away"},
	{Name: "NUMPROC", Form: Numeric, Low: 1, High: 32, Value: "n", Reader: "kernel", Help: "use n processors"},
	{Name: "ONECPU", Reader: "kernel", Help: "use one processor"},
	{Name: "HAL", Form: Text, Value: "name", Reader: "hal", Help: "`STANDARD` (8259 and 8254), `ACPIUP`, `ACPIMP`; without it what the machine has"},
	{Name: "DETECTHAL", Reader: "hal", Help: "what the machine has, whatever HAL= says"},
	{Name: "USEPMTIMER", Reader: "hal", Help: "measure the clocks by the ACPI PM timer"},
	{Name: "USEPLATFORMCLOCK", Reader: "hal", Help: "measure the clocks by the HPET (else by the PIT, or what counts)"},
	{Name: "HYPERVISORLAUNCHTYPE", Form: Word, Words: []string{"OFF", "AUTO"}, Reader: "kernel", Help: "AUTO: says whether a hypervisor could be started on this processor (there is none to start)"},
	{Name: "YEAR", Form: Numeric, Low: 1980, High: 2099, Value: "n", Reader: "kernel", Help: "another year than the CMOS clock's"},

	// Debugger, serial ports, stops.
	{Name: "DEBUG", Form: OptionalWord, Words: []string{"AUTOENABLE", "DISABLE", "NOUMEX"}, Reader: "kd", Help: "the kernel debugger is on (AUTOENABLE and DISABLE: not before something happens)"},
	{Name: "NODEBUG", Reader: "kd", Help: "no kernel debugger, whatever else says DEBUG"},
	{Name: "CRASHDEBUG", Reader: "kd", Help: "the kernel debugger is on, but only a stop enters it"},
	{Name: "BREAK", Reader: "kd", Help: "with DEBUG: the debugger is entered when the images of the kernel and of the boot drivers are announced"},
	{Name: "DEBUGPORT", Form: Word, Words: debug, Reader: "kd", Help: "the debugger's serial port; PCI: the first 16550 on PCI"},
	{Name: "BAUDRATE", Form: Word, Words: baud, Reader: "kd", Help: "the debugger's rate, bits a second"},
	{Name: "REDIRECT", Form: OptionalWord, Words: headset, Reader: "kernel", Help: "emergency management services: what the screen shows goes to this serial port, too (without a name, or with USEBIOSSETTINGS: EMSPORT's)"},
	{Name: "EMSPORT", Form: Word, Words: ports, Reader: "kernel", Help: "the port of REDIRECT (COM1)"},
	{Name: "EMSBAUDRATE", Form: Word, Words: baud, Reader: "kernel", Help: "the rate of that port (115200)"},
	{Name: "AUTOREBOOT", Reader: "kernel", Help: "a stop restarts the machine once it has been told"},

	// Tests.
	{Name: "VERIFIER", Reader: "mm", Help: "special pool: a hole behind every block, freed blocks filled"},
	{Name: "MMCHECK", Reader: "mm", Help: "check every zeroed page, and once a second all page frames against lists and page tables"},
	{Name: "FAIL", Form: Text, Value: "step", Reader: "kernel", Help: "make a step fail: `FAIL=P1.9`; several with commas"},
	{Name: "HANG", Form: Text, Value: "step", Reader: "kernel", Help: "a step turns in a loop and never ends"},
	{Name: "FAILALLOC", Form: Numeric, Low: 0, High: 1 << 31, Value: "n", Reader: "kernel", Help: "the n-th allocation of phases 0 and 1 fails (pool, object types, names, handles); 0: they are counted only"},
	{Name: "CRASH", Form: Text, Value: "what", Reader: "kernel", Help: "make the kernel crash: `null`, `panic`, `heap`, `stack` and others"},
	{Name: "SELFTEST", Form: Text, Value: "what", Reader: "kernel", Help: "`runtime`: test the Go runtime in ring 0; `bench`, `clock`: measure; `wait`: hold the start up for three seconds"},
	{Name: "PAGEFILE", Form: Numeric, Low: 0, High: 1 << 16, Value: "n", Reader: "kernel", Help: "n MB of memory are a paging file; 0 or absent: none"},
	{Name: "PAGETEST", Form: Text, Value: "what", Reader: "kernel", Help: "that file's device takes its time (`wait`), fails for pages that ask for it (`errors`)"},
	{Name: "HIVETEST", Form: Text, Value: "what", Reader: "kernel", Help: "the SYSTEM hive is damaged behind the loader's back: `value`, `parent`, `select`, `root`, `base`"},

	// Others of NT's.
	{Name: "FASTDETECT", Form: OptionalText, Value: "port", Nothing: "no ports are searched for devices"},
	{Name: "NOEXECUTE", Form: OptionalText, Value: "policy", Nothing: "data are never executable"},
}

// Find returns the option of that name (upper case), nil if there is none.
func Find(name string) *Entry {
	for i := range Table {
		if Table[i].Name == name {
			return &Table[i]
		}
	}
	return nil
}

// Syntax is how the option is written.
func (e *Entry) Syntax() string {
	value := e.Value
	if e.Form == Word || e.Form == OptionalWord {
		value = "word"
	}
	switch e.Form {
	case Numeric, Text, Word:
		return e.Name + "=" + value
	case OptionalText, OptionalWord:
		return e.Name + "[=" + value + "]"
	}
	return e.Name
}

// Accepted says which values the option takes, "" for one that takes none or any.
func (e *Entry) Accepted() string {
	switch e.Form {
	case Numeric:
		return "a number from " + decimal(e.Low) + " to " + decimal(e.High)
	case Word, OptionalWord:
		s := "one of "
		for i, w := range e.Words {
			if i > 0 {
				s += ", "
			}
			s += w
		}
		return s
	}
	return ""
}

// takes reports whether the option can have this value.
func (e *Entry) takes(value string) bool {
	switch e.Form {
	case Numeric:
		n, ok := ParseNumber(value)
		return ok && e.Low <= n && n <= e.High
	case Word, OptionalWord:
		for _, w := range e.Words {
			if w == upper(value) {
				return true
			}
		}
		return value == "" && e.Form == OptionalWord
	}
	return true
}

func decimal(n uint64) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
