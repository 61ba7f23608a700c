package tracing

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Config is the destination of spans. The variables are those of OpenTelemetry.
type Config struct {
	// Endpoint is the base URL of a collector that accepts OTLP over HTTP, such
	// as http://collector:4318. Empty: nothing is traced.
	Endpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	// Headers are sent with every request to the collector: name=value,… with
	// percent-encoded values, for example a token.
	Headers string `env:"OTEL_EXPORTER_OTLP_HEADERS"`
	// SampleRatio is the part of the traces that begin here that is recorded,
	// from 0 to 1. A trace that began elsewhere keeps the decision that was
	// taken there.
	SampleRatio float64 `env:"OTEL_TRACES_SAMPLER_ARG, default=1"`
}

// tracesPath is the path, below its base URL, where a collector accepts traces.
const tracesPath = "/v1/traces"

// Validate returns everything that is wrong with c; nil when nothing is.
func (c Config) Validate() []error {
	var all []error
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		all = append(all, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL"))
	}
	if _, err := parseHeaders(c.Headers); err != nil {
		all = append(all, err)
	}
	if !(c.SampleRatio >= 0 && c.SampleRatio <= 1) {
		all = append(all, errors.New("OTEL_TRACES_SAMPLER_ARG must be from 0 to 1"))
	}
	return all
}

// parseHeaders reads name=value,…; the error shows no value, because a value
// may be secret.
func parseHeaders(list string) (map[string]string, error) {
	headers := map[string]string{}
	if list == "" {
		return headers, nil
	}
	for i, pair := range strings.Split(list, ",") {
		name, encoded, found := strings.Cut(strings.TrimSpace(pair), "=")
		value, err := url.PathUnescape(encoded)
		if !found || name == "" || err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS must be name=value,…; part %d is not", i+1)
		}
		headers[name] = value
	}
	return headers, nil
}
