package main

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// files are our own sources, in the places where they go below GOROOT.
//
//go:embed _files
var files embed.FS

// self is the source of the derivation itself: the stamp depends on it.
//
//go:embed derive.go edits.go wasip1.go
var self embed.FS

// supported is the series of Go releases the edits are written for.
const supported = "go1.26"

var versionRE = regexp.MustCompile(`^go1\.26(\.[0-9]+)?$`)

// tools are the commands that the derived distribution needs.
var tools = []string{"asm", "compile", "link", "vet", "cover", "buildid", "nm", "objdump", "addr2line", "preprofile"}

// A deriver makes the distribution from the one in goroot.
type deriver struct {
	goroot string    // the installed Go
	cache  string    // where distributions are kept
	log    io.Writer // progress
}

// checkVersion reports an error unless version is one the edits are for.
func checkVersion(version string) error {
	if !versionRE.MatchString(version) {
		return fmt.Errorf("found Go version %q, supported are %s and %s.1, %s.2 and so on: install one of these, or name a go command that knows GOOS=tamago in TAMAGO", version, supported, supported, supported)
	}
	return nil
}

// goVersion reads the version of the distribution in goroot.
func goVersion(goroot string) (string, error) {
	data, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return "", fmt.Errorf("no Go distribution in %s: %w", goroot, err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line), nil
}

// stamp identifies a distribution: Go version, system, and everything of ours.
func stamp(version string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, version, runtime.GOOS, runtime.GOARCH)
	for _, f := range []embed.FS{self, files} {
		err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := f.ReadFile(name)
			fmt.Fprintln(h, name, len(data))
			h.Write(data)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// derive returns the path of the go command, making it first if need be.
func (d *deriver) derive() (string, error) {
	version, err := goVersion(d.goroot)
	if err != nil {
		return "", err
	}
	if err := checkVersion(version); err != nil {
		return "", err
	}
	id, err := stamp(version)
	if err != nil {
		return "", err
	}
	root := filepath.Join(d.cache, "toolchain-"+id)
	gocmd := filepath.Join(root, "go", "bin", "go")
	if _, err := os.Stat(gocmd); err == nil {
		return gocmd, nil
	}
	if err := os.MkdirAll(d.cache, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockFile(root + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(gocmd); err == nil {
		return gocmd, nil // another process made it meanwhile
	}
	// What an interrupted run left is in the way of nothing, but takes space.
	old, _ := filepath.Glob(root + ".tmp*")
	for _, o := range old {
		os.RemoveAll(o)
	}
	tmp, err := os.MkdirTemp(d.cache, filepath.Base(root)+".tmp")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	start := time.Now()
	if err := d.make(tmp, version, id); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, root); err != nil {
		return "", err
	}
	d.printf("made in %.0f s: %s", time.Since(start).Seconds(), root)
	return gocmd, nil
}

func (d *deriver) printf(format string, args ...any) {
	fmt.Fprintf(d.log, "toolchain: "+format+"\n", args...)
}

// lockFile waits for the lock of that name; the returned function ends it. The
// system ends it too when the process dies.
func lockFile(name string) (func(), error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}

// make builds the distribution in dir/go.
func (d *deriver) make(dir, version, id string) error {
	goroot := filepath.Join(dir, "go")
	d.printf("copying %s", d.goroot)
	if err := d.copyDistribution(goroot); err != nil {
		return err
	}
	d.printf("adding GOOS=tamago")
	if err := transform(goroot, version, id); err != nil {
		return err
	}
	return d.build(dir, goroot)
}

// transform turns the copy of a distribution in goroot into one with tamago.
func transform(goroot, version, id string) error {
	src := filepath.Join(goroot, "src")
	if err := followWasip1(src); err != nil {
		return err
	}
	if err := applyEdits(src, coreEdits); err != nil {
		return err
	}
	if err := addFiles(goroot); err != nil {
		return err
	}
	// A version of its own keeps the objects of different tools apart.
	own := version + "-gont" + id
	if err := applyEdits(src, []edit{{"internal/buildcfg/zbootstrap.go", "const version = `" + version + "`", "const version = `" + own + "`"}}); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(goroot, "VERSION"), []byte(own+"\n"), 0o644)
}

// addFiles writes our own sources into goroot.
func addFiles(goroot string) error {
	return fs.WalkDir(files, "_files", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dst := filepath.Join(goroot, filepath.FromSlash(strings.TrimPrefix(name, "_files")))
		if e.IsDir() {
			return os.MkdirAll(dst, 0o755)
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := os.Stat(dst); err == nil {
			return fmt.Errorf("%s: this Go distribution has a file of that name already", dst)
		}
		return os.WriteFile(dst, data, 0o644)
	})
}

// copyDistribution copies what is needed to build programs: no tests, no test
// data, no documentation.
func (d *deriver) copyDistribution(dst string) error {
	for _, sub := range []string{"src", "pkg/include", "lib/time", "LICENSE", "go.env"} {
		from := filepath.Join(d.goroot, filepath.FromSlash(sub))
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) && sub != "src" {
			continue
		}
		err := filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(d.goroot, name)
			if err != nil {
				return err
			}
			to := filepath.Join(dst, rel)
			switch {
			case e.IsDir() && e.Name() == "testdata":
				return filepath.SkipDir
			case e.IsDir():
				return os.MkdirAll(to, 0o755)
			case strings.HasSuffix(name, "_test.go"):
				return nil
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			return copyFile(to, name, 0o644)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// build compiles the go command and the tools from the copy in goroot with the
// installed tools, which stand in for the new ones meanwhile.
func (d *deriver) build(dir, goroot string) error {
	host := runtime.GOOS + "_" + runtime.GOARCH
	tooldir := filepath.Join(goroot, "pkg", "tool", host)
	if err := os.MkdirAll(tooldir, 0o755); err != nil {
		return err
	}
	for _, t := range []string{"asm", "compile", "link", "preprofile"} {
		if err := copyFile(filepath.Join(tooldir, t), filepath.Join(d.goroot, "pkg", "tool", host, t), 0o755); err != nil {
			return err
		}
	}
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", out + string(filepath.Separator), "cmd/go"}
	for _, t := range tools {
		args = append(args, "cmd/"+t)
	}
	d.printf("building go and %s", strings.Join(tools, ", "))
	cmd := exec.Command(filepath.Join(d.goroot, "bin", "go"), args...)
	cmd.Dir = filepath.Join(goroot, "src", "cmd")
	cmd.Env = append(cleanEnv(), "GOROOT="+goroot, "GOCACHE="+filepath.Join(dir, "hostcache"),
		"GOTOOLCHAIN=local", "GO111MODULE=", "GOFLAGS=", "GOENV=off", "GOWORK=off", "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the tools: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(goroot, "bin"), 0o755); err != nil {
		return err
	}
	for _, t := range tools {
		if err := os.Rename(filepath.Join(out, t), filepath.Join(tooldir, t)); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(out, "go"), filepath.Join(goroot, "bin", "go")); err != nil {
		return err
	}
	os.RemoveAll(filepath.Join(dir, "hostcache"))
	os.RemoveAll(out)
	return os.MkdirAll(filepath.Join(dir, "gocache"), 0o755)
}

// cleanEnv is the environment without what a go command further up has set.
func cleanEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GO") {
			env = append(env, v)
		}
	}
	return env
}
