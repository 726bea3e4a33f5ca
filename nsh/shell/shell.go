// Package shell is the native prompt without its system: it reads command lines,
// finds the command, asks the System, and prints what the System has reported. It
// compiles and is tested on the host with a System of the test; the program nsh
// puts the system services behind the interface.
//
// A Shell serves one console and one goroutine. Shells of different consoles
// share nothing but the System.
package shell

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gont/nt"
)

// Prompt is what a console shows when the shell waits for a line and has no current directory.
const Prompt = "nt>"

// System is all that the commands need. Every method answers with the status of
// the service that it has called; what comes beside a status that is an error is
// not looked at.
type System interface {
	Processes
	Objects
	Machine
	Kernel
	Registry
	Files
	Caches
}

// Shell is one console's.
type Shell struct {
	sys   System
	out   io.Writer
	flush func() // sends what out has gathered
	done  bool   // "exit" was given
	// patience is how often patiently says something.
	patience time.Duration
	// cwd is the current directory, X:\...; empty where no volume has a drive letter.
	cwd string
}

// New makes a shell that prints to out: text whose lines end with "\n".
func New(sys System, out io.Writer) *Shell {
	s := &Shell{sys: sys, out: out, flush: func() {}, patience: patience}
	s.start()
	return s
}

// Done tells whether the command "exit" was given.
func (s *Shell) Done() bool { return s.done }

// command is a row of the table.
type command struct {
	name  string
	usage string // arguments, as in "kill PID"
	about string // what it does, one line
	more  string // the rest of the help, lines that end with "\n"; may be empty
	run   func(s *Shell, args []string) error
}

// errUsage is returned by a command that was called in another way than its usage
// says.
var errUsage = errors.New("usage")

// problem is wrong use that the usage alone does not explain.
type problem string

func (p problem) Error() string { return string(p) }

func wrong(format string, a ...any) error { return problem(fmt.Sprintf(format, a...)) }

// failure is a service's refusal.
type failure struct {
	what   string
	status nt.Status
}

func (f failure) Error() string { return f.what + ": " + f.status.String() }

// failed returns nil for a status of success.
func failed(what string, s nt.Status) error {
	if s.OK() {
		return nil
	}
	return failure{what, s}
}

// Execute carries out one line, and reports whether that went well. What goes wrong is
// printed, too.
func (s *Shell) Execute(line string) (ok bool) {
	words, err := Split(line)
	if err != nil {
		s.printf("%v\n", err)
		return false
	}
	if len(words) == 0 {
		return true
	}
	if w := words[0]; len(words) == 1 && len(w) == 2 && w[1] == ':' {
		words = []string{"cd", w + `\`}
	}
	c := find(words[0])
	if c == nil {
		s.printf("%s: there is no such command; \"help\" lists them\n", printable(words[0]))
		return false
	}
	err = c.run(s, words[1:])
	var wrongUse problem
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		s.printf("usage: %s\n", c.usage)
	case errors.As(err, &wrongUse):
		s.printf("%s: %s\nusage: %s\n", c.name, printable(err.Error()), c.usage)
	default:
		s.printf("%s: %s\n", c.name, printable(err.Error()))
	}
	return err == nil
}

func (s *Shell) printf(format string, a ...any) { fmt.Fprintf(s.out, format, a...) }

// find returns the command of that name in any case, nil if there is none.
func find(name string) *command {
	for i := range commands {
		if strings.EqualFold(commands[i].name, name) {
			return &commands[i]
		}
	}
	return nil
}

var errQuote = errors.New(`a quotation mark (") is not closed`)

// Split makes words of a line: they end at blanks and tabs outside quotation
// marks; inside, "" is one mark. A backslash is a character like others, because
// paths have them.
func Split(line string) (words []string, err error) {
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted && c == '"' && i+1 < len(line) && line[i+1] == '"':
			word.WriteByte('"')
			i++
		case c == '"':
			inWord, quoted = true, !quoted
		case !quoted && (c == ' ' || c == '\t'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if quoted {
		return nil, errQuote
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
