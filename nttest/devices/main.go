//go:build ntuser

// Devices is a session manager that uses the devices of a PC (SPEC I10): it echoes lines of the
// serial ports, tells the keys of the keyboard, beeps, lets the clock interrupt, writes to the
// screen.
package main

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
	"gont/ntdll/keyboard"
)

func main() {
	fmt.Println("GoNT Session Manager (devices)")
	for _, t := range []struct {
		name string
		run  func()
	}{{"com1", com1}, {"com2", com2}, {"video", video}, {"rtc", rtc}, {"beep", beep}, {"keyboard", keys}} {
		t.run()
		fmt.Println("DEVICES " + t.name + " ok")
	}
	fmt.Println("DEVICES done")
	for {
		ntdll.NtDelayExecution(false, -10_000_000_000)
	}
}

// anything ends a read with what there is, as soon as there is something.
var anything = nt.SerialTimeouts{ReadIntervalTimeout: ^uint32(0), ReadTotalTimeoutMultiplier: ^uint32(0), ReadTotalTimeoutConstant: 600_000}

// com1 is the port that the kernel's text goes to: two lines are echoed, and between them
// stands what the kernel says.
func com1() {
	f, s := open(`\??\COM1`)
	must("open COM1", s)
	var baud uint32
	must("baud", control(f, nt.IoctlSerialGetBaudRate, &baud))
	must("timeouts", control(f, nt.IoctlSerialSetTimeouts, &anything))
	fmt.Printf("DEVICES com1 at %d, type two lines\n", baud)
	for range 2 {
		must("echo", f.write([]byte("echo: "+strings.ToUpper(f.readLine())+"\r\n")))
	}
	must("close", ntdll.NtClose(f.h))
}

// com2 is a port of its own: speed and line are set, a read that is too late ends, what comes
// is echoed.
func com2() {
	f, s := open(`\Device\Serial1`)
	if s == nt.StatusObjectNameNotFound {
		fmt.Println("DEVICES there is no COM2")
		return
	}
	must("open COM2", s)
	baud := uint32(57600)
	must("baud", control(f, nt.IoctlSerialSetBaudRate, &baud))
	line := nt.SerialLineControl{WordLength: 8, Parity: 2}
	must("line", control(f, nt.IoctlSerialSetLineControl, &line))
	baud, line = 0, nt.SerialLineControl{}
	must("baud", control(f, nt.IoctlSerialGetBaudRate, &baud))
	must("line", control(f, nt.IoctlSerialGetLineControl, &line))
	wrong := uint32(123456)
	fmt.Printf("DEVICES com2 at %d, %+v; %v\n", baud, line, control(f, nt.IoctlSerialSetBaudRate, &wrong))
	short := nt.SerialTimeouts{ReadTotalTimeoutConstant: 50}
	must("timeouts", control(f, nt.IoctlSerialSetTimeouts, &short))
	n, s := f.read(make([]byte, 10))
	fmt.Printf("DEVICES com2 early: %d bytes, %v\n", n, s)
	must("timeouts", control(f, nt.IoctlSerialSetTimeouts, &anything))
	must("write", f.write([]byte("ready\n")))
	for {
		l := f.readLine()
		if l == "end" {
			break
		}
		must("write", f.write([]byte(strings.ToUpper(l)+"\n")))
	}
	var st nt.SerialStatistics
	must("statistics", control(f, nt.IoctlSerialGetStats, &st))
	fmt.Printf("DEVICES com2 has received %d bytes, lost %d\n", st.Received, st.BufferOverruns+st.SerialOverruns)
}

func video() {
	f, s := open(`\Device\Video0`)
	must("open", s)
	var size [2]uint32
	must("size", control(f, nt.IoctlVideoQuerySize, &size))
	must("write", f.write([]byte("\x1b[2J\x1b[3;5Hgreen\x1b[5D\x1b[32mG\x1b[0m\x1b[8;1H")))
	fmt.Printf("DEVICES video %d by %d\n", size[0], size[1])
}

// rtc: 64 interrupts a second for a quarter of a second, then the alarm.
func rtc() {
	f, s := open(`\Device\Rtc`)
	must("open", s)
	rate := uint32(64)
	must("rate", control(f, nt.IoctlRtcSetRate, &rate))
	var first, last uint64
	for i := range 16 {
		b := make([]byte, 8)
		_, s := f.read(b)
		must("read", s)
		if last = binary.LittleEndian.Uint64(b); i == 0 {
			first = last
		}
	}
	rate = 0
	must("rate", control(f, nt.IoctlRtcSetRate, &rate))
	alarm := uint32(1)
	must("alarm", control(f, nt.IoctlRtcSetAlarm, &alarm))
	_, s = f.read(make([]byte, 8))
	must("read", s)
	var i nt.RtcInformation
	must("query", control(f, nt.IoctlRtcQuery, &i))
	fmt.Printf("DEVICES rtc %v ticks, %d alarms\n", last-first >= 15, i.Alarms)
}

func beep() {
	f, s := open(`\Device\Beep`)
	must("open", s)
	p := nt.BeepSetParameters{Frequency: 880, Duration: 100}
	must("beep", control(f, nt.IoctlBeepSet, &p))
	p.Frequency = 1
	fmt.Printf("DEVICES beep of 1 Hz: %v\n", control(f, nt.IoctlBeepSet, &p))
}

// keys reads a line from the keyboard, and sets its LEDs.
func keys() {
	f, s := open(`\Device\KeyboardClass0`)
	if s == nt.StatusObjectNameNotFound {
		fmt.Println("DEVICES there is no keyboard")
		return
	}
	must("open", s)
	repeat := nt.KeyboardTypematic{Rate: 20, Delay: 500}
	must("typematic", control(f, nt.IoctlKeyboardSetTypematic, &repeat))
	fmt.Println("DEVICES type a line on the keyboard")
	var d keyboard.Decoder
	line := ""
	list := make([]nt.KeyboardInputData, 8)
	for !strings.HasSuffix(line, "\r") {
		b := unsafe.Slice((*byte)(unsafe.Pointer(&list[0])), uintptr(len(list))*unsafe.Sizeof(list[0]))
		n, s := f.read(b)
		must("read", s)
		leds := d.Leds()
		for _, k := range list[:n/int(unsafe.Sizeof(list[0]))] {
			line += d.Key(k)
		}
		if d.Leds() != leds {
			i := nt.KeyboardIndicators{Leds: d.Leds()}
			must("LEDs", control(f, nt.IoctlKeyboardSetIndicators, &i))
		}
	}
	fmt.Printf("DEVICES keyboard %q, LEDs %d\n", line, d.Leds())
}
