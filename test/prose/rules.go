package main

import (
	"regexp"
	"strings"
)

// A rule finds one habit of writing that slows a reader down.
type rule struct {
	name    string
	pattern *regexp.Regexp
	good    *regexp.Regexp // good phrases that contain a match; nil: none
	advice  string
}

// textRules hold for each text, whatever kind of file it is in.
var textRules = []rule{
	{
		name:    "what",
		pattern: words(`what`),
		good:    phrases(`what[^.;:!?]*\?`),
		advice:  `name the thing: "every acknowledged write", not "what was acknowledged"`,
	},
	{
		name: "who",
		pattern: regexp.MustCompile(`(?i)(?:^|[.:;,(] ?|\b(?:and|or|for|to|of|by|from|with|tells?|says?|asks?|knows?|` +
			`sees?|shows?|lists?|names?|finds?|that|than|but|also|is|are|be) )(who)\b`),
		good:   phrases(`who[^.;:!?]*\?`, `, who (?:is|are|was|were|has|have|had)\b`, `who may\b`),
		advice: `put the noun before "who": "a caller who", "the waiters"`,
	},
	{
		name:    "tell",
		pattern: words(`tell`, `tells`, `telling`, `told`),
		good:    phrases(`(?:tell|tells|telling|told) (?:[\w']+ ){0,4}apart`, `telltale`),
		advice:  `say "notify", "report", "describe" or "show"`,
	},
	{
		name:    "stand",
		pattern: words(`stand`, `stands`, `stood`, `standing`),
		good:    phrases(`stands? for`, `stand-?ins?`, `stand-?alone`),
		advice:  `say "is", "is stored" or "is written"`,
	},
	{
		name:    "behind",
		pattern: words(`behind`),
		good: phrases(
			`(?:falls?|fell|fallen|falling|lags?|lagged|lagging|left|far|is|are|was) (?:\w+ )?behind`,
			`(?:leaves?|left|leaving) (?:[\w-]+ ){1,3}behind`, `behind the caller's back`,
			`behind (?:[\w-]+ ){0,4}(?:prox(?:y|ies)|balancers?|ingress|gateway|front|url|port|interface|address)`,
		),
		advice: `say "after" or "queued after"`,
	},
	{
		name:    "nobody",
		pattern: words(`nobody`, `no one`, `whoever`, `whomever`, `whatever`, `anybody`, `somebody`, `everybody`),
		advice:  `name the party: "no caller", "any caller", "each client"`,
	},
	{
		name:    "is no",
		pattern: regexp.MustCompile(`(?i)\b(?:is|are|was|were) no [a-z]`),
		good: phrases(
			`there (?:is|are|was|were) (?:also |still |then )?no`,
			`(?:is|are|was|were) no (?:longer|more|less|fewer|better|worse|earlier|later|older|newer|larger|smaller|greater|shorter|lower|higher|slower|faster)`,
			`of which (?:is|are|was|were) no`,
		),
		advice: `say "is not a"`,
	},
	{
		name: "make",
		pattern: regexp.MustCompile(`(?i)\b(?:(?:is|are|was|were|be|been|being) made|` +
			`(?:make|makes|made|making) (?:a|an|the|its|one|new|no) (?:new )?(?:rows?|records?|tables?|files?|folders?|keys?|holds?|events?|` +
			`stores?|products?|reservations?|entr(?:y|ies)|documents?|topics?|streams?|groups?|databases?|index(?:es)?|certificates?|errors?|alerts?|webhooks?))\b`),
		good: phrases(`made (?:of|from|for|up)`, `made (?:[\w-]+ )?(?:available|ready|public|smaller|larger|longer)`,
			`(?:makes?|made|making) (?:the|a|its|each) \w+ (?:low|wait|fail|unable|able|work|run|last|available|visible|ready|unavailable|stale)`),
		advice: `say "creates", "is created", "writes"`,
	},
	{
		name:    "meanwhile",
		pattern: words(`meanwhile`, `in the meantime`, `a moment ago`, `of then`, `of (?:one|that|the same|this) moment`, `just now`),
		advice:  `name the event or the state: "while the batch is published", "a consistent snapshot"`,
	},
	{
		name:    "so it does",
		pattern: regexp.MustCompile(`(?i)\bso (?:it|they|he|that one|those) (?:does|do|is|are|has|have)(?:[.,;:]|$)|\b(?:it|that|this|which) lasts\b|\bowe[sd]?\b`),
		advice:  `say what happens, in the words of the field`,
	},
	{
		name:    "answer",
		pattern: words(`answer`, `answers`, `answered`, `answering`, `unanswered`),
		advice:  `say "response", "returns", "responds with", "result"`,
	},
	{
		name: "hold",
		pattern: regexp.MustCompile(`(?i)\b(?:hold|holds|held|holding) (?:[\w./'-]+ ){0,5}against\b|` +
			`\btests? (?:\w+ )?(?:hold|holds|held|holding)\b|\b(?:held|holds?) (?:by|in) (?:a |the |that |this |one )?tests?\b|` +
			`\b(?:hold|holds|held|holding) (?:a |the |its |this |that |no )?(?:lock|mutex|lease|connection|port)s?\b|` +
			`\b(?:lock|mutex|lease)(?: is| are|s are)? (?:held|hold)\b`),
		advice: `"hold" is stock's record of units; say "compare", "verify", "own a lock", "keep"`,
	},
	{
		name: "settle",
		pattern: regexp.MustCompile(`(?i)\bsettle[sd]? (?:down|(?:an? |the |its |each |every |one )?` +
			`(?:deliver(?:y|ies)|messages?|events?|batch(?:es)?|entr(?:y|ies)|page|connection|offsets?))`),
		advice: `"settle" is stock's decision on a hold; say "acknowledge", "finish a delivery", "delay"`,
	},
	{
		name:    "turn",
		pattern: regexp.MustCompile(`(?i)\b(?:its|their|whose|the|a|no|this|next|takes?|took|in) turns?\b`),
		good:    phrases(`in turn[,.;:]`, `in turn$`, `(?:which|that) in turn`),
		advice:  `say "lease", "active member" or "one after the other"`,
	},
	{
		name:    "letter",
		pattern: words(`letters?`),
		good:    phrases(`dead[ -]letters?`, `(?:capital|upper-case|lower-case|small|latin|single|two) letters?`, `letters?(?: and| or|,)? (?:or )?digits?`, `letters?,`, `letter case`),
		advice:  `say "dead letter"`,
	},
	{
		name:    "beat",
		pattern: words(`beats?`, `presence`),
		advice:  `say "heartbeat" or "lease"`,
	},
	{
		name:    "store",
		pattern: words(`(?:data|event|key-value|persistent|result|record)[ -]stores?`),
		advice:  `"store" is a shop; say "database", "table" or "log"`,
	},
}

// functionNames are names of functions that do not say which thing they act on.
var functionNames = map[string]bool{
	"call": true, "take": true, "end": true, "wait": true,
	"failed": true, "again": true, "append": true, "recover": true,
}

const (
	functionAdvice = `name the function by verb and object: "runChange", "takeBatch", "stopMember"`
	testAdvice     = `name the test TestType_Method and its case t.Run("refuses when one line is short", ...)`

	// maxUnderscores is how many underscores the name of a test function may have.
	maxUnderscores = 1
)

// words matches any of the alternatives as whole words.
func words(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, `|`) + `)\b`)
}

// phrases matches text that begins with any of the alternatives.
func phrases(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, `|`) + `)`)
}

// A match is the words that a rule found, and their place in the text.
type match struct {
	place int
	words string
}

// find returns every match that no good phrase excuses.
func (r rule) find(text string) []match {
	if r.good != nil {
		text = r.good.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("~", len(s)) })
	}
	var matches []match
	for _, at := range r.pattern.FindAllStringSubmatchIndex(text, -1) {
		from, to := at[0], at[1]
		if len(at) > 2 { // the group is the habit, the rest its surroundings
			from, to = at[2], at[3]
		}
		matches = append(matches, match{from, text[from:to]})
	}
	return matches
}
