package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// healthcheckTimeout bounds a Healthcheck: a service that takes longer for so
// little is not well.
const healthcheckTimeout = 3 * time.Second

// Healthcheck asks the service that listens on this machine's port whether it
// is ready and well, as the health check of a container does. host is the
// address that the service listens on; empty: all, of which 127.0.0.1 is asked.
// The error is one line that says what was answered.
func Healthcheck(ctx context.Context, host string, port int) error {
	if host == "" {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	// No proxy of the environment stands between a service and itself.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var all []error
	for _, path := range []string{"/ready", "/health"} {
		all = append(all, healthy(ctx, client, "http://"+net.JoinHostPort(host, strconv.Itoa(port))+path))
	}
	return errors.Join(all...)
}

func healthy(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err // names method and URL
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProblemBytes))
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d: %s", url, response.StatusCode, body)
	}
	return nil
}
