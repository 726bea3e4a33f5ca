// Command toolchain makes a Go distribution that knows GOOS=tamago out of the
// installed one and prints the path of its go command.
//
// The result is kept in the user's cache folder and made again only when the
// Go version or the sources of this command change. TAMAGO=<go command> in the
// environment names another distribution to use instead.
//
// How it works is described in docs/toolchain.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const usage = `usage: go run ./toolchain

Prints the path of a go command with GOOS=tamago, derived from the installed
Go, which must be of the series %s. It is built on first use (one to five
minutes) and kept in %s.

Build a freestanding program with it like this:
  GOOS=tamago GOARCH=amd64 GOOSPKG=<module> <that go> build ./prog
GOOSPKG names the module whose folder goos has the hooks below the runtime;
without it the program runs as a Linux process.

environment:
  TAMAGO   a go command that knows GOOS=tamago, to use instead
`

func main() {
	flag.Usage = func() { fmt.Fprintf(os.Stderr, usage, supported, cacheDirText()) }
	flag.Parse()
	if flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	path, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "toolchain:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func run() (string, error) {
	if gocmd := os.Getenv("TAMAGO"); gocmd != "" {
		return checkTamago(gocmd)
	}
	goroot, err := hostGOROOT()
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	d := &deriver{goroot: goroot, cache: cache, log: os.Stderr}
	return d.derive()
}

// cacheDir is the folder all distributions are kept in.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep the distribution in: %w", err)
	}
	return filepath.Join(dir, "gont"), nil
}

func cacheDirText() string {
	dir, err := cacheDir()
	if err != nil {
		return "the user's cache folder"
	}
	return dir
}

// hostGOROOT finds the installed Go: the one that runs this program, or the
// one on the PATH.
func hostGOROOT() (string, error) {
	if r := os.Getenv("GOROOT"); r != "" {
		return r, nil
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("no go command found: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// checkTamago reports an error unless gocmd is a go command that knows tamago
// for this processor.
func checkTamago(gocmd string) (string, error) {
	path, err := exec.LookPath(gocmd)
	if err != nil {
		return "", fmt.Errorf("TAMAGO=%s: %w", gocmd, err)
	}
	cmd := exec.Command(path, "list", "-f", "{{context.GOOS}}/{{context.GOARCH}} {{len .GoFiles}}", "runtime/goos")
	cmd.Env = append(cleanEnv(), "GOOS=tamago", "GOARCH=amd64", "GOTOOLCHAIN=local", "GO111MODULE=off")
	out, err := cmd.Output()
	if err != nil {
		text := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			text = ": " + strings.TrimSpace(string(exit.Stderr))
		}
		return "", fmt.Errorf("TAMAGO=%s does not know GOOS=tamago GOARCH=%s (%w%s)", gocmd, runtime.GOARCH, err, text)
	}
	if !strings.HasPrefix(string(out), "tamago/amd64 ") {
		return "", fmt.Errorf("TAMAGO=%s: go list answered %q, a go command with GOOS=tamago was expected", gocmd, out)
	}
	return filepath.Abs(path)
}
