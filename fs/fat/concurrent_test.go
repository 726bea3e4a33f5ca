package fat

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gont/nt"
)

// TestConcurrent (I9): several work on a volume at a time, in directories of their own and on
// one file; each finds its own, and the volume is clean.
func TestConcurrent(t *testing.T) {
	d := format(t, small)
	v := mount(t, d)
	put(t, v, `\shared`, make([]byte, 8*1000))
	const workers = 8
	var wait sync.WaitGroup
	fail := make(chan error, workers)
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			fail <- func() error {
				dir := fmt.Sprintf(`\worker %d`, w)
				n, _, err := v.Open(nil, dir, OpenOptions{Disposition: nt.FileCreate, Options: nt.FileDirectoryFile})
				if err != nil {
					return err
				}
				n.Close()
				shared, _, err := v.Open(nil, `\shared`, OpenOptions{Disposition: nt.FileOpen})
				if err != nil {
					return err
				}
				defer shared.Close()
				for i := range 60 {
					p := fmt.Sprintf(`%s\file %d`, dir, i%7)
					n, _, err := v.Open(nil, p, OpenOptions{Disposition: nt.FileOverwriteIf})
					if err != nil {
						return err
					}
					data := pattern(w*100+i, 100+i*50)
					err = errors.Join(n.WriteAt(data, 0), shared.WriteAt(pattern(w, 1000), uint64(w*1000)))
					if i%5 == 4 {
						err = errors.Join(err, n.SetDelete(true))
					}
					err = errors.Join(err, n.Close())
					if i%5 != 4 {
						b, e := get(v, p)
						if err = errors.Join(err, e); !bytes.Equal(b, data) {
							err = errors.Join(err, fmt.Errorf("%s is not what was written", p))
						}
					}
					if i%20 == 0 {
						err = errors.Join(err, v.Flush())
					}
					if err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	wait.Wait()
	for range workers {
		if err := <-fail; err != nil {
			t.Error(err)
		}
	}
	b, err := get(v, `\shared`)
	for w := range workers {
		if err != nil || !bytes.Equal(b[w*1000:][:1000], pattern(w, 1000)) {
			t.Errorf("worker %d's part of the shared file is another's (%v)", w, err)
		}
	}
	if r, err := v.Check(false); err != nil || r.Count != 0 {
		t.Error(r, err)
	}
	v.Unmount()
	fsck(t, d, "at the end")
}
