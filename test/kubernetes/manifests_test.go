// Package kubernetes_test compares deploy/k8s with the programs that it runs: their
// configuration, their routes, and their calls to each other. .ci/verify-k8s
// validates the manifests with the Kubernetes API itself.
package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const root = "../.."

// overlays are the folders that are applied, and a test folder that has every
// component but postgres.
var overlays = []string{"overlays/dev", "overlays/prod", "overlays/prod-postgres", "overlays/prod-cnpg", "test/components"}

// apiPorts are the four services and the port of each API.
var apiPorts = map[string]int{"catalog": 8081, "stock": 8082, "reservation": 8083, "notifier": 8084}

// The other ports of each service.
const (
	metricsPort  = 9090 // for Prometheus
	internalPort = 9091 // for the other services
)

// manifests are the objects of one overlay. Only the fields that a test reads
// are decoded; the API server refuses unknown fields.
type manifests struct {
	configMaps map[string]configMap
	secrets    map[string]secret
	workloads  map[string]workload
	services   map[string]service
	budgets    map[string]budget
	policies   []policy
	ingresses  []ingress
}

type metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

type configMap struct {
	Data map[string]string `json:"data"`
}

type secret struct {
	Data map[string][]byte `json:"data"`
}

type selector struct {
	MatchLabels      map[string]string `json:"matchLabels"`
	MatchExpressions []struct {
		Key      string   `json:"key"`
		Operator string   `json:"operator"`
		Values   []string `json:"values"`
	} `json:"matchExpressions"`
}

type service struct {
	Spec struct {
		Selector map[string]string `json:"selector"`
		Ports    []struct {
			Name       string `json:"name"`
			Port       int    `json:"port"`
			TargetPort any    `json:"targetPort"`
		} `json:"ports"`
	} `json:"spec"`
}

type budget struct {
	Spec struct {
		MaxUnavailable any      `json:"maxUnavailable"`
		MinAvailable   any      `json:"minAvailable"`
		Selector       selector `json:"selector"`
	} `json:"spec"`
}

// workload is a StatefulSet or a Deployment.
type workload struct {
	Kind string `json:"kind"`
	Spec struct {
		Replicas    int    `json:"replicas"`
		ServiceName string `json:"serviceName"`
		Strategy    struct {
			RollingUpdate struct {
				MaxUnavailable any `json:"maxUnavailable"`
			} `json:"rollingUpdate"`
		} `json:"strategy"`
		Template struct {
			Metadata metadata `json:"metadata"`
			Spec     podSpec  `json:"spec"`
		} `json:"template"`
		VolumeClaimTemplates []struct {
			Metadata metadata `json:"metadata"`
		} `json:"volumeClaimTemplates"`
	} `json:"spec"`
}

type podSpec struct {
	TerminationGracePeriodSeconds int         `json:"terminationGracePeriodSeconds"`
	EnableServiceLinks            *bool       `json:"enableServiceLinks"`
	InitContainers                []container `json:"initContainers"`
	Containers                    []container `json:"containers"`
	Volumes                       []struct {
		Name   string `json:"name"`
		Secret *struct {
			SecretName string `json:"secretName"`
			Items      []struct {
				Key  string `json:"key"`
				Path string `json:"path"`
			} `json:"items"`
		} `json:"secret"`
	} `json:"volumes"`
}

type container struct {
	Name    string `json:"name"`
	EnvFrom []struct {
		ConfigMapRef struct {
			Name string `json:"name"`
		} `json:"configMapRef"`
	} `json:"envFrom"`
	Env []struct {
		Name      string `json:"name"`
		Value     string `json:"value"`
		ValueFrom *struct {
			SecretKeyRef *struct {
				Name string `json:"name"`
				Key  string `json:"key"`
			} `json:"secretKeyRef"`
		} `json:"valueFrom"`
	} `json:"env"`
	Ports          []port  `json:"ports"`
	StartupProbe   probe   `json:"startupProbe"`
	ReadinessProbe probe   `json:"readinessProbe"`
	LivenessProbe  probe   `json:"livenessProbe"`
	VolumeMounts   []mount `json:"volumeMounts"`
}

type port struct {
	Name          string `json:"name"`
	ContainerPort int    `json:"containerPort"`
}

type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
}

type probe struct {
	HTTPGet struct {
		Path   string `json:"path"`
		Port   string `json:"port"`
		Scheme string `json:"scheme"`
	} `json:"httpGet"`
}

// build renders an overlay and decodes it.
func build(t *testing.T, overlay string) manifests {
	t.Helper()
	m := manifests{
		configMaps: map[string]configMap{}, secrets: map[string]secret{}, workloads: map[string]workload{},
		services: map[string]service{}, budgets: map[string]budget{},
	}
	for document := range bytes.SplitSeq(render(t, overlay), []byte("\n---\n")) {
		text, err := yaml.YAMLToJSON(document)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", overlay, err, document)
		}
		var head struct {
			Kind     string   `json:"kind"`
			Metadata metadata `json:"metadata"`
		}
		decode(t, text, &head)
		name := head.Metadata.Name
		switch head.Kind {
		case "ConfigMap":
			m.configMaps[name] = decoded[configMap](t, text)
		case "Secret":
			m.secrets[name] = decoded[secret](t, text)
		case "StatefulSet", "Deployment":
			m.workloads[name] = decoded[workload](t, text)
		case "Service":
			m.services[name] = decoded[service](t, text)
		case "PodDisruptionBudget":
			m.budgets[name] = decoded[budget](t, text)
		case "NetworkPolicy":
			m.policies = append(m.policies, decoded[policy](t, text))
		case "Ingress":
			m.ingresses = append(m.ingresses, decoded[ingress](t, text))
		}
	}
	return m
}

// render returns the rendered YAML of an overlay.
func render(t *testing.T, overlay string) []byte {
	t.Helper()
	command := kustomize(t)
	command = append(command, root+"/deploy/k8s/"+overlay)
	run := exec.CommandContext(t.Context(), command[0], command[1:]...)
	run.Stderr = os.Stderr
	text, err := run.Output()
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(command, " "), err)
	}
	return text
}

// kustomize returns the command that renders a folder.
func kustomize(t *testing.T) []string {
	t.Helper()
	if program := os.Getenv("TEST_KUSTOMIZE"); program != "" {
		return []string{program, "build"}
	}
	if program, err := exec.LookPath("kustomize"); err == nil {
		return []string{program, "build"}
	}
	if program, err := exec.LookPath("kubectl"); err == nil {
		return []string{program, "kustomize"}
	}
	t.Skip("not run: needs kustomize or kubectl, or TEST_KUSTOMIZE=the path of kustomize")
	return nil
}

func decode(t *testing.T, text []byte, target any) {
	t.Helper()
	if err := json.Unmarshal(text, target); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

func decoded[T any](t *testing.T, text []byte) (value T) {
	t.Helper()
	decode(t, text, &value)
	return value
}

// matches reports whether an object with these labels is selected.
func (s selector) matches(t *testing.T, labels map[string]string) bool {
	t.Helper()
	for key, value := range s.MatchLabels {
		if labels[key] != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		if e.Operator != "In" {
			t.Fatalf("the test does not know the operator %q", e.Operator)
		}
		if !slices.Contains(e.Values, labels[e.Key]) {
			return false
		}
	}
	return true
}

// eachOverlay runs a test on every overlay.
func eachOverlay(t *testing.T, test func(t *testing.T, m manifests)) {
	t.Helper()
	for _, overlay := range overlays {
		t.Run(strings.ReplaceAll(overlay, "/", "-"), func(t *testing.T) { test(t, build(t, overlay)) })
	}
}
