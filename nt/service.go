package nt

// Service is a system service number, passed in EAX.
type Service uint32

// Arguments returns how many arguments the service takes.
func (s Service) Arguments() int {
	if s < NumServices {
		return int(serviceArguments[s])
	}
	return 0
}

// String returns the service's name.
func (s Service) String() string {
	if s < NumServices {
		return serviceNames[s]
	}
	return "unknown service"
}
