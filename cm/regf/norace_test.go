//go:build !race

package regf

const raceDetector = false
