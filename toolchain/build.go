package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// tools are the commands that the derived distribution needs.
var tools = []string{"asm", "compile", "link", "vet", "cover", "buildid", "nm", "objdump", "addr2line", "preprofile"}

// hostPlatform is the folder of the tools below pkg/tool.
var hostPlatform = runtime.GOOS + "_" + runtime.GOARCH

// ownVersion is the version of the derived distribution. It has a name of its
// own because the build cache trusts the version of a release, and the objects
// of different tools must stay apart.
func ownVersion(version, toolID string) string { return version + "-gont" + toolID }

func versionEdits(version, own string) []edit {
	return []edit{{"internal/buildcfg/zbootstrap.go", "const version = `" + version + "`", "const version = `" + own + "`"}}
}

// build compiles the go command and the tools into dir from the copy in
// goroot with the installed tools, which stand in for the new ones meanwhile.
func (d *deriver) build(dir, goroot string) error {
	tooldir := filepath.Join(goroot, "pkg", "tool", hostPlatform)
	if err := os.MkdirAll(tooldir, 0o755); err != nil {
		return err
	}
	for _, t := range []string{"asm", "compile", "link", "preprofile"} {
		if err := copyFile(filepath.Join(tooldir, t), filepath.Join(d.goroot, "pkg", "tool", hostPlatform, t), 0o755); err != nil {
			return err
		}
	}
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", dir + string(filepath.Separator), "cmd/go"}
	for _, t := range tools {
		args = append(args, "cmd/"+t)
	}
	d.printf("building go, %s (once, a minute or two)", strings.Join(tools, ", "))
	hostcache := filepath.Join(dir, "hostcache")
	cmd := exec.Command(filepath.Join(d.goroot, "bin", "go"), args...)
	cmd.Dir = filepath.Join(goroot, "src", "cmd")
	cmd.Env = append(cleanEnv(), "GOROOT="+goroot, "GOCACHE="+hostcache,
		"GOTOOLCHAIN=local", "GOENV=off", "GOWORK=off", "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the tools: %w", err)
	}
	return os.RemoveAll(hostcache)
}

// installTools copies the go command and the tools into goroot.
func installTools(goroot, built string) error {
	tooldir := filepath.Join(goroot, "pkg", "tool", hostPlatform)
	for _, dir := range []string{tooldir, filepath.Join(goroot, "bin")} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, t := range tools {
		if err := copyFile(filepath.Join(tooldir, t), filepath.Join(built, t), 0o755); err != nil {
			return err
		}
	}
	return copyFile(filepath.Join(goroot, "bin", "go"), filepath.Join(built, "go"), 0o755)
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
