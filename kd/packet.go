package kd

import "encoding/hex"

// Packets of GDB's remote protocol (Debugging with GDB, appendix E): $data#checksum,
// answered by + or -. Inside, } makes the next byte, xored with 20h, stand for itself.

// maxPacket is how many bytes of data a packet has at most, both ways.
const maxPacket = 4096

// readPacket returns the data of the next packet, whose start has come; ok is false when
// it was damaged, which has been answered, or when something else came.
func (e *Engine) readPacket() (data []byte, ok bool) {
	n, sum := 0, byte(0)
	for {
		c := e.wait()
		switch c {
		case '$': // it begins again
			n, sum = 0, 0
			continue
		case '#':
			high, low := unhex(e.wait()), unhex(e.wait())
			if high < 0 || low < 0 || byte(high<<4|low) != sum || n > len(e.line) {
				if !e.noAck {
					e.m.Put('-')
				}
				return nil, false
			}
			if !e.noAck {
				e.m.Put('+')
			}
			return e.line[:n], true
		}
		sum += c
		if n < len(e.line) {
			e.line[n] = c
		}
		if n <= len(e.line) {
			n++
		}
	}
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// send sends a packet, and keeps it until gdb has it.
func (e *Engine) send(data string) {
	e.replyN = 0
	put := func(c byte) {
		if e.replyN < len(e.reply) {
			e.reply[e.replyN] = c
			e.replyN++
		}
	}
	put('$')
	sum := byte(0)
	for i := range len(data) {
		c := data[i]
		if c == '$' || c == '#' || c == '}' || c == '*' {
			put('}')
			sum += '}'
			c ^= 0x20
		}
		put(c)
		sum += c
	}
	put('#')
	const digits = "0123456789abcdef"
	put(digits[sum>>4])
	put(digits[sum&15])
	e.sendAgain()
}

func (e *Engine) sendAgain() {
	for _, c := range e.reply[:e.replyN] {
		e.m.Put(c)
	}
}

// sendOutput sends text for gdb's user: O packets, which gdb takes while it waits for an
// answer to a command or for the system to stop.
func (e *Engine) sendOutput(b []byte) {
	for len(b) > 0 {
		n := min(len(b), 1000)
		e.send("O" + hex.EncodeToString(b[:n]))
		b = b[n:]
		if !e.noAck {
			e.awaitAck()
		}
	}
}

// awaitAck waits for gdb's + a bounded time.
func (e *Engine) awaitAck() {
	for range 200_000 {
		switch c, ok, _ := e.get(); {
		case !ok:
			e.m.Idle()
		case c == '+':
			return
		case c == '-':
			e.sendAgain()
		case c == '$' || c == 3:
			e.push(c)
			return
		}
	}
}

// unescape undoes }, in place.
func unescape(b []byte) []byte {
	n := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '}' && i+1 < len(b) {
			i++
			c = b[i] ^ 0x20
		}
		b[n] = c
		n++
	}
	return b[:n]
}

// number reads a hexadecimal number at the start of s.
func number(s string) (v uint64, rest string, ok bool) {
	i := 0
	for i < len(s) && unhex(s[i]) >= 0 {
		if i == 16 && v>>60 != 0 {
			return 0, s, false
		}
		v = v<<4 | uint64(unhex(s[i]))
		i++
	}
	return v, s[i:], i > 0 && i <= 16
}

// after returns what follows prefix in s.
func after(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || s[:len(prefix)] != prefix {
		return "", false
	}
	return s[len(prefix):], true
}
