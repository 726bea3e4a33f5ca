module gont

go 1.26.4

require (
	github.com/diskfs/go-diskfs v1.9.4
	github.com/pierrec/lz4/v4 v4.1.33
	github.com/usbarmory/tamago v1.26.5
	golang.org/x/arch v0.32.0
	golang.org/x/term v0.48.0
	golang.org/x/text v0.44.0
)

require (
	github.com/elliotwutingfeng/asciiset v0.0.0-20260129054604-cfde2086bc57 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
