// Command files uses package os on a file system in memory that is reached
// through syscall.Host. It prints "ok" at the end.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(ok bool, args ...any) {
	if !ok {
		panic(fmt.Sprint(args...))
	}
}

func main() {
	_, err := os.Stat("/tmp")
	check(errors.Is(err, syscall.ENOSYS), "without a host: ", err)

	syscall.Host = newMemfs().calls()
	must(os.MkdirAll("/a/b/c", 0o755))
	must(os.WriteFile("/a/b/hello.txt", []byte("hello, world"), 0o644))
	data, err := os.ReadFile("/a/b/hello.txt")
	must(err)
	check(string(data) == "hello, world", data)

	f, err := os.OpenFile("/a/b/hello.txt", os.O_RDWR, 0)
	must(err)
	_, err = f.Seek(-5, io.SeekEnd)
	must(err)
	_, err = io.WriteString(f, "tamago")
	must(err)
	_, err = f.WriteAt([]byte("H"), 0)
	must(err)
	var buf [3]byte
	_, err = f.ReadAt(buf[:], 1)
	must(err)
	check(string(buf[:]) == "ell", buf)
	st, err := f.Stat()
	must(err)
	check(st.Size() == 13 && st.Mode().IsRegular() && st.Name() == "hello.txt", st)
	must(f.Truncate(5))
	must(f.Sync())
	must(f.Close())
	check(f.Close() != nil, "closed twice")
	data, err = os.ReadFile("/a/b/hello.txt")
	must(err)
	check(string(data) == "Hello", data)

	f, err = os.OpenFile("/a/b/hello.txt", os.O_APPEND|os.O_WRONLY, 0)
	must(err)
	fmt.Fprintf(f, " %d", 42)
	must(f.Close())

	for i := range 10 {
		must(os.WriteFile(fmt.Sprintf("/a/b/c/%d", i), nil, 0o600))
	}
	entries, err := os.ReadDir("/a/b/c")
	must(err)
	check(len(entries) == 10 && entries[9].Name() == "9" && !entries[9].IsDir(), entries)
	d, err := os.Open("/a/b/c")
	must(err)
	names, err := d.Readdirnames(4)
	must(err)
	rest, err := d.Readdirnames(-1)
	must(err)
	check(len(names) == 4 && len(rest) == 6, names, rest)
	must(d.Close())

	must(os.Chdir("/a/b"))
	wd, err := os.Getwd()
	must(err)
	check(wd == "/a/b", wd)
	data, err = os.ReadFile("../b/./hello.txt")
	must(err)
	check(string(data) == "Hello 42", string(data))
	must(os.Rename("hello.txt", "/a/greeting"))
	_, err = os.Stat("hello.txt")
	check(errors.Is(err, fs.ErrNotExist), err)

	must(os.Symlink("greeting", "/a/link"))
	target, err := os.Readlink("/a/link")
	must(err)
	check(target == "greeting", target)
	st, err = os.Lstat("/a/link")
	must(err)
	check(st.Mode()&fs.ModeSymlink != 0, st)
	st, err = os.Stat("/a/link")
	must(err)
	check(st.Size() == 8, st)
	must(os.Link("/a/greeting", "/a/twin"))

	when := time.Unix(1e9, 0)
	must(os.Chtimes("/a/greeting", when, when))
	st, err = os.Stat("/a/twin")
	must(err)
	check(st.ModTime().Equal(when), st.ModTime())

	n := 0
	must(filepath.WalkDir("/a", func(path string, e fs.DirEntry, err error) error {
		n++
		return err
	}))
	check(n == 16, n, " things below /a")
	found, err := filepath.Glob("/a/b/c/[0-4]")
	must(err)
	check(len(found) == 5, found)

	root, err := os.OpenRoot("/a/b")
	must(err)
	f, err = root.Create("inside")
	must(err)
	must(f.Close())
	must(root.Mkdir("dir", 0o755))
	_, err = root.Open("../greeting")
	check(err != nil, "a root was left")
	must(root.Remove("inside"))
	must(root.Close())

	tmp, err := os.MkdirTemp("", "x")
	must(err)
	f, err = os.CreateTemp(tmp, "y*.txt")
	must(err)
	must(f.Close())
	must(os.RemoveAll(tmp))
	check(os.Remove("/a/b") != nil, "removed a folder that is not empty")
	must(os.RemoveAll("/a"))
	entries, err = os.ReadDir("/")
	must(err)
	check(len(entries) == 1, entries)

	_, err = os.OpenFile("/tmp", os.O_WRONLY, 0)
	check(errors.Is(err, syscall.EISDIR), err)
	_, err = os.Create("/none/file")
	check(errors.Is(err, fs.ErrNotExist), err)
	name, err := os.Hostname()
	must(err)
	check(name == "memory", name)
	fmt.Println("ok")
}
