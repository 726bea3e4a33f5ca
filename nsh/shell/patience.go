package shell

import "time"

// patience is how long a command may work before the shell says, and then says again, that it still does.
const patience = 5 * time.Second

// patiently calls f, which is one service that takes long. Meanwhile the shell says now and then for how long it has been
// at what.
func (s *Shell) patiently(what string, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	every := time.NewTicker(s.patience)
	defer every.Stop()
	for begin := time.Now(); ; {
		select {
		case <-done:
			return
		case <-every.C:
			s.printf("%s, %d s so far ...\n", what, int(time.Since(begin).Seconds()))
			s.flush()
		}
	}
}
