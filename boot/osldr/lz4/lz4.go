// Package lz4 unpacks LZ4 frames (LZ4 frame format 1.6.3, block format 1.6.3),
// as the lz4 program writes them, into memory of the right size. It needs no
// memory of its own, so a loader can unpack straight into a file's last place.
package lz4

import "gont/boot/osldr/status"

// Magic begins a frame.
const Magic = 0x184D2204

func le32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func le64(b []byte) uint64 { return uint64(le32(b)) | uint64(le32(b[4:]))<<32 }

// IsFrame says whether b begins with a frame's magic number.
func IsFrame(b []byte) bool { return len(b) >= 4 && le32(b) == Magic }

var (
	errShort    = status.Corrupt("LZ4: compressed data ends early")
	errHeader   = status.Corrupt("LZ4: frame header is damaged")
	errVersion  = status.Corrupt("LZ4: frame version is not 1, or it needs a dictionary")
	errBlock    = status.Corrupt("LZ4: compressed data is damaged")
	errChecksum = status.Corrupt("LZ4: checksum is wrong")
	errSize     = status.Corrupt("LZ4: unpacked size is wrong")
)

// frame is a parsed header.
type frame struct {
	blockSum, contentSum, hasSize bool
	size                          uint64
	maxBlock                      int
	body                          []byte
}

func parse(src []byte) (f frame, err error) {
	if !IsFrame(src) {
		return f, errHeader
	}
	if len(src) < 7 {
		return f, errShort
	}
	flg, bd := src[4], src[5]
	if flg>>6 != 1 || flg&1 != 0 {
		return f, errVersion
	}
	if flg&2 != 0 || bd&0x8F != 0 || bd>>4 < 4 {
		return f, errHeader
	}
	f.maxBlock = 1 << (8 + 2*uint(bd>>4))
	f.blockSum, f.contentSum, f.hasSize = flg&0x10 != 0, flg&4 != 0, flg&8 != 0
	n := 6
	if f.hasSize {
		n += 8
	}
	if len(src) < n+1 {
		return f, errShort
	}
	if f.hasSize {
		f.size = le64(src[6:])
	}
	if byte(Sum32(src[4:n])>>8) != src[n] {
		return f, errHeader
	}
	f.body = src[n+1:]
	return f, nil
}

// block cuts the next block off b. A nil data with nil error is the end mark.
func (f *frame) block(b []byte) (data, rest []byte, stored bool, err error) {
	if len(b) < 4 {
		return nil, nil, false, errShort
	}
	n := le32(b)
	b = b[4:]
	if n == 0 {
		return nil, b, false, nil
	}
	stored = n>>31 != 0
	n &= 1<<31 - 1
	if int(n) > f.maxBlock {
		return nil, nil, false, errBlock
	}
	end := int(n)
	if f.blockSum {
		end += 4
	}
	if len(b) < end {
		return nil, nil, false, errShort
	}
	if f.blockSum && Sum32(b[:n]) != le32(b[n:]) {
		return nil, nil, false, errChecksum
	}
	return b[:n], b[end:], stored, nil
}

// Size is the number of bytes the frame src unpacks to: what its header says,
// or, where that is silent, what its blocks add up to.
func Size(src []byte) (int, error) {
	f, err := parse(src)
	if err != nil {
		return 0, err
	}
	if f.hasSize {
		if f.size > 1<<40 {
			return 0, errSize
		}
		return int(f.size), nil
	}
	total := 0
	for b := f.body; ; {
		data, rest, stored, err := f.block(b)
		if err != nil {
			return 0, err
		}
		if data == nil {
			return total, nil
		}
		n := len(data)
		if !stored {
			if n, err = measure(data); err != nil {
				return 0, err
			}
		}
		total += n
		b = rest
	}
}

// Decode unpacks the frame src into dst, which has exactly Size bytes. Every
// checksum the frame has is verified. Bytes after the frame are ignored.
func Decode(dst, src []byte) error {
	f, err := parse(src)
	if err != nil {
		return err
	}
	at := 0
	b := f.body
	for {
		data, rest, stored, err := f.block(b)
		if err != nil {
			return err
		}
		b = rest
		if data == nil {
			break
		}
		if stored {
			if len(dst)-at < len(data) {
				return errSize
			}
			at += copy(dst[at:], data)
			continue
		}
		if at, err = decodeBlock(dst, at, data); err != nil {
			return err
		}
	}
	if at != len(dst) {
		return errSize
	}
	if f.contentSum {
		if len(b) < 4 {
			return errShort
		}
		if Sum32(dst) != le32(b) {
			return errChecksum
		}
	}
	return nil
}

// length adds the further bytes of a length field; -1 when they run out.
func length(n int, src []byte, i int) (int, int) {
	for {
		if i >= len(src) || n > 1<<30 {
			return -1, i
		}
		c := src[i]
		i++
		n += int(c)
		if c != 255 {
			return n, i
		}
	}
}

// decodeBlock unpacks one block to dst[at:]; matches may reach back to dst[0].
func decodeBlock(dst []byte, at int, src []byte) (int, error) {
	for i := 0; i < len(src); {
		i, at = fast(dst, at, src, i)
		token := src[i]
		i++
		n := int(token >> 4)
		if n == 15 {
			if n, i = length(n, src, i); n < 0 {
				return at, errBlock
			}
		}
		if n > len(src)-i || n > len(dst)-at {
			return at, errBlock
		}
		copy(dst[at:], src[i:i+n])
		i += n
		at += n
		if i == len(src) {
			return at, nil // the last sequence is literals only
		}
		if len(src)-i < 2 {
			return at, errBlock
		}
		offset := int(src[i]) | int(src[i+1])<<8
		i += 2
		n = int(token & 15)
		if n == 15 {
			if n, i = length(n, src, i); n < 0 {
				return at, errBlock
			}
		}
		n += 4
		from := at - offset
		if offset == 0 || from < 0 || n > len(dst)-at {
			return at, errBlock
		}
		for k := n; k > 0; { // overlap: the pattern doubles with each copy
			k -= copy(dst[at+n-k:at+n], dst[from:at+n-k])
		}
		at += n
	}
	return at, errBlock
}

// measure is the number of bytes a block unpacks to.
func measure(src []byte) (int, error) {
	total := 0
	for i := 0; i < len(src); {
		token := src[i]
		i++
		n := int(token >> 4)
		if n == 15 {
			if n, i = length(n, src, i); n < 0 {
				return 0, errBlock
			}
		}
		if n > len(src)-i {
			return 0, errBlock
		}
		i += n
		total += n
		if i == len(src) {
			return total, nil
		}
		if len(src)-i < 2 {
			return 0, errBlock
		}
		i += 2
		n = int(token & 15)
		if n == 15 {
			if n, i = length(n, src, i); n < 0 {
				return 0, errBlock
			}
		}
		total += n + 4
	}
	return 0, errBlock
}
