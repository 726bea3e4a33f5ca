// Package pack makes LZ4 blocks and frames as small as the format allows, for
// files that a BIOS reads at five megabytes a second. It looks at every match
// there is and chooses among them from the end of the data backwards, so that
// each choice knows what follows it costs. It takes seconds a megabyte: it is
// for building images.
package pack

import (
	"encoding/binary"

	"gont/boot/osldr/lz4"
)

// Rules of the block format, 1.6.3.
const (
	minMatch     = 4
	maxOffset    = 65535
	lastLiterals = 5  // a block ends with so many at least
	matchLimit   = 12 // and no match begins after this place before the end

	hashBits = 17
	maxChain = 2048 // candidates looked at for each place
	good     = 512  // a match of this length is taken without looking further
)

// Block packs data as one block.
func Block(data []byte) []byte {
	return emit(data, parse(data, matches(data)))
}

// Frame packs data as one frame with its size in the header and a checksum of
// the content, as `lz4 --content-size` writes it.
func Frame(data []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, lz4.Magic)
	// Version 1, independent blocks, content size, content checksum; 4 MiB blocks.
	const maxBlock = 4 << 20
	out = append(out, 1<<6|1<<5|1<<3|1<<2, 7<<4)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(data)))
	out = append(out, byte(lz4.Sum32(out[4:])>>8))
	for rest := data; len(rest) > 0; {
		n := min(len(rest), maxBlock)
		if b := Block(rest[:n]); len(b) < n {
			out = append(binary.LittleEndian.AppendUint32(out, uint32(len(b))), b...)
		} else {
			out = append(binary.LittleEndian.AppendUint32(out, uint32(n)|1<<31), rest[:n]...)
		}
		rest = rest[n:]
	}
	out = binary.LittleEndian.AppendUint32(out, 0)
	return binary.LittleEndian.AppendUint32(out, lz4.Sum32(data))
}

// match is the longest match at a place; a part of it is one, too.
type match struct {
	length int32
	offset int32
}

// matches finds the longest match at every place by chains of places with the
// same four bytes.
func matches(data []byte) []match {
	found := make([]match, len(data))
	end := len(data) - lastLiterals
	var head [1 << hashBits]int32
	for i := range head {
		head[i] = -1
	}
	before := make([]int32, len(data))
	skip := 0 // inside a long match: take its tail
	for i := 0; i <= len(data)-matchLimit; i++ {
		h := binary.LittleEndian.Uint32(data[i:]) * 2654435761 >> (32 - hashBits)
		candidate := head[h]
		before[i], head[h] = candidate, int32(i)
		if skip > 0 {
			skip--
			found[i] = match{found[i-1].length - 1, found[i-1].offset}
			if found[i].length >= good {
				continue
			}
		}
		best := found[i]
		for n := 0; n < maxChain && candidate >= 0 && i-int(candidate) <= maxOffset; n++ {
			c := int(candidate)
			candidate = before[c]
			if l := int(best.length); i+l < end && data[c+l] != data[i+l] {
				continue
			}
			l := 0
			for i+l < end && data[c+l] == data[i+l] {
				l++
			}
			if l >= minMatch && l > int(best.length) {
				best = match{int32(l), int32(i - c)}
				if l >= good {
					break
				}
			}
		}
		found[i] = best
		skip = 0
		if best.length > good {
			skip = int(best.length) - minMatch
		}
	}
	return found
}

// extra is the number of bytes a length field needs beyond its four bits.
func extra(n int) int {
	if n < 15 {
		return 0
	}
	return (n-15)/255 + 1
}

// parse chooses a way through the data: matches, and empty ones for single
// literals.
func parse(data []byte, found []match) []match {
	n := len(data)
	cost := make([]int32, n+1)     // bytes from here to the end
	literals := make([]int32, n+1) // that follow here without a match
	choice := make([]int32, n)
	for i := n - 1; i >= 0; i-- {
		run := literals[i+1] + 1
		cost[i] = cost[i+1] + 1 + int32(extra(int(run))-extra(int(run-1)))
		literals[i] = run
		longest := found[i].length
		least := int32(minMatch)
		if longest > good {
			least = longest
		}
		for l := longest; l >= least; l-- {
			c := cost[i+int(l)] + 3 + int32(extra(int(l)-minMatch))
			if c < cost[i] {
				cost[i], choice[i], literals[i] = c, l, 0
			}
		}
	}
	var steps []match
	for i := 0; i < n; {
		if choice[i] == 0 {
			steps = append(steps, match{})
			i++
			continue
		}
		steps = append(steps, match{choice[i], found[i].offset})
		i += int(choice[i])
	}
	return steps
}

// emit writes the block.
func emit(data []byte, steps []match) []byte {
	var out []byte
	at, run := 0, 0
	length := func(n int) {
		for n -= 15; n >= 255; n -= 255 {
			out = append(out, 255)
		}
		out = append(out, byte(n))
	}
	put := func(l int) { // the literals before at, and the token for a match of l
		token := byte(min(run, 15) << 4)
		if l > 0 {
			token |= byte(min(l-minMatch, 15))
		}
		out = append(out, token)
		if run >= 15 {
			length(run)
		}
		out = append(out, data[at-run:at]...)
		run = 0
	}
	for _, s := range steps {
		l, offset := int(s.length), s.offset
		if l == 0 {
			run++
			at++
			continue
		}
		put(l)
		out = append(out, byte(offset), byte(offset>>8))
		if l-minMatch >= 15 {
			length(l - minMatch)
		}
		at += l
	}
	put(0)
	return out
}
