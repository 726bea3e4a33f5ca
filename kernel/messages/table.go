package messages

import (
	"errors"
	"fmt"
	"strconv"

	"gont/rtl/message"
)

// What the stop screen ends with where there are no messages, or not yet.
const (
	haltedText   = "The system has been halted."
	restartsText = "The system restarts."
)

// mostStopTexts is how many stop codes have their texts kept.
const mostStopTexts = 64

// Table is the message table of an image, as it is loaded. The zero value has no messages.
type Table struct {
	// Image is the image from its headers on.
	Image []byte
	// The texts that the stop screen needs, which must not look for them: those of stop
	// codes, and of its last line.
	codes    [mostStopTexts]uint32
	texts    [mostStopTexts]string
	n        int
	halted   string
	restarts string
}

// Text is a message of the table with its arguments, or fixed with them, where the table
// does not have the message.
func (t *Table) Text(id uint32, fixed string, arguments ...string) string {
	text, err := message.Find(t.Image, message.English, id)
	if err != nil {
		text = fixed
	}
	return message.Format(text, arguments...)
}

// KeepStopTexts finds the texts of stop codes and of the stop screen's last line, and keeps
// them (SPEC P0.6). A code that has no message has no text. The error says why the table
// cannot be read; what was found before is kept.
func (t *Table) KeepStopTexts(codes []uint32) error {
	t.n = 0
	for _, code := range codes {
		text, err := message.Find(t.Image, message.English, code)
		switch {
		case err == nil && t.n < mostStopTexts:
			t.codes[t.n], t.texts[t.n] = code, message.Format(text)
			t.n++
		case err != nil && !errors.Is(err, message.ErrNotFound):
			return err
		}
	}
	t.halted, t.restarts = t.Text(StopHalted, haltedText), t.Text(StopRestarts, restartsText)
	return nil
}

// StopText is a stop code's text, "" for none. It allocates nothing.
func (t *Table) StopText(code uint32) string {
	for i := range t.n {
		if t.codes[i] == code {
			return t.texts[i]
		}
	}
	return ""
}

// Halted and Restarts are the stop screen's last line. They allocate nothing.
func (t *Table) Halted() string   { return or(t.halted, haltedText) }
func (t *Table) Restarts() string { return or(t.restarts, restartsText) }

func or(text, fixed string) string {
	if text == "" {
		return fixed
	}
	return text
}

// Version is what the messages that say what runs are about.
type Version struct {
	Major, Minor, Build int
	CSDBuild            int    // of the service pack; 0: none
	Pack                string // "Service Pack 1"; "": none
}

func (t *Table) versionArguments(v Version) []string {
	build := strconv.Itoa(v.Build)
	if v.CSDBuild != 0 {
		build += "." + strconv.Itoa(v.CSDBuild)
	}
	pack := v.Pack
	if pack != "" {
		pack = t.Text(WindowsNtCsdString, ": %1", pack)
	}
	return []string{fmt.Sprintf("%d.%d", v.Major, v.Minor), build, pack}
}

// Banner is what runs (SPEC P0.11, P1.5).
func (t *Table) Banner(v Version) string {
	return t.Text(WindowsNtBanner, "GoNT Operating System Version %1 (Build %2%3)", t.versionArguments(v)...)
}

// Logo returns the two texts of the boot screen (SPEC P1.4).
func (t *Table) Logo(v Version) (caption, version string) {
	return t.Text(BootScreenStarting, "Starting"), t.Text(BootScreenVersion, "Version %1 (Build %2%3)", t.versionArguments(v)...)
}

// SafeMode says in which mode the system starts: 1 minimal, 2 network, 3 directory service
// repair.
func (t *Table) SafeMode(mode int) string {
	id := [...]uint32{1: BootingInSafemodeMinimal, 2: BootingInSafemodeNetwork, 3: BootingInSafemodeDsrepair}[mode]
	return t.Text(id, "The system is starting in safe mode.")
}

// Processors is what P1.8 says.
func (t *Table) Processors(processors int, megabytes uint64) string {
	id, fixed := uint32(WindowsNtInfoStringPlural), "%1 System Processors [%2 MB Memory] %3"
	kind := t.Text(WindowsNtMpString, "MultiProcessor Kernel")
	if processors == 1 {
		id, fixed = WindowsNtInfoString, "%1 System Processor [%2 MB Memory] %3"
		kind = t.Text(WindowsNtUpString, "Uniprocessor Kernel")
	}
	return t.Text(id, fixed, strconv.Itoa(processors), strconv.FormatUint(megabytes, 10), kind)
}
