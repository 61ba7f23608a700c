package telemetry

// The layout of a traceparent of version 00, W3C Trace Context, section 3.2:
// 00-<32 hex: trace id>-<16 hex: parent id>-<2 hex: flags>.
const (
	traceparentLength = 55
	traceIDStart      = 3
	traceIDEnd        = 35
	parentIDStart     = 36
	parentIDEnd       = 52
	flagsStart        = 53
)

// ValidTraceparent reports whether s is a traceparent of version 00 of W3C
// Trace Context: lower case hexadecimal, neither id all zero. Later versions
// are refused, because this program does not know their meaning.
func ValidTraceparent(s string) bool {
	return len(s) == traceparentLength &&
		s[:traceIDStart] == "00-" && s[traceIDEnd] == '-' && s[parentIDEnd] == '-' &&
		validID(s[traceIDStart:traceIDEnd]) && validID(s[parentIDStart:parentIDEnd]) &&
		lowerHex(s[flagsStart:])
}

// TraceID returns the trace id of a traceparent, "" when it is not valid.
func TraceID(traceparent string) string {
	if !ValidTraceparent(traceparent) {
		return ""
	}
	return traceparent[traceIDStart:traceIDEnd]
}

func validID(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return lowerHex(s)
		}
	}
	return false
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if b := s[i]; (b < '0' || b > '9') && (b < 'a' || b > 'f') {
			return false
		}
	}
	return true
}
