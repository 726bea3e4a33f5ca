package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// VM is a running machine.
type VM struct {
	*Console
	cmd    *exec.Cmd
	qmp    *monitor // nil under Bochs
	stderr lockedBuffer
	log    string // a file with more of what the emulator has to say, may be empty
	done   chan struct{}
	state  *os.ProcessState // valid after done
	ctx    context.Context  // done when time is up or stop was called
	stop   context.CancelFunc
	clean  []func()
	baud   int // Config.Baud
}

// Exit is how a machine ended.
type Exit struct {
	// Code is QEMU's exit status: 0 after a reset, a triple fault or power
	// off, 2v+1 when the guest wrote v to port F4h, -1 when it was killed.
	Code int
	// Reason is the last SHUTDOWN event's reason ("guest-reset",
	// "guest-shutdown", "host-qmp-quit"), if there was one.
	Reason string
}

func (e Exit) String() string {
	s := fmt.Sprintf("exit status %d", e.Code)
	if e.Code < 0 {
		s = "killed"
	}
	if e.Reason != "" {
		s += ", " + e.Reason
	}
	return s
}

// Guest returns the value the guest wrote to port F4h, and whether it did.
func (e Exit) Guest() (int, bool) { return e.Code >> 1, e.Code > 0 && e.Code&1 == 1 }

// Start starts a machine. It runs until it ends by itself, Close is called,
// ctx is done, it has been silent for c.Silence, or c.Limit has passed.
func Start(ctx context.Context, c Config) (*VM, error) {
	c.setDefaults()
	args, err := c.arguments()
	if err != nil {
		return nil, err
	}
	serial, serialQ, err := socketPair("serial")
	if err != nil {
		return nil, err
	}
	mon, monQ, err := socketPair("qmp")
	if err != nil {
		serial.Close()
		serialQ.Close()
		return nil, err
	}
	args = append(args,
		"-chardev", "socket,id=qmp,fd=4", "-mon", "chardev=qmp,mode=control",
		"-chardev", "socket,id=com1,fd=3")
	if c.Baud > 0 {
		if err := smallBuffer(serialQ); err != nil {
			return nil, fmt.Errorf("qemu: %w", err)
		}
	}
	if !c.NoSerial {
		args = append(args, "-serial", "chardev:com1")
	}
	vm := &VM{}
	vm.clean = append(vm.clean, func() { serial.Close(); mon.Close() })
	vm.qmp = newMonitor(mon, c.Limit)
	vm.baud = c.Baud
	if err := vm.start(ctx, nil, c.QEMU, args, limits{c.Silence, c.Limit}, c.Transcript, serial, serialQ, monQ); err != nil {
		return nil, err
	}
	if err := vm.qmp.greet(); err != nil {
		if cause := context.Cause(vm.ctx); cause != nil {
			err = fmt.Errorf("%w, before it has answered", cause)
		}
		vm.Close()
		return nil, fmt.Errorf("qemu: %w\n%s", err, vm.stderr.String())
	}
	return vm, nil
}

// start runs the program and the goroutines around it. files become its file
// descriptors 3 and up; tty, if not nil, its terminal.
func (vm *VM) start(ctx context.Context, tty *os.File, program string, args []string, l limits, transcript string, serial io.ReadWriter, files ...*os.File) error {
	defer func() {
		for _, f := range files { // or the end of theirs would not be noticed
			f.Close()
		}
	}()
	var file *os.File
	if transcript != "" {
		if err := os.MkdirAll(filepath.Dir(transcript), 0o755); err != nil {
			return err
		}
		var err error
		if file, err = os.Create(transcript); err != nil {
			return err
		}
		vm.clean = append(vm.clean, func() { file.Close() })
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ctx, stop := context.WithTimeoutCause(ctx, l.life, fmt.Errorf("time limit of %v", l.life))
	vm.ctx = ctx
	vm.stop = func() {
		stop()
		cancel(nil)
	}
	vm.cmd = exec.Command(program, args...)
	vm.cmd.ExtraFiles = files
	vm.cmd.Stderr = &vm.stderr
	vm.cmd.Stdout = &vm.stderr
	vm.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if tty != nil {
		vm.cmd.Stdin, vm.cmd.Stdout, vm.cmd.Stderr = tty, tty, tty
	}
	vm.cmd.WaitDelay = time.Second
	vm.Console = newConsole(time.Now(), serial, file)
	vm.Console.baud = vm.baud
	vm.done = make(chan struct{})
	if err := vm.cmd.Start(); err != nil {
		vm.stop()
		for _, f := range vm.clean {
			f()
		}
		return fmt.Errorf("qemu: %w", err)
	}
	read := make(chan struct{})
	go func() {
		vm.Console.read(serial)
		close(read)
	}()
	go vm.watch(ctx, read)
	go vm.listen(ctx, l.silence, cancel)
	return nil
}

// limits are Config's Silence and Limit.
type limits struct{ silence, life time.Duration }

// listen cancels ctx when COM1 has sent nothing for as long as silence.
func (vm *VM) listen(ctx context.Context, silence time.Duration, cancel context.CancelCauseFunc) {
	defer cancel(nil)
	for quiet := time.Duration(0); quiet < silence; quiet = vm.Console.quiet() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(silence - quiet):
		}
	}
	cancel(fmt.Errorf("%v without a sign of life on the serial port", silence))
}

// watch waits for the process's end and brings it about when its time is up.
func (vm *VM) watch(ctx context.Context, read <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		vm.cmd.Wait()
		close(ended)
	}()
	var why error
	select {
	case <-ended:
	case <-ctx.Done():
		why = context.Cause(ctx)
		vm.cmd.Process.Kill()
		<-ended
	}
	// What the machine sent before it ended is still in the socket.
	select {
	case <-read:
	case <-time.After(time.Second):
	}
	vm.state = vm.cmd.ProcessState
	if why == nil {
		why = fmt.Errorf("the machine ended: %v%s", vm.exit(), vm.complaint())
	}
	vm.Console.end(why)
	close(vm.done)
}

func (vm *VM) exit() Exit {
	e := Exit{Code: vm.state.ExitCode()}
	if vm.qmp != nil {
		e.Reason = vm.qmp.shutdownReason()
	}
	return e
}

// complaint is what the emulator itself printed.
func (vm *VM) complaint() string {
	s := vm.stderr.String()
	if b, err := os.ReadFile(vm.log); err == nil {
		s += string(b[max(0, len(b)-2000):])
	}
	if s = strings.TrimSpace(s); s != "" {
		return "\n" + s
	}
	return ""
}

// Wait waits for the machine to end by itself.
func (vm *VM) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-vm.done:
		vm.mu.Lock()
		defer vm.mu.Unlock()
		if vm.state.ExitCode() < 0 && vm.ended != nil {
			return vm.exit(), fmt.Errorf("waiting for the machine's end: %w", vm.ended)
		}
		return vm.exit(), nil
	case <-ctx.Done():
		return Exit{}, fmt.Errorf("waiting for the machine's end: %w", ctx.Err())
	}
}

// Close ends the machine if it still runs and frees what belongs to it.
func (vm *VM) Close() {
	vm.Console.end(errors.New("closed"))
	vm.stop()
	<-vm.done
	for _, f := range vm.clean {
		f()
	}
	vm.clean = nil
}

// processorTime is what the emulator has used, user and system together. The machine
// has ended.
func (vm *VM) processorTime() time.Duration { return vm.state.UserTime() + vm.state.SystemTime() }

// Pid is the emulator's process id.
func (vm *VM) Pid() int { return vm.cmd.Process.Pid }

// socketPair returns two connected ends: a connection for us and a file for
// the child.
func socketPair(name string) (net.Conn, *os.File, error) {
	fd, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("qemu: socketpair: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fd[0]), name), os.NewFile(uintptr(fd[1]), name)
	defer ours.Close()
	c, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("qemu: %w", err)
	}
	return c, theirs, nil
}

// smallBuffer lets the socket hold as little as the host allows of what is written to f.
func smallBuffer(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if e := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, 1) }); e != nil {
		return e
	}
	return err
}

// lockedBuffer is a bytes.Buffer that a process's output may go to while
// others read it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
