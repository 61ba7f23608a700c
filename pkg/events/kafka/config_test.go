package kafka

import (
	"errors"
	"strings"
	"testing"

	"inventory.example/pkg/tlsfiles"
)

func TestConfig_Validate(t *testing.T) {
	if errs := testConfig.Validate(); len(errs) > 0 {
		t.Errorf("got %v", errs)
	}
	for want, change := range map[string]func(*Config){
		"KAFKA_BROKERS":        func(c *Config) { c.Brokers = nil },
		"KAFKA_TOPIC":          func(c *Config) { c.Topic = "" },
		"KAFKA_PARTITIONS":     func(c *Config) { c.Partitions = 0 },
		"KAFKA_REPLICATION":    func(c *Config) { c.Replication = 0 },
		"KAFKA_SASL_MECHANISM": func(c *Config) { c.SASLMechanism, c.Username = "GSSAPI", "alice" },
		"KAFKA_USERNAME":       func(c *Config) { c.SASLMechanism = saslPlain },
		"KAFKA_TLS":            func(c *Config) { c.TLS = tlsfiles.ClientConfig{CAFile: "ca.pem"} },
	} {
		c := testConfig
		change(&c)
		if err := errors.Join(c.Validate()...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
}

func TestConfig_groupName(t *testing.T) {
	for _, test := range []struct {
		prefix, kafkaGroup, name string
		own                      bool
	}{
		{prefix: "", kafkaGroup: "stock", name: "stock", own: true},
		{prefix: "north.", kafkaGroup: "north.stock", name: "stock", own: true},
		{prefix: "north.", kafkaGroup: "stock", name: "stock", own: false},
		{prefix: "north.", kafkaGroup: "north.", name: "north.", own: false},
	} {
		c := Config{GroupPrefix: test.prefix}
		if name, own := c.groupName(test.kafkaGroup); name != test.name || own != test.own {
			t.Errorf("prefix %q, group %q: got %q, %v, want %q, %v", test.prefix, test.kafkaGroup, name, own, test.name, test.own)
		}
		if test.own && c.kafkaGroup(test.name) != test.kafkaGroup {
			t.Errorf("prefix %q: got group %q, want %q", test.prefix, c.kafkaGroup(test.name), test.kafkaGroup)
		}
	}
}
