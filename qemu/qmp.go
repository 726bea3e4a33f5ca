package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// monitor speaks QMP, QEMU's machine protocol (QEMU, docs/interop/qmp-spec):
// JSON objects, one answer for each command, and events in between.
type monitor struct {
	conn   net.Conn
	limit  time.Duration
	call   sync.Mutex // one command at a time
	answer chan reply

	mu     sync.Mutex
	reason string
	ended  chan struct{} // closed when nothing more can be read
}

type reply struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
	Event string `json:"event"`
	Data  struct {
		Reason string `json:"reason"`
	} `json:"data"`
	QMP json.RawMessage `json:"QMP"`
}

var errGone = errors.New("the monitor is gone")

func newMonitor(conn net.Conn, limit time.Duration) *monitor {
	return &monitor{conn: conn, limit: limit, answer: make(chan reply, 1), ended: make(chan struct{})}
}

// greet waits for QEMU's greeting and enters command mode.
func (m *monitor) greet() error {
	d := json.NewDecoder(m.conn)
	m.conn.SetReadDeadline(time.Now().Add(m.limit))
	var hello reply
	if err := d.Decode(&hello); err != nil || hello.QMP == nil {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("it sent no greeting")
		}
		return fmt.Errorf("monitor: %w", err)
	}
	m.conn.SetReadDeadline(time.Time{})
	go m.read(d)
	_, err := m.do("qmp_capabilities", nil)
	return err
}

func (m *monitor) read(d *json.Decoder) {
	defer close(m.ended)
	defer close(m.answer)
	for {
		var r reply
		if err := d.Decode(&r); err != nil {
			return
		}
		switch {
		case r.Event == "SHUTDOWN":
			m.mu.Lock()
			m.reason = r.Data.Reason
			m.mu.Unlock()
		case r.Event == "":
			m.answer <- r
		}
	}
}

// shutdownReason is called when the machine has ended: its last event may still
// be on the way.
func (m *monitor) shutdownReason() string {
	select {
	case <-m.ended:
	case <-time.After(2 * time.Second):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reason
}

func (m *monitor) do(command string, arguments any) (json.RawMessage, error) {
	m.call.Lock()
	defer m.call.Unlock()
	b, err := json.Marshal(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{command, arguments})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	if _, err := m.conn.Write(append(b, '\n')); err != nil {
		return nil, fmt.Errorf("%s: %w", command, errGone)
	}
	select {
	case r, ok := <-m.answer:
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: %w", command, errGone)
		case r.Error != nil:
			return nil, fmt.Errorf("%s: %s", command, r.Error.Desc)
		}
		return r.Return, nil
	case <-time.After(m.limit):
		return nil, fmt.Errorf("%s: no answer in %v", command, m.limit)
	}
}

// QMP runs a monitor command, with arguments that become a JSON object, and
// returns its result.
func (vm *VM) QMP(command string, arguments map[string]any) (json.RawMessage, error) {
	if vm.qmp == nil {
		return nil, fmt.Errorf("%s: this machine has no monitor", command)
	}
	if arguments == nil {
		return vm.qmp.do(command, nil)
	}
	return vm.qmp.do(command, arguments)
}

// HMP runs a command of the human monitor, such as "info registers", and
// returns what it prints.
func (vm *VM) HMP(line string) (string, error) {
	r, err := vm.QMP("human-monitor-command", map[string]any{"command-line": line})
	if err != nil {
		return "", err
	}
	var s string
	err = json.Unmarshal(r, &s)
	return s, err
}

// Pause stops the processors, Continue starts them again.
func (vm *VM) Pause() error { return vm.simple("stop") }

// Continue undoes Pause.
func (vm *VM) Continue() error { return vm.simple("cont") }

// Reset presses the reset button. It needs Config.Reboot.
func (vm *VM) Reset() error { return vm.simple("system_reset") }

// Quit ends QEMU in order.
func (vm *VM) Quit() error {
	if err := vm.simple("quit"); err != nil && !errors.Is(err, errGone) {
		return err
	}
	return nil
}

func (vm *VM) simple(command string) error {
	_, err := vm.QMP(command, nil)
	return err
}

// Status returns QEMU's run state, "running" or "paused" for example.
func (vm *VM) Status() (string, error) {
	r, err := vm.QMP("query-status", nil)
	if err != nil {
		return "", err
	}
	var s struct{ Status string }
	err = json.Unmarshal(r, &s)
	return s.Status, err
}

// Registers returns the text of "info registers" for the first processor.
func (vm *VM) Registers() (string, error) { return vm.HMP("info registers") }
