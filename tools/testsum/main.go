// Command testsum runs checks and `go test` and adds them up.
//
//	testsum -check 'vet: scripts/vet.sh' -test './...' -test '-race ./x'
//
// Steps run in the order given. A line tells of each package when it is done,
// failing output is printed, at the end the slowest tests are named, and the
// last line is "N passed, N failed". Every check and every test that passed or
// failed counts once, with its subtests; so does a package that does not build,
// or ends without saying which test was at fault. The exit status is 1 when
// something failed.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

func main() {
	var s summary
	s.out = os.Stdout
	var steps []func() error
	fs := flag.NewFlagSet("testsum", flag.ExitOnError)
	goCmd := fs.String("go", "go", "go command")
	fs.Func("check", "`name: shell command` that must succeed", func(v string) error {
		name, cmd, ok := strings.Cut(v, ": ")
		if !ok {
			return fmt.Errorf("%q is not of the form name: command", v)
		}
		steps = append(steps, func() error { s.check(name, "sh", "-c", cmd); return nil })
		return nil
	})
	fs.Func("test", "`arguments` for go test -json, separated by blanks", func(v string) error {
		steps = append(steps, func() error {
			return s.test(*goCmd, append([]string{"test", "-json"}, strings.Fields(v)...)...)
		})
		return nil
	})
	fs.Parse(os.Args[1:])
	if fs.NArg() != 0 || len(steps) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testsum [-go go] {-check 'name: command' | -test 'arguments'}...")
		os.Exit(2)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			s.failed++
			fmt.Fprintln(s.out, "FAIL ", err)
		}
	}
	os.Exit(s.end())
}

// summary counts what the steps found.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int
	failures                []string
	times                   []testTime
}

// testTime is how long a test took, in seconds.
type testTime struct {
	name    string
	seconds float64
}

// slowTest is from when on the end's list of slow tests may have a test, in seconds, and
// slowTests the length of that list.
const (
	slowTest  = 10
	slowTests = 20
)

func (s *summary) took(name string, seconds float64) {
	if seconds >= slowTest {
		s.times = append(s.times, testTime{name, seconds})
	}
}

func (s *summary) fail(name string) {
	s.failed++
	s.failures = append(s.failures, name)
}

// end prints the sums and returns the exit status.
func (s *summary) end() int {
	if len(s.times) > 0 {
		slices.SortFunc(s.times, func(a, b testTime) int { return cmp.Compare(b.seconds, a.seconds) })
		fmt.Fprintln(s.out, "\nThe slowest tests:")
		for _, t := range s.times[:min(len(s.times), slowTests)] {
			fmt.Fprintf(s.out, "%8.1fs %s\n", t.seconds, t.name)
		}
	}
	if len(s.failures) > 0 {
		fmt.Fprintf(s.out, "\nFailed:\n  %s\n", strings.Join(s.failures, "\n  "))
	}
	if s.skipped > 0 {
		fmt.Fprintf(s.out, "(%d skipped)\n", s.skipped)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed\n", s.passed, s.failed)
	if s.failed > 0 || s.passed == 0 {
		return 1
	}
	return 0
}

func (s *summary) report(verdict, name string, took time.Duration, note string) {
	fmt.Fprintf(s.out, "%-5s %-40s %6.1fs%s\n", verdict, name, took.Seconds(), note)
}

// check runs a command that must succeed; its output is shown when it fails.
func (s *summary) check(name, program string, args ...string) {
	start := time.Now()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		s.fail(name)
		fmt.Fprintf(s.out, "%s%v\n", out, err)
		s.report("FAIL", name, time.Since(start), "")
		return
	}
	s.passed++
	s.report("ok", name, time.Since(start), "")
}

// test runs go test and follows its JSON.
func (s *summary) test(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stderr = cmd.Stdout
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	before := s.failed
	f := newFollower(s)
	r := bufio.NewReader(pipe)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			f.line(line)
		}
		if err != nil {
			break
		}
	}
	f.end()
	if err := cmd.Wait(); err != nil && s.failed == before {
		return fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return nil
}
