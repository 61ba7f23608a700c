package redisstream

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
)

// oldestVersion is the first version of Redis that counts the entries that were
// ever added to a stream.
const oldestVersion = 7

// inspectServer warns of settings with which the server loses events silently.
// It accepts a server that does not show its settings.
func (b *Broker) inspectServer(ctx context.Context) {
	info, err := b.client.Info(ctx, "server", "memory", "persistence").Result()
	if err != nil {
		b.logger.InfoContext(ctx, "the settings of redis cannot be read", slog.Any("err", b.wrapError(ctx, err, "read the settings")))
		return
	}
	for _, risk := range risks(info) {
		b.logger.WarnContext(ctx, "redis is not set up to keep events", slog.String("risk", risk))
	}
}

// risks returns the dangerous settings of a server with this INFO.
func risks(info string) []string {
	settings := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			settings[name] = value
		}
	}
	var list []string
	version := settings["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err == nil && n < oldestVersion {
		list = append(list, "version "+version+" is too old; 7 or later is needed")
	}
	if policy := settings["maxmemory_policy"]; policy != "" && policy != "noeviction" && settings["maxmemory"] != "0" {
		list = append(list, "maxmemory-policy "+policy+" may remove the whole stream; noeviction is needed")
	}
	if settings["aof_enabled"] == "0" {
		list = append(list, "appendonly is off: events since the last snapshot are lost when the server stops")
	}
	return list
}
