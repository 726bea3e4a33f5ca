package kd

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// query answers q and Q packets.
func (e *Engine) query(s string) {
	name, args, _ := strings.Cut(s, ":")
	switch {
	case name == "qSupported":
		e.noAck = false
		e.send(fmt.Sprintf("PacketSize=%x;qXfer:features:read+;qXfer:threads:read+;vContSupported+;swbreak+;hwbreak+;QStartNoAckMode+", maxPacket))
	case s == "QStartNoAckMode":
		e.send("OK")
		e.noAck = true
	case s == "qC":
		e.send(fmt.Sprintf("QC%x", e.current))
	case s == "qAttached":
		e.send("1")
	case name == "qSymbol":
		e.send("OK")
	case s == "qfThreadInfo":
		var b strings.Builder
		b.WriteByte('m')
		for i, t := range e.m.Threads() {
			if b.Len() > maxPacket-32 {
				break
			}
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%x", t.ID)
		}
		e.send(b.String())
	case s == "qsThreadInfo":
		e.send("l")
	case strings.HasPrefix(s, "qThreadExtraInfo,"):
		e.send(e.extraInfo(s[len("qThreadExtraInfo,"):]))
	case name == "qXfer":
		e.transfer(args)
	case strings.HasPrefix(s, "qRcmd,"):
		e.monitor(s[len("qRcmd,"):])
	default:
		e.send("")
	}
}

func (e *Engine) extraInfo(s string) string {
	id, _, ok := number(s)
	if ok {
		for _, t := range e.m.Threads() {
			if t.ID == id {
				return hex.EncodeToString([]byte(t.Name + ", " + t.State))
			}
		}
	}
	return noThread
}

// transfer answers qXfer:object:read:annex:offset,length.
func (e *Engine) transfer(args string) {
	w := strings.Split(args, ":")
	if len(w) != 4 || w[1] != "read" {
		e.send("")
		return
	}
	var text string
	switch {
	case w[0] == "features" && w[2] == "target.xml":
		text = targetXML
	case w[0] == "features":
		e.send("E00")
		return
	case w[0] == "threads":
		text = e.threadsXML()
	default:
		e.send("")
		return
	}
	offset, length, rest, ok := span(w[3])
	if !ok || rest != "" {
		e.send(badRequest)
		return
	}
	offset = min(offset, uint64(len(text)))
	part := text[offset:]
	if limit := min(length, maxPacket-16); uint64(len(part)) > limit {
		e.send("m" + part[:limit])
		return
	}
	e.send("l" + part)
}

func (e *Engine) threadsXML() string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<threads>\n")
	for _, t := range e.m.Threads() {
		core := ""
		if t.Processor >= 0 {
			core = fmt.Sprintf(" core=\"%d\"", t.Processor)
		}
		fmt.Fprintf(&b, "<thread id=\"%x\"%s name=\"%s\">%s</thread>\n", t.ID, core, escape(t.Name), escape(t.State))
	}
	b.WriteString("</threads>\n")
	return b.String()
}

// escape makes text fit for XML.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '<':
			b.WriteString("&lt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '"':
			b.WriteString("&quot;")
		case c < 32 || c > 126:
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// monitor is qRcmd: a line for the console, in hexadecimal.
func (e *Engine) monitor(s string) {
	line, err := hex.DecodeString(s)
	if err != nil {
		e.send(badRequest)
		return
	}
	var out strings.Builder
	saved := e.current
	if e.general != 0 {
		e.current = e.general
	}
	again := e.monitorLine(&out, string(line))
	e.current = saved
	e.sendOutput([]byte(out.String()))
	if again {
		e.send("OK")
	} else {
		e.send(badRequest)
	}
}

// targetXML describes the registers.
const targetXML = `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>i386:x86-64</architecture>
<feature name="org.gnu.gdb.i386.core">
<flags id="i386_eflags" size="4">
<field name="CF" start="0" end="0"/><field name="" start="1" end="1"/><field name="PF" start="2" end="2"/><field name="AF" start="4" end="4"/>
<field name="ZF" start="6" end="6"/><field name="SF" start="7" end="7"/><field name="TF" start="8" end="8"/><field name="IF" start="9" end="9"/>
<field name="DF" start="10" end="10"/><field name="OF" start="11" end="11"/><field name="NT" start="14" end="14"/><field name="RF" start="16" end="16"/>
<field name="VM" start="17" end="17"/><field name="AC" start="18" end="18"/><field name="VIF" start="19" end="19"/><field name="VIP" start="20" end="20"/><field name="ID" start="21" end="21"/>
</flags>
<reg name="rax" bitsize="64" type="int64"/><reg name="rbx" bitsize="64" type="int64"/><reg name="rcx" bitsize="64" type="int64"/><reg name="rdx" bitsize="64" type="int64"/>
<reg name="rsi" bitsize="64" type="int64"/><reg name="rdi" bitsize="64" type="int64"/><reg name="rbp" bitsize="64" type="data_ptr"/><reg name="rsp" bitsize="64" type="data_ptr"/>
<reg name="r8" bitsize="64" type="int64"/><reg name="r9" bitsize="64" type="int64"/><reg name="r10" bitsize="64" type="int64"/><reg name="r11" bitsize="64" type="int64"/>
<reg name="r12" bitsize="64" type="int64"/><reg name="r13" bitsize="64" type="int64"/><reg name="r14" bitsize="64" type="int64"/><reg name="r15" bitsize="64" type="int64"/>
<reg name="rip" bitsize="64" type="code_ptr"/><reg name="eflags" bitsize="32" type="i386_eflags"/>
<reg name="cs" bitsize="32" type="int32"/><reg name="ss" bitsize="32" type="int32"/><reg name="ds" bitsize="32" type="int32"/>
<reg name="es" bitsize="32" type="int32"/><reg name="fs" bitsize="32" type="int32"/><reg name="gs" bitsize="32" type="int32"/>
<reg name="st0" bitsize="80" type="i387_ext"/><reg name="st1" bitsize="80" type="i387_ext"/><reg name="st2" bitsize="80" type="i387_ext"/><reg name="st3" bitsize="80" type="i387_ext"/>
<reg name="st4" bitsize="80" type="i387_ext"/><reg name="st5" bitsize="80" type="i387_ext"/><reg name="st6" bitsize="80" type="i387_ext"/><reg name="st7" bitsize="80" type="i387_ext"/>
<reg name="fctrl" bitsize="32" type="int" group="float"/><reg name="fstat" bitsize="32" type="int" group="float"/><reg name="ftag" bitsize="32" type="int" group="float"/><reg name="fiseg" bitsize="32" type="int" group="float"/>
<reg name="fioff" bitsize="32" type="int" group="float"/><reg name="foseg" bitsize="32" type="int" group="float"/><reg name="fooff" bitsize="32" type="int" group="float"/><reg name="fop" bitsize="32" type="int" group="float"/>
</feature>
<feature name="org.gnu.gdb.i386.sse">
<vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/><vector id="v16i8" type="int8" count="16"/><vector id="v8i16" type="int16" count="8"/>
<vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/>
<union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/>
<field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/><field name="uint128" type="uint128"/></union>
<reg name="xmm0" bitsize="128" type="vec128"/><reg name="xmm1" bitsize="128" type="vec128"/><reg name="xmm2" bitsize="128" type="vec128"/><reg name="xmm3" bitsize="128" type="vec128"/>
<reg name="xmm4" bitsize="128" type="vec128"/><reg name="xmm5" bitsize="128" type="vec128"/><reg name="xmm6" bitsize="128" type="vec128"/><reg name="xmm7" bitsize="128" type="vec128"/>
<reg name="xmm8" bitsize="128" type="vec128"/><reg name="xmm9" bitsize="128" type="vec128"/><reg name="xmm10" bitsize="128" type="vec128"/><reg name="xmm11" bitsize="128" type="vec128"/>
<reg name="xmm12" bitsize="128" type="vec128"/><reg name="xmm13" bitsize="128" type="vec128"/><reg name="xmm14" bitsize="128" type="vec128"/><reg name="xmm15" bitsize="128" type="vec128"/>
<reg name="mxcsr" bitsize="32" type="int" group="vector"/>
</feature>
<feature name="org.gnu.gdb.i386.segments">
<reg name="fs_base" bitsize="64" type="int"/><reg name="gs_base" bitsize="64" type="int"/>
</feature>
</target>
`
