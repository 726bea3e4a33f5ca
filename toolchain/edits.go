package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// An edit replaces text in a file of the Go distribution. The old text must be
// there exactly once, or the edit fails: then this Go differs from the ones
// the edits were written for.
type edit struct {
	file     string // relative to GOROOT/src, with slashes
	old, new string
}

// An editError says which edit could not be made.
type editError struct {
	file, want string
	count      int
}

func (e *editError) Error() string {
	return fmt.Sprintf("%s: expected exactly once, found %d times:\n%s\nthis Go distribution is not the one the edits are for", e.file, e.count, e.want)
}

// applyEdits makes the edits below the folder src.
func applyEdits(src string, edits []edit) error {
	for _, e := range edits {
		name := filepath.Join(src, filepath.FromSlash(e.file))
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if n := strings.Count(string(data), e.old); n != 1 {
			return &editError{name, e.old, n}
		}
		out := strings.Replace(string(data), e.old, e.new, 1)
		if err := os.WriteFile(name, []byte(out), 0o644); err != nil {
			return err
		}
	}
	return nil
}
