package process_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/process"
)

const (
	oldKey = "old-old-old-old-old"
	newKey = "new-new-new-new-new"
)

// watched is a service whose keys are in files, as Kubernetes mounts them: the
// files are links into a folder that is replaced as a whole.
type watched struct {
	t      *testing.T
	dir    string
	log    bytes.Buffer
	access *process.Access
	api    *httpapi.API
	number int
}

func watch(t *testing.T, apiKeys, serviceKey string) *watched {
	t.Helper()
	w := &watched{t: t, dir: t.TempDir()}
	for _, name := range []string{"api-keys", "service-key"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.write(apiKeys, serviceKey)
	var c config
	err := process.LoadFrom(t.Context(), envconfig.MapLookuper(map[string]string{
		"API_KEYS_FILE": filepath.Join(w.dir, "api-keys"), "STOCK_SERVICE_KEY_FILE": filepath.Join(w.dir, "service-key"),
	}), "STOCK_", &c)
	if err != nil {
		t.Fatal(err)
	}
	if w.access, err = c.OpenAccess(clock.System{}, slog.New(slog.NewTextHandler(&w.log, nil))); err != nil {
		t.Fatal(err)
	}
	if w.api, err = httpapi.New(httpapi.Options{Credentials: w.access.Credentials}); err != nil {
		t.Fatal(err)
	}
	ok := func(*gin.Context) error { return nil }
	w.api.Handle("GET", "/reader", httpapi.Reader, ok)
	w.api.Handle("GET", "/internal", httpapi.Internal, ok)
	return w
}

// write replaces the folder of both files.
func (w *watched) write(apiKeys, serviceKey string) {
	w.t.Helper()
	w.number++
	folder := filepath.Join(w.dir, "..version-"+strings.Repeat("i", w.number))
	link := filepath.Join(w.dir, "..data_tmp")
	for _, err := range []error{
		os.Mkdir(folder, 0o700),
		os.WriteFile(filepath.Join(folder, "api-keys"), []byte(apiKeys), 0o600),
		os.WriteFile(filepath.Join(folder, "service-key"), []byte(serviceKey), 0o600),
		os.Symlink(filepath.Base(folder), link),
		os.Rename(link, filepath.Join(w.dir, "..data")),
	} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// wants expects the statuses of the old and the new API key, and of the old and
// the new service key.
func (w *watched) wants(statuses ...int) {
	w.t.Helper()
	for i, request := range [][]string{
		{"/reader", "X-API-Key", oldKey},
		{"/reader", "X-API-Key", newKey},
		{"/internal", "X-Service-Key", oldKey},
		{"/internal", "X-Service-Key", newKey},
	} {
		if got := httpapitest.Call(w.api.Handler(), "GET", request[0], "", request[1:]...); got.Code != statuses[i] {
			w.t.Errorf("%s %s: %d, want %d", request[0], request[2], got.Code, statuses[i])
		}
	}
}

func TestAccess_followsFiles(t *testing.T) {
	w := watch(t, oldKey+":Shop\n", oldKey+"\n")
	w.wants(200, 401, 200, 401)

	w.write(oldKey+":Shop,"+newKey+":Shop\n", oldKey+"\n"+newKey+"\n")
	w.wants(200, 401, 200, 401) // not read yet
	w.access.Read(t.Context())
	w.wants(200, 200, 200, 200)
	if got := w.access.Credentials.ServiceKey(); got != oldKey {
		t.Error("the second service key is sent")
	}
	w.write(newKey+":Shop", newKey+"\n"+oldKey)
	w.access.Read(t.Context())
	w.wants(401, 200, 200, 200)
	if got := w.access.Credentials.ServiceKey(); got != newKey {
		t.Error("the first service key is not sent")
	}
	w.write(newKey+":Shop", newKey)
	w.access.Read(t.Context())
	w.wants(401, 200, 401, 200)
	if lines := strings.Count(w.log.String(), "keys read again"); lines != 5 {
		t.Errorf("log %s", w.log.String())
	}
	if strings.Contains(w.log.String(), oldKey) || strings.Contains(w.log.String(), newKey) {
		t.Errorf("the log shows a key: %s", w.log.String())
	}
}

func TestAccess_brokenFile(t *testing.T) {
	w := watch(t, oldKey+":Shop", oldKey)
	registry := prometheus.NewRegistry()
	if err := w.access.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	wantUnusable := func(want float64) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil || len(families) != 1 || families[0].GetMetric()[0].GetGauge().GetValue() != want {
			t.Errorf("inventory_unusable_key_files: %v, %v, want %v", families, err, want)
		}
	}
	for name, files := range map[string][2]string{
		"empty":            {"", " \n"},
		"half written":     {newKey, newKey[:8]},
		"too short":        {"short:Shop", newKey + "\nshort"},
		"development keys": {httpapi.DevelopmentKeys, strings.Repeat(newKey+"\n", 9)},
	} {
		t.Run(name, func(t *testing.T) {
			w.log.Reset()
			w.write(files[0], files[1])
			for range 3 {
				w.access.Read(t.Context())
			}
			w.wants(200, 401, 200, 401)
			wantUnusable(2)
			if lines := strings.Count(w.log.String(), "level=ERROR"); lines != 2 || strings.Count(w.log.String(), "\n") != 2 {
				t.Errorf("log %s", w.log.String())
			}
			if strings.Contains(w.log.String(), newKey) {
				t.Errorf("the log shows a key: %s", w.log.String())
			}
			w.write(oldKey+":Shop", oldKey)
			w.access.Read(t.Context())
			wantUnusable(0)
		})
	}
	t.Run("missing", func(t *testing.T) {
		if err := os.Remove(filepath.Join(w.dir, "..data")); err != nil {
			t.Fatal(err)
		}
		w.access.Read(t.Context())
		w.wants(200, 401, 200, 401)
		w.write(newKey+":Shop", newKey)
		w.access.Read(t.Context())
		w.wants(401, 200, 401, 200)
	})
}

func TestAccess_Run(t *testing.T) {
	w := watch(t, oldKey+":Shop", oldKey)
	w.write(newKey+":Shop", newKey)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.access.Run(ctx) }()
	deadline := time.Now().Add(time.Minute)
	for w.access.Credentials.ServiceKey() != newKey {
		if time.Now().After(deadline) {
			t.Fatal("the file was not read again")
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	w.wants(http.StatusUnauthorized, http.StatusOK, http.StatusUnauthorized, http.StatusOK)
}
