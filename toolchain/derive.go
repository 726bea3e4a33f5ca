package main

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
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

// libSource and toolSource are the sources of the derivation that the library
// and the built tools depend on.
var (
	//go:embed derive.go edits_lib.go wasip1.go
	libSource embed.FS
	//go:embed build.go edits.go edits_tools.go
	toolSource embed.FS
)

// supported is the series of Go releases the edits are written for.
const supported = "go1.26"

var versionRE = regexp.MustCompile(`^go1\.26(\.[0-9]+)?$`)

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
// toolStamp identifies its go command and tools.
func stamp(version string) (id, toolID string, err error) {
	tools, all := sha256.New(), sha256.New()
	for _, h := range []hash.Hash{tools, all} {
		fmt.Fprintln(h, version, runtime.GOOS, runtime.GOARCH)
	}
	for _, f := range []embed.FS{toolSource, libSource, files} {
		err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := f.ReadFile(name)
			if f == toolSource || strings.HasPrefix(name, "_files/src/cmd/") {
				fmt.Fprintf(tools, "%s %d\n%s", name, len(data), data)
			}
			fmt.Fprintf(all, "%s %d\n%s", name, len(data), data)
			return err
		})
		if err != nil {
			return "", "", err
		}
	}
	return short(all), short(tools), nil
}

func short(h hash.Hash) string { return fmt.Sprintf("%x", h.Sum(nil)[:6]) }

// derive returns the path of the go command, making it first if need be.
func (d *deriver) derive() (string, error) {
	version, err := goVersion(d.goroot)
	if err != nil {
		return "", err
	}
	if err := checkVersion(version); err != nil {
		return "", err
	}
	id, toolID, err := stamp(version)
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
	err = once(root, gocmd, func(tmp string) error {
		return d.make(tmp, version, toolID)
	})
	if err != nil {
		return "", err
	}
	d.prune()
	return gocmd, nil
}

// once makes the folder dir, with the file result in it, by calling fill for a
// folder beside it that is renamed when complete. One process at a time does
// so; the others wait and find it done.
func once(dir, result string, fill func(tmp string) error) error {
	unlock, err := lockFile(dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(result); err == nil {
		return nil
	}
	// What an interrupted run has left.
	old, _ := filepath.Glob(dir + ".tmp*")
	for _, o := range append(old, dir) {
		if err := os.RemoveAll(o); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := fill(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// keep is how long a distribution of other sources is kept.
const keep = 7 * 24 * time.Hour

// prune removes what older sources of this command have made.
func (d *deriver) prune() {
	for _, pattern := range []string{"toolchain-*", "tools-*"} {
		names, _ := filepath.Glob(filepath.Join(d.cache, pattern))
		for _, name := range names {
			if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > keep {
				os.RemoveAll(name)
			}
		}
	}
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

// make makes the distribution in dir/go.
func (d *deriver) make(dir, version, toolID string) error {
	goroot := filepath.Join(dir, "go")
	d.printf("copying %s", d.goroot)
	if err := d.copyDistribution(goroot); err != nil {
		return err
	}
	d.printf("adding GOOS=tamago")
	if err := transform(goroot, version, toolID); err != nil {
		return err
	}
	built := filepath.Join(d.cache, "tools-"+toolID)
	err := once(built, filepath.Join(built, "go"), func(tmp string) error {
		return d.build(tmp, goroot)
	})
	if err != nil {
		return err
	}
	return installTools(goroot, built)
}

// transform turns the copy of a distribution in goroot into one with tamago.
func transform(goroot, version, toolID string) error {
	src := filepath.Join(goroot, "src")
	if err := followWasip1(src); err != nil {
		return err
	}
	for _, edits := range [][]edit{toolEdits, libEdits, versionEdits(version, ownVersion(version, toolID))} {
		if err := applyEdits(src, edits); err != nil {
			return err
		}
	}
	if err := addFiles(goroot); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(goroot, "VERSION"), []byte(ownVersion(version, toolID)+"\n"), 0o644)
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
