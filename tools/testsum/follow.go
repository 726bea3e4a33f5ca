package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// event is a line of go test -json (cmd/test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Elapsed    float64
	Output     string
}

// follower turns the events of one go test into counts and lines.
type follower struct {
	s        *summary
	packages map[string]*pkg
	build    map[string]*strings.Builder // output of what did not build
}

type pkg struct {
	passed, failed, skipped int
	output                  map[string]*strings.Builder // by test; "" is the package's own
	running                 map[string]bool
}

func newFollower(s *summary) *follower {
	return &follower{s: s, packages: map[string]*pkg{}, build: map[string]*strings.Builder{}}
}

func (f *follower) pkg(name string) *pkg {
	p := f.packages[name]
	if p == nil {
		p = &pkg{output: map[string]*strings.Builder{}, running: map[string]bool{}}
		f.packages[name] = p
	}
	return p
}

func add(m map[string]*strings.Builder, key, text string) {
	if m[key] == nil {
		m[key] = &strings.Builder{}
	}
	m[key].WriteString(text)
}

func get(m map[string]*strings.Builder, key string) string {
	if m[key] == nil {
		return ""
	}
	return m[key].String()
}

// line takes one line of go test's output. What is no JSON is shown as it is.
func (f *follower) line(text string) {
	var e event
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &e) != nil {
		fmt.Fprint(f.s.out, text)
		return
	}
	switch e.Action {
	case "build-output":
		add(f.build, e.ImportPath, e.Output)
		return
	case "build-fail":
		return
	}
	p := f.pkg(e.Package)
	switch e.Action {
	case "run":
		p.running[e.Test] = true
	case "output":
		add(p.output, e.Test, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			f.done(e, p)
			return
		}
		delete(p.running, e.Test)
		f.s.took(e.Package+" "+e.Test, e.Elapsed)
		switch e.Action {
		case "pass":
			p.passed++
		case "skip":
			p.skipped++
		case "fail":
			p.failed++
			f.s.failures = append(f.s.failures, e.Package+" "+e.Test)
			fmt.Fprint(f.s.out, get(p.output, e.Test))
		}
		delete(p.output, e.Test)
	}
}

// done closes a package.
func (f *follower) done(e event, p *pkg) {
	delete(f.packages, e.Package)
	if e.Action == "fail" && p.failed == 0 {
		// It did not build, or a test took the whole program with it.
		p.failed++
		name := e.Package
		var hung []string
		for t := range p.running {
			hung = append(hung, t)
		}
		sort.Strings(hung)
		for _, t := range hung {
			name += " " + t
			fmt.Fprint(f.s.out, get(p.output, t))
		}
		f.s.failures = append(f.s.failures, name)
		for _, b := range f.build {
			fmt.Fprint(f.s.out, b.String())
		}
		f.build = map[string]*strings.Builder{}
		fmt.Fprint(f.s.out, get(p.output, ""))
	}
	f.s.passed += p.passed
	f.s.failed += p.failed
	f.s.skipped += p.skipped
	note := fmt.Sprintf("  %d passed", p.passed)
	if p.failed > 0 {
		note += fmt.Sprintf(", %d failed", p.failed)
	}
	if p.skipped > 0 {
		note += fmt.Sprintf(", %d skipped", p.skipped)
	}
	verdict := "ok"
	switch {
	case p.failed > 0:
		verdict = "FAIL"
	case p.passed == 0 && p.skipped == 0:
		return // no tests: nothing to say
	}
	took := time.Duration(e.Elapsed * float64(time.Second))
	f.s.report(verdict, e.Package, took, note)
}

// end counts packages that go test never closed.
func (f *follower) end() {
	for name, p := range f.packages {
		if p.passed+p.failed+len(p.running) == 0 {
			continue
		}
		f.done(event{Action: "fail", Package: name}, p)
	}
}
