package nt

// Statuses of devices and their drivers.
const (
	StatusDeviceConfigurationError Status = 0xC0000182
)

func init() {
	statusNames[StatusDeviceConfigurationError] = "STATUS_DEVICE_CONFIGURATION_ERROR"
}
