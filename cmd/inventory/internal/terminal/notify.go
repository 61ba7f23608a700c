package terminal

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// hook is a webhook as the API has it.
type hook struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	EventTypes     []string `json:"event_types"`
	StoreIDs       []string `json:"store_ids"`
	Active         bool     `json:"active"`
	DisabledReason string   `json:"disabled_reason"`
	Secret         string   `json:"secret"`
}

func (h hook) state() string {
	if h.Active {
		return "active"
	}
	return cmp.Or(h.DisabledReason, "inactive")
}

// delivery is an event for a webhook.
type delivery struct {
	ID         string `json:"id"`
	EventType  string `json:"event_type"`
	State      string `json:"state"`
	Attempts   int64  `json:"attempts"`
	CreatedAt  string `json:"created_at"`
	LastStatus *int64 `json:"last_status"`
}

// raised is an alert.
type raised struct {
	ID        string `json:"id"`
	RuleName  string `json:"rule_name"`
	EventType string `json:"event_type"`
	StoreID   string `json:"store_id"`
	ProductID string `json:"product_id"`
	Count     int64  `json:"count"`
	RaisedAt  string `json:"raised_at"`
}

func hookKey(h hook) string { return h.ID }

var (
	hookFields = []column[hook]{
		{title: "ID", value: hookKey},
		{title: "URL", value: func(h hook) string { return h.URL }, shrinks: true},
		{title: "EVENTS", value: func(h hook) string { return cmp.Or(strings.Join(h.EventTypes, " "), "all") }, shrinks: true},
		{title: "STORES", value: func(h hook) string { return cmp.Or(strings.Join(h.StoreIDs, " "), "all") }, shrinks: true},
		{title: "STATE", value: hook.state, shrinks: true},
		{title: "SECRET", value: func(h hook) string { return h.Secret }},
	}
	hookList = list[hook]{
		path: "/webhooks", items: "data", id: hookKey, none: "There is no webhook.", columns: hookFields[:5],
	}
	alertList = list[raised]{
		path: "/alerts", items: "data", id: func(a raised) string { return a.ID }, none: "There is no alert.",
		columns: []column[raised]{
			{title: "TIME", value: func(a raised) string { return a.RaisedAt }},
			{title: "RULE", value: func(a raised) string { return a.RuleName }, shrinks: true},
			{title: "EVENT", value: func(a raised) string { return a.EventType }, shrinks: true},
			{title: "STORE", value: func(a raised) string { return a.StoreID }, shrinks: true},
			{title: "PRODUCT", value: func(a raised) string { return a.ProductID }, shrinks: true},
			{title: "EVENTS", value: func(a raised) string { return number(a.Count) }, right: true},
		},
	}
)

func alertsCommand(s *session) *cobra.Command {
	command := listCommand(s, "alerts", "list alerts, the newest first", alertList)
	return command
}

func webhooksCommand(s *session) *cobra.Command {
	return group("webhooks", "list, create and delete webhooks, and look at their deliveries",
		listCommand(s, "list", "list webhooks", hookList),
		createWebhookCommand(s),
		webhookCommand("show ID", "show a webhook", func(ctx context.Context, path string) error {
			return read(ctx, s, path, nil, hookKey, hookFields)
		}),
		webhookCommand("delete ID", "delete a webhook", func(ctx context.Context, path string) error {
			return s.client.do(ctx, call{method: http.MethodDelete, path: path}, nil)
		}),
		webhookCommand("rotate-secret ID", "give a webhook a new secret, which is shown once", func(ctx context.Context, path string) error {
			return change(ctx, s, call{method: http.MethodPost, path: path + "/rotate-secret"}, hookKey, hookFields)
		}),
		webhookCommand("test ID", "send a test event", func(ctx context.Context, path string) error {
			return s.client.do(ctx, call{method: http.MethodPost, path: path + "/test"}, nil)
		}),
		deliveriesCommand(s),
	)
}

func webhookCommand(use, short string, run func(ctx context.Context, path string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			return run(command.Context(), "/webhooks/"+segment(args[0]))
		},
	}
}

func createWebhookCommand(s *session) *cobra.Command {
	var types, stores []string
	command := &cobra.Command{
		Use: "create URL", Short: "create a webhook; its secret is shown once", Args: exactly(1),
		RunE: func(command *cobra.Command, args []string) error {
			body := map[string]any{"url": args[0]}
			if len(types) > 0 {
				body["event_types"] = types
			}
			if len(stores) > 0 {
				body["store_ids"] = stores
			}
			return change(command.Context(), s, call{method: http.MethodPost, path: "/webhooks", body: body}, hookKey, hookFields)
		},
	}
	command.Flags().StringSliceVar(&types, "event", nil, "only events of this `type`; may be given several times")
	command.Flags().StringSliceVar(&stores, "store", nil, "only events that concern this `store`; may be given several times")
	return command
}

func deliveriesCommand(s *session) *cobra.Command {
	var p paging
	var state string
	command := webhookCommand("deliveries ID", "list the deliveries of a webhook, the newest first", nil)
	p.addFlags(command)
	command.Flags().StringVar(&state, "state", "", "only `pending`, delivered or dead ones")
	command.RunE = func(command *cobra.Command, args []string) error {
		limit, err := p.rows()
		if err != nil {
			return err
		}
		query := url.Values{}
		if state != "" {
			query.Set("state", state)
		}
		return show(command.Context(), s, list[delivery]{
			path: "/webhooks/" + segment(args[0]) + "/deliveries", items: "data", none: "There is no delivery.",
			id: func(d delivery) string { return d.ID },
			columns: []column[delivery]{
				{title: "ID", value: func(d delivery) string { return d.ID }},
				{title: "EVENT", value: func(d delivery) string { return d.EventType }},
				{title: "STATE", value: func(d delivery) string { return d.State }},
				{title: "ATTEMPTS", value: func(d delivery) string { return number(d.Attempts) }, right: true},
				{title: "STATUS", value: func(d delivery) string { return optionalNumber(d.LastStatus) }, right: true},
				{title: "CREATED", value: func(d delivery) string { return d.CreatedAt }},
			},
		}, query, limit)
	}
	return command
}
